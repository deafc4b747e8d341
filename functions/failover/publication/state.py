"""The decision item of a service: which region the name must point at, and what is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from failover.notify.events import Event, EventFacts
from failover.notify.kinds import Kind
from failover.publication.parts import (
    HOUR,
    TAKEOVER_AFTER,
    Accepted,
    Announcement,
    Cause,
    Claim,
    Incident,
    Phase,
    Pin,
    Stop,
    Terms,
)
from failover.settings.model import Addresses
from failover.zone.failing import Failing
from failover.zone.records import Answer, Family, Step
from failover.zone.statement import Statement


@dataclass(frozen=True, slots=True)
class Publication:
    """What was decided, and how far it has come on its way into DNS.

    `targets` are what the records must say: region names with the addresses meant. `asked` are the
    terms of the settings while it is under way. `wrote` says that it, or an unfinished decision
    before it, may have written. `because` are the facts on which it rests, `last_error` is why its
    last attempt failed, and `changed` says that a write of it was confirmed.
    """

    generation: int
    attempt: int
    phase: Phase
    cause: Cause
    decided_at: float
    targets: Mapping[str, Addresses]
    asked: Terms | None = None
    unfinished_since: float = 0.0
    claim: Claim | None = None
    wrote: bool = False
    because: EventFacts = field(default_factory=dict)
    last_error: str = ""
    changed: bool = False

    @property
    def step(self) -> Step:
        """How far the decisions have come."""
        return Step(self.generation, self.decided_at, self.phase is not Phase.PUBLISHING)

    @property
    def answer(self) -> Answer:
        """What the records must say."""
        return Answer.of(self.targets.values())

    def claim_left(self, now: float) -> float:
        """Seconds for which it may still be in somebody's hands; 0 when it is not."""
        if self.claim is None or self.phase is not Phase.PUBLISHING:
            return 0.0
        return max(0.0, self.claim.until + TAKEOVER_AFTER - now)


@dataclass(frozen=True, slots=True)
class Served:
    """What the records last said, and who gives that answer.

    `moved_by` and `moved_at` tell why and since when the name points at the `active` regions.
    `revision` and `ttl` are the terms under which the records were last published. `record_ids`
    name the records found then, and those that were added since; they are those of the full name
    `record_name`. `seen` is what each source last said of a publication that was not served soon,
    and `late` that a look after the promised time missed it still.
    """

    active: Mapping[str, Addresses]
    moved_by: Cause
    moved_at: float
    published_at: float = 0.0
    revision: int = 0
    ttl: int = 0
    domain_id: int | None = None
    record_ids: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    record_name: str = ""
    rendered_at: float = 0.0
    served_at: float = 0.0
    seen: tuple[Statement, ...] = ()
    late: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """What is remembered of the settings that were acted on.

    `accepted` are the addresses of all regions under the newest of them, `balancers` those that
    count for NodeBalancers, by label. `digest` is that of the first settings file of
    `digest_revision`, the newest revision seen.
    """

    accepted: Mapping[str, Addresses]
    balancers: Mapping[str, Accepted] = field(default_factory=dict)
    digest: str = ""
    digest_revision: int = 0


@dataclass(frozen=True, slots=True)
class Orders:
    """What people have ordered. `excluded_until` says until when each region is left out that a
    person removed from several. `commands` are the ids of the last orders."""

    pin: Pin | None = None
    pause: Stop | None = None
    excluded_until: Mapping[str, float] = field(default_factory=dict)
    commands: tuple[str, ...] = ()

    def pinned(self, now: float) -> Pin | None:
        """The pin that is in force."""
        return self.pin if self.pin and self.pin.until > now else None

    def excluded(self, now: float) -> frozenset[str]:
        """The regions that a person removed from several, and that are left out still."""
        return frozenset(name for name, until in self.excluded_until.items() if until > now)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is counted, and what is waited for.

    `create_not_before` is 0 while no record is missing that could not be added; otherwise adding it
    is tried again from then on. `create_refused` tells since when Linode has not added it, and why.
    """

    flips: tuple[float, ...] = ()
    republished: tuple[float, ...] = ()
    create_not_before: float = 0.0
    create_refused: Failing | None = None

    def flips_lately(self, now: float) -> int:
        """Own automatic switches that reached DNS in the last hour."""
        return sum(1 for at in self.flips if at > now - HOUR)

    def republished_lately(self, now: float) -> int:
        """How often drift was written over in the last hour."""
        return sum(1 for at in self.republished if at > now - HOUR)


@dataclass(frozen=True, slots=True)
class Notices:
    """What operators are to be told. `pending` are the events that are still to be sent, or moved
    to the history, `told` when operators were lately told of the beginning of an incident."""

    incidents: Mapping[Kind, Incident] = field(default_factory=dict)
    pending: tuple[Event, ...] = ()
    told: Mapping[Kind, tuple[float, ...]] = field(default_factory=dict)

    def raised(self) -> frozenset[Kind]:
        """The incidents that have been raised and have not ended."""
        return frozenset(kind for kind, incident in self.incidents.items() if incident.raised)

    def present(self) -> frozenset[Kind]:
        """The incidents whose condition is present now, raised or not yet."""
        return frozenset(kind for kind, incident in self.incidents.items() if not incident.over)

    def holding(self) -> frozenset[Kind]:
        """Those of them that have been raised."""
        return self.raised() & self.present()


@dataclass(frozen=True, slots=True)
class State:
    """Which region the name must point at, how far that has come, and what is remembered.

    `announced` are the writes in flight, whatever decision they were for.
    """

    version: int
    publication: Publication
    served: Served
    followed: Followed
    orders: Orders = Orders()
    limits: Limits = Limits()
    notices: Notices = Notices()
    announced: tuple[Announcement, ...] = ()

    @property
    def asked_ttl(self) -> int:
        """The TTL that the records must have."""
        return self.publication.asked.ttl if self.publication.asked else self.served.ttl

    def says(self, family: Family, found: frozenset[str]) -> bool:
        """Whether these are the addresses of one family that were decided. Where records could not
        be added, fewer will do: an AAAA record less than A records, or a family without any."""
        wanted = self.publication.answer.family(family)
        few = self.limits.create_not_before > 0 and found < wanted
        return found == wanted or (few and (family is Family.AAAA or not found))
