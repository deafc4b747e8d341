"""How old the data of regions is, and what that keeps back."""

from collections.abc import Iterable

from failover.decision.guard import Because, Guard
from failover.decision.view import View
from failover.decision.words import values
from failover.decision.words.forcing import forcible
from failover.notify.commands import Command, Order
from failover.notify.events import as_duration
from failover.staleness.replication import Freshness


def held(view: View, guard: Guard, order: Order | None) -> tuple[str, str | None]:
    """What keeps a region from being used for its data, or what is known of that."""
    names = list(guard.regions)
    if order:
        override = order.event(command=forcible(order), region=names[0], force=True)
        return "; ".join(of(view, name) for name in names), override
    if guard.because is Because.PASSED:
        return f"{names[0]} is passed over: {of(view, names[0])}", None
    if guard.because is Because.ANYWAY:
        found = _ages(view, (region.name for region in view.healthy_regions()))
        return f"every healthy region has stale data ({found}): {names[0]} takes over anyway", None
    if guard.because is not Because.EARLY:
        return of(view, names[0]), None
    left = as_duration(guard.left or 0.0)
    saw = f"every healthy region has stale data ({_ages(view, names)}): failover waits {left} more"
    return saw, view.event(Command.FAILOVER, region=names[0], force=True)


def of(view: View, name: str) -> str:
    """How old the data of a region is, in one clause."""
    region = view.service.region(name)
    assert region is not None
    seen = view.seen(region)
    noted = ", which counts as fresh" if seen.freshness is Freshness.UNKNOWN else ""
    noted = ", which is stale" if seen.freshness is Freshness.STALE else noted
    return f"the data of {name} is {values.data_age(seen)}{noted}"


def _ages(view: View, names: Iterable[str]) -> str:
    regions = filter(None, map(view.service.region, names))
    return ", ".join(f"{each.name} is {values.data_age(view.seen(each))}" for each in regions)
