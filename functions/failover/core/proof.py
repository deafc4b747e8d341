"""Whether the name servers give the answer that was decided: the proof of a publication."""

from collections.abc import Iterable
from dataclasses import dataclass

from failover.core.records import Family
from failover.core.state import State
from failover.core.statement import Statement

LATE_SECONDS = 30.0
"""How much later than the settings promise a publication may be served before it is an incident."""

PROOF_SECONDS = 600.0
"""Seconds after a publication in which it is looked for; Linode says under 60."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source says the name answers: the rendered zone, or one name server."""

    source: str
    a: frozenset[str]
    aaaa: frozenset[str]

    def family(self, family: Family) -> frozenset[str]:
        """The addresses of one family."""
        return self.a if family is Family.A else self.aaaa


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look: the zone that Linode last rendered, and each name server; None did not answer."""

    rendered: Heard | None
    served: tuple[Heard | None, ...]


def statements(evidence: Evidence) -> tuple[Statement, ...]:
    """What each source said, for people: the zone file first, then the name servers."""
    servers = enumerate(evidence.served, start=1)
    heard = [
        ("zone file", evidence.rendered),
        *((f"name server {n}", found) for n, found in servers),
    ]
    return tuple(
        Statement(found.source, tuple(sorted(found.a | found.aaaa)))
        if found
        else Statement(source, None)
        for source, found in heard
    )


def shows(state: State, heard: Heard | None) -> bool:
    """Whether a source gives the answer that was decided."""
    return heard is not None and all(
        heard.family(family) == wanted
        for family in Family
        if (wanted := state.answer.family(family))
    )


def everywhere(state: State, served: Iterable[Heard | None]) -> bool:
    """Whether every authoritative name server gives it."""
    answers = tuple(served)
    return bool(answers) and all(shows(state, heard) for heard in answers)
