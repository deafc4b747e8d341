"""What one vantage says of one service: its ballot, as it counts it and as the table has it."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from failover.app.blindness import is_blind
from failover.app.probing import Target
from failover.app.shared import Tick
from failover.decision import evidence
from failover.errors import FailoverError, StoreConflict
from failover.health import cadence
from failover.health.probe import Probe
from failover.health.tally import Tally
from failover.health.votes import (
    Ballot,
    counted,
    counted_just_now,
    newly_failing,
    overtaken,
    read_or_not,
    votes_differ,
    worth_writing,
)
from failover.ports import World
from failover.settings.model import Service
from failover.store import Snapshot
from failover.zone.records import Reading
from failover.zone.statement import Unserved


class OwnVotes:
    """The ballot of this vantage, from round to round. None before the first."""

    def __init__(self, world: World, tick: Tick, name: str) -> None:
        self._world = world
        self._tick = tick
        self._name = name
        self._written: Ballot | None = None
        its = tick.settings
        self._tells = its.shard == 0 and its.services[0].name == name
        self.ballot: Ballot | None = None

    @property
    def reading(self) -> Reading | None:
        """What this vantage last knew of the records."""
        return self.ballot.reading if self.ballot else None

    @property
    def tallies(self) -> Collection[Tally]:
        """What was counted for each address."""
        return self.ballot.tallies.values() if self.ballot else ()

    def delay(self, service: Service) -> float:
        """Seconds until probes may be counted again: what counts is counted `confirm_interval`
        apart, whoever has counted before."""
        apart = service.health.confirm_interval
        if self.ballot is None or not cadence.counting(service, self.tallies):
            return 0.0
        return min(max(apart - (self._world.clock.now() - self.ballot.at), 0.0), apart)

    def go_on(self, found: Snapshot) -> None:
        """Go on from what this vantage has recorded."""
        self.ballot = self._written = self._ours(found)

    def found(self, found: Snapshot) -> None:
        """What the table has now.

        Raises StoreConflict when another tick has voted since this one went on from its ballot: the
        tick before may end its last round later than this one begins.
        """
        ours = self._ours(found)
        if overtaken(ours, self._tick.pace.number or 0, self._written):
            raise StoreConflict(f"another tick of {self._tick.vantage} has voted since")
        self._written = ours

    def _ours(self, found: Snapshot) -> Ballot | None:
        return next((b for b in found.ballots if b.vantage == self._tick.vantage), None)

    def count(
        self,
        service: Service,
        targets: Sequence[Target],
        probes: Sequence[Probe],
        at: float,
        unserved: Unserved | None,
    ) -> Collection[str]:
        """Count a round of probes. Returns the addresses that have begun to fail.

        Just after a round that another tick has counted, nothing is: what decides a verdict was
        seen `confirm_interval` apart. The ballot still says under which settings this tick decides.
        """
        tick, before = self._tick, self.ballot
        number = tick.pace.number or 0
        if before and before.runner != number and counted_just_now(before, service, at):
            ours = tick.settings
            self.ballot = replace(
                before,
                runner=number,
                revision=ours.revision,
                digest=ours.digest,
                release=self._world.release,
            )
            return frozenset()
        ballot = counted(
            before,
            {target.address: probe for target, probe in zip(targets, probes, strict=True)},
            at=at,
            blind=is_blind(self._world, tick.settings.references, probes),
            reading=self.reading,
            vantage=tick.vantage,
            runner=number,
            settings=tick.settings,
            service=service,
            access=self._world.dns.access(),
            unserved=unserved,
            trouble=tick.pace.trouble if self._tells else None,
        )
        world = self._world
        self.ballot = replace(ballot, release=world.release, memory=world.memory())
        return newly_failing(before, self.ballot)

    def knows(self, reading: Reading | None) -> None:
        """What the records say, where that is known."""
        if reading and self.ballot:
            self.ballot = replace(self.ballot, reading=reading)

    def repeats(self, service: Service, listed: Reading | FailoverError) -> None:
        """What was known of the records is as old as a list that says the same."""
        known = evidence.before(self.reading, service)
        if known and isinstance(listed, Reading):
            self.knows(evidence.repeated(known, listed))

    def read(self, unread: str | None) -> None:
        """Whether the records could be read; `unread` says why not."""
        if self.ballot:
            self.ballot = read_or_not(self.ballot, unread)

    @property
    def changed(self) -> bool:
        """Whether the votes differ from those that the table has."""
        return self.ballot is not None and votes_differ(self._written, self.ballot)

    def write(self) -> None:
        """Write the ballot when it says something new, or soon would be too old to count.

        Raises StoreConflict when another tick has written one since.
        """
        assert self.ballot is not None
        if worth_writing(self._written, self.ballot):
            self._world.store.write_ballot(self._name, self.ballot, after=self._written)
            self._written = self.ballot

    def hand_on(self, unserved: Unserved | None) -> None:
        """Write which name servers gave no answer after the last round, if that is news. Where it
        cannot be written, the next tick asks them again."""
        if self._tick.pace.number is None or self.ballot is None:
            return
        if unserved != self.ballot.unserved:
            self.ballot = replace(self.ballot, unserved=unserved)
            with suppress(FailoverError):
                self.write()
