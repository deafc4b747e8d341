"""A world in memory: the ports of the use cases, with faults that a test switches on and off.

Everything takes virtual time where the real thing would take some, so that tasks interleave.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from failover.decision.balancers import Balancer, Lookup
from failover.errors import (
    AlertNotSent,
    BeatsNotSent,
    DeadManUnheard,
    DnsRefused,
    DnsUnavailable,
    ShardNotStarted,
    StoreConflict,
    StoreUnavailable,
)
from failover.health.beats import Beat, Sign, Turn, newer
from failover.health.numbers import following, outranks
from failover.health.probe import Probe, Reason
from failover.health.votes import Ballot, overtaken
from failover.notify.events import Event
from failover.notify.metrics import Metric
from failover.ports import World
from failover.preflight.report import Report
from failover.publication.orders import Gate
from failover.publication.proof import Evidence, Heard, Said
from failover.publication.state import State
from failover.settings.model import Addresses, Service
from failover.staleness.replication import Finding
from failover.store import Snapshot, Standing
from failover.zone.access import Access
from failover.zone.records import Family, Record, Written, Zone
from tests.support.replicas import MemoryReplicas
from tests.support.virtual import Hub

GOOD = Probe(None, "", 0.02)


def _runner(vantage: str, shard: int) -> str:
    """The item of a shard's runner; the first one's is that of a vantage without shards."""
    return f"{vantage}#{shard}" if shard else vantage


@dataclass
class MemoryStore:
    """The control table, with its conditions. `away` makes every call fail after a while."""

    hub: Hub
    latency: float = 0.01
    away: bool = False
    lose_replies: int = 0
    runners: dict[str, int] = field(default_factory=dict)
    seeds: dict[str, int] = field(default_factory=dict)
    beat_at: dict[str, float] = field(default_factory=dict)
    gate: Gate | None = None
    broken: tuple[str, ...] = ()
    unusable: tuple[str, ...] = ()
    states: dict[str, State] = field(default_factory=dict)
    ballots: dict[tuple[str, str], Ballot] = field(default_factory=dict)
    votes: list[Ballot] = field(default_factory=list)
    decisions: list[State] = field(default_factory=list)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    preflights: dict[tuple[str, str], Report] = field(default_factory=dict)
    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    log: dict[str, dict[str, Event]] = field(default_factory=dict)
    pruned: dict[str, list[float]] = field(default_factory=dict)
    given: dict[tuple[str, int], Sign] = field(default_factory=dict)
    writes: int = 0

    def take_over(self, vantage: str, at: float, beat: Beat | None = None, shard: int = 0) -> Turn:
        self._enter()
        vantage = _runner(vantage, shard)
        before = self.runners.get(vantage, 0)
        if beat is None:
            self.runners[vantage] = self.seeds[vantage] = following(before, int(at))
        elif not newer(beat, self.seeds.get(vantage, 0), before):
            raise StoreConflict("the beat is not newer")
        else:
            self.seeds[vantage], self.runners[vantage] = beat.seed, beat.number
            self.beat_at[vantage] = at
        self._leave()
        return Turn(self.runners[vantage], self.beat_at.get(vantage))

    def standing(self, vantage: str, shard: int = 0) -> Standing:
        self._enter()
        vantage = _runner(vantage, shard)
        number, lookup = self.runners.get(vantage, 0), self.lookups.get(vantage)
        return Standing(number, self.gate, lookup, self.broken)

    def write_lookup(self, vantage: str, seed: int, lookup: Lookup, shard: int = 0) -> None:
        self._enter()
        vantage = _runner(vantage, shard)
        if outranks(self.seeds.get(vantage, 0), seed):
            raise StoreConflict("a newer seed has taken over")
        self.lookups[vantage] = lookup
        self._leave()

    def sign(self, vantage: str, shard: int, sign: Sign) -> None:
        self._enter()
        self.given[vantage, shard] = sign
        self._leave()

    def signs(self, vantage: str) -> dict[int, Sign]:
        self._enter()
        return {shard: sign for (name, shard), sign in self.given.items() if name == vantage}

    def read(self, service: str) -> Snapshot:
        self._enter()
        ballots = tuple(b for (name, _), b in sorted(self.ballots.items()) if name == service)
        findings = tuple(f for (name, *_), f in sorted(self.findings.items()) if name == service)
        reports = tuple(r for (name, _), r in sorted(self.preflights.items()) if name == service)
        state = self.states.get(service)
        return Snapshot(state, ballots, self.unusable, findings, reports)

    def write_ballot(self, service: str, ballot: Ballot, after: Ballot | None) -> None:
        self._enter()
        before = self.ballots.get((service, ballot.vantage))
        if before and outranks(before.runner, ballot.runner):
            raise StoreConflict("a newer tick has voted")
        if after and overtaken(before, ballot.runner, after):
            raise StoreConflict("an older tick has voted since")
        self.ballots[service, ballot.vantage] = ballot
        self.votes.append(ballot)
        self.writes += 1
        self._leave()

    def write_finding(self, service: str, finding: Finding) -> None:
        self._enter()
        key = (service, finding.aws_region, finding.vantage)
        before = self.findings.get(key)
        if before and before.at > finding.at:
            raise StoreConflict("a newer finding is there")
        self.findings[key] = finding
        self._leave()

    def write_preflight(self, service: str, report: Report) -> None:
        self._enter()
        before = self.preflights.get((service, report.vantage))
        if before and before.at > report.at:
            raise StoreConflict("a newer report is there")
        self.preflights[service, report.vantage] = report
        self._leave()

    def write_state(self, service: str, state: State) -> None:
        self._enter()
        before = self.states.get(service)
        if (before.version if before else 0) != state.version - 1:
            raise StoreConflict("another version is there")
        self.states[service] = state
        self.decisions.append(state)
        self.writes += 1
        self._leave()

    def write_gate(self, gate: Gate) -> None:
        self._enter()
        if (self.gate.version if self.gate else 0) != gate.version - 1:
            raise StoreConflict("another version is there")
        self.gate, self.broken = gate, ()
        self.writes += 1
        self._leave()

    def record(self, service: str, event: Event) -> None:
        self._enter()
        self.log.setdefault(service, {})[f"{event.at:.3f}#{event.id}"] = event
        self._leave()

    def history(self, service: str, limit: int) -> tuple[Event, ...]:
        self._enter()
        kept = self.log.get(service, {}).values()
        return tuple(sorted(kept, key=lambda event: event.at, reverse=True)[:limit])

    def prune_history(self, service: str, now: float) -> None:
        self._enter()
        self.pruned.setdefault(service, []).append(now)

    def _enter(self) -> None:
        if self.away:
            self.hub.sleep(2.0)
            raise StoreUnavailable("the table did not answer")
        self.hub.sleep(self.latency)

    def _leave(self) -> None:
        if self.lose_replies:
            self.lose_replies -= 1
            raise StoreUnavailable("the reply was lost")


@dataclass
class MemoryDns:
    """One Linode account. `on_list`, `on_get` and `on_write` are faults, called before each such
    call. Lists show the records of `lag` seconds ago; reads by id are current. `asked` counts the
    calls of each kind."""

    hub: Hub
    latency: float = 0.05
    records: dict[int, Record] = field(default_factory=dict)
    log: list[tuple[str, int | None, str | None, int | None]] = field(default_factory=list)
    on_list: Callable[[], None] = lambda: None
    on_get: Callable[[], None] = lambda: None
    on_write: Callable[[], None] = lambda: None
    apply_then: Callable[[], None] = lambda: None
    written_at: float = 0.0
    lag: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    history: list[tuple[float, tuple[Record, ...]]] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(101))
    token: Access = field(default_factory=Access)
    active: bool = True

    def add(self, name: str, type_: str, address: str, ttl: int = 30) -> int:
        """A person adds a record."""
        record_id = next(self.ids)
        self._keep()
        self.records[record_id] = Record(record_id, name, type_, address, ttl)
        return record_id

    def set(self, record_id: int, address: str) -> None:
        """A person changes a record."""
        self._keep()
        self.records[record_id] = replace(self.records[record_id], address=address)

    def lags(self, seconds: float) -> None:
        """From now on lists lag behind; what is there now was there long ago."""
        self.lag = seconds
        self.history.clear()

    def remove(self, record_id: int) -> None:
        """A person deletes a record."""
        self._keep()
        del self.records[record_id]

    def addresses(self, type_: str = "A") -> list[str]:
        """What the records of a type say, by id."""
        return [r.address for _, r in sorted(self.records.items()) if r.type == type_]

    def list(self, domain: str, budget: float, max_age: float = 0.0) -> Zone:
        self.hub.sleep(self.latency)
        self.asked["list"] += 1
        self.on_list()
        now = self.hub.now()
        shown = tuple(self.records.values())
        for until, records in reversed(self.history):
            if until <= now - self.lag:
                break
            shown = records
        return Zone(7, shown, at=now, status="active" if self.active else "disabled")

    def access(self) -> Access:
        return self.token

    def get(self, domain_id: int, record_id: int, budget: float) -> Record:
        self.hub.sleep(self.latency)
        self.asked["get"] += 1
        self.on_get()
        if record_id not in self.records:
            raise DnsRefused(404, "Not found")
        return self.records[record_id]

    def update(
        self, domain_id: int, record_id: int, budget: float, *, address: str | None, ttl: int | None
    ) -> Written:
        self.hub.sleep(self.latency)
        self.on_write()
        if record_id not in self.records:
            raise DnsRefused(404, "Not found")
        self.log.append(("PUT", record_id, address, ttl))
        self._keep()
        record = self.records[record_id]
        record = replace(record, address=address or record.address)
        record = replace(record, ttl=record.ttl if ttl is None else ttl)
        self.records[record_id] = record
        self.written_at = self.hub.now()
        self.apply_then()
        return Written(record, certain=True)

    def create(
        self, domain_id: int, name: str, family: Family, address: str, ttl: int, budget: float
    ) -> Written:
        self.hub.sleep(self.latency)
        self.on_write()
        record_id = self.add(name, family.value, address, ttl)
        self.log.append(("POST", record_id, address, ttl))
        self.written_at = self.hub.now()
        self.apply_then()
        return Written(self.records[record_id], certain=True)

    def _keep(self) -> None:
        """Remember what lists that lag show until this change is old enough."""
        self.history.append((self.hub.now(), tuple(self.records.values())))


@dataclass
class MemoryBalancers:
    """The account's NodeBalancers by label. `on_list` is a fault; `asked` counts the listings."""

    hub: Hub
    latency: float = 0.5
    found: dict[str, Addresses] = field(default_factory=dict)
    on_list: Callable[[], None] = lambda: None
    asked: int = 0

    def list(self, budget: float) -> tuple[Balancer, ...]:
        self.asked += 1
        self.hub.sleep(self.latency)
        self.on_list()
        return tuple(Balancer(label, addresses) for label, addresses in self.found.items())


