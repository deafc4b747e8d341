"""What a schedule is made of: the points of a story, and what may befall a task there.

A point is one end of one call to the outside, numbered from the beginning of the run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

WRITES = frozenset(
    {"take_over", "write_lookup", "write_ballot", "write_state", "write_gate", "record"}
    | {"PUT", "POST", "send", "alert"}
)
"""The calls that change what others can see."""

UNANSWERED = WRITES - {"send", "alert"}
"""Those that may be carried out after the caller has given up."""


class What(StrEnum):
    """What befalls a task at a point."""

    DELAYED = "delayed"
    DIES = "dies"
    LATE = "late"


class End(StrEnum):
    """Which end of a call: before the request leaves, on its way, with the reply."""

    BEFORE = "before"
    WRITING = "writing"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Event:
    """Something happens at the point with this number."""

    point: int
    what: What

    def __str__(self) -> str:
        return f"{self.point}:{self.what}"

    @classmethod
    def read(cls, text: str) -> "Event":
        """The event that `str` has written."""
        point, _, what = text.partition(":")
        return cls(int(point), What(what))


Schedule = tuple[Event, ...]


def read(text: str) -> Schedule:
    """A schedule as a command line has it."""
    return tuple(Event.read(each) for each in text.split(",") if each)


def shown(schedule: Iterable[Event]) -> str:
    """The same, to be given back."""
    return ",".join(map(str, schedule))


def possible(op: str, end: End, *, looked: bool, first: bool) -> tuple[What, ...]:
    """The events that a point adds to those of the points before it.

    Steps that nobody else can see commute. So a death counts only after a write, or before the
    first call of all; a delay before a write counts only if the task has looked at a clock since
    its last reply; and a delay before a read equals the one after the call before that.
    """
    if end is End.WRITING:
        return (What.LATE,)
    if end is End.AFTER:
        return (What.DELAYED, What.DIES) if op in WRITES else (What.DELAYED,)
    found: tuple[What, ...] = (What.DELAYED,) if op in WRITES and looked else ()
    return (*found, What.DIES) if first else found
