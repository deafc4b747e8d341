"""What Linode's NodeBalancers say of their back ends, beside the probes of a round."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from failover.app.probing import Asked, Target
from failover.errors import FailoverError
from failover.health.backing import Share, judged
from failover.health.probe import Probe
from failover.ports import World
from failover.preflight.facts import AllBackEnds
from failover.settings.model import Service, Settings

READ_EVERY = 30.0
"""Seconds. All services of a container share what was read, and a failure to read as well."""


def reader(world: World, settings: Settings, service: Service) -> Callable[[], AllBackEnds] | None:
    """What reads the back ends behind every NodeBalancer whose back ends count; None for a service
    that does not ask for them. The call raises FailoverError."""
    account = world.inspection.account
    if account is None or not _asks(service):
        return None
    labels = frozenset(_labels(settings))
    return partial(account.back_ends, labels, service.health.timeout, READ_EVERY)


def _asks(service: Service) -> bool:
    return service.health.min_backends is not None


def _labels(settings: Settings) -> Iterator[str]:
    for service in filter(_asks, settings.services):
        yield from (region.nodebalancer for region in service.regions if region.nodebalancer)


def counted(
    service: Service,
    targets: Sequence[Target],
    asked: Asked,
    unread: Callable[[FailoverError], object],
) -> Sequence[Probe]:
    """The probes as they count. Where Linode did not answer, which `unread` is told, they are what
    they were."""
    least, found = service.health.min_backends, asked.back_ends
    if isinstance(found, FailoverError):
        unread(found)
    elif least is not None:
        return [
            judged(probe, _share(service, target, found), least)
            for target, probe in zip(targets, asked.probes, strict=True)
        ]
    return asked.probes


def _share(service: Service, target: Target, found: AllBackEnds) -> Share | None:
    """The back ends behind an address that is probed. Without checks nobody knows who is up; an
    address that the NodeBalancer no longer has is another one's."""
    region = service.region(target.region)
    if region is None or region.addresses.ipv4 != target.address:
        return None
    ports = found.get(region.nodebalancer or "", ())
    mine = next((each for each in ports if each.port == service.health.port), None)
    if mine is None or not mine.checked:
        return None
    return Share(mine.up, mine.up + mine.down)
