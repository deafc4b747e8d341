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

AT_LINODE = frozenset({"PUT", "POST"})

UNANSWERED = WRITES - {"send", "alert"}
"""Those that may be carried out after the caller has given up."""


class What(StrEnum):
    """What befalls a task at a point: a delay past the life of its claim, or within it; death; a
    write that is carried out late, while the next try of it is answered; or one that is carried out
    late, and no try of it is answered."""

    DELAYED = "delayed"
    SLOWED = "slowed"
    DIES = "dies"
    LATE = "late"
    UNHEARD = "unheard"


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
    its last reply; and a delay before a read equals the one after the call before that. A task that
    is slow within its claim's life is so where it has claimed or is about to write.
    """
    if end is End.WRITING:
        return (What.LATE, What.UNHEARD) if op in AT_LINODE else (What.LATE,)
    if end is End.AFTER:
        found = (What.DELAYED, What.DIES) if op in WRITES else (What.DELAYED,)
        return (*found, What.SLOWED) if op == "write_state" else found
    before = (What.DELAYED,) if op in WRITES and looked else ()
    if op in AT_LINODE:
        before = (*before, What.SLOWED)
    return (*before, What.DIES) if first else before
