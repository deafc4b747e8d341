"""Writes that were about to be sent and may yet arrive, as a decision remembers them."""

from collections.abc import Iterable
from dataclasses import replace

from failover.core.state import ANNOUNCEMENT_SECONDS, MOST_ALIKE, Announcement


def unexpired(announced: Iterable[Announcement], now: float) -> tuple[Announcement, ...]:
    """The announcements that may still arrive: a day after it was sent, no write does."""
    return tuple(a for a in announced if now - a.at < ANNOUNCEMENT_SECONDS)


def still_due(
    announced: Iterable[Announcement], explained: frozenset[Announcement]
) -> Iterable[Announcement]:
    """What may still arrive once these have done so once more."""
    for a in announced:
        if a not in explained:
            yield a
        elif a.arrivals > 1:
            yield replace(a, arrivals=a.arrivals - 1)


def added(announced: tuple[Announcement, ...], write: Announcement) -> tuple[Announcement, ...]:
    """One more, and of those for the same write only the newest few."""
    alike = [a for a in announced if replace(a, at=write.at, arrivals=write.arrivals) == write]
    dropped = alike[: max(0, len(alike) - MOST_ALIKE + 1)]
    return (*(a for a in announced if a not in dropped), write)
