"""What the use cases need from the world. Each Protocol has one production adapter.

Times that are compared across processes are Unix seconds (`Clock.now`); time that must not jump
is `Clock.monotonic`. A `budget` is the number of seconds after which a call must have returned,
its retries included.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from failover.decision.balancers import Balancer, Lookup
from failover.health.beats import Beat, Sign, Turn
from failover.health.probe import Probe
from failover.health.votes import Ballot
from failover.notify.events import Event
from failover.notify.metrics import Metric
from failover.preflight.facts import Alarm, Authority, BackEnds, ControlTable, Grants, Rate
from failover.preflight.report import Report
from failover.publication.orders import Gate
from failover.publication.proof import Evidence, Heard
from failover.publication.state import State
from failover.settings.model import Data, Service
from failover.staleness.global_table import GlobalTable
from failover.staleness.replication import Finding
from failover.zone.access import Access
from failover.zone.records import Family, Record, Written, Zone

T = TypeVar("T")


class Clock(Protocol):
    """Two clocks: one that other processes share, one that never jumps."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; does not jump, may stop while a container is frozen."""


class Tasks(Protocol):
    """How things run side by side and how time passes. Use cases have no other way to either."""

    def gather(self, thunks: Sequence[Callable[[], T]]) -> list[T]:
        """Run all side by side and return their results in order.

        The first error is raised after all have ended.
        """

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""


class Prober(Protocol):
    """Asks one address whether it is healthy."""

    def probe(self, service: Service, aws_region: str | None, address: str) -> Probe:
        """One probe of `address` under the service's name. Never raises: a failure is a result.

        An answer that names another AWS region than `aws_region` fails; None expects none.
        """

    def reachable(self, url: str, budget: float) -> bool:
        """Whether anything at all answers at a reference. Never raises."""


class Dns(Protocol):
    """The records of one provider. Raises DnsUnavailable, DnsRefused and TokenUnavailable."""

    def list(self, domain: str, budget: float, max_age: float = 0.0) -> Zone:
        """The A, AAAA and CNAME records of the domain, listed at most `max_age` seconds ago.

        A domain of many pages may take a few times the budget, as its known size has it.
        """

    def get(self, domain_id: int, record_id: int, budget: float) -> Record:
        """One record by its id."""

    def update(
        self, domain_id: int, record_id: int, budget: float, *, address: str | None, ttl: int | None
    ) -> Written:
        """Change a record in place: only what is given."""

    def create(
        self, domain_id: int, name: str, family: Family, address: str, ttl: int, budget: float
    ) -> Written:
        """Add a record at a relative name ("" is the apex). Sent once, whatever happens."""

    def access(self) -> Access:
        """What Linode last said about the token. Asks nothing and never raises."""


class Witness(Protocol):
    """Who can tell what has been published. Never raises: no answer is a result."""

    def look(
        self, domain: str, domain_id: int, record: str, budget: float, max_age: float = 0.0
    ) -> Evidence:
        """What the zone says that was last rendered, and each authoritative name server.

        The zone is one that was fetched a few seconds ago at most, for all services that share it.
        The name servers were asked at most `max_age` seconds ago.
        """


class Balancers(Protocol):
    """The NodeBalancers of the account. Raises DnsUnavailable, DnsRefused and TokenUnavailable."""

    def list(self, budget: float) -> tuple[Balancer, ...]:
        """Every NodeBalancer that has a public address."""


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


class Alerts(Protocol):
    """The way to the people on call. Raises AlertNotSent."""

    def send(self, service: Service, event: Event) -> None:
        """Tell of one event. The same event may be told of again, under the same id."""


class Beats(Protocol):
    """A queue that starts ticks after a delay. Raises BeatsNotSent."""

    def send(self, seed: int, delays: Sequence[int], shard: int = 0) -> None:
        """Send the beats of a seed of a shard, each with its delay in seconds."""


class Functions(Protocol):
    """What starts another invocation of the same function. Raises ShardNotStarted."""

    def start(self, shard: int) -> None:
        """Start a seed of that shard. Returns when it was accepted."""


class DeadMan(Protocol):
    """A switch outside AWS that goes off when it hears nothing. Raises DeadManUnheard."""

    def ping(self, budget: float, max_age: float = 0.0) -> None:
        """Give a sign of life, unless this container gave one so many seconds ago."""


