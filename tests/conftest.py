"""What holds for all tests: the token of the embedded world appears in no output."""

from tests.support.token_watch import pytest_runtest_makereport, watched_parts

__all__ = ["pytest_runtest_makereport", "watched_parts"]
