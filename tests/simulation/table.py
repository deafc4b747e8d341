"""The control table, as a global table with multi-Region strong consistency would be.

Conditional writes of single items, strongly consistent reads, nothing else. A replica that is cut
off has neither. Two regions that write one item at the same moment: the later one is refused and
nothing of it was written. boto3 tries each call twice.
"""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TypeVar

from failover.decision.balancers import Lookup
from failover.decision.data import Finding
from failover.errors import StoreConflict, StoreUnavailable
from failover.health.beats import Beat, Sign, Turn, newer
from failover.health.numbers import following, outranks
from failover.health.votes import Ballot, overtaken
from failover.notify.events import Event
from failover.preflight.report import Report
from failover.publication.orders import Gate
from failover.publication.state import State
from failover.store import Snapshot, Standing
from tests.simulation.container import Container
from tests.simulation.releases import Shelf
from tests.support.virtual import Hub

T = TypeVar("T")

LATENCY = 0.02
TIMEOUT = 2.0
MOST_SHARDS = 10
JUDGED = "shop"
"""The service whose decisions and votes are judged."""

AT_ONCE = 0.01
"""Seconds within which two regions' writes of one item are in conflict."""


@dataclass
class StoreFaults:
    """How likely each fate of a call is. `late`: a write that arrives after its caller gave up."""

    lost: float = 0.0
    late: float = 0.0
    throttled: float = 0.0
    slow: float = 0.0


@dataclass
class Table:
    """All items, and the true history of the decision: `changes` is told of each version before it
    is there, `changed` afterwards. `late_until` is when the last late write arrives."""

    hub: Hub
    rng: random.Random
    faults: StoreFaults = field(default_factory=StoreFaults)
    shelf: Shelf = field(default_factory=Shelf)
    runners: dict[tuple[str, int], int] = field(default_factory=dict)
    seeds: dict[tuple[str, int], int] = field(default_factory=dict)
    beat_at: dict[tuple[str, int], float] = field(default_factory=dict)
    signs: dict[tuple[str, int], Sign] = field(default_factory=dict)
    late_until: float = 0.0
    well_since: float = 0.0
    gate: Gate | None = None
    lookups: dict[tuple[str, int], Lookup] = field(default_factory=dict)
    touched: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    changes: Callable[[State | None, State, Container], None] = lambda *_: None
    changed: Callable[[State | None, State, Container], None] = lambda *_: None
    turned: Callable[[str, int, Beat | None, int], None] = lambda *_: None
    voted: Callable[[Ballot], None] = lambda *_: None
    recorded: Callable[[Event], None] = lambda *_: None
    findings: Callable[[], tuple[Finding, ...]] = lambda: ()

    def state(self, service: str) -> State | None:
        """The decision as it is."""
        return self.shelf.state(service)

    def put_state(self, service: str, state: State, writer: Container) -> None:
        """A conditional write of the decision."""
        before = self.shelf.state(service)
        if (before.version if before else 0) != state.version - 1:
            raise StoreConflict("another version is there")
        judged = service == JUDGED
        if judged:
            self.changes(before, state, writer)
        self.shelf.keep_state(service, state, writer.release)
        if judged:
            self.changed(before, state, writer)

    def recreate(self) -> None:
        """Somebody deleted the table and made it anew: it is empty."""
        self.shelf = Shelf(self.shelf.mixed)
        self.runners.clear()
        self.seeds.clear()
        self.beat_at.clear()
        self.lookups.clear()
        self.signs.clear()
        self.touched.clear()
        self.gate = None

    def revisions(self, now: float) -> list[int]:
        """Of the settings under which somebody has voted lately, and not just now."""
        ballots = self.shelf.order.get("shop", ())
        return [b.revision for b in ballots if 15.0 < now - b.at < 60.0]

    def put_ballot(
        self, service: str, ballot: Ballot, after: Ballot | None, writer: Container
    ) -> None:
        """A vantage's votes, unless another tick has written since `after` was read."""
        before = self.shelf.ballot(service, ballot.vantage)
        if before and outranks(before.runner, ballot.runner):
            raise StoreConflict("a newer tick has voted")
        if after and overtaken(before, ballot.runner, after):
            raise StoreConflict("an older tick has voted since")
        self.shelf.keep_ballot(service, ballot, writer.release)
        if service == JUDGED:
            self.voted(ballot)


