"""How an attempt at publication ended."""

from dataclasses import dataclass

from failover.publication.state import State
from failover.zone.records import Reading


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt at publication ended.

    `state` is the decision as we left it, if we know. `reading` is what the records say now.
    `error` tells why it was not published; `again` asks for a new decision, on that reading or,
    without one, on what the table says now: the claim went to somebody else. `unseen` is what the
    table has if the last update was made whose reply did not come. `able` says whether a failover
    would succeed if one were needed now.
    """

    published: bool
    state: State | None = None
    reading: Reading | None = None
    error: str = ""
    again: bool = False
    unseen: State | None = None
    able: bool = True
