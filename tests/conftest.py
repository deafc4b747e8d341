"""What holds for all tests: the token of the embedded world appears in no output."""

from tests.support.token_watch import _watched_parts, pytest_runtest_makereport

__all__ = ["_watched_parts", "pytest_runtest_makereport"]
