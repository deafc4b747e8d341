"""One world for the printed lines of a module."""

from collections.abc import Iterator

import pytest

from tests.scenarios.printed.scene import Scene, on_stage


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A world with an operator at a shell. Each test begins it anew."""
    with on_stage(tmp_path_factory.mktemp("shell")) as scene:
        yield scene
