"""What a decision item is made of: its words, and the small values that it remembers."""

from dataclasses import dataclass
from enum import StrEnum

from failover.settings.model import Addresses
from failover.zone.records import Family

CLAIM_SECONDS = 30.0
TAKEOVER_AFTER = 10.0
ANNOUNCEMENT_SECONDS = 600.0
"""How long a write that was sent may still arrive. Load balancers give a request up after a minute,
and a sender's system sends again for two; a frozen container may do that a tick or two later."""

MOST_ARRIVALS = 3
"""Requests that one announced write may send: each of them may be carried out late."""

MOST_COUNTED = 15
"""Requests for one and the same write that are counted, however often it was tried."""

HOUR = 3600.0

REPUBLISHED_AN_HOUR = 3
"""Times an hour that changed records are corrected, unless they point at a dead region."""


class Phase(StrEnum):
    """How far the decision has come on its way into DNS."""

    PUBLISHING = "publishing"
    PUBLISHED = "published"
    SETTLED = "settled"


class Cause(StrEnum):
    """Why a decision was made."""

    ADOPTION = "adoption"
    UNHEALTHY = "unhealthy"
    FAILBACK = "failback"
    SETTINGS = "settings"
    EXTERNAL = "external"
    DRIFT = "drift"
    OPERATOR = "operator"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one vantage to publish, until a time."""

    id: str
    vantage: str
    until: float


@dataclass(frozen=True, slots=True)
class Announcement:
    """A write in flight: about to be sent, or sent without a reply.

    `record_id` is None for a record that was to be created. `at` is when it was last sent,
    `arrivals` how many requests for it may still be carried out.
    """

    family: Family
    record_id: int | None
    address: str
    at: float
    arrivals: int = MOST_ARRIVALS


@dataclass(frozen=True, slots=True)
class Pin:
    """A region that an operator holds until a time, whatever its health."""

    region: str
    until: float
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause of one service, or the global stop switch: no new decision until a time."""

    until: float
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A condition that lasts. It is raised once it has lasted as long as its kind asks.

    `told` is when operators were last notified that it lasts, 0 before the first time. `over` is
    when the condition was first found absent, 0 while it is present: the incident ends after a
    quiet time, so that a condition that flaps is one incident.
    """

    since: float
    raised: bool
    told: float = 0.0
    over: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the settings asked for when a decision was made.

    `revision` is theirs, or an older one where the decision does not give all of their addresses:
    those are then still to be published.
    """

    revision: int
    ttl: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The addresses that count for a NodeBalancer, and the revision of the settings since when."""

    addresses: Addresses
    revision: int
