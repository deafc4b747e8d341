"""The facts of one service for the preflight, read and probed side by side."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from failover.app.reading import at_name
from failover.decision.balancers import Lookup, Unresolved, resolve
from failover.errors import FailoverError, StoreUnusable, TokenUnavailable
from failover.health.probe import Probe
from failover.ports import World
from failover.preflight.facts import (
    NOT_ASKED,
    Alarm,
    AllBackEnds,
    Authority,
    ControlTable,
    Grants,
    Kept,
    OfRegion,
    OfService,
    Rate,
)
from failover.preflight.finding import Unknown
from failover.publication.proof import Evidence, Heard
from failover.settings.model import UNRESOLVED, Addresses, Region, Service, Settings
from failover.settings.shards import assigned
from failover.staleness.global_table import GlobalTable
from failover.store import Snapshot, Standing
from failover.zone.records import Reading

T = TypeVar("T")

LIST_SECONDS = 5.0
LISTED_LATELY = 30.0
"""Seconds for which one listing serves all services of a domain."""

LOOK_SECONDS = 3.0
AGAIN_AFTER = 1.0
"""Seconds after which a probe that failed is repeated: one lost packet is no finding."""

_NO_RESOLVERS = Unknown("no public resolver is set (PUBLIC_RESOLVERS)")

Balancers = Mapping[str, Addresses | None] | Unknown
Places = Mapping[str, str] | Unknown


@dataclass(slots=True)
class Common:
    """What all services share."""

    standings: Mapping[int, Standing | Unknown] = field(default_factory=dict)
    balancers: Balancers = NOT_ASKED
    back_ends: AllBackEnds | Unknown = NOT_ASKED
    places: Places = NOT_ASKED
    reserved: Mapping[str, bool] | Unknown = NOT_ASKED
    grants: Grants | Unknown = NOT_ASKED
    token_ends: float | Unknown | None = NOT_ASKED
    rate: Rate | Unknown = NOT_ASKED
    table: ControlTable | Unknown = NOT_ASKED
    subscribers: int | Unknown = NOT_ASKED
    alarms: tuple[Alarm, ...] | Unknown = NOT_ASKED
    concurrency: int | Unknown = NOT_ASKED


def asked_for(ask: Callable[[], T]) -> T | Unknown:
    """What was asked for, or why it is not known."""
    try:
        return ask()
    except FailoverError as error:
        return Unknown(str(error))


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One service, and the sentence about its decision where that cannot be used."""

    facts: OfService
    unusable: str = ""


