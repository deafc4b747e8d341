"""Which addresses of a service are probed, and all that a round asks from outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

from failover.app.shared import Tick
from failover.errors import FailoverError
from failover.health.probe import Probe
from failover.ports import World
from failover.preflight.facts import AllBackEnds
from failover.publication.state import State
from failover.settings.model import Service
from failover.store import Standing
from failover.zone.records import Reading

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """One address to probe, and the region that it belongs to.

    `aws_region` is the one that its answers may name; None where the settings do not say.
    """

    region: str
    address: str
    aws_region: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a round has asked: who runs, what a list of the records says, what each target says,
    and what stands behind the NodeBalancers."""

    standing: Standing | FailoverError
    listed: Reading | FailoverError
    probes: Sequence[Probe]
    back_ends: AllBackEnds | FailoverError


def targets(named: Service, service: Service, state: State | None) -> list[Target]:
    """The addresses of the settings, and the published one if that is another.

    `named` is the service with the labels of NodeBalancers. What the settings no longer say of a
    region is not checked: it must not fail for that.
    """
    found = [
        Target(region.name, region.addresses.ipv4, region.aws_region) for region in service.regions
    ]
    for name, addresses in state.served.active.items() if state else ():
        region = named.region(name)
        if addresses.ipv4 not in {target.address for target in found}:
            expected = region.aws_region if region else None
            found.append(Target(name, addresses.ipv4, expected))
    return found


def ask(
    world: World,
    tick: Tick,
    service: Service,
    targets: Sequence[Target],
    listed: Callable[[], Reading],
    back_ends: Callable[[], AllBackEnds] | None,
) -> Asked:
    """All that a round needs from outside, side by side: nothing waits for anything else.

    The probes come before the reading: in a new container that one first loads the library.
    """
    probe = world.prober.probe
    probes = [partial(probe, service, t.aws_region, t.address) for t in targets]
    thunks: list[Callable[[], object]] = [
        partial(attempt, partial(world.store.standing, tick.vantage, tick.settings.shard)),
        partial(world.tasks.gather, probes),
        partial(attempt, listed),
        *([partial(attempt, back_ends)] if back_ends else ()),
    ]
    standing, results, reading, *behind = world.tasks.gather(thunks)
    return Asked(
        cast(Standing | FailoverError, standing),
        cast(Reading | FailoverError, reading),
        cast(list[Probe], results),
        cast(AllBackEnds | FailoverError, behind[0] if behind else {}),
    )


def attempt(call: Callable[[], T]) -> T | FailoverError:
    """The result of a call, or the known trouble that it ended in."""
    try:
        return call()
    except FailoverError as error:
        return error
