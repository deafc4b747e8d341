"""Settings that get no further than half of the way: the deployment stops, or a file is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from failover.settings.model import Service, Settings
from tests.simulation.deeds import CHANGES, deployed_one_by_one
from tests.simulation.universe import Universe, revised
from tests.support.settings_file import toml

KEPT, MISTAKEN = '"failback" = "manual"', '"failback" = "somehow"'
"""What a setting says, and what none may say."""


@dataclass(frozen=True)
class HalfWay:
    """New settings reach so many vantages. So many after those get a file with an error, and there
    the deployment stops. When it is over somebody deploys everywhere what was meant."""

    start: float
    lasts: float
    change: str
    between: float
    reached: int
    refused: int

    def begin(self, universe: Universe) -> None:
        newest = universe.observer.settings[-1]
        settings = revised(newest, CHANGES[self.change](newest.services[0]))
        universe.meant[self] = settings
        file = mistaken(universe, settings)
        for place, site in enumerate(universe.sites.values()):
            step: Callable[[], None] = partial(universe.deploy, site, settings)
            if place >= self.reached:
                step = partial(universe.refuse, site, file)
            if place < self.reached + self.refused:
                universe.hub.at(universe.hub.time + self.between * place, step)

    def end(self, universe: Universe) -> None:
        meant, newest = universe.meant.pop(self), universe.observer.settings[-1]
        if newest is not meant:  # it has reached nobody, or somebody has deployed more meanwhile
            meant = revised(newest, meant.services[0])
        deployed_one_by_one(universe, meant, self.between)


def mistaken(universe: Universe, settings: Settings) -> str:
    """The text of a file that would move every region, if nobody noticed the mistake in it."""
    service = settings.services[0]
    moved = {region.name: f"10.0.0.{n}" for n, region in enumerate(service.regions, start=1)}
    for region in service.regions:
        universe.homes[moved[region.name]] = str(region.aws_region)
    text = toml(
        {
            "revision": settings.revision,
            "vantages": list(settings.vantages),
            "service": [_table(service, moved)],
        }
    )
    return text.replace(KEPT, MISTAKEN)


def _table(service: Service, moved: dict[str, str]) -> dict[str, object]:
    regions = [
        {"name": region.name, "aws_region": region.aws_region, "ipv4": moved[region.name]}
        for region in service.regions
    ]
    return {
        "name": service.name,
        "domain": service.domain,
        "record": service.record,
        "mode": "act",
        "failback": "manual",
        "health": {},
        "region": regions,
    }
