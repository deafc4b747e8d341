"""Runs tests with one mutation that is made before its module is imported, as a decorator needs it.

python -m tests.mutation.anew MUTATION TEST...
"""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType

import pytest

from tests.mutation.mutations import Mutation, mutated, named

ARGUMENTS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not long")


class Mutated(MetaPathFinder, SourceFileLoader):
    """Finds one module, and loads it with a mutation."""

    def __init__(self, mutation: Mutation) -> None:
        self._mutation = mutation

    def find_spec(self, fullname: str, path: object, _target: object = None) -> ModuleSpec | None:
        """That of the module, with this as its loader."""
        if fullname != self._mutation.module:
            return None
        found = PathFinder.find_spec(fullname, path)  # type: ignore[arg-type]
        assert found is not None
        assert found.origin is not None
        SourceFileLoader.__init__(self, fullname, found.origin)
        found.loader = self
        return found

    def get_code(self, _fullname: str) -> CodeType:
        """That of the mutation, whatever was compiled before."""
        return mutated(self._mutation)


def main(mutation: str, *tests: str) -> int:
    """0 when every test passes."""
    sys.meta_path.insert(0, Mutated(named(mutation)))
    return int(pytest.main([*ARGUMENTS, "-x", *tests]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