class Replica:
    """The Store port of one process."""

    def __init__(self, table: Table, container: Container) -> None:
        self._table = table
        self._me = container

    def take_over(self, vantage: str, at: float, beat: Beat | None = None, shard: int = 0) -> Turn:
        table, item = self._table, (vantage, shard)

        def effect() -> Turn:
            before, seed = table.runners.get(item, 0), table.seeds.get(item, 0)
            if beat is None:
                table.runners[item] = table.seeds[item] = following(before, int(at))
            elif (before, table.beat_at.get(item)) == (beat.number, at):
                return Turn(before, at)  # boto3's second try
            elif newer(beat, seed, before):
                table.runners[item], table.seeds[item] = beat.number, beat.seed
                table.beat_at[item] = at
            else:
                raise StoreConflict("the beat is not newer")
            table.turned(vantage, shard, beat, table.runners[item])
            return Turn(table.runners[item], table.beat_at.get(item))

        turn = self._call("take_over", effect, ("runner", f"{vantage} {shard}"))
        self._me.known.number = turn.number
        return turn

    def standing(self, vantage: str, shard: int = 0) -> Standing:
        table, item = self._table, (vantage, shard)
        self._me.known.began_at = self._me.hub.time
        found = self._call(
            "standing",
            lambda: Standing(table.runners.get(item, 0), table.gate, table.lookups.get(item)),
        )
        self._me.known.superseded = found.runner > self._me.known.number > 0
        return found

    def write_lookup(self, vantage: str, seed: int, lookup: Lookup, shard: int = 0) -> None:
        item = (vantage, shard)

        def effect() -> None:
            if outranks(self._table.seeds.get(item, 0), seed):
                raise StoreConflict("a newer seed has taken over")
            self._table.lookups[item] = lookup

        self._call("write_lookup", effect, ("runner", f"{vantage} {shard}"))

    def sign(self, vantage: str, shard: int, sign: Sign) -> None:
        def effect() -> None:
            self._table.signs[vantage, shard] = sign

        self._call("sign", effect, ("sign", f"{vantage} {shard}"))

    def signs(self, vantage: str) -> Mapping[int, Sign]:
        """With those of the shards that have no service here."""

        def effect() -> Mapping[int, Sign]:
            given = {shard: s for (name, shard), s in self._table.signs.items() if name == vantage}
            idle = Sign(self._me.hub.time, well=True)
            return {shard: given.get(shard, idle) for shard in range(MOST_SHARDS)}

        return self._call("signs", effect)

    def read(self, service: str) -> Snapshot:
        def effect() -> Snapshot:
            found = self._table.shelf.snapshot(service, self._me.release)
            findings = self._table.findings()
            return replace(found, findings=findings) if findings else found

        return self._call("read", effect)

    def write_ballot(self, service: str, ballot: Ballot, after: Ballot | None) -> None:
        self._call(
            "write_ballot",
            lambda: self._table.put_ballot(service, ballot, after, self._me),
            (service, ballot.vantage),
        )

    def write_state(self, service: str, state: State) -> None:
        self._call(
            "write_state",
            lambda: self._table.put_state(service, state, self._me),
            (service, "decision"),
        )

    def write_gate(self, gate: Gate) -> None:
        def effect() -> None:
            before = self._table.gate
            if (before.version if before else 0) != gate.version - 1:
                raise StoreConflict("another version is there")
            self._table.gate = gate

        self._call("write_gate", effect, ("control", "gate"))

    def record(self, service: str, event: Event) -> None:
        self._call("record", lambda: self._table.recorded(event), ("log", event.id))

    def history(self, service: str, limit: int) -> tuple[Event, ...]:
        return self._call("history", lambda: ())

    def prune_history(self, service: str, now: float) -> None:
        self._call("prune", lambda: None)

    def write_finding(self, service: str, finding: Finding) -> None:
        raise AssertionError("no service here has a table of its own")

    def write_preflight(self, service: str, report: Report) -> None:
        raise AssertionError("nobody asks for a preflight here")

    def _call(self, op: str, effect: Callable[[], T], item: tuple[str, str] | None = None) -> T:
        """Two tries, as boto3 makes them. What the condition refuses is not tried again."""
        for _ in range(2):
            fate = self._fate(op, item is not None)
            if fate is None:
                answer = self._me.exchange(op, LATENCY, lambda: self._effect(effect, item))
                if answer is not _CONFLICT:
                    return answer  # type: ignore[return-value]  # only _CONFLICT is no answer
            elif fate == "lost":
                self._me.exchange(op, LATENCY, lambda: _silently(effect))
                self._me.sleep(TIMEOUT)
            elif fate == "late":
                arrives = self._table.hub.time + self._table.rng.uniform(0.1, 8.0)
                self._table.late_until = max(self._table.late_until, arrives)
                self._table.hub.at(arrives, lambda: _silently(effect))
                self._me.exchange(op, TIMEOUT, lambda: None)
            else:
                self._me.exchange(op, fate, lambda: None)
        raise StoreUnavailable(f"the control table did not answer: {op}")

    def _fate(self, op: str, writes: bool) -> str | float | None:
        """None is well; a number is a failed try of so many seconds."""
        if self._me.vantage.cut_off:
            return TIMEOUT
        if writes and (decided := self._me.fate(op)):
            return decided
        faults = self._table.faults
        if not (faults.lost or faults.late or faults.throttled or faults.slow):
            return None
        dice = self._table.rng.random()
        for likely, fate in (
            (faults.lost, "lost"),
            (faults.late, "late" if writes else TIMEOUT),
            (faults.throttled, 0.1),
        ):
            if dice < likely:
                return fate
            dice -= likely
        if dice < faults.slow:
            self._me.sleep(self._table.rng.uniform(0.1, 1.5))
        return None

    def _effect(self, effect: Callable[[], T], item: tuple[str, str] | None) -> T | object:
        if item is None:
            return effect()
        now, region = self._table.hub.time, self._me.vantage.name
        at, other = self._table.touched.get(item, (0.0, region))
        if other != region and now - at < AT_ONCE:
            return _CONFLICT
        answer = effect()
        self._table.touched[item] = now, region
        return answer


class Glance(Replica):
    """The Store port of somebody who only looks, in no time at all."""

    def _call(self, op: str, effect: Callable[[], T], item: tuple[str, str] | None = None) -> T:
        return effect()


_CONFLICT = object()


def _silently(effect: Callable[[], object]) -> None:
    """A call whose outcome nobody hears of."""
    with suppress(StoreConflict):
        effect()
