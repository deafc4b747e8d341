"""Everything that a decision is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from failover.decision.balancers import Resolution
from failover.health.tally import Vote
from failover.health.votes import Ballot, Verdict, verdict
from failover.notify.commands import EVERYTHING, FOR_EXAMPLE, Command, Sendable, written
from failover.preflight.report import Report
from failover.publication.parts import Phase, Stop
from failover.publication.state import State
from failover.settings.model import Addresses, Region, Routing, Service, Settings
from failover.staleness.replication import Freshness, Seen
from failover.zone.records import Answer, Family, Reading
from failover.zone.statement import Statement, Unserved


@dataclass(frozen=True, slots=True)
class View:
    """What one vantage sees of one service at one moment.

    `reading` is what is known of the records. `confirmed` says that it is recent, and rests on
    reads by id or our own replies and not on a list alone (`evidence.confirmed`).
    `resolution` tells of the NodeBalancers that the service's addresses are those of.
    `data` is what is known of the data in each AWS region, seen from the active one, `preflights`
    what the last preflight of each vantage found.
    """

    settings: Settings
    service: Service
    vantage: str
    now: float
    state: State | None
    ballots: tuple[Ballot, ...]
    reading: Reading | None
    confirmed: bool
    gate: Stop | None = None
    resolution: Resolution | None = None
    data: Mapping[str, Seen] = field(default_factory=dict)
    preflights: tuple[Report, ...] = ()

    @property
    def active(self) -> Mapping[str, Addresses]:
        """The regions that the name points at, by the last decision; none before the first."""
        return self.state.served.active if self.state else {}

    @property
    def unfinished(self) -> State | None:
        """The state while a publication is under way; None while none is."""
        state = self.state
        return state if state and state.publication.phase is Phase.PUBLISHING else None

    @property
    def current(self) -> Reading | None:
        """The reading, unless it is from before the last publication: that shows nothing of it."""
        state, reading = self.state, self.reading
        old = state and reading and reading.at <= state.served.published_at
        return None if old else reading

    @property
    def alive(self) -> tuple[Ballot, ...]:
        """The ballots that are recent: their vantages are at work."""
        return tuple(ballot for ballot in self.ballots if ballot.alive(self.now))

    def verdict(self, addresses: Addresses) -> Verdict:
        """What the votes on these addresses add up to."""
        return verdict(addresses.ipv4, self.ballots, self.settings, self.now)

    def vote(self, addresses: Addresses) -> Vote:
        """The verdict without what it rests on."""
        return self.verdict(addresses).vote

    def healthy(self, targets: Mapping[str, Addresses]) -> dict[str, Addresses]:
        """Those of these regions that are healthy."""
        return {n: a for n, a in targets.items() if self.vote(a) is Vote.HEALTHY}

    def unhealthy(self, targets: Mapping[str, Addresses]) -> dict[str, Addresses]:
        """Those of these regions that are unhealthy."""
        return {n: a for n, a in targets.items() if self.vote(a) is Vote.UNHEALTHY}

    def excluded(self) -> frozenset[str]:
        """The regions that are left out because a person removed them from several. With `failover`
        routing there are none."""
        if self.state is None or self.service.routing is not Routing.MULTIVALUE:
            return frozenset()
        return self.state.orders.excluded(self.now) & {
            region.name for region in self.service.regions
        }

    def healthy_regions(self) -> tuple[Region, ...]:
        """The healthy regions in order of preference, without the excluded ones."""
        excluded = self.excluded()
        regions = (region for region in self.service.regions if region.name not in excluded)
        return tuple(region for region in regions if self.vote(region.addresses) is Vote.HEALTHY)

    def pinned(self) -> Region | None:
        """The region that a pin in force names; None without one, or when it is not in the
        settings."""
        pin = self.state.orders.pinned(self.now) if self.state else None
        return self.service.region(pin.region) if pin else None

    def unserved(self) -> dict[str, Unserved]:
        """The name servers that gave no answer, by the vantage that asked them."""
        found = {b.vantage: b.unserved for b in self.alive}
        return {vantage: unserved for vantage, unserved in found.items() if unserved}

    def refused(self) -> bool:
        """Whether all name servers refuse to answer for the domain, as any vantage finds."""
        return any(unserved.refused for unserved in self.unserved().values())

    def unanswered(self) -> tuple[Statement, ...]:
        """What each of those name servers said, once where several vantages heard the same."""
        found = (server for each in self.unserved().values() for server in each.servers)
        return tuple(dict.fromkeys(found))

    def stops(self) -> dict[str, Stop]:
        """The orders in force to decide nothing new, by what they stop: everything, or this one."""
        pause = self.state.orders.pause if self.state else None
        given = {EVERYTHING: self.gate, self.service.name: pause}
        return {what: stop for what, stop in given.items() if stop and stop.until > self.now}

    def frozen(self) -> bool:
        """Whether a person keeps automation from moving the name as it would: by a stop, by a pin,
        or by removing a region from several."""
        pinned = self.state.orders.pinned(self.now) if self.state else None
        return bool(self.stops() or pinned or self.excluded())

    @property
    def outdated(self) -> bool:
        """Whether somebody votes under newer settings than ours."""
        return self.newest_revision() > self.settings.revision

    def newest_revision(self) -> int:
        """The newest revision of the settings under which anybody votes, or ours."""
        return max((b.revision for b in self.alive), default=self.settings.revision)

    def seen(self, region: Region) -> Seen:
        """What is known of the data of a region."""
        known = self.data.get(region.aws_region) if region.aws_region else None
        return known or Seen(Freshness.UNKNOWN)

    def stale(self, region: Region) -> bool:
        """Whether the data of a region is known to be old. What is not known counts as fresh."""
        return self.seen(region).freshness is Freshness.STALE

    def stale_of(self, targets: Mapping[str, Addresses]) -> dict[str, Addresses]:
        """Those of these regions whose data is known to be old."""
        stale = {region.name for region in self.service.regions if self.stale(region)}
        return {n: a for n, a in targets.items() if n in stale}

    def event(self, command: Command, **keys: object) -> Sendable:
        """The event that orders something about this service: how a person gets past a guard."""
        return written(command, self.service.name, **keys)

    def event_elsewhere(self) -> Sendable:
        """The event that leaves for another region."""
        return self.event(Command.FAILOVER, **self.elsewhere())

    def elsewhere(self) -> Mapping[str, object]:
        """The keys of an order to leave for another region, with what that region's health and data
        ask for."""
        region = self.next_region()
        healthy = region in self.healthy_regions()
        end = not healthy or self.service.routing is Routing.MULTIVALUE
        return {
            "region": region.name,
            "force": None if healthy and not self.stale(region) else True,
            "until": FOR_EXAMPLE if end else None,
        }

    def next_region(self) -> Region:
        """The region that a person could go to: one that is healthy and has fresh data, else one
        that is not known to be dead, and rather one that is not published. The only published one
        comes last."""
        healthy = self.healthy_regions()

        def rank(region: Region) -> tuple[bool, ...]:
            here = region.name in self.active
            dead = self.vote(region.addresses) is Vote.UNHEALTHY
            return (
                here and len(self.active) == 1,
                region not in healthy,
                dead,
                self.stale(region),
                here,
            )

        return min(self.service.regions, key=rank)

    def known(self) -> dict[Addresses, str]:
        """The addresses that are ours, now or under the settings of the decision, with their
        region."""
        ours: dict[Addresses, str] = {}
        if self.state:
            names = {region.name for region in self.service.regions}
            old = {n: a for n, a in self.state.followed.accepted.items() if n in names}
            for past in (old, self.state.served.active, self.state.publication.targets):
                ours.update({addresses: name for name, addresses in past.items()})
        ours.update({region.addresses: region.name for region in self.service.regions})
        return ours

    def addresses(self) -> frozenset[str]:
        """All single addresses that are ours."""
        known = self.known()
        return frozenset(a.ipv4 for a in known) | {a.ipv6 for a in known if a.ipv6}

    def gives(self, addresses: Addresses) -> bool:
        """Whether the settings give these addresses. No others are ever written to a record."""
        return any(region.addresses == addresses for region in self.service.regions)

    def given(self) -> frozenset[str]:
        """All single addresses of the settings: no others are written to a record that says another
        one."""
        given = [region.addresses for region in self.service.regions]
        return frozenset(a.ipv4 for a in given) | {a.ipv6 for a in given if a.ipv6}

    def says(self, family: Family) -> frozenset[str]:
        """What the records of one family say, as far as is known: those of a reading, or before one
        has come those of the decision."""
        if self.current is not None:
            return self.current.addresses(family)
        return Answer.of(self.active.values()).family(family) if self.active else frozenset()

    def has(self, addresses: Addresses) -> bool:
        """Whether the name has these addresses already, as far as the records are known."""
        several = self.service.routing is Routing.MULTIVALUE
        return all(
            address in self.says(family) if several else self.says(family) == {address}
            for family, address in ((Family.A, addresses.ipv4), (Family.AAAA, addresses.ipv6))
            if address
        )

    def can_say(self, targets: Mapping[str, Addresses]) -> bool:
        """Whether the records can be made to say this: where one must change, one of the addresses
        is in the settings."""
        answer = Answer.of(targets.values())
        return all(
            self.says(family) <= wanted or bool(wanted & self.given())
            for family in Family
            if (wanted := answer.family(family))
        )
