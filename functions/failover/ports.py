"""What the use cases need from the world. Each Protocol has one production adapter.

Times that are compared across processes are Unix seconds (`Clock.now`); time that must not jump
is `Clock.monotonic`. A `budget` is the number of seconds after which a call must have returned,
its retries included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from failover.decision.balancers import Balancer
from failover.health.probe import Probe
from failover.inspection import NOTHING_INSPECTED, Inspection
from failover.notify.events import Event
from failover.notify.metrics import Metric
from failover.publication.proof import Evidence
from failover.settings.model import Data, Service
from failover.staleness.global_table import GlobalTable
from failover.store import Store
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
        """One probe of `address` under the service's name. Never raises: a failure is a result, and
        UNSENT where a secret of its headers is not known.

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
    inspection: Inspection = NOTHING_INSPECTED
    release: str = ""
    memory: Callable[[], float | None] = lambda: None
