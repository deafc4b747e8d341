"""A mutant: the production code with one function that behaves differently, everywhere it is used.

A function is named by its path and replaced by a small one that is given the original. So a mutant
says what goes wrong, and not in which words the code says it. Whoever renames a function changes
its path here; one that is not there fails at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import FunctionType
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """`instead` is called in place of a function, with that first, and guarantee `breaks` does not
    hold.

    `path` is "module:function" or "module:Class.method". It is hunted in one `scene`, a name of
    `scenes` or of `liveness_stories`, or in anything that can go wrong.
    """

    name: str
    breaks: int
    path: str
    instead: Callable[..., Any]
    scene: str = ""

    @property
    def function(self) -> Any:
        """The function that is replaced."""
        module, _, attributes = self.path.partition(":")
        found: Any = import_module(f"failover.{module}")
        for name in attributes.split("."):
            found = found.__dict__[name]
        return found.fget if isinstance(found, property) else found

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Meanwhile the production code is the mutant: who has imported the function has it, too.

        The function keeps its identity and gets another code, which calls what its module then has
        under a name of our own.
        """
        function = self.function
        code, defaults = function.__code__, function.__defaults__
        if function.__closure__:
            raise AssertionError(f"{self.path} is a closure and cannot be replaced")
        original = FunctionType(code, function.__globals__, function.__name__, defaults)
        original.__kwdefaults__ = function.__kwdefaults__
        alias = f"_mutant_{id(self)}"
        function.__globals__[alias] = partial(self.instead, original)
        function.__code__ = _calls(alias)
        try:
            yield
        finally:
            function.__code__ = code
            del function.__globals__[alias]


def _calls(alias: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(f"def replaced(*args, **kwargs): return {alias}(*args, **kwargs)", namespace)
    return namespace["replaced"].__code__
