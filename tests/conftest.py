"""What holds for all tests: no output has the token of the embedded world, no time decides.

`make test` runs what decides whether the product is correct and takes little time. The rest is
marked `long`, one test at a time or, below, by its folder.
"""

import gc
import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.token_watch import pytest_runtest_makereport, watched_parts

__all__ = ["pytest_runtest_makereport", "watched_parts"]

LONG = ("artifact", "scenarios")
"""The folders in which a test is long unless it is marked `essential`."""

FIRST = ("artifact", "scenarios", "simulation", "exploration", "integration", "template")
"""The folders of the files that take longest: with them last, one worker would still be at work
when the others have nothing left to do."""


@cache
def folder(path: Path) -> str:
    """The folder here in which a test is."""
    return path.relative_to(Path(__file__).parent).parts[0]


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are long by their folder, and put first what takes longest."""
    for item in items:
        if folder(item.path) in LONG and not item.get_closest_marker("essential"):
            item.add_marker("long")
    order = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(folder(item.path), len(order)))


def pytest_collection_finish() -> None:
    """Never look for garbage among what lives until the end: all modules, and thousands of tests.

    It is also what a child copies if it is touched."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(optionalhook=True)  # one run without workers does not know it
def pytest_xdist_auto_num_workers() -> int:
    """Many tests wait for real seconds to pass: four at a time keep two cores busy."""
    return max(4, os.cpu_count() or 0)


# How long an example takes says how busy the machine is.
settings.register_profile("few", deadline=None, max_examples=30)
settings.register_profile("many", deadline=None, max_examples=300)
settings.load_profile("few")
