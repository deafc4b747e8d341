"""Troubles of providers and of deployments: what breaks in half, lags, or gets half of the way.

Each maker draws a small trouble of one kind, as those of `wider` do.
"""

import random
from dataclasses import replace

from failover.health.probe import Reason
from failover.settings.model import Addresses, Service
from failover.settings.shards import assign
from tests.simulation import troubles as t
from tests.simulation.balancers import Gone
from tests.simulation.deeds import CHANGES
from tests.simulation.half_way import HalfWay
from tests.simulation.universe import Illness, Setting, Trouble

FOR_GOOD = 1e6
SHARED = 0.7
"""How likely a service beside the judged one is in the same regions, and fails over with it."""


def shared(rng: random.Random, setting: Setting) -> Setting:
    """Now and then other services share the zone, the token and its limits, perhaps in shards."""
    if rng.random() > 0.2:
        return setting
    names = ("cart", "pay", "mail")[: rng.choice((1, 1, 2, 3))]
    neighbours = tuple(neighbour(name, setting.service, rng.random() < SHARED) for name in names)
    wanted = rng.choice((1, 1, 2, 3))
    shards = next(n for n in range(wanted, 0, -1) if _filled((setting.service.name, *names), n))
    return replace(setting, shards=shards, neighbours=neighbours)


def _filled(names: tuple[str, ...], shards: int) -> bool:
    """Whether so many shards have a service each, as they have where they are needed."""
    return len(set(assign(names, shards).values())) == shards


def neighbour(name: str, service: Service, shared: bool) -> Service:
    """Another name in the zone, in the same regions or in others."""
    regions = tuple(
        replace(region, addresses=Addresses(region.addresses.ipv4 if shared else f"198.51.100.{n}"))
        for n, region in enumerate(service.regions, start=1)
    )
    record = f"{name}.{service.domain}"
    return replace(service, name=name, record=record, regions=regions, data=None)


def halves(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """Records of one type cannot be changed, where a region has both."""
    if not setting.service.regions[0].addresses.ipv6:
        return []
    half = rng.choice(("AAAA", "AAAA", "AAAA", "A")), rng.choice((400, 500, 503))
    return [t.Faults(start, rng.choice((lasts, FOR_GOOD)), "linode", "half", half)]


def grants(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """The token's user may only read the domain; in the end that is put right, or there is a new
    token of somebody who may change it."""
    refused: list[Trouble] = [t.Faults(start, lasts, "linode", "granted", value=False)]
    if rng.random() < 0.5:
        refused.append(t.Secrets(round(start + lasts + 1.0, 2), 1.0, "rotated"))
    return [trouble for trouble in refused if trouble.start < setting.troubled]


def crowd(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """Other programs of the token's user take most of the lists that Linode answers to him."""
    return [t.Faults(start, lasts, "linode", "crowd", rng.choice((150, 185, 195, 200)))]


def gone(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """The balancer of a region is deleted, or the account does not list its balancers."""
    region = rng.choice(setting.service.regions).name
    return [Gone(start, lasts, rng.choice((region, region, "")))]


def thin(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """Too few back ends of a region are up, and one of those that are left answers the probes."""
    address = rng.choice((setting.service.regions[0], rng.choice(setting.service.regions)))
    ends = rng.choice((lasts, FOR_GOOD))
    return [t.Sick(start, ends, address.addresses.ipv4, Illness(Reason.BACKENDS))]


def servers(rng: random.Random, _: Setting, start: float, lasts: float) -> list[Trouble]:
    """A name server is stuck at an older answer, or a site of theirs keeps it for its TTL."""
    fault, value = rng.choice(
        (("stuck", 45.0), ("stuck", 300.0), ("stuck", 3000.0), ("cached", 0.3), ("cached", 1.0))
    )
    return [t.Faults(start, lasts, "linode", fault, value)]


def half_way(rng: random.Random, setting: Setting, start: float, lasts: float) -> list[Trouble]:
    """New settings reach some vantages, or none, and others get a file with an error."""
    vantages = len(setting.vantages)
    reached = rng.randrange(vantages)
    refused = rng.randint(0 if reached else 1, vantages - reached)
    between = round(rng.uniform(0.0, 60.0), 2)
    return [HalfWay(start, lasts, rng.choice(tuple(CHANGES)), between, reached, refused)]
