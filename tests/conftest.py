"""What holds for all tests: no output has the token of the embedded world, no time decides.

`make test` runs what decides whether the product is correct and takes little time. The rest is
marked `long`, one test at a time or, below, by its folder.
"""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.token_watch import pytest_runtest_makereport, watched_parts

__all__ = ["pytest_runtest_makereport", "watched_parts"]

LONG = tuple(Path(__file__).parent / folder for folder in ("artifact", "scenarios"))
"""Where a test is long unless it is marked `essential`."""


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are long by their folder."""
    for item in items:
        in_long = any(item.path.is_relative_to(folder) for folder in LONG)
        if in_long and not item.get_closest_marker("essential"):
            item.add_marker("long")


# How long an example takes says how busy the machine is.
settings.register_profile("few", deadline=None, max_examples=30)
settings.register_profile("many", deadline=None, max_examples=300)
settings.load_profile("few")
