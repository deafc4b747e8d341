"""The settings as values: what `failover.toml` says once it has been checked.

`tables.py` is the only producer. Durations are seconds. Everything is frozen, so that a round can
hand the same settings to many tasks.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

JsonScalar = str | int | float | bool | None


class Mode(StrEnum):
    """Whether this service's DNS may be written."""

    ACT = "act"
    OBSERVE = "observe"


class Routing(StrEnum):
    """How many regions the name points at."""

    FAILOVER = "failover"
    MULTIVALUE = "multivalue"


class Failback(StrEnum):
    """Who returns traffic to a preferred region that has recovered."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The public addresses of one region, in canonical text."""

    ipv4: str
    ipv6: str | None = None


UNRESOLVED = Addresses("")
"""Stands where a region names its NodeBalancer, until `balancers.resolve` puts that one's addresses
in its place. No rule ever sees it."""


@dataclass(frozen=True, slots=True)
class Region:
    """One Linode deployment of a service. The order of the regions is their preference.

    `aws_region` is where its data is: None where the settings do not say, which they do for every
    region of a service with `data`. `nodebalancer` is the label of the balancer that the addresses
    are those of, where the settings name one.
    """

    name: str
    aws_region: str | None
    addresses: Addresses
    nodebalancer: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What a healthy answer looks like and how the probes are counted (seconds, probes).

    `min_backends` is the share of a region's back ends that must be up; None asks for none. `host`
    is the Host header where it is not the service's name. `headers` are sent with every probe, and
    so are `secret_headers`, whose values are in the SSM parameters that are named there.
    """

    scheme: str
    port: int
    path: str
    status: frozenset[int]
    json: Mapping[str, JsonScalar]
    timeout: float
    interval: float
    confirm_interval: float
    failure_threshold: int
    clear_threshold: int
    recovery_threshold: int
    min_backends: float | None = None
    host: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict)


REGION_MARK, VANTAGE_MARK = "{region}", "{vantage}"
"""What stands in the settings for the AWS region of a heartbeat, and for who wrote it."""

HEARTBEAT_KEY = {"pk": "heartbeat", "sk": REGION_MARK}
HEARTBEAT_ATTRIBUTE = f"heartbeat_{VANTAGE_MARK}"
"""Where heartbeats are kept, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Data:
    """The application's global table, whose freshness counts when a candidate is chosen.

    `key` is the key of a region's heartbeat item, one or two attributes with their texts;
    `attribute` is where a vantage keeps the time of its last heartbeat in it.
    """

    table: str
    max_age: float
    accept_stale_after: float
    key: Mapping[str, str] = field(default_factory=lambda: dict(HEARTBEAT_KEY))
    attribute: str = HEARTBEAT_ATTRIBUTE

    def item(self, aws_region: str) -> Mapping[str, str]:
        """The key of that region's heartbeat item."""
        return {name: text.replace(REGION_MARK, aws_region) for name, text in self.key.items()}

    def mark(self, vantage: str) -> str:
        """The attribute in which that vantage keeps the time of its heartbeats."""
        return self.attribute.replace(VANTAGE_MARK, vantage)

    @property
    def place(self) -> tuple[object, ...]:
        """Equal for services that keep their heartbeats in the same items."""
        return (self.table, tuple(self.key.items()), self.attribute)


@dataclass(frozen=True, slots=True)
class Service:
    """One public DNS name and the regions that can serve it.

    `ignores_ipv6` says that AAAA records at the name are neither read nor written, because only
    some of the regions' NodeBalancers have an IPv6 address.
    """

    name: str
    domain: str
    record: str
    mode: Mode
    routing: Routing
    ttl: int
    failback: Failback
    failback_after: float
    flip_budget: int
    rto_target: float | None
    health: Health
    regions: tuple[Region, ...]
    data: Data | None = None
    ignores_ipv6: bool = False

    def region(self, name: str) -> Region | None:
        """The region of that name, or None."""
        return next((region for region in self.regions if region.name == name), None)

    def aws_regions(self, names: Container[str] | None = None) -> tuple[str, ...]:
        """Where the data of the regions is, or of those with these names: each AWS region once."""
        return tuple(
            dict.fromkeys(
                region.aws_region
                for region in self.regions
                if region.aws_region and (names is None or region.name in names)
            )
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """One checked `failover.toml`. `digest` tells two files of the same revision apart.

    `shards` is how many functions at a time share its services, and `shard` is the one that these
    services are for, where they are a part of them (`shards.part`).
    """

    revision: int
    digest: str
    vantages: tuple[str, ...]
    region_metrics: bool
    publish_allowance: float
    references: tuple[str, ...]
    services: tuple[Service, ...]
    shards: int = 1
    shard: int = 0

    @property
    def secret_parameters(self) -> frozenset[str]:
        """The SSM parameters that hold values of probe headers."""
        return frozenset(
            parameter
            for service in self.services
            for parameter in service.health.secret_headers.values()
        )

    def service(self, name: str) -> Service | None:
        """The service of that name, or None."""
        return next((service for service in self.services if service.name == name), None)
