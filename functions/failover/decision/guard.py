"""What a decision rests on, and what keeps a change back: names of closed lists, and typed facts.

`words.guards` turns them into sentences. Nothing is decided by a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto

from failover.decision.balancers import Anomaly
from failover.settings.model import Addresses

Targets = Mapping[str, Addresses]
"""Regions by name, with the addresses that are meant."""


class Hold(StrEnum):
    """Everything that can keep a change back. `holds` says when each does, and whom it binds."""

    STOP = "the global stop switch"
    PAUSE = "the pause of this service"
    REGION = "region"
    CANDIDATES = "candidates"
    ADDRESSES = "addresses"
    MODE = "mode"
    SETTINGS_REVISION = "settings revision"
    CREATION = "creation"
    CLAIM = "claim"
    ROUTING = "routing"
    PIN = "pin"
    HEALTH = "health"
    DATA = "data"
    RECORDS = "records"
    READING = "reading"
    ADOPTION = "adoption"
    FOREIGN = "foreign"
    MIXED = "mixed"
    DRIFT_LIMIT = "republished"
    FAILBACK = "failback"
    FLIP_BUDGET = "flip budget"
    ANOTHER_ORDER = "another order"
    TIME = "time"
    TABLE = "table"
    DECISION = "decision"
    NODEBALANCER = "nodebalancer"


class Ground(StrEnum):
    """Everything else that a decision rests on."""

    ACTIVE_REGION = "active region"
    ADOPTION = "adoption"
    BALANCER = "nodebalancer"
    CANDIDATE = "candidate"
    CREATION = "creation"
    DRIFT = "drift"
    EXCLUDED = "excluded"
    EXTERNAL = "external"
    FAILBACK = "failback"
    JOINING = "joining"
    LATE_WRITE = "late write"
    LEAVING = "leaving"
    MODE = "mode"
    ORDER = "order"
    PIN = "pin"
    RECORDS = "records"
    REGIONS = "regions"
    REPUBLISH = "republish"
    SETTINGS = "settings"
    TARGET = "target"
    UNFINISHED = "unfinished"
    WITHDRAWAL = "withdrawal"


class Because(StrEnum):
    """Which of several things of one name it is."""

    AGREED = auto()
    ANYWAY = auto()
    DONE = auto()
    EARLY = auto()
    EMPTY = auto()
    LOST = auto()
    MANUAL = auto()
    NEEDLESS = auto()
    ORDERED = auto()
    PASSED = auto()
    SEVERAL = auto()
    STALE = auto()
    STRANGE = auto()
    TTL = auto()
    UNCONFIRMED = auto()
    UNHEALTHY = auto()
    UNREAD = auto()


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that was consulted.

    `regions` are those concerned; `left` seconds are still to pass, where it ends by itself.
    `anomaly` is what the look-up of NodeBalancers found, `text` what a person said, and only shown.
    """

    name: Hold | Ground
    regions: Targets = field(default_factory=dict)
    because: Because | None = None
    left: float | None = None
    anomaly: Anomaly | None = None
    text: str = ""
