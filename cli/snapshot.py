"""One service at one moment, as far as it is known: what is drawn of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from failover.health.probe import Reason


class Said(NamedTuple):
    """One address that the records or a name server give for the name; the TTL is seconds."""

    type: str
    address: str
    ttl: int


Facts = Mapping[str, Any]
"""Facts as the control function answers them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is drawn.

    `facts` are those of the service in the answer to `status`, `stopped` is the global stop switch
    in it. `when` puts a time of theirs into words. `clock` is the time of the snapshot.

    `probes` are the last probes by region, oldest first, None for a good one; None as a whole where
    they are not known, and `blank` then says why. `dns` is None when there was no answer; `dig` is
    how a person asks. `prompt` is what is being typed, None where nothing can be. `trouble` says
    why nothing newer is known.
    """

    name: str
    facts: Facts
    clock: str
    when: Callable[[str], str]
    dig: str
    records: Sequence[Said] = ()
    dns: Sequence[Said] | None = None
    probes: Mapping[str, Sequence[Reason | None]] | None = field(default_factory=dict)
    blank: str = ""
    events: Sequence[str] = ()
    about_events: str = ""
    stopped: Facts | None = None
    prompt: str | None = None
    trouble: str | None = None


def said_by(records: Sequence[Facts] | None) -> list[Said]:
    """The records of an answer."""
    return [Said(r["type"], r["address"], r["ttl"]) for r in records or ()]
