"""The time after all troubles: do records and decision agree, and is nobody left on a dead region?

Agreement is due within the claim's life, ten seconds and two rounds, counted from the first round
that begins after the last trouble, or from the newest decision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from failover.decision.evidence import LIST_LAG
from failover.notify.kinds import Kind
from failover.publication.parts import ANNOUNCEMENT_SECONDS, CLAIM_SECONDS, TAKEOVER_AFTER, Phase
from failover.publication.state import State
from failover.settings.model import Routing, Service
from tests.simulation.opinions import SKEW

if TYPE_CHECKING:
    from tests.simulation.observer import Observer
    from tests.simulation.universe import Universe

DRIFTS = {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER, Kind.DRIFT_PERSISTS, Kind.ADOPTION_HELD}
OPEN = DRIFTS | {Kind.CREATE_REFUSED}
MOST_GENERATIONS = 8
"""Decisions in quiet times beyond which somebody cannot make up his mind."""

UNTOLD = 150.0
"""Seconds for which an event may wait: a mark of a sender that died, and a few rounds."""


@dataclass
class Aftermath:
    """Looks every few seconds."""

    universe: "Universe"
    observer: "Observer"
    since: float
    first_round: float | None = None
    apart_since: float | None = None
    generation: int = 0
    generations: int = 0

    @property
    def bound(self) -> float:
        """The seconds of guarantee 3, and what two clocks may differ."""
        return CLAIM_SECONDS + TAKEOVER_AFTER + 2 * self._service.health.interval + SKEW

    def look(self) -> None:
        """Do they agree now?"""
        state, now = self._state, self.universe.hub.time
        if self.first_round is None:
            return
        generation = state.publication.generation if state else 0
        if self._agree(state) or self._stopped(state) or generation != self.generation:
            self.apart_since, self.generation = None, generation
            return
        if self.apart_since is None:
            self.apart_since = max(self.first_round, now - 5.0)
        if now - self.apart_since > self.bound and not self._excused(state):
            self.observer.violated(3, f"records and decision differ for {self.bound:.0f} s")
            self.apart_since = now

    def conclude(self) -> None:
        """The end of the run."""
        state = self._state
        if self.first_round is None:
            balancing = self.universe.balancing
            unwatched = balancing.unlisted or balancing.none  # what has no address yet
            if not (unwatched or all(site.silent for site in self.universe.sites.values())):
                self.observer.violated(0, "no round was run")
            return
        lately = self.universe.hub.time - self.observer.disturbed_at < self.bound
        if not (self._agree(state) or self._excused(state) or lately):
            self.observer.violated(3, "records and decision differ in the end")
        adding = bool(self.universe.linode.faults.half[0])  # what fails is tried again each minute
        if self.generations > MOST_GENERATIONS and not adding:
            self.observer.violated(3, f"{self.generations} generations in quiet times")
        if state is not None:
            self._recovered(state)
            for event in () if self.universe.deserted else state.notices.pending:
                if self.universe.hub.time - event.at > UNTOLD:
                    self.observer.violated(6, f"{event.about} was not told for {UNTOLD:.0f} s")
        return

    def _agree(self, state: State | None) -> bool:
        linode = self.universe.linode
        if state is None or state.publication.phase is Phase.PUBLISHING:
            return False
        a = {addresses.ipv4 for addresses in state.publication.targets.values()}
        aaaa = {
            addresses.ipv6 for addresses in state.publication.targets.values() if addresses.ipv6
        }
        found, found6 = linode.addresses("A"), linode.addresses("AAAA")
        if not linode.faults.may_create and found and found <= a and found6 <= aaaa:
            return True  # what may not be added is missing
        return found == a and (not aaaa or found6 == aaaa)

    def _excused(self, state: State | None) -> bool:
        """A stop, a person's drift, a refused creation, settings that only observe, nobody to point
        at: with the reason on record. Or no vantage is left that could do anything."""
        if self._stopped(state) or self.universe.deserted:
            return True
        person = self.observer.person_at > 0
        faults = self.universe.linode.faults
        if not faults.may_create and not self.universe.linode.addresses("A"):
            return True
        if faults.reads_fail or faults.half[0] or not self.universe.judges.truth.writes_taken:
            return True
        if state is None:  # nothing is adopted that the settings do not name
            named = {region.addresses.ipv4 for region in self._service.regions}
            foreign = not self.universe.linode.addresses("A") <= named
            observing = self._service.mode != "act"
            unknown = not self.universe.judges.truth.adoptable  # never adopted, and told of
            unlisted = not faults.listed  # without a list no id is known that could be read
            return person or foreign or observing or unknown or unlisted or not self._healthy()
        return (
            (person and bool(DRIFTS & state.notices.incidents.keys()))
            or (person and not faults.listed)  # a record that was added has an unknown id
            or Kind.CREATE_REFUSED in state.notices.incidents
            or self._adding(state)
            or (self._service.mode != "act" and self._observes(state))
            or (not self._healthy() and bool(state.notices.incidents))
        )

    def _observes(self, state: State) -> bool:
        """Writes that have failed, or may still arrive late: nobody undoes them in `observe`. Nor
        does anybody add a record that is missing at a name that a person has pointed somewhere."""
        targets, linode = state.publication.targets.values(), self.universe.linode
        missing = linode.addresses("A") <= {addresses.ipv4 for addresses in targets}
        missing &= linode.addresses("AAAA") <= {addresses.ipv6 or "" for addresses in targets}
        written = Kind.FAILOVER_FAILED in state.notices.incidents or bool(state.announced)
        return written or missing

    def _adding(self, state: State) -> bool:
        """A record was to be added, and whether Linode does so yet is not known."""
        a = {addresses.ipv4 for addresses in state.publication.targets.values()}
        some = self.universe.linode.addresses("A")
        longest = ANNOUNCEMENT_SECONDS if some else LIST_LAG
        since = self.universe.hub.time - longest - self.bound
        return some <= a and any(w.record_id is None and w.at > since for w in state.announced)

    def _stopped(self, state: State | None) -> bool:
        stops = (self.universe.table.gate, state.orders.pause if state else None)
        now = self.universe.hub.time
        return any(stop is not None and stop.until > now - SKEW for stop in stops)

    def _recovered(self, state: State) -> None:
        """Nobody is left on a dead region while another one is well."""
        if self._stopped(state) or state.orders.pinned(self.universe.hub.time - SKEW):
            return
        if OPEN & state.notices.incidents.keys() or self._service.mode != "act":
            return
        truth = self.universe.judges.truth
        if not (truth.writes_taken and truth.quorum):
            return
        if self.universe.linode.faults.reads_fail and self.observer.person_at:
            return  # what a person changed cannot be read, which is told
        regions = self._service.regions
        taken_out = {r.addresses.ipv4 for r in regions if r.name in state.orders.excluded_until}
        well = self._healthy() - taken_out
        dead = {address for address, found in self.universe.ill.items() if _dead(found)}
        pointed = self.universe.linode.addresses("A")
        several = self._service.routing is Routing.MULTIVALUE
        if well and (pointed & dead if several else pointed <= dead):
            told = f"still at {', '.join(sorted(pointed))}, which is dead, and others are well"
            self.observer.violated(0, told)

    def _healthy(self) -> set[str]:
        """The addresses of the newest settings with which nothing is wrong for anybody."""
        addresses = (region.addresses.ipv4 for region in self._service.regions)
        return {address for address in addresses if not self.universe.ill.get(address)}

    @property
    def _state(self) -> State | None:
        return self.universe.table.state("shop")

    @property
    def _service(self) -> Service:
        return self.observer.settings[-1].services[0]


def _dead(illnesses: Iterable[object]) -> bool:
    return any(not i.half and not i.seen_by for i in illnesses)  # type: ignore[attr-defined]
