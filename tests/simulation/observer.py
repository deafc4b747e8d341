"""Who judges: knows the true history, and asks none of the code that is judged.

What a vantage may say of a region follows from the probes that it really made (`opinions`), what
the records said from what Linode really did, who may write from what the table really held.
Guarantee 0 is what goes without saying.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from failover.health.cadence import LARGEST_LISTING
from failover.health.votes import Ballot
from failover.notify.events import Event, What
from failover.publication.parts import CLAIM_SECONDS, TAKEOVER_AFTER, Cause, Phase
from failover.publication.state import State
from failover.settings.model import Addresses, Failback, Routing, Settings
from tests.simulation.aftermath import Aftermath
from tests.simulation.container import Container
from tests.simulation.linode import LISTS_A_MINUTE, NAME, Applied
from tests.simulation.opinions import SKEW, Electorate

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

Fields = Mapping[str, Any]
Content = tuple[frozenset[str], frozenset[str]]
NO_ALERTS = ("incident/settings_old",)
"""What happens with every deployment: it is only kept in the history."""
MOST_REMEMBERED = 15
"""Requests for one and the same write that are known again where they arrive late."""

NEEDS_CLOCKS = (2, 3, 4, 6, 9, 10, 11)
"""Guarantees that hold only while the clocks of the vantages agree within a few seconds."""

ONE_ROUND = 10.0
"""Seconds for which an error of before may still be told, though the token is known by now."""

ON_ITS_WAY = 60.0
"""Seconds for which what a person does may cross what is being published."""

FORMER = 200.0
"""Seconds for which a tick may live on that knew a control table which is made anew since."""

CORRECTED_WITHIN = 30.0
"""Seconds within which what a late write of ours has changed is put right."""


@dataclass(frozen=True)
class Violation:
    """A guarantee that did not hold."""

    guarantee: int
    at: float
    what: str

    def __str__(self) -> str:
        return f"guarantee {self.guarantee} at {self.at:.2f}: {self.what}"


@dataclass
class Observer:
    """Sees everything, at its true time. `violations` is the verdict."""

    universe: "Universe"
    electorate: Electorate
    violations: list[Violation] = field(default_factory=list)
    rounds: int = 0
    settings: list[Settings] = field(default_factory=list)
    voted_by: dict[str, tuple[float, float]] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    by_person: Content = (frozenset(), frozenset())
    person_at: float = 0.0
    disturbed_at: float = 0.0
    published_at: float = 0.0
    contents: list[tuple[float, Content]] = field(default_factory=list)
    in_history: set[str] = field(default_factory=set)
    on_phones: set[str] = field(default_factory=set)
    aftermath: Aftermath | None = None
    crashes: list[str] = field(default_factory=list)

    # What happens ---------------------------------------------------------------------------

    def deployed(self, settings: Settings) -> None:
        """These settings are in force somewhere from now on. The newest are those of the highest
        revision, in whatever order they are deployed."""
        self.settings.append(settings)
        self.settings.sort(key=lambda each: each.revision)
        for region in settings.services[0].regions:
            self.universe.homes[region.addresses.ipv4] = region.aws_region
            self.ours |= {region.addresses.ipv4, region.addresses.ipv6 or ""} - {""}

    def known(self, digest: str) -> bool:
        """Whether somebody had rounds by these settings, and its votes reached the table."""
        first, last = self.voted_by.get(digest, (0.0, 0.0))
        return last - first > ONE_ROUND

    def probed(self, vantage: str, address: str, at: float, ok: bool) -> None:
        """A vantage got this answer from an address."""
        health = self.settings[0].services[0].health
        self.universe.judges.pace.probed(vantage, at)
        opinion = self.electorate.opinion(vantage, address)
        opinion.probed(ok, at, health.failure_threshold, health.recovery_threshold)
        after = self.aftermath
        if after and after.first_round is None and at >= after.since:
            after.first_round = at

    def voted(self, ballot: Ballot) -> None:
        """A vantage's votes have reached the table."""
        self.electorate.spoke_at[ballot.vantage] = self._now
        first, _ = self.voted_by.get(ballot.digest, (self._now, self._now))
        self.voted_by[ballot.digest] = first, self._now
        self.universe.judges.pace.voted(ballot)

    def recorded(self, event: Event) -> None:
        """An event is in the history."""
        self.in_history.add(event.id)

    def alerted(self, event: Event) -> None:
        """An alert has arrived."""
        self.on_phones.add(event.id)
        self.universe.judges.alerted(event)
        self.universe.say(f"alert {event.about} {dict(event.facts)}")

    def round_completed(self, process: Container) -> None:
        """One more round."""
        self.rounds += 1
        self._judge_settings(process, "has a round")
        self._judge_superseded(process)
        self.universe.judges.round_completed(process)

    def told_to_people(self, process: Container, event: str, facts: str) -> None:
        """A line of the log."""
        if "-of-this-account" in facts:
            self.violated(7, f"the token was told: {event}")
        since = process.known.token_at
        known = since is not None and self._now - since > ONE_ROUND
        if known and "token cannot be read" in facts:
            self.violated(5, "the last good token is not used")

    def sent(self, writer: Container, record_id: int | None, address: str | None) -> None:
        """A request that would change a record leaves a process."""
        self.universe.judges.manners.sent()
        self._judge_settings(writer, "changes records")
        state, known = self.universe.table.state("shop"), writer.known
        left = known.until - self._now
        self.universe.say(
            f"{writer.vantage.name}: writes {address} to record {record_id} "
            f"(generation {known.generation}, {left:.1f} s of its claim are left)"
        )
        mine = state and state.publication.claim and state.publication.claim.id == known.claim
        remade = self._now - self.universe.recreated_at < CLAIM_SECONDS  # and every claim is gone
        if not mine and not remade and left > SKEW - TAKEOVER_AFTER:
            self.violated(4, "two processes have the right to write at the same time")
        if left < 0 and self._now - writer.looked_at < 0.5:
            self.violated(4, f"a write under a claim that has ended {-left:.0f} s ago")
        self._judge_superseded(writer)
        if record_id and address:
            self._judge_foreign(writer, record_id)

    def _judge_foreign(self, writer: Container, record_id: int) -> None:
        """What is in no settings is written over by nobody who has read it, unless people order."""
        before = self.universe.linode.records.get(record_id)
        state = self.universe.table.state("shop")
        ordered = state is not None and state.publication.cause is Cause.OPERATOR
        seen = writer.known.read_at.get(record_id, 0.0) > self.person_at
        if before and before["target"] not in self.ours and seen and not ordered:
            self.violated(0, f"a person's {_shown(before)} is written over")

    def exceeded(self) -> None:
        """We have asked for more lists in a minute than Linode answers. Where many containers share
        the limit, each may nevertheless list the largest domain at once. So may the second one of a
        vantage: two take turns, and each counts for itself."""
        linode, universe = self.universe.linode, self.universe
        more = max(0, len(linode.askers) - len(universe.sites)) * LARGEST_LISTING
        if universe.setting.shards == 1 and linode.asked > LISTS_A_MINUTE + more:
            self.violated(0, "we list more often than Linode allows to one user")

    def applied(self, change: Applied) -> None:
        """A record has changed."""
        before, after = change.before, change.after
        if (after or before or {}).get("name") != NAME:
            if change.by and after:  # a neighbour's
                self._judge_write(change.by, before, after)
            return
        self.contents.append((self._now, self._content()))
        if change.by is None or self._now - change.sent_at > 1.0:
            self.disturbed_at = self._now
        by = change.by.vantage.name if change.by else "a person"
        ago = f", sent {self._now - change.sent_at:.1f} s ago" if change.by else ""
        self.universe.say(f"Linode: {_shown(before)} becomes {_shown(after)}, by {by}{ago}")
        self.universe.judges.records_changed(change)
        if change.by is None:
            self.by_person, self.person_at = self._content(), self._now
        elif after is None:
            self.violated(1, "a record was deleted")
        else:
            self._judge_write(change.by, before, after)

    def _judge_write(self, by: Container, before: Fields | None, after: Fields) -> None:
        if after["name"] not in by.may_write or (before and before["type"] != after["type"]):
            self.violated(1, f"{_shown(after)} is not at a name of ours, or of another type")
        if before and before["target"] == after["target"]:
            return
        if after["target"] not in by.may_write.get(after["name"], ()):
            self.violated(1, f"{after['target']} is not in the settings of who writes it")

    def decided(self, before: State | None, after: State, writer: Container) -> None:
        """A new version of the decision."""
        self._judge_settings(writer, "decides")
        self._judge_outbox(before, after)
        self.universe.judges.decided(before, after, writer)
        if after.publication.claim is not None and (
            before is None or after.publication.claim != before.publication.claim
        ):
            taken = (
                before is None
                or before.publication.claim is None
                or before.publication.claim.id != after.publication.claim.id
            )
            if not taken and writer.known.claim != after.publication.claim.id:
                self.violated(4, "a claim is renewed that somebody else holds")
            writer.known.claim, writer.known.generation = (
                after.publication.claim.id,
                after.publication.generation,
            )
            writer.known.until = after.publication.claim.until - writer.vantage.skew
        publishing = before is not None and before.publication.phase is Phase.PUBLISHING
        if before and publishing and after.publication.phase is not Phase.PUBLISHING:
            withdrawn = (
                after.publication.generation > before.publication.generation and not self.person_at
            )
            self._judge_published(after, 0.0 if withdrawn else ON_ITS_WAY, writer)
        if before and after.publication.generation <= before.publication.generation:
            return self._judge_generation(before, after)
        self._new_generation(before, after, writer)
        return None

    def _judge_generation(self, before: State, after: State) -> None:
        if self._table_is_new:
            return
        if after.publication.generation < before.publication.generation:
            self.violated(4, "the generation went back")
        elif (
            dict(after.publication.targets) != dict(before.publication.targets)
            and after.publication.claim
        ):
            self.violated(4, "another decision under the same generation")

    def _new_generation(self, before: State | None, after: State, writer: Container) -> None:
        new = after.publication
        self.universe.say(
            f"{writer.vantage.name}: generation {new.generation}, {new.cause}: "
            f"{', '.join(new.targets)} ({new.phase})"
        )
        late = new.cause is Cause.DRIFT and self._now - self.disturbed_at < CORRECTED_WITHIN
        if self.aftermath and not late:
            self.aftermath.generations += 1
        if after.publication.phase is Phase.PUBLISHING:
            if after.publication.cause is not Cause.OPERATOR:
                self._judge_order(before, writer)
            self._judge_switch(before, after, writer)
        elif after.publication.cause is Cause.EXTERNAL:
            self._judge_adoption(before)

    def _adding(self, after: State) -> bool:
        """Whether the records say what was decided, but for what was to be added, perhaps late."""
        linode, targets = self.universe.linode, after.publication.targets.values()
        a, found = {t.ipv4 for t in targets}, linode.addresses("A")
        aaaa = {t.ipv6 for t in targets if t.ipv6}
        missing = (a - found) | (aaaa - linode.addresses("AAAA"))
        late = {w.address for w in after.announced if w.record_id is None}
        return bool(found) and found <= a and missing <= late

    # How it is judged -----------------------------------------------------------------------

    def _judge_published(self, after: State, lately: float, writer: Container) -> None:
        """What is called published has been in the records, a moment ago at the latest, unless a
        person or a late write came in between: the next round finds that. A record may be missing
        whose earlier request may still arrive."""
        self.published_at = self._now
        crossed = self._now - self.disturbed_at < 2 * ON_ITS_WAY
        linode, read_at = self.universe.linode, writer.known.read_at
        records = (*linode.at_name(), *linode.at_name("AAAA"))
        if self.person_at and any(read_at.get(i, 0.0) < self.person_at for i in records):
            crossed = True  # lists were refused: it cannot know of what a person has added
        if (
            crossed
            or after.publication.cause is Cause.EXTERNAL
            or after.limits.create_not_before > self._now - SKEW
        ):
            return
        if not self._said(after, lately) and not self._adding(after):
            names = ", ".join(after.publication.targets)
            self.violated(3, f"{names} is called published, and the records did not say so")

    def _said(self, state: State, lately: float) -> bool:
        """Whether the records say what this decision means, or have said it a moment ago."""
        a = frozenset(addresses.ipv4 for addresses in state.publication.targets.values())
        aaaa = frozenset(
            address.ipv6 for address in state.publication.targets.values() if address.ipv6
        )
        thin = not self.universe.linode.faults.may_create  # what may not be added is missing
        for at, content in reversed(self.contents):
            if content[0] == a and (not aaaa or content[1] == aaaa):
                return True
            if thin and content[0] and content[0] <= a and content[1] <= aaaa:
                return True
            if at <= self._now - lately:
                break
        return False

    def _judge_outbox(self, before: State | None, after: State) -> None:
        """Nothing leaves the outbox untold; an order only with the decision that it was for."""
        if self._table_is_new:
            return
        kept = {event.id for event in after.notices.pending}
        for event in before.notices.pending if before else ():
            if event.id in kept or event.what == What.ORDER:
                continue
            if event.id not in self.in_history:
                self.violated(6, f"{event.about} was dropped before it was told")
            alert = event.what == What.INCIDENT_BEGAN and event.about not in NO_ALERTS
            if alert and event.id not in self.on_phones:
                self.violated(6, f"{event.about} was never sent")

    def _judge_settings(self, process: Container, does: str) -> None:
        """Nothing happens by a file with an error."""
        if process.refused:
            self.violated(5, f"{process.vantage.name} {does} by settings with an error")

    def _judge_superseded(self, process: Container) -> None:
        # Where a process has several services, another one's round may have been told.
        if process.known.superseded and not self.universe.setting.neighbours:
            self.violated(0, "a tick goes on after it has been told of a newer one")
            process.known.superseded = False

    def _judge_order(self, before: State | None, writer: Container) -> None:
        """A person's stop holds every new decision, newer settings those of older ones."""
        stops = (self.universe.table.gate, before.orders.pause if before else None)
        publishing = before is not None and before.publication.phase is Phase.PUBLISHING
        stopped = any(
            stop and stop.until > self._now + SKEW and self._now - writer.looked_at < 1.0
            for stop in stops
        )
        if stopped and not publishing and self._now - self.universe.ordered_at > SKEW:
            self.violated(2, "a new decision although a person said stop")
        newest = max(self.universe.table.revisions(self._now), default=0)
        if writer.revision < newest:
            self.violated(2, f"revision {writer.revision} decides, {newest} is deployed elsewhere")

    def _judge_pin(self, before: State, after: State) -> None:
        pin = before.orders.pinned(self._now + SKEW)
        known = pin and self.settings[-1].services[0].region(pin.region)
        fresh = self._now - self.universe.ordered_at < SKEW
        if pin and known and not fresh and list(after.publication.targets) != [pin.region]:
            self.violated(2, f"{', '.join(after.publication.targets)}, and {pin.region} is pinned")

    def _judge_switch(self, before: State | None, after: State, writer: Container) -> None:
        if after.publication.cause is Cause.OPERATOR:
            return
        base: Mapping[str, Addresses] = {}
        if before is not None:
            self._judge_pin(before, after)
            base = before.served.active
            if before.publication.phase is Phase.PUBLISHING:
                base = before.publication.targets
            else:
                self._judge_moves(before, after)
        changed = len(self.settings) > 1
        fewer = self.settings[-1].services[0].routing is Routing.FAILOVER and len(base) > 1
        cause = after.publication.cause
        wish = cause is Cause.FAILBACK or (changed and (fewer or cause is Cause.SETTINGS))
        # What a person has written since is nothing that a decision could leave.
        known = self.person_at <= self.universe.linode.listed_at
        there = self.universe.linode.addresses("A") if known else frozenset()
        left = base.keys() - after.publication.targets.keys()
        # What the newest settings do not name may leave together with what is unhealthy.
        named = left & {region.name for region in self.settings[-1].services[0].regions}
        for name in () if wish else sorted(named or left):
            if base[name].ipv4 in there and not self._may_be(base[name], writer, healthy=False):
                self.violated(2, f"{name} is left, and no majority calls it unhealthy")
        self._judge_chosen(base, after, writer)

    def _judge_chosen(self, base: Mapping[str, Addresses], after: State, writer: Container) -> None:
        for name in sorted(after.publication.targets.keys() - base.keys()):
            if not self._may_be(after.publication.targets[name], writer, healthy=True):
                self.violated(2, f"{name} is chosen, and no majority calls it healthy")
            elif after.publication.cause is Cause.UNHEALTHY:
                self._judge_data(name, after)

    def _judge_data(self, name: str, after: State) -> None:
        """A region with old data is chosen only where no other one could be."""
        service, truth = self.settings[-1].services[0], self.universe.judges.truth
        old = {r.name for r in service.regions if self._is_behind(r.aws_region)}
        better = [
            region.name
            for region in service.regions
            if str(region.aws_region) not in self.universe.behind
            and truth.known_well(region.addresses.ipv4) is not None
            and region.name not in {*after.publication.targets, *after.orders.excluded_until}
        ]
        if service.data and name in old and better:
            self.violated(0, f"{name} is chosen, whose data is old, and {better[0]} is as well")

    def _is_behind(self, aws_region: str | None) -> bool:
        since = self.universe.behind.get(str(aws_region))
        return since is not None and self._now - since > ONE_ROUND

    def _may_be(self, addresses: Addresses, decider: Container, *, healthy: bool) -> bool:
        name = decider.vantage.name
        return self.electorate.may_say(addresses.ipv4, healthy, name, self._now)

    def _judge_moves(self, before: State, after: State) -> None:
        """What the settings of the service say about moving it."""
        service = self.settings[-1].services[0]
        moves = after.publication.targets.keys() != before.served.active.keys() and not self._said(
            after, SKEW
        )
        repair = self.person_at > 0  # what a person mixed up is put right, whatever the budget
        if (
            after.publication.cause is Cause.FAILBACK
            and moves
            and len(self.settings) == 1
            and not repair
        ):
            flips = [at for at in before.limits.flips if at > self._now - 3600.0]
            if len(flips) >= service.flip_budget:
                self.violated(2, "a failback beyond the flip budget")
        several = (
            len(after.publication.targets) > 1
        )  # settings of the same revision, with another routing
        if (
            after.publication.cause is not Cause.FAILBACK
            or service.routing is not Routing.FAILOVER
            or several
        ):
            return
        if len(self.settings) == 1 and service.failback is Failback.MANUAL:
            self.violated(2, "a failback that nobody asked for")
        since = self._now - service.failback_after + SKEW
        if any(
            self.electorate.was_unhealthy(a.ipv4, since) for a in after.publication.targets.values()
        ):
            self.violated(2, "a failback to a region that was unhealthy a moment ago")

    def _mixed(self, before: State | None) -> bool:
        """Whether the records say what a person made them say, and else what we have decided: a
        list may show what was added only after our own write."""
        answer = before.publication.answer if before else None
        a, aaaa = self._content()
        if answer:
            a, aaaa = a - answer.a, aaaa - answer.aaaa
        return a <= self.by_person[0] and aaaa <= self.by_person[1]

    def _judge_adoption(self, before: State | None) -> None:
        observing = any(settings.services[0].mode != "act" for settings in self.settings)
        unlike = self._now < self.universe.unlike_until
        lately = self.person_at > self.published_at - ON_ITS_WAY
        forgotten = any(n > MOST_REMEMBERED for n in self.universe.linode.late.values())
        began, ended = self.universe.linode.unlisted
        unknown = began < self.person_at < ended and self._now - ended < ONE_ROUND
        if not (observing or forgotten or unlike or unknown or (lately and self._mixed(before))):
            self.violated(4, "what we wrote, or failed to, was taken for a person's")

    def quiet(self) -> None:
        """From now on nothing goes wrong any more."""
        self.aftermath = Aftermath(self.universe, self, self._now)

    def violated(self, guarantee: int, what: str) -> None:
        """Put it on record. While a clock is wrong only liveness is judged."""
        if self.universe.clocks_wrong_at and guarantee in NEEDS_CLOCKS:
            return
        self.violations.append(Violation(guarantee, self.universe.clock, what))
        self.universe.say(f"!!! guarantee {guarantee}: {what}")

    def crashed(self, what: str) -> None:
        """The code failed in a way that it does not handle."""
        self.crashes.append(what)
        self.violated(0, what)

    def _content(self) -> Content:
        linode = self.universe.linode
        return linode.addresses("A"), linode.addresses("AAAA")

    @property
    def _table_is_new(self) -> bool:
        """Whether a tick may live on that knew the former control table: by chance it replaces a
        state that has the same version."""
        return self._now - self.universe.recreated_at < FORMER

    @property
    def _now(self) -> float:
        return self.universe.hub.time


def _shown(record: object) -> str:
    if not isinstance(record, dict):
        return "no record"
    return f"{record['id']} {record['type']} {record['target']} {record['ttl_sec']}"
