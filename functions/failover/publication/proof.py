"""Whether the name servers give the answer that was decided: the proof of a publication."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from failover.publication.parts import Phase
from failover.publication.state import State
from failover.zone.records import Family
from failover.zone.statement import Statement, Unserved

LATE_SECONDS = 30.0
"""How much later than the settings promise a publication may be served before it is an incident."""

PROOF_SECONDS = 600.0
"""Seconds after a publication in which it is looked for; Linode says under 60."""


class Said(StrEnum):
    """What came of asking one source."""

    ADDRESSES = "addresses"  # an answer, even if the name has no address
    REFUSED = "refused"  # the source answers and does not serve the zone (REFUSED, SERVFAIL, …)
    SILENT = "silent"  # no answer in time
    UNRENDERED = "unrendered"  # Linode has no zone file of the domain
    UNUSABLE = "unusable"  # an error, or an answer that makes no sense


@dataclass(frozen=True, slots=True)
class Heard:
    """What one source said of the name: the rendered zone, or one name server.

    `detail` says more for people where it is no answer: a response code, an error.
    """

    source: str
    a: frozenset[str] = frozenset()
    aaaa: frozenset[str] = frozenset()
    said: Said = Said.ADDRESSES
    detail: str = ""

    def family(self, family: Family) -> frozenset[str]:
        """The addresses of one family."""
        return self.a if family is Family.A else self.aaaa


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look: the zone that Linode last rendered, and each authoritative name server."""

    rendered: Heard
    served: tuple[Heard, ...]

    @property
    def unserved(self) -> Unserved | None:
        """The name servers that gave no answer; None where all did."""
        without = [heard for heard in self.served if heard.said is not Said.ADDRESSES]
        if not without:
            return None
        refused = all(heard.said is Said.REFUSED for heard in self.served)
        return Unserved(tuple(map(_statement, without)), refused)


_WORDS = {
    Said.REFUSED: "refuses to answer for the domain",
    Said.SILENT: "no answer",
    Said.UNRENDERED: "no zone file yet",
    Said.UNUSABLE: "an answer that makes no sense",
}


def statements(evidence: Evidence) -> tuple[Statement, ...]:
    """What each source said, for people: the zone file first, then the name servers."""
    return tuple(_statement(heard) for heard in (evidence.rendered, *evidence.served))


def _statement(heard: Heard) -> Statement:
    if heard.said is Said.ADDRESSES:
        return Statement(heard.source, tuple(sorted(heard.a | heard.aaaa)))
    return Statement(heard.source, None, heard.detail or _WORDS[heard.said])


def shows(state: State, heard: Heard) -> bool:
    """Whether a source gives the answer that was decided, as far as there are records for it."""
    return heard.said is Said.ADDRESSES and all(
        _gives(state, family, heard.family(family))
        for family in Family
        if state.publication.answer.family(family)
    )


def _gives(state: State, family: Family, found: frozenset[str]) -> bool:
    """Whether these are the addresses of one family. None will do only where there is no record."""
    there = bool(state.served.record_ids.get(family))
    return state.says(family, found) and bool(found or not there)


def contradicts(state: State, evidence: Evidence) -> bool:
    """Whether a source gives another answer than the one that was decided. Silence is none."""
    sources = (evidence.rendered, *evidence.served)
    return any(heard.said is Said.ADDRESSES and not shows(state, heard) for heard in sources)


def awaited(state: State) -> bool:
    """Whether the name servers do not all give the answer yet. What was found, and not written by
    us, counts as served until one of them contradicts it."""
    return state.publication.phase is Phase.PUBLISHED and (
        state.publication.attempt > 0 or bool(state.served.seen)
    )


def due(state: State, allowance: float, since: float = 0.0) -> float:
    """When all name servers should give it: it is an incident if a look after that misses it.
    `since` is when the records came to say it again, after they had said something else."""
    return max(state.served.published_at, since) + allowance + LATE_SECONDS


def everywhere(state: State, served: Iterable[Heard]) -> bool:
    """Whether every authoritative name server gives it."""
    answers = tuple(served)
    return bool(answers) and all(shows(state, heard) for heard in answers)
