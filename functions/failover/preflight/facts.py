"""What the preflight judges by: everything that was read and probed, or why it is not known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from failover.health.probe import Probe
from failover.health.votes import Ballot
from failover.preflight.finding import Unknown
from failover.publication.orders import Gate
from failover.publication.proof import Evidence, Heard
from failover.publication.state import State
from failover.settings.model import Addresses, Region, Service, Settings
from failover.staleness.global_table import GlobalTable
from failover.staleness.replication import Finding as Measured
from failover.zone.access import Access
from failover.zone.records import Reading

NOT_ASKED = Unknown("nothing here can ask for it")


@dataclass(frozen=True, slots=True)
class Grants:
    """What the user of the token may do. An unrestricted user may do everything.

    `domains` is what Linode grants on each domain, by its id: "read_only", "read_write" or None.
    One that is not listed may be the user's by a role.
    """

    restricted: bool
    domains: Mapping[int, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many listings in a minute Linode allows the user of the token, and how many are left."""

    limit: int
    left: int


@dataclass(frozen=True, slots=True)
class Authority:
    """What one name server says of a domain and of a name in it. Times in seconds.

    `negative` is for how long resolvers keep the answer that a name does not exist. `ttls` are
    those of the records, by type. `error` is why it did not answer, empty if it did.
    """

    source: str
    serial: int = 0
    negative: int = 0
    ttls: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class BackEnds:
    """What is behind one port of a NodeBalancer, and how it checks that.

    `check` is "none", "connection", "http" or "http_body". `interval` is in seconds; after so many
    `attempts` without success a back end is taken out. Without checks `up` and `down` say little.
    """

    port: int
    check: str
    path: str
    interval: int
    attempts: int
    up: int
    down: int

    @property
    def checked(self) -> bool:
        """Whether the NodeBalancer checks them at all."""
        return self.check != "none"


AllBackEnds = Mapping[str, tuple[BackEnds, ...]]
"""What is behind each port of the NodeBalancers, by label."""


@dataclass(frozen=True, slots=True)
class ControlTable:
    """How the control table is set up."""

    consistency: str
    protected: bool
    recoverable: bool | Unknown = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of the stack: whether its actions are on, and how many it has."""

    name: str
    enabled: bool
    actions: int


@dataclass(frozen=True, slots=True)
class Token:
    """The Linode token: why it cannot be read, if so, and what Linode last said about it."""

    unreadable: str | None
    access: Access


@dataclass(frozen=True, slots=True)
class OfRegion:
    """One region of a service. `probes` are those of its IPv4 address, the newest last; a second
    one follows a first that failed. `certificate` is when its certificate ends (Unix seconds),
    None where it has none."""

    region: Region
    probes: tuple[Probe, ...]
    ipv6: tuple[Probe, ...] = ()
    certificate: float | Unknown | None = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Kept:
    """What the control table holds of one service."""

    state: State | None
    ballots: tuple[Ballot, ...] = ()
    measured: tuple[Measured, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfService:
    """One service, with the addresses that count for its regions.

    `replicas` are what each AWS region says of its table; `balancers` what the account has under
    each label now, None where it has none, `back_ends` what is behind each, `places` the Linode
    region in which each is, and `reserved` whether the address of each is a reserved one.
    `delegation` are the name servers that public resolvers find for the domain, and `resolved` what
    each of those gives at the name.
    """

    service: Service
    kept: Kept | Unknown
    reading: Reading | Unknown
    evidence: Evidence | Unknown
    regions: tuple[OfRegion, ...]
    authorities: tuple[Authority, ...] | Unknown = NOT_ASKED
    delegation: tuple[str, ...] | Unknown = NOT_ASKED
    resolved: tuple[Heard, ...] | Unknown = NOT_ASKED
    replicas: Mapping[str, GlobalTable | Unknown] = field(default_factory=dict)
    balancers: Mapping[str, Addresses | None] | Unknown = field(default_factory=dict)
    back_ends: AllBackEnds | Unknown = field(default_factory=dict)
    places: Mapping[str, str] | Unknown = field(default_factory=dict)
    reserved: Mapping[str, bool] | Unknown = field(default_factory=dict)

    @property
    def state(self) -> State | None:
        """The decision; None where there is none, or it is not known."""
        return None if isinstance(self.kept, Unknown) else self.kept.state


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `gate` is the global stop switch, and `broken` what is wrong with its item.

    `release` names what runs here. `token_ends` is when the token does (Unix seconds), None for
    never. `topic` says whether alerts have a topic, `subscribers` how many have confirmed that they
    receive them, `concurrency` how many functions may run at once. `unreached` are the services for
    which there was no time left. `undeployed` says that there is no stack yet.
    """

    settings: Settings
    vantage: str
    now: float
    token: Token
    services: tuple[OfService, ...]
    unreached: tuple[str, ...] = ()
    undeployed: bool = False
    release: str = ""
    gate: Gate | Unknown | None = None
    broken: tuple[str, ...] = ()
    grants: Grants | Unknown = NOT_ASKED
    token_ends: float | Unknown | None = NOT_ASKED
    rate: Rate | Unknown = NOT_ASKED
    table: ControlTable | Unknown = NOT_ASKED
    topic: bool = True
    subscribers: int | Unknown = NOT_ASKED
    alarms: tuple[Alarm, ...] | Unknown = NOT_ASKED
    concurrency: int | Unknown = NOT_ASKED