class Replicas(Protocol):
    """The replicas of the applications' global tables, each through the endpoint of its own AWS
    region. Raises ReplicaUnavailable."""

    def beat(self, aws_region: str, data: Data, vantage: str, at: float) -> None:
        """Write the heartbeat of that region there."""

    def beats(
        self, aws_region: str, data: Data, vantage: str, sources: Sequence[str]
    ) -> Mapping[str, float]:
        """The heartbeats that this vantage wrote, as that region shows them, by source."""

    def describe(self, aws_region: str, table: str) -> GlobalTable:
        """What that region says of the table and its replicas."""


class Account(Protocol):
    """What Linode says about the user of the token, and about what is behind NodeBalancers. Raises
    DnsUnavailable, DnsRefused and TokenUnavailable."""

    def grants(self, budget: float) -> Grants:
        """What the user may do with each domain."""

    def token_ends(self, budget: float) -> float | None:
        """When the token ends (Unix seconds), None where it never does. Raises NotInspected, where
        Linode does not show it, too."""

    def reserved(self, addresses: Collection[str], budget: float) -> Mapping[str, bool]:
        """Whether each of these IPv4 addresses is a reserved one, which outlives what has it.
        Raises NotInspected, where Linode does not show it, too."""

    def rate(self, budget: float) -> Rate:
        """How many listings Linode allows the user of the token, and how many are left. It takes
        one. Raises NotInspected, too."""

    def back_ends(
        self, labels: Collection[str], budget: float, max_age: float = 0.0
    ) -> Mapping[str, tuple[BackEnds, ...]]:
        """What is behind the NodeBalancers of these labels that there are, by port.

        Linode was asked at most `max_age` seconds ago, and what went wrong then goes wrong again.
        """


class Authorities(Protocol):
    """What name servers say of a zone, beside the addresses in it."""

    def ask(self, domain: str, record: str, budget: float) -> tuple[Authority, ...]:
        """What each authoritative name server says. Never raises: no answer is a result."""

    def delegation(self, domain: str, budget: float) -> tuple[str, ...]:
        """The name servers to which the domain is delegated, as public resolvers find them.

        Raises NotInspected.
        """

    def resolved(self, record: str, budget: float) -> tuple[Heard, ...]:
        """What each public resolver gives at a name. Never raises: no answer is a result."""


class Certificates(Protocol):
    """The certificates that the regions present."""

    def ends(self, service: Service, address: str) -> float | None:
        """When the certificate at an address ends (Unix seconds), None without TLS.

        Raises NotInspected.
        """


class Stack(Protocol):
    """How the stack is set up at AWS. Raises NotInspected."""

    def table(self) -> ControlTable:
        """The control table."""

    def subscribers(self) -> int:
        """How many have confirmed that they receive the alerts."""

    def alarms(self) -> tuple[Alarm, ...]:
        """The alarms of the stack."""

    def concurrency(self) -> int:
        """How many functions of the account may run at once for which none are reserved."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What only the preflight asks. None where nothing here can ask it."""

    account: Account | None = None
    authorities: Authorities | None = None
    certificates: Certificates | None = None
    stack: Stack | None = None


class Telemetry(Protocol):
    """What people and alarms see from outside."""

    def about(self, **facts: object) -> None:
        """Facts of this invocation, in every line from now on. None takes one out again."""

    def log(self, event: str, **facts: object) -> None:
        """One structured line about something that happened."""

    def problem(self, event: str, **facts: object) -> None:
        """The same for something that should not have happened."""

    def metrics(self, values: Mapping[Metric, float], **dimensions: str) -> None:
        """Emit these values now, under the dimensions given."""


@dataclass(frozen=True, slots=True)
class World:
    """All ports together: what a use case is given.

    `alerts` is None without a topic, `dead_man` without a switch outside, `beats` without a queue:
    ticks then stay awake. Without `functions` all shards run in one process. `release` names what
    was built, empty in a checkout; `memory` tells the part of the function's memory that was used,
    None outside Lambda.
    """

    clock: Clock
    tasks: Tasks
    prober: Prober
    dns: Dns
    witness: Witness
    balancers: Balancers
    store: Store
    replicas: Replicas
    telemetry: Telemetry
    new_id: Callable[[], str]
    alerts: Alerts | None = None
    dead_man: DeadMan | None = None
    beats: Beats | None = None
    functions: Functions | None = None
    inspection: Inspection = Inspection()
    release: str = ""
    memory: Callable[[], float | None] = lambda: None
