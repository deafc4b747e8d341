"""The decision item of a service: which region the name must point at, and what is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from failover.notify.events import Event, EventFacts
from failover.notify.kinds import Kind
from failover.settings.model import Addresses
from failover.zone.failing import Failing
from failover.zone.records import Answer, Family, Step
from failover.zone.statement import Statement

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


@dataclass(frozen=True, slots=True)
class State:
    """Which region the name must point at, how far that has come, and what is remembered.

    `active` is what the records last said, `targets` what they must say; both map region names to
    the addresses meant. `moved_by` and `moved_at` tell why and since when the name points where it
    does. `revision` and `ttl` are the terms under which the records were last published, `asked`
    those of the decision that is under way. `accepted` are the addresses of all regions under the
    newest settings that were acted on, `balancers` those that count for NodeBalancers, by label.
    `digest` is that of the first settings file of `digest_revision`, the newest revision seen.
    `wrote` says that the decision under way, or an unfinished one before it, may have written.
    `excluded_until` says until when each region is left out that a person removed from several.
    `create_not_before` is 0 while no record is missing that could not be added; otherwise adding it
    is tried again from then on. `create_refused` tells how long Linode has refused it, and why.
    `record_ids` name the records found at the last publication, and those that were added since;
    they are those of the full name `record_name`. `because` are the facts on which the decision
    that is under way rests, `last_error` is why its last attempt failed, and `changed` says that a
    write of it was confirmed. `seen` is what the name servers last said of a publication that was
    not served in time. `pending` are the events that are still to be sent, or moved to the history,
    `told` when people were lately told of the beginning of an incident. `commands` are the ids of
    the last orders of people.
    """

    version: int
    generation: int
    attempt: int
    phase: Phase
    cause: Cause
    decided_at: float
    active: Mapping[str, Addresses]
    targets: Mapping[str, Addresses]
    moved_by: Cause
    moved_at: float
    published_at: float
    revision: int
    accepted: Mapping[str, Addresses]
    ttl: int
    asked: Terms | None = None
    unfinished_since: float = 0.0
    domain_id: int | None = None
    record_ids: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    record_name: str = ""
    claim: Claim | None = None
    wrote: bool = False
    announced: tuple[Announcement, ...] = ()
    pin: Pin | None = None
    pause: Stop | None = None
    excluded_until: Mapping[str, float] = field(default_factory=dict)
    flips: tuple[float, ...] = ()
    republished: tuple[float, ...] = ()
    create_not_before: float = 0.0
    create_refused: Failing | None = None
    digest: str = ""
    digest_revision: int = 0
    rendered_at: float = 0.0
    served_at: float = 0.0
    seen: tuple[Statement, ...] = ()
    last_error: str = ""
    changed: bool = False
    incidents: Mapping[Kind, Incident] = field(default_factory=dict)
    balancers: Mapping[str, Accepted] = field(default_factory=dict)
    pending: tuple[Event, ...] = ()
    because: EventFacts = field(default_factory=dict)
    told: Mapping[Kind, tuple[float, ...]] = field(default_factory=dict)
    commands: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        """How far the decisions have come."""
        return Step(self.generation, self.phase is not Phase.PUBLISHING)

    @property
    def asked_ttl(self) -> int:
        """The TTL that the records must have."""
        return self.asked.ttl if self.asked else self.ttl

    @property
    def answer(self) -> Answer:
        """What the records must say."""
        return Answer.of(self.targets.values())

    def says(self, family: Family, found: frozenset[str]) -> bool:
        """Whether these are the addresses of one family that were decided. Where records could not
        be added, fewer will do: an AAAA record less than A records, or a family without any."""
        wanted = self.answer.family(family)
        few = self.create_not_before > 0 and found < wanted
        return found == wanted or (few and (family is Family.AAAA or not found))

    def claim_left(self, now: float) -> float:
        """Seconds for which it may still be in somebody's hands; 0 when it is not."""
        if self.claim is None or self.phase is not Phase.PUBLISHING:
            return 0.0
        return max(0.0, self.claim.until + TAKEOVER_AFTER - now)

    def pinned(self, now: float) -> Pin | None:
        """The pin that is in force."""
        return self.pin if self.pin and self.pin.until > now else None

    def excluded(self, now: float) -> frozenset[str]:
        """The regions that a person removed from several, and that are left out still."""
        return frozenset(name for name, until in self.excluded_until.items() if until > now)

    def flips_lately(self, now: float) -> int:
        """Own automatic switches that reached DNS in the last hour."""
        return sum(1 for at in self.flips if at > now - HOUR)

    def republished_lately(self, now: float) -> int:
        """How often drift was written over in the last hour."""
        return sum(1 for at in self.republished if at > now - HOUR)

    def raised(self) -> frozenset[Kind]:
        """The incidents that have been raised and have not ended."""
        return frozenset(kind for kind, incident in self.incidents.items() if incident.raised)

    def holding(self) -> frozenset[Kind]:
        """Those of them whose condition is present now."""
        return frozenset(kind for kind in self.raised() if not self.incidents[kind].over)
