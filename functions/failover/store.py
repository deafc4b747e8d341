"""The port of the control table: what all ticks and orders remember, and how they write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from failover.decision.balancers import Lookup
from failover.health.beats import Beat, Sign, Turn
from failover.health.votes import Ballot
from failover.notify.events import Event
from failover.preflight.report import Report
from failover.publication.orders import Gate
from failover.publication.state import State
from failover.staleness.replication import Finding


@dataclass(frozen=True, slots=True)
class Standing:
    """What a tick must know before each round: who runs now, and whether a person said stop.

    `lookup` is what this vantage last found under the labels of NodeBalancers. `broken` tells, a
    sentence each, of what is wrong with the item of the switch.
    """

    runner: int
    gate: Gate | None
    lookup: Lookup | None = None
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the control table holds of one service, read strongly consistent.

    `findings` are about the application's data, `preflights` what the last preflight of each
    vantage found. `broken` tells of items of all these kinds that could not be used, a sentence
    each.
    """

    state: State | None
    ballots: tuple[Ballot, ...] = ()
    broken: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    preflights: tuple[Report, ...] = ()


class Store(Protocol):
    """The control table. Raises StoreUnavailable and, for conditional writes, StoreConflict."""

    def take_over(self, vantage: str, at: float, beat: Beat | None = None, shard: int = 0) -> Turn:
        """Give the new tick of a vantage's shard its number (`health.numbers`), atomically: the
        next one to a seed, its own to a beat. Raises StoreConflict for a beat that is not newer."""

    def standing(self, vantage: str, shard: int = 0) -> Standing:
        """The newest runner number of the shard, its last look-up, the global stop switch."""

    def write_lookup(self, vantage: str, seed: int, lookup: Lookup, shard: int = 0) -> None:
        """Keep what a tick of that seed has found under labels, unless a newer seed has taken over
        (StoreConflict)."""

    def sign(self, vantage: str, shard: int, sign: Sign) -> None:
        """Keep a shard's sign of life."""

    def signs(self, vantage: str) -> Mapping[int, Sign]:
        """The last sign of life of each shard that has given one."""

    def read(self, service: str) -> Snapshot:
        """The decision and the votes of a service, and the findings about its data."""

    def write_ballot(self, service: str, ballot: Ballot, after: Ballot | None) -> None:
        """Keep a vantage's votes, which were counted on top of those `after`.

        Raises StoreConflict where another tick's are there, and always where that tick is newer.
        """

    def write_finding(self, service: str, finding: Finding) -> None:
        """Keep a vantage's finding, unless there is a newer one (StoreConflict)."""

    def write_preflight(self, service: str, report: Report) -> None:
        """Keep what a vantage's preflight found, unless there is a newer one (StoreConflict)."""

    def write_state(self, service: str, state: State) -> None:
        """Keep a decision if the table still holds the version before it (StoreConflict)."""

    def write_gate(self, gate: Gate) -> None:
        """Keep the global stop switch, on the same condition (StoreConflict)."""

    def record(self, service: str, event: Event) -> None:
        """Keep an event in the history of a service; a repeat does no harm."""

    def history(self, service: str, limit: int) -> tuple[Event, ...]:
        """The last events of a service, newest first."""

    def prune_history(self, service: str, now: float) -> None:
        """Delete some of what is too old, or more than the history keeps."""
