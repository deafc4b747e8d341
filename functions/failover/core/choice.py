"""Which regions a service's routing wants, when nothing else has a say."""

from collections.abc import Mapping

from failover.core.settings import Addresses, Routing
from failover.core.state import State
from failover.core.tally import Vote
from failover.core.view import View

Targets = Mapping[str, Addresses]


def first_choice(view: View) -> Targets:
    """The healthy regions that the routing would publish: the first one, or all. May be empty."""
    healthy = view.healthy_regions()
    if view.service.routing is Routing.FAILOVER:
        fresh = tuple(region for region in healthy if not view.stale(region))
        healthy = tuple((fresh or healthy)[:1])
    return {region.name: region.addresses for region in healthy}


def pinned(view: View) -> Targets:
    """The region that a pin in force names; empty without one, or when it is not in the
    settings."""
    pin = view.state.pinned(view.now) if view.state else None
    region = view.service.region(pin.region) if pin else None
    return {region.name: region.addresses} if region else {}


def choice(view: View, state: State) -> Targets:
    """What rules 6 to 9 would have the name say, whatever it says now. May be empty.

    Who is not unhealthy keeps what it has, if the settings give or gave it; otherwise the healthy
    ones take over.
    """
    if held := pinned(view):
        return held
    kept = {
        name: addresses
        for name, addresses in state.targets.items()
        if view.vote(addresses) is not Vote.UNHEALTHY and view.gives(addresses)
    }
    if view.service.routing is Routing.FAILOVER:
        return kept or first_choice(view)
    spent = state.flips_lately(view.now) >= view.service.flip_budget
    if spent and kept:
        return in_order(view, kept)  # a spent budget stops returning
    return in_order(view, {**first_choice(view), **kept})


def in_order(view: View, targets: Targets) -> Targets:
    """The same regions in the order of the settings; those that are not in them come last."""
    order = [region.name for region in view.service.regions]
    names = sorted(targets, key=lambda n: order.index(n) if n in order else len(order))
    return {name: targets[name] for name in names}
