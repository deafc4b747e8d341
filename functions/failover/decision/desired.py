"""Where should the name point? The one answer, for automation and for people.

Whatever is not unhealthy keeps its place. The other places are filled from the healthy regions, by
preference and by how fresh their data is. `failover` routing has one place, `multivalue` one for
each region, or one for each record while no record can be added.

Candidates are addresses, not names: a region that is dead at its old address may be healthy at the
one in the settings. What is newly written is always an address of the settings; an older one stays
only where the name has it already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product

from failover.decision.guard import Guard, Hold, Targets
from failover.decision.hold_rules import Change
from failover.decision.holds import against
from failover.decision.places import Places, pinned_at, places, room_for
from failover.decision.view import View
from failover.health.tally import Vote
from failover.notify.commands import Command, Order
from failover.publication.parts import Cause
from failover.settings.model import Addresses, Region, Routing
from failover.zone.records import Family


@dataclass(frozen=True, slots=True)
class Desired:
    """The regions that the name should say; empty where there is none to choose.

    `cause` is why they are others than the name has now, None where they are the same. `leaving`
    are the unhealthy regions that give their place up, `passed` the healthy ones that do not get
    it because their data is stale, `spared` those taken although a person removed them, because
    no other is healthy. `held` is what is kept back.
    """

    regions: Targets
    cause: Cause | None = None
    leaving: Targets = field(default_factory=dict)
    passed: Targets = field(default_factory=dict)
    spared: Targets = field(default_factory=dict)
    held: Guard | None = None


def desired(view: View, serving: Targets, *, returning: bool = True) -> Desired:
    """The regions that a name should say that has, or should have had, these.

    Without `returning` a preferred region that has recovered is not considered.
    """
    if pin := view.pinned():
        there = {pin.name: pinned_at(view, pin, serving)}
        return _compared(view, serving, Desired(there, Cause.OPERATOR))
    found = places(view, serving)
    if view.service.routing is Routing.MULTIVALUE:
        return _compared(view, serving, _writable(view, _several(view, found)))
    return _compared(view, serving, _one(view, serving, found, returning))


def ordered(view: View, order: Order) -> Targets:
    """The regions at which an order points the name; empty where it names none and none is fit."""
    service = view.service
    if order.region is not None:
        region = service.region(order.region)
        return _as_targets([region] if region else [])
    if order.command is Command.TAKEOVER:
        return _taken_over(view)
    if order.command is Command.FAILBACK and service.routing is Routing.FAILOVER:
        return _as_targets(service.regions[:1])
    healthy = view.healthy_regions()
    if order.command is Command.FAILBACK:
        return _as_targets(healthy)
    here = view.active.values()
    return _as_targets([region for region in healthy if region.addresses not in here][:1])


def _taken_over(view: View) -> Targets:
    """What was decided, as far as it is healthy; else what a name without records should say."""
    decided = view.state.publication.targets if view.state else {}
    return (
        view.healthy(desired(view, decided, returning=False).regions) or desired(view, {}).regions
    )


def in_order(view: View, targets: Targets) -> Targets:
    """The same regions in the order of the settings; those that are not in them come last."""
    order = [region.name for region in view.service.regions]
    names = sorted(targets, key=lambda n: order.index(n) if n in order else len(order))
    return {name: targets[name] for name in names}


def _compared(view: View, serving: Targets, found: Desired) -> Desired:
    """With the reason why it is another place than the name has now."""
    after = in_order(view, found.regions)
    if not after or dict(after) == dict(serving):
        return replace(found, regions=after, cause=None)
    leaving = view.unhealthy({n: a for n, a in serving.items() if n not in after})
    cause = found.cause or Cause.SETTINGS
    if cause is Cause.OPERATOR and after.keys() == serving.keys():
        cause = Cause.SETTINGS
    elif cause is not Cause.OPERATOR and leaving:
        cause = Cause.UNHEALTHY
    return replace(found, regions=after, leaving=leaving, cause=cause)


def _one(view: View, serving: Targets, found: Places, returning: bool) -> Desired:
    """One place: who is healthy or not known to be unhealthy keeps it."""
    kept = in_order(view, found.kept)
    if kept:
        best = next(iter(view.healthy(kept)), None)
        name = best or next(iter(kept))
        stays = Desired({name: kept[name]})
        return _returned(view, name, stays) if returning and best else stays
    candidates = view.healthy_regions()
    if not candidates:
        gone = dict(list(found.gone.items())[:1])
        return Desired(gone, held=against(view, Change(gone), Hold.CANDIDATES))
    if waits := against(view, Change(_as_targets(candidates), serving), Hold.DATA):
        return Desired({}, held=waits)
    fresh = [region for region in candidates if not view.stale(region)]
    chosen = (fresh or candidates)[0]
    passed = _as_targets(candidates[: candidates.index(chosen)])
    return Desired({chosen.name: chosen.addresses}, passed=passed)


def _returned(view: View, name: str, stays: Desired) -> Desired:
    """Back to a preferred region, if the settings want it and everything speaks for it."""
    back = [Change(_as_targets([region])) for region in _better(view, name)]
    if not back:
        return stays
    waits = [(change, against(view, change, Hold.FAILBACK)) for change in back]
    change, held = next((pair for pair in waits if pair[1] is None), waits[0])
    held = held or against(view, change, Hold.FLIP_BUDGET)
    if held:
        return replace(stays, held=held)
    return Desired(change.targets, Cause.FAILBACK)


def _better(view: View, name: str) -> list[Region]:
    """The healthy regions that the settings prefer to this one."""
    order = [region.name for region in view.service.regions]
    above = order[: order.index(name)] if name in order else []
    return [region for region in view.healthy_regions() if region.name in above]


def _several(view: View, found: Places) -> Desired:
    """A place for every region: who is healthy joins, who is unknown stays what it is."""
    kept = in_order(view, found.kept)
    joining = _joining(kept, view.healthy_regions())
    spared = {} if kept or joining else _as_targets(_healthy(view))
    held = against(view, Change(joining), Hold.FLIP_BUDGET) if kept and joining else None
    wanted = kept if held else {**kept, **joining, **spared}
    if not wanted:
        return Desired(found.gone, held=against(view, Change(found.gone), Hold.CANDIDATES))
    seated = _seated(view, kept, Desired(wanted, spared=spared, held=held))
    joins = seated.regions.keys() - kept.keys()
    return replace(seated, cause=Cause.FAILBACK if joins else None)


def _seated(view: View, kept: Targets, wanted: Desired) -> Desired:
    """As many of them as there are places for: who has the best claim comes first."""
    regions, room = wanted.regions, room_for(view, wanted.regions)
    if room is None or len(regions) <= room:
        return wanted
    chosen = sorted(regions, key=lambda n: _rank(view, n, regions[n], n in kept))[:room]
    left = {name: a for name, a in regions.items() if name not in chosen}
    held = wanted.held or Guard(Hold.CREATION, left)
    return replace(wanted, regions={name: regions[name] for name in chosen}, held=held)


def _writable(view: View, wanted: Desired) -> Desired:
    """No record is given an older address. Where one must change, and only older addresses are
    wanted, one of the settings is added: that of a region which stays, if it is healthy there.
    Where that is not enough, as for an IPv6 address that no region has any more, the older
    addresses go."""
    regions = wanted.regions
    if not regions or view.can_say(regions):
        return wanted
    usual = view.healthy_regions()
    healthy = sorted(_healthy(view), key=lambda r: (r.name not in regions, r not in usual))
    given = {name: a for name, a in regions.items() if view.gives(a)}
    for staying, region in product((regions, given), healthy):
        rest = {name: a for name, a in staying.items() if name != region.name}
        more = {region.name: region.addresses, **rest}
        fitting = dict(list(more.items())[: room_for(view, more)])
        if view.can_say(fitting):
            spared = {} if region in usual else _as_targets([region])
            return replace(wanted, regions=fitting, spared=spared)
    return Desired({}, held=Guard(Hold.CANDIDATES))


def _healthy(view: View) -> list[Region]:
    """All healthy regions, also those that a person removed from several."""
    return [r for r in view.service.regions if view.vote(r.addresses) is Vote.HEALTHY]


def _joining(kept: Targets, healthy: Iterable[Region]) -> Targets:
    here = kept.values()
    return _as_targets([r for r in healthy if r.name not in kept and r.addresses not in here])


def _rank(view: View, name: str, addresses: Addresses, kept: bool) -> tuple[bool, ...]:
    """Who gets a place first where there are fewer records than regions. A healthy region that has
    a record keeps it."""
    there = addresses.ipv4 in view.says(Family.A)
    stale = bool(view.stale_of({name: addresses}))
    return (not kept, view.vote(addresses) is not Vote.HEALTHY, not there, stale)


def _as_targets(regions: Iterable[Region]) -> Targets:
    return {region.name: region.addresses for region in regions}
