"""What holds for all tests: no output has the token of the embedded world, no time decides."""

from hypothesis import settings

from tests.support.token_watch import pytest_runtest_makereport, watched_parts

__all__ = ["pytest_runtest_makereport", "watched_parts"]

# How long an example takes says how busy the machine is.
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")
