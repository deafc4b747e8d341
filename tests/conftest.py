"""What holds for all tests: no output has the token of the embedded world, no time decides.

`make test` runs what decides whether the product is correct and takes little time. The rest is
marked `long`, one test at a time or, below, by its folder or file.
"""

import gc
import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.token_watch import pytest_runtest_makereport, watched_parts

__all__ = ["pytest_runtest_makereport", "watched_parts"]

LONG = (
    "artifact/",
    "hostile/",
    "integration/test_play",
    "integration/test_set_up",
    "integration/test_world_",
    "scenarios/",
    "template/test_command_package",
)
"""How the paths begin of files in which a test is long unless it is marked `essential`: what takes
long, and what is about the embedded world, the set-up or the package rather than the product."""

FIRST = (
    "exploration/",
    "artifact/",
    "scenarios/",
    "simulation/",
    "unit/app/",
    "integration/",
    "template/",
)
"""How the paths begin of the files that take longest: with them last, one worker would still be at
work when the others have nothing left to do. The exploration forks for each schedule, and a fork is
faster while its worker has run few other tests."""


@cache
def place(path: Path) -> str:
    """Where a test is, from here."""
    return path.relative_to(Path(__file__).parent).as_posix()


def turn(where: str) -> int:
    """When the tests of this place run: those with a lower number run earlier."""
    begins = (number for number, begin in enumerate(FIRST) if where.startswith(begin))
    return next(begins, len(FIRST))


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are long by where they are, and put first what takes longest."""
    for item in items:
        if place(item.path).startswith(LONG) and not item.get_closest_marker("essential"):
            item.add_marker("long")
    items.sort(key=lambda item: turn(place(item.path)))


def pytest_collection_finish() -> None:
    """Never look for garbage among what lives until the end: modules, and thousands of tests."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(optionalhook=True)  # one run without workers does not know it
def pytest_xdist_auto_num_workers() -> int:
    """Many tests wait for real seconds to pass: four at a time keep two cores busy."""
    return max(4, os.cpu_count() or 0)


# How long an example takes says how busy the machine is.
settings.register_profile("few", deadline=None, max_examples=20)
settings.register_profile("many", deadline=None, max_examples=300)
settings.load_profile("few")
