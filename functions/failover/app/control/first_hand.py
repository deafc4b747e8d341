"""All that an order is judged by, read and probed here and now: it needs no monitor."""

from dataclasses import replace
from functools import partial

from failover.app.blindness import unsent
from failover.app.control.ordering import Refused
from failover.app.reading import current, listed
from failover.app.viewing import newest_reading, view_of
from failover.decision.balancers import Unresolved, resolve
from failover.decision.view import View
from failover.decision.words import late_refusals
from failover.errors import FailoverError
from failover.health.votes import Ballot, counted
from failover.ports import World
from failover.settings.model import Service, Settings
from failover.settings.shards import part_of
from failover.store import Snapshot
from failover.zone.records import Reading


def look(world: World, settings: Settings, vantage: str, name: str) -> View:
    """All that an order is judged by, read now: the table last, as in every round.

    Raises Refused, StoreUnavailable.
    """
    settings = part_of(settings, name)
    standing, found = world.store.standing(vantage, settings.shard), world.store.read(name)
    service = settings.service(name)
    assert service is not None
    try:
        resolution = resolve(service, found.state, standing.lookup, settings.revision)
    except Unresolved as reason:
        raise Refused(late_refusals.without_addresses(name, reason.anomalies)) from reason
    service = resolution.service
    ours = next((b for b in found.ballots if b.vantage == vantage), None)
    began = world.clock.now()
    reading = _read(world, settings, service, found)
    if ours is None or not ours.alive(world.clock.now()):
        ours = _probed(world, settings, service, vantage, ours)
    found = world.store.read(name)
    now = world.clock.now()
    view = view_of(now, settings, resolution, vantage, found, standing.gate, ours, reading)
    read_now = reading is not None and reading.checked_at >= began
    return replace(view, confirmed=view.confirmed and read_now)


def _read(world: World, settings: Settings, service: Service, found: Snapshot) -> Reading | None:
    """The records, by their ids; a name without any is listed twice. Where nothing could be read,
    what any vantage last read."""
    known, new = newest_reading(service, found.ballots), _listed(world, service)
    others = [ballot.reading for ballot in found.ballots]
    again = partial(current, world, settings, service, found.state, others=others, again=True)
    read = again(known=known, new=new)
    if new and read and not read.records and not read.checked_at:
        return again(known=read, new=_listed(world, service))
    return read


def _listed(world: World, service: Service) -> Reading | None:
    try:
        return listed(world, service)
    except FailoverError:
        return None


def _probed(
    world: World,
    settings: Settings,
    service: Service,
    vantage: str,
    before: Ballot | None,
) -> Ballot:
    """This vantage's ballot after one round of probes from here, because its own is old.

    It is not written: it says what a region answers now, to the one who asks.
    """
    at = world.clock.now()
    expected = {region.addresses.ipv4: region.aws_region for region in service.regions}
    probe = world.prober.probe
    probes = world.tasks.gather([partial(probe, service, r, a) for a, r in expected.items()])
    return counted(
        before,
        dict(zip(expected, probes, strict=True)),
        at=at,
        blind=unsent(probes),
        reading=before.reading if before else None,
        vantage=vantage,
        runner=0,
        settings=settings,
        service=service,
    )
