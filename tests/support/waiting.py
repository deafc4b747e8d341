"""Where tests wait: for what happens, and never for a time.

A test that needs something not to happen waits until something else has happened instead, such as
three more rounds. Exact times are for the virtual clock (tests/support/virtual.py).
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LIMIT = 600.0
"""Seconds after which a test takes something never to happen. It ends a hang and proves nothing."""


def until(happened: Callable[[], T], what: str, unless: Callable[[], object] | None = None) -> T:
    """Wait until something is true, and return it. `unless` raises once waiting is in vain."""
    limit = time.monotonic() + LIMIT
    while not (found := happened()):
        if unless:
            unless()
        assert time.monotonic() < limit, f"this never happened: {what}"
        time.sleep(0.02)
    return found
