"""Who judges: knows the true history, and asks none of the code that is judged.

What a vantage may say of a region follows here from the probes that it really made, what the
records said from what Linode really did. Where the truth leaves room (a probe that a dying tick
never counted), the benefit of the doubt is given; `Opinion` tells how.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from failover.core.settings import Addresses, Routing, Settings
from failover.core.state import CLAIM_SECONDS, TAKEOVER_AFTER, Cause, Kind, Phase, State
from failover.core.votes import Ballot
from tests.simulation.container import Container
from tests.simulation.linode import NAME, Applied

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

SURE = 9
"""Probes in a row, all alike and undisturbed, after which there is no doubt about a vote."""

LONGEST_LIFE = 240.0
SKEW = 8.0
"""Seconds by which two clocks of a run may differ."""

DRIFTS = {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER, Kind.DRIFT_PERSISTS, Kind.ADOPTION_HELD}


@dataclass(frozen=True)
class Violation:
    """A guarantee that did not hold; number 0 is what goes without saying."""

    guarantee: int
    at: float
    what: str

    def __str__(self) -> str:
        return f"guarantee {self.guarantee} at {self.at:.2f}: {self.what}"


@dataclass(slots=True)
class Opinion:
    """What is certain of one vantage's vote on one address, from its probes alone.

    After SURE equal results in a row the vote is certain. It stays so until as many probes say
    the opposite as could, if each of them counted, change it. Any trouble ends all certainty.
    """

    run: int = 0
    last: bool = True
    sure: bool | None = None
    against: int = 0

    def probed(self, ok: bool, failures: int, recoveries: int) -> None:
        """One more probe."""
        self.run = self.run + 1 if ok is self.last else 1
        self.last = ok
        if self.run >= SURE:
            self.sure, self.against = ok, 0
        elif self.sure is not None and ok is not self.sure:
            self.against += 1
            if self.against >= (failures if self.sure else recoveries):
                self.sure = None

    def doubted(self) -> None:
        """Nobody knows any more what was counted."""
        self.run, self.sure, self.against = 0, None, 0


@dataclass
class Writer:
    """What is known of a process that writes: its claim, and until when (true time) that lasts."""

    claim: str = ""
    generation: int = 0
    until: float = 0.0


@dataclass
class Observer:
    """Sees everything, at its true time. `violations` is the verdict."""

    universe: "Universe"
    violations: list[Violation] = field(default_factory=list)
    rounds: int = 0
    opinions: dict[tuple[str, str], Opinion] = field(default_factory=dict)
    spoke_at: dict[str, float] = field(default_factory=dict)
    settings: list[Settings] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    writers: dict[int, Writer] = field(default_factory=dict)
    by_person: tuple[frozenset[str], frozenset[str]] | None = None
    person_at: float = 0.0
    pending: dict[str, float] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    quiet_since: float | None = None
    first_round: float | None = None
    apart_since: float | None = None
    last_generation: int = 0
    generations_in_quiet: int = 0

    # What happens ---------------------------------------------------------------------------

    def deployed(self, settings: Settings) -> None:
        """These settings are in force somewhere from now on."""
        self.settings.append(settings)
        for region in settings.services[0].regions:
            self.ours |= {region.addresses.ipv4, region.addresses.ipv6 or ""} - {""}

    def probed(self, vantage: str, address: str, at: float, ok: bool) -> None:
        """A vantage got this answer from an address."""
        health = self.settings[0].services[0].health
        opinion = self.opinions.setdefault((vantage, address), Opinion())
        opinion.probed(ok, health.failure_threshold, health.recovery_threshold)
        if self.quiet_since is not None and self.first_round is None and at >= self.quiet_since:
            self.first_round = at

    def troubled(self, vantage: str) -> None:
        """Something befell a vantage: what it counted is not certain any more."""
        for (name, _), opinion in self.opinions.items():
            if name == vantage:
                opinion.doubted()

    def voted(self, service: str, ballot: Ballot) -> None:
        """A vantage's votes have reached the table."""
        self.spoke_at[ballot.vantage] = self._now

    def round_completed(self, vantage: str) -> None:
        """One more round."""
        self.rounds += 1

    def sent(self, writer: Container, record_id: int | None, address: str | None) -> None:
        """A request that would change a record leaves a process."""
        known = self.writers.get(id(writer), Writer())
        state = self.universe.table.state("shop")
        assert state is not None
        left = known.until - self._now
        self.universe.say(
            f"{writer.vantage.name}: writes {address} to record {record_id} "
            f"(generation {known.generation}, {left:.1f} s of its claim are left)"
        )
        mine = state.claim is not None and state.claim.id == known.claim
        if not mine and left > SKEW - TAKEOVER_AFTER:
            self.violated(4, "two processes have the right to write at the same time")
        if left < 0 and self._now - writer.looked_at < 0.5:
            self.violated(4, f"a write under a claim that has ended {-left:.0f} s ago")

    def applied(self, change: Applied) -> None:
        """A record has changed."""
        linode = self.universe.linode
        now = (linode.addresses("A"), linode.addresses("AAAA"))
        self.universe.say(
            f"Linode: {_shown(change.before)} becomes {_shown(change.after)}, "
            f"by {change.by.vantage.name if change.by else 'a person'}"
            + (f", sent {self._now - change.sent_at:.1f} s ago" if change.by else "")
        )
        if change.by is None:
            self.by_person, self.person_at = now, self._now
            return
        if change.after is None:
            self.violated(1, "a record was deleted")
            return
        if change.after["name"] != NAME or (
            change.before and change.before["type"] != change.after["type"]
        ):
            self.violated(1, f"{_shown(change.after)} is not at the name, or of another type")
        if change.after["target"] not in self.ours and (
            change.before is None or change.before["target"] != change.after["target"]
        ):
            self.violated(1, f"{change.after['target']} is in no settings")

    def decided(
        self, service: str, before: State | None, after: State, writer: Container | None
    ) -> None:
        """A new version of the decision."""
        if writer is not None and after.claim is not None:
            known = self.writers.setdefault(id(writer), Writer())
            if before is None or after.claim != before.claim:
                known.claim, known.generation = after.claim.id, after.generation
                known.until = after.claim.until - writer.vantage.skew
        self._outbox(before, after)
        if before is not None and after.generation < before.generation:
            self.violated(4, "the generation went back")
        if writer is None or (before is not None and after.generation == before.generation):
            return
        self.universe.say(
            f"{writer.vantage.name}: generation {after.generation}, {after.cause}: "
            f"{', '.join(after.targets)} ({after.phase})"
        )
        if self.quiet_since is not None:
            self.generations_in_quiet += 1
        if after.phase is Phase.PUBLISHING:
            self._judge_switch(before, after, writer)
        elif after.cause is Cause.EXTERNAL:
            self._judge_adoption()

    def _outbox(self, before: State | None, after: State) -> None:
        kept = {event.id for event in after.pending}
        for event in before.pending if before else ():
            if event.id not in kept and event.id not in self.told:
                self.violated(6, f"event {event.id} was dropped before it was sent")

    # How it is judged -----------------------------------------------------------------------

    def _judge_switch(self, before: State | None, after: State, writer: Container) -> None:
        if after.cause is Cause.OPERATOR:
            return
        base: dict[str, Addresses] = {}
        if before is not None:
            publishing = before.phase is Phase.PUBLISHING
            base = dict(before.targets if publishing else before.active)
        left = {n: a for n, a in base.items() if n not in after.targets}
        joined = {n: a for n, a in after.targets.items() if n not in base}
        me = writer.vantage.name
        if after.cause not in (Cause.FAILBACK, Cause.SETTINGS):
            for name, addresses in left.items():
                if not self._may_be(addresses.ipv4, me, healthy=False):
                    self.violated(2, f"{name} is left, and no majority calls it unhealthy")
        for name, addresses in joined.items():
            if not self._may_be(addresses.ipv4, me, healthy=True):
                self.violated(2, f"{name} is chosen, and no majority calls it healthy")

    def _may_be(self, address: str, decider: str, healthy: bool) -> bool:
        """Whether the fresh votes can have added up to this."""
        listed = self.universe.setting.vantages
        heard = [
            self.opinions.get((v, address), Opinion())
            for v in listed
            if v == decider or self._now - self.spoke_at.get(v, 0.0) < LONGEST_LIFE + SKEW
        ]
        against = sum(1 for opinion in heard if opinion.sure is (not healthy))
        possible = len(heard) - against
        against = sum(
            1
            for v in listed
            if self.opinions.get((v, address), Opinion()).sure is (not healthy)
            and self._now - self.spoke_at.get(v, 0.0) < 60.0
        )
        return len(heard) >= (len(listed) + 1) // 2 and possible > against

    def _judge_adoption(self) -> None:
        linode = self.universe.linode
        now = (linode.addresses("A"), linode.addresses("AAAA"))
        observing = any(s.services[0].mode != "act" for s in self.settings)
        if self.by_person != now and not observing:
            self.violated(4, "a write of ours was taken for a person's, and stays")

    # The time after all troubles ------------------------------------------------------------

    def quiet(self) -> None:
        """From now on nothing goes wrong any more."""
        self.quiet_since = self._now

    @property
    def bound(self) -> float:
        """The claim's life, ten seconds, two rounds; and what clocks may differ."""
        health = self.settings[-1].services[0].health
        return CLAIM_SECONDS + TAKEOVER_AFTER + 2 * health.interval + SKEW

    def look(self) -> None:
        """Do records and decision agree?"""
        state = self.universe.table.state("shop")
        if self.first_round is None:
            return
        generation = state.generation if state else 0
        if self._agree(state) or generation != self.last_generation:
            self.apart_since, self.last_generation = None, generation
            return
        if self.apart_since is None:
            self.apart_since = max(self.first_round, self._now - 5.0)
        if self._now - self.apart_since > self.bound and not self._excused(state):
            self.violated(3, f"records and decision differ for {self.bound:.0f} s")
            self.apart_since = self._now

    def conclude(self) -> None:
        """The end of the run."""
        state = self.universe.table.state("shop")
        if self.first_round is None:
            self.violated(0, "no round was run")
            return
        if not self._agree(state) and not self._excused(state):
            self.violated(3, "records and decision differ in the end")
        if self.generations_in_quiet > 4:
            self.violated(3, f"{self.generations_in_quiet} generations in quiet times")
        self._recovered(state)

    def _agree(self, state: State | None) -> bool:
        linode = self.universe.linode
        if state is None or state.phase is Phase.PUBLISHING:
            return False
        a = {addresses.ipv4 for addresses in state.targets.values()}
        aaaa = {addresses.ipv6 for addresses in state.targets.values() if addresses.ipv6}
        return linode.addresses("A") == a and (not aaaa or linode.addresses("AAAA") == aaaa)

    def _excused(self, state: State | None) -> bool:
        """A stop, drift that a person made, or nobody to point at; and the reason is on record."""
        if self._stopped(state):
            return True
        person = self.by_person is not None and self.person_at > 0
        if state is None:
            return person or not self._healthy()
        return (
            (person and bool(DRIFTS & state.incidents.keys()))
            or Kind.CREATE_REFUSED in state.incidents
            or (not self._healthy() and bool(state.incidents))
        )

    def _stopped(self, state: State | None) -> bool:
        gate = self.universe.table.gate
        stops = (gate, state.pause if state else None)
        return any(stop is not None and stop.until > self._now - SKEW for stop in stops)

    def _healthy(self) -> list[str]:
        """The addresses of the newest settings with which nothing is wrong for anybody."""
        regions = self.settings[-1].services[0].regions
        ill = self.universe.ill
        return [r.addresses.ipv4 for r in regions if not ill.get(r.addresses.ipv4)]

    def _recovered(self, state: State | None) -> None:
        """Nobody is left on a dead region while another one is well."""
        if state is None or self._stopped(state) or state.pinned(self._now - SKEW):
            return
        service = self.settings[-1].services[0]
        held = DRIFTS | {Kind.FLIP_BUDGET_SPENT, Kind.CREATE_REFUSED}
        if held & state.incidents.keys() or service.mode != "act":
            return
        taken_out = {r.addresses.ipv4 for r in service.regions if r.name in state.excluded}
        well = set(self._healthy()) - taken_out
        dead = {address for address, found in self.universe.ill.items() if _dead(found)}
        pointed = self.universe.linode.addresses("A")
        some, all_ = bool(pointed & dead), pointed <= dead
        if well and (some if service.routing is Routing.MULTIVALUE else all_):
            self.violated(0, f"still at {sorted(pointed)}, which is dead, and others are well")

    def violated(self, guarantee: int, what: str) -> None:
        """Put it on record."""
        self.violations.append(Violation(guarantee, self.universe.clock, what))
        self.universe.say(f"!!! guarantee {guarantee}: {what}")

    @property
    def _now(self) -> float:
        return self.universe.hub.time


def _dead(illnesses: Iterable[object]) -> bool:
    return any(not i.half and not i.seen_by for i in illnesses)  # type: ignore[attr-defined]


def _shown(record: object) -> str:
    if not isinstance(record, dict):
        return "no record"
    return f"{record['id']} {record['type']} {record['target']} {record['ttl_sec']}"
