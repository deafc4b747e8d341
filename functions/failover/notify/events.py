"""What happened to a service: the entries of its history, some of which people are told of.

An event is written with the change that it reports, by the same conditional update: it waits in
the decision until it has been sent, if it is an alert, and moved to the history. So none is lost,
and none tells of a change that was never made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

MINUTE, HOUR, DAY = 60, 3600, 86400

LAST_MOMENT = datetime.max.replace(tzinfo=UTC).timestamp() - 1


class What(StrEnum):
    """Every kind of event."""

    PUBLISHED = "published"
    SETTLED = "settled"
    ADOPTED = "adopted"
    WITHDRAWN = "withdrawn"
    PIN_ENDED = "pin_ended"
    INCIDENT_BEGAN = "incident_began"
    INCIDENT_LASTS = "incident_lasts"
    INCIDENT_ENDED = "incident_ended"
    ORDER = "order"


EventFacts = Mapping[str, str | tuple[str, ...]]
"""What an event tells, by name: one text each, or a list of texts. None is ever taken apart."""

NO_FACTS: EventFacts = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, at `at` (Unix seconds).

    `what` is a `What`, or the word of a newer release. `facts` are for machines, and what the text
    for people is made of. `by` is the person who asked, if one did. `marked_until` is until when a
    sender is at work on it. A `quiet` one only goes to the history: a later one tells of it.
    """

    id: str
    at: float
    what: str
    facts: EventFacts = field(default_factory=dict)
    by: str | None = None
    marked_until: float = 0.0
    quiet: bool = False

    def text(self, fact: str, default: str = "") -> str:
        """A fact as one text."""
        return ", ".join(self.lines(fact)) or default

    def lines(self, fact: str) -> tuple[str, ...]:
        """A fact as a list of texts; empty without it."""
        found = self.facts.get(fact, ())
        return (found,) if isinstance(found, str) else found

    @property
    def about(self) -> str:
        """The row of the table of events that it belongs to: `notify.catalogue`."""
        if self.what in (What.INCIDENT_BEGAN, What.INCIDENT_LASTS, What.INCIDENT_ENDED):
            return f"incident/{self.text('incident')}"
        if self.what == What.PUBLISHED and self._stays():
            return f"{self.what}/address"
        if self.what in (What.PUBLISHED, What.ADOPTED):
            return f"{self.what}/{self.text('cause')}"
        return str(self.what)

    def _stays(self) -> bool:
        """Whether a move has led to the same regions: to new addresses of theirs."""
        origin, cause = self.text("from"), self.text("cause")
        moves = cause in ("unhealthy", "failback", "operator")
        return bool(origin) and moves and origin == self.text("to")


def moment(at: float) -> datetime:
    """Unix seconds on the calendar, in UTC. What lies beyond it is its end: some times were read
    from an item that a person has edited."""
    return datetime.fromtimestamp(min(max(at, 0.0), LAST_MOMENT), UTC)


def as_time(at: float) -> str:
    """A moment for people, in UTC to the second. What lies beyond the calendar shows as its end."""
    return moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_duration(seconds: float) -> str:
    """How long something lasts, for people, in the two largest units: 12 s, 3 min 20 s, 2 h 5 min.

    What a clock makes negative is 0 s.
    """
    left = max(0, round(seconds))
    if left < MINUTE:
        return f"{left} s"
    if left < HOUR:
        return f"{left // MINUTE} min {left % MINUTE} s"
    if left < DAY:
        return f"{left // HOUR} h {left % HOUR // MINUTE} min"
    return f"{left // DAY} d {left % DAY // HOUR} h"


def seconds_between(earlier: float, later: float) -> float:
    """How long something took. Never negative: the two may have been told by different clocks."""
    return max(0.0, later - earlier)
