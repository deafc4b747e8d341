"""The NodeBalancers of the account, where the settings name them by label, and their back ends.

The regions of the settings have addresses all the same: those that the balancers have. Only the
processes of the monitor must look them up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from failover.decision.balancers import Balancer
from failover.errors import DnsUnavailable
from failover.health.probe import Reason
from failover.preflight.facts import AllBackEnds, BackEnds
from failover.settings.model import UNRESOLVED, Region, Service, Settings
from tests.simulation.container import Container

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

LATENCY = 0.06
LEAST = 0.5
"""The share of back ends that must be up."""

ALL, FEW = 4, 1


def with_labels(settings: Settings) -> Settings:
    """The settings as their file has them: each region of the service names its balancer."""
    service, *others = settings.services
    regions = tuple(_labelled(region) for region in service.regions)
    health = replace(service.health, min_backends=LEAST)
    return replace(settings, services=(replace(service, regions=regions, health=health), *others))


def label_of(region: Region) -> str:
    """The label of a region's balancer."""
    return f"nb-{region.name}"


def _labelled(region: Region) -> Region:
    return replace(region, addresses=UNRESOLVED, nodebalancer=label_of(region))


@dataclass
class Balancing:
    """What is wrong with balancers: of some regions there is `none` any more; they cannot be
    listed while they are `unlisted`."""

    none: set[str] = field(default_factory=set)
    unlisted: bool = False


@dataclass
class Balancers:
    """The Balancers port, and what of the account port is needed, of one process."""

    universe: "Universe"
    container: Container

    def list(self, budget: float) -> tuple[Balancer, ...]:
        def effect() -> tuple[Balancer, ...]:
            regions = self._service.regions
            there = [r for r in regions if r.name not in self.universe.balancing.none]
            return tuple(Balancer(label_of(r), r.addresses, r.name) for r in there)

        found = self.container.exchange("balancers", LATENCY, effect)
        if self.universe.balancing.unlisted:
            raise DnsUnavailable("Linode API, GET /nodebalancers: status 503")
        return found

    def back_ends(self, labels: Iterable[str], budget: float, max_age: float) -> AllBackEnds:
        def effect() -> AllBackEnds:
            return {label_of(region): (self._of(region),) for region in self._service.regions}

        del labels
        return self.container.exchange("back_ends", LATENCY, effect)

    def _of(self, region: Region) -> BackEnds:
        ill = self.universe.ill.get(region.addresses.ipv4, ())
        up = FEW if any(illness.reason is Reason.BACKENDS for illness in ill) else ALL
        port = self._service.health.port
        return BackEnds(port, "http", "/health", 10, 3, up=up, down=ALL - up)

    @property
    def _service(self) -> Service:
        return self.universe.observer.settings[-1].services[0]


@dataclass(frozen=True)
class Gone:
    """Somebody has deleted the balancer of a region, though its address still answers; or the
    balancers cannot be listed."""

    start: float
    lasts: float
    region: str

    def begin(self, universe: "Universe") -> None:
        if self.region:
            universe.balancing.none.add(self.region)
        else:
            universe.balancing.unlisted = True

    def end(self, universe: "Universe") -> None:
        universe.balancing.none.discard(self.region)
        universe.balancing.unlisted &= bool(self.region)
