"""A mutant: the production code with a function that behaves differently, everywhere it is used.

A function is named by its path and replaced by a small one that is given the original. So a mutant
says what goes wrong, and not in which words the code says it. Whoever renames a function changes
its path here; one that is not there fails at once.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from types import FunctionType
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """`instead` is called in place of a function, with that first, and guarantee `breaks` does not
    hold.

    `path` is "module:function" or "module:Class.method". `also` replaces further functions, where
    several rules keep the same promise. It is hunted in one `scene`, a name of `scenes` or of
    `liveness_stories`.
    """

    name: str
    breaks: int
    path: str
    instead: Callable[..., Any]
    scene: str
    also: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @property
    def functions(self) -> Mapping[str, Any]:
        """The functions that are replaced, by their paths."""
        return {path: _found(path) for path in (self.path, *self.also)}

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The production code is the mutant until this ends."""
        with ExitStack() as replacements:
            for path, instead in {self.path: self.instead, **self.also}.items():
                replacements.enter_context(_replaced(path, instead))
            yield


def _found(path: str) -> Any:
    module, _, attributes = path.partition(":")
    found: Any = import_module(f"failover.{module}")
    for name in attributes.split("."):
        found = found.__dict__[name]
    return found.fget if isinstance(found, property) else found


@contextmanager
def _replaced(path: str, instead: Callable[..., Any]) -> Iterator[None]:
    """One function is another one, also for modules that have imported it.

    It keeps its identity and gets another code, which calls what its module then has under a name
    of our own.
    """
    function = _found(path)
    code, defaults = function.__code__, function.__defaults__
    if function.__closure__:
        raise AssertionError(f"{path} is a closure and cannot be replaced")
    original = FunctionType(code, function.__globals__, function.__name__, defaults)
    original.__kwdefaults__ = function.__kwdefaults__
    alias = f"_mutant_{id(function)}"
    function.__globals__[alias] = partial(instead, original)
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
