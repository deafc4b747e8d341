"""Tests that need Ruby, which not every machine has."""

import pytest

from local import ruby_region

_missing = ruby_region.missing()
needs_ruby = pytest.mark.skipif(_missing is not None, reason=str(_missing))
