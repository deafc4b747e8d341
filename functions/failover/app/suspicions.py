"""What one service of a tick tells the others: a region has just begun to fail.

A dead region takes all its services at the same moment, but a hundred rounds take seconds to begin.
Services whose round had just passed would see the death an interval after the others.
"""

from collections.abc import Iterable

NEVER = float("-inf")


class Suspicions:
    """When an address of each region last began to fail, on the monotonic clock, by region."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}

    def note(self, regions: Iterable[str], now: float) -> None:
        """A service has seen these regions begin to fail."""
        self._began.update(dict.fromkeys(regions, now))

    def newer(self, regions: Iterable[str], than: float) -> bool:
        """Whether one of these regions began to fail after that moment."""
        return any(self._began.get(region, NEVER) > than for region in regions)
