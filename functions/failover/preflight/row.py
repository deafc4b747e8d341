"""The words of one check."""

from dataclasses import dataclass

from failover.notify.commands import Command

NEXT_FAILS = "The next failover cannot change the records."


@dataclass(frozen=True, slots=True)
class Row:
    """The words of one check. `seen` is filled with the facts of a finding, `{about}` and
    `{service}`; `command` is the event that fixes it, if one does."""

    seen: str
    why: str
    fix: str
    command: Command | None = None