@dataclass
class MemoryProber:
    """Regions by address: `down` maps an address to the reason why it fails, `says` to the AWS
    region that it names."""

    hub: Hub
    down: dict[str, Reason] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)
    every_second: set[str] = field(default_factory=set)
    seen: list[tuple[float, str]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    references: bool = True

    def reachable(self, url: str, budget: float) -> bool:
        self.hub.sleep(0.02 if self.references else budget)
        return self.references

    def probe(self, service: Service, aws_region: str | None, address: str) -> Probe:
        self.seen.append((self.hub.now(), address))
        self.asked[address] += 1
        reason = self.down.get(address)
        if address in self.every_second and self.asked[address] % 2:
            reason = Reason.STATUS
        if aws_region is not None and self.says.get(address, aws_region) != aws_region:
            reason = Reason.WRONG_REGION
        if reason in (Reason.DEADLINE, Reason.CONNECT_TIMEOUT):
            self.hub.sleep(service.health.timeout)
            return Probe(reason, "no answer", service.health.timeout)
        self.hub.sleep(0.02)
        return Probe(reason, "as told", 0.02) if reason else GOOD


@dataclass
class MemoryWitness:
    """Linode's rendering and one name server, which follow the records after a while."""

    hub: Hub
    dns: MemoryDns
    rendered_after: float = 12.0
    served_after: float = 20.0

    def look(
        self, domain: str, domain_id: int, record: str, budget: float, max_age: float = 0.0
    ) -> Evidence:
        self.hub.sleep(0.05)
        since = self.hub.now() - self.dns.written_at
        name = record.removesuffix(domain).removesuffix(".")
        silent = Heard("ns1", said=Said.SILENT)
        return Evidence(
            self._heard("zone file", name) if since >= self.rendered_after else Heard("zone file"),
            (self._heard("ns1", name) if since >= self.served_after else silent,),
        )

    def _heard(self, source: str, name: str) -> Heard:
        there = [record for record in self.dns.records.values() if record.name == name]
        a, aaaa = (
            frozenset(record.address for record in there if record.type == family)
            for family in ("A", "AAAA")
        )
        return Heard(source, a, aaaa)


@dataclass
class MemoryAlerts:
    """The topic. `away` refuses after a while; `on_send` and `then` are faults, before and after
    an alert has arrived."""

    hub: Hub
    latency: float = 0.05
    away: bool = False
    arrived: list[tuple[float, str, Event]] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None
    then: Callable[[], None] = lambda: None

    def send(self, service: Service, event: Event) -> None:
        if self.away:
            self.hub.sleep(6.0)
            raise AlertNotSent("the topic did not answer")
        self.hub.sleep(self.latency)
        self.on_send()
        self.arrived.append((self.hub.now(), service.name, event))
        self.then()

    def about(self, about: str) -> list[Event]:
        """What has arrived of one kind."""
        return [event for _, _, event in self.arrived if event.about == about]


@dataclass
class MemoryDeadMan:
    """The switch outside. `deaf` never answers."""

    hub: Hub
    deaf: bool = False
    heard: list[float] = field(default_factory=list)

    def ping(self, budget: float, max_age: float = 0.0) -> None:
        if self.heard and self.hub.now() - self.heard[-1] < max_age:
            return
        if self.deaf:
            self.hub.sleep(budget)
            raise DeadManUnheard("no answer")
        self.hub.sleep(0.05)
        self.heard.append(self.hub.now())


@dataclass
class MemoryQueue:
    """The queue that starts ticks. `away` refuses after a while, `stuck` takes beats and delivers
    none; `late` is how late they are, by their place."""

    hub: Hub
    deliver: Callable[[Beat], object] = lambda _beat: None
    latency: float = 0.02
    away: bool = False
    stuck: bool = False
    late: Callable[[int], float] = lambda _place: 0.2
    sent: list[Beat] = field(default_factory=list)

    def send(self, seed: int, delays: Sequence[int], shard: int = 0) -> None:
        if self.away:
            self.hub.sleep(3.0)
            raise BeatsNotSent("the queue did not answer")
        self.hub.sleep(self.latency)
        for place, delay in enumerate(delays, start=1):
            beat = Beat(seed, place, shard)
            self.sent.append(beat)
            due = self.hub.time + delay + self.late(place)
            self.hub.at(due, lambda beat=beat: self.stuck or self.deliver(beat))


@dataclass
class MemoryFunctions:
    """Starts further shards. `refuses` are those that Lambda does not accept."""

    hub: Hub
    run: Callable[[int], object]
    refuses: set[int] = field(default_factory=set)

    def start(self, shard: int) -> None:
        self.hub.sleep(0.05)
        if shard in self.refuses:
            raise ShardNotStarted("too many requests")
        self.hub.at(self.hub.time + 0.1, lambda: self.run(shard))


@dataclass
class MemoryTelemetry:
    """Keeps what was said."""

    invocation: dict[str, object] = field(default_factory=dict)
    lines: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    values: list[tuple[Metric, float, dict[str, str]]] = field(default_factory=list)

    def about(self, **facts: object) -> None:
        self.invocation |= facts

    def log(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    def problem(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    def metrics(self, values: object, **dimensions: str) -> None:
        assert isinstance(values, dict)
        self.values += [(metric, value, dimensions) for metric, value in values.items()]

    def total(self, metric: Metric) -> float:
        """The sum of the alarm series of a metric."""
        return sum(value for name, value, dims in self.values if name is metric and not dims)

    def told(self, event: str) -> list[dict[str, object]]:
        """The facts of every line about an event."""
        return [facts for name, facts in self.lines if name == event]


@dataclass
class MemoryWorld:
    """All of it together; `world` is what a use case is given."""

    hub: Hub = field(default_factory=Hub)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.hub)
        self.dns = MemoryDns(self.hub)
        self.balancers = MemoryBalancers(self.hub)
        self.witness = MemoryWitness(self.hub, self.dns)
        self.prober = MemoryProber(self.hub)
        self.replicas = MemoryReplicas(self.hub)
        self.telemetry = MemoryTelemetry()
        self.alerts = MemoryAlerts(self.hub)
        self.dead_man = MemoryDeadMan(self.hub)
        ids = itertools.count(1)
        self.world = World(
            clock=self.hub,
            tasks=self.hub,
            prober=self.prober,
            dns=self.dns,
            witness=self.witness,
            balancers=self.balancers,
            store=self.store,
            replicas=self.replicas,
            telemetry=self.telemetry,
            new_id=lambda: f"id-{next(ids)}",
            alerts=self.alerts,
            dead_man=self.dead_man,
        )


def unavailable() -> None:
    """A fault for MemoryDns: no useful answer."""
    raise DnsUnavailable("no answer")


def refused(status: int, said: str = "Unauthorized") -> Callable[[], None]:
    """A fault for MemoryDns: Linode says no."""

    def fault() -> None:
        raise DnsRefused(status, said)

    return fault


@contextmanager
def times(
    world: MemoryWorld, count: int, fault: Callable[[], None]
) -> Iterator[Callable[[], None]]:
    """A fault that happens so many times and then no more."""
    left = [count]

    def once() -> None:
        if left[0]:
            left[0] -= 1
            fault()

    yield once