class Survey:
    """Collects the facts of services, side by side."""

    def __init__(self, world: World, settings: Settings, common: Common) -> None:
        self._world = world
        self._settings = settings
        self._common = common
        self._shards = assigned(settings)
        self.token_unreadable: str | None = None

    def lane(self, services: Sequence[Service], ends: float) -> list[Surveyed]:
        """Services one after the other, as far as there is time for them."""
        found: list[Surveyed] = []
        for each in services:
            if self._world.clock.monotonic() >= ends:
                break
            found.append(self.service(each))
        return found

    def service(self, named: Service) -> Surveyed:
        """The facts of one service."""
        unusable = ""
        kept: Kept | Unknown
        try:
            kept = _kept(self._world.store.read(named.name))
        except StoreUnusable as error:
            unusable, kept = str(error), Unknown(str(error))
        except FailoverError as error:
            kept = Unknown(str(error))
        service = self._resolved(named, kept)
        asked: list[Callable[[], object]] = [partial(self._zone, service)]
        asked += [partial(self._region, service, region) for region in service.regions]
        zone, *regions = self._world.tasks.gather(asked)
        assert isinstance(zone, _Zone)
        found = OfService(
            service=service,
            kept=kept,
            reading=zone.reading,
            evidence=zone.evidence,
            regions=tuple(each for each in regions if isinstance(each, OfRegion)),
            authorities=zone.authorities,
            delegation=zone.delegation,
            resolved=zone.resolved,
            replicas=self._replicas(service),
            balancers=self._common.balancers,
            back_ends=self._common.back_ends,
            places=self._common.places,
            reserved=self._common.reserved,
        )
        return Surveyed(found, unusable)

    def _lookup(self, standing: Standing | Unknown) -> Lookup | None:
        """What the monitor has found under the labels; before it ran, what was found now."""
        if not isinstance(standing, Unknown) and standing.lookup:
            return standing.lookup
        listed = self._common.balancers
        if isinstance(listed, Unknown):
            return None
        return Lookup(self._world.clock.now(), self._settings.revision, listed)

    def _resolved(self, named: Service, kept: Kept | Unknown) -> Service:
        """The service with the addresses that count; regions without any are left out."""
        state = None if isinstance(kept, Unknown) else kept.state
        lookup = self._lookup(self._common.standings[self._shards[named.name]])
        try:
            return resolve(named, state, lookup, self._settings.revision).service
        except Unresolved:
            known = tuple(r for r in named.regions if r.addresses != UNRESOLVED)
            return replace(named, regions=known)

    def _zone(self, service: Service) -> "_Zone":
        world, domain = self._world, service.domain
        inspect = world.inspection.authorities
        reading = self._read(service)
        if isinstance(reading, Unknown):
            evidence: Evidence | Unknown = reading
        else:
            evidence = world.witness.look(domain, reading.domain_id, service.record, LOOK_SECONDS)
        authorities: tuple[Authority, ...] | Unknown = NOT_ASKED
        delegation: tuple[str, ...] | Unknown = NOT_ASKED
        resolved: tuple[Heard, ...] | Unknown = NOT_ASKED
        if inspect:
            resolved = inspect.resolved(service.record, LOOK_SECONDS) or _NO_RESOLVERS
            authorities = inspect.ask(domain, service.record, LOOK_SECONDS)
            delegation = asked_for(partial(inspect.delegation, domain, LOOK_SECONDS))
        return _Zone(reading, evidence, authorities, delegation, resolved)

    def _read(self, service: Service) -> Reading | Unknown:
        try:
            zone = self._world.dns.list(service.domain, LIST_SECONDS, LISTED_LATELY)
            return at_name(service, zone)
        except TokenUnavailable as error:
            self.token_unreadable = str(error)
            return Unknown(str(error))
        except FailoverError as error:
            return Unknown(str(error))

    def _region(self, service: Service, region: Region) -> OfRegion:
        """A region, probed over both families, and its certificate, side by side."""
        ends: float | Unknown | None = NOT_ASKED

        def certificate() -> tuple[Probe, ...]:
            nonlocal ends
            ends = self._certificate(service, region.addresses.ipv4)
            return ()

        ipv4, ipv6 = region.addresses.ipv4, region.addresses.ipv6
        asked: list[Callable[[], tuple[Probe, ...]]] = [
            certificate,
            partial(self._probed, service, region, ipv4),
        ]
        if ipv6:
            asked.append(partial(self._probed, service, region, ipv6))
        _, first, *second = self._world.tasks.gather(asked)
        return OfRegion(region, first, second[0] if second else (), ends)

    def _certificate(self, service: Service, address: str) -> float | Unknown | None:
        certificates = self._world.inspection.certificates
        if certificates is None:
            return NOT_ASKED
        return asked_for(partial(certificates.ends, service, address))

    def _probed(self, service: Service, region: Region, address: str) -> tuple[Probe, ...]:
        """One probe as in a failover, and another one if it failed."""
        probe = partial(self._world.prober.probe, service, region.aws_region, address)
        first = probe()
        if first.ok:
            return (first,)
        self._world.tasks.sleep(AGAIN_AFTER)
        return first, probe()

    def _replicas(self, service: Service) -> dict[str, GlobalTable | Unknown]:
        if service.data is None:
            return {}
        describe, table = self._world.replicas.describe, service.data.table
        names = service.aws_regions()
        asked = [partial(asked_for, partial(describe, name, table)) for name in names]
        return dict(zip(names, self._world.tasks.gather(asked), strict=True))


@dataclass(frozen=True, slots=True)
class _Zone:
    """What is known of a service's records, at Linode and at the name servers."""

    reading: Reading | Unknown
    evidence: Evidence | Unknown
    authorities: tuple[Authority, ...] | Unknown
    delegation: tuple[str, ...] | Unknown
    resolved: tuple[Heard, ...] | Unknown


def _kept(found: Snapshot) -> Kept:
    return Kept(found.state, found.ballots, found.findings, found.broken)
