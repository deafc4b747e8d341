"""What an order to point the name somewhere leads to: a decision, or what stands against it.

An order passes what holds automation back (a gate, a pause, the flip budget, manual failback) and
not what keeps users safe: a region that is not healthy needs `force` and an end, foreign records
need a takeover. All that holds is told at once, each with the event that gets past it.
"""

from dataclasses import dataclass, replace

from failover.decision.data import about_data
from failover.decision.desired import ordered
from failover.decision.meaning import differs
from failover.decision.objections import forced, objections
from failover.decision.places import Targets
from failover.decision.view import Action, Decision, Guard, View
from failover.decision.words import guards
from failover.notify.commands import FOR_EXAMPLE, Command, Order
from failover.publication.state import Cause, Phase
from failover.settings.model import Routing


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed; `held` are the guards that stand against the order, never none."""

    held: tuple[Guard, ...]


def judged(view: View, order: Order) -> Decision | Refused:
    """What this order leads to. A decision to hold means that there is nothing to publish."""
    targets = _targets(view, order)
    if isinstance(targets, Guard):
        return Refused((targets,))
    held = objections(view, order, targets)
    if held:
        return Refused(held)
    why = (*guards.passed_stops(view), Guard("order", f"{order.by}: {order.reason}"))
    state = view.state
    unfinished = state is not None and state.phase is Phase.PUBLISHING
    if state and unfinished and state.cause is Cause.OPERATOR and targets == state.targets:
        return Decision(Action.RETRY, why, Cause.OPERATOR, targets)
    if _there(view, targets):
        return Decision(Action.HOLD, why, Cause.OPERATOR, targets)
    return about_data(view, Decision(Action.PUBLISH, why, Cause.OPERATOR, targets))


def _targets(view: View, order: Order) -> Targets | Guard:
    """The regions that the name is to point at."""
    several = view.service.routing is Routing.MULTIVALUE
    if several and order.command is Command.FAILOVER and order.region is None:
        region = next(iter(view.healthy_regions()), view.service.regions[0])
        event = order.event(region=region.name, until=FOR_EXAMPLE)
        return Guard(
            "region", "every healthy region is published; name one to publish alone", event
        )
    try:
        chosen = ordered(view, order)
    except KeyError:
        return Guard("region", f"{order.region} has no address: {_left_out(view)}")
    if chosen:
        return chosen
    return guards.nowhere_to_go(view, forced(view, order))


def _left_out(view: View) -> str:
    told = view.resolution.told if view.resolution else ()
    return "; ".join(told) or "it is not in the settings"


def _there(view: View, targets: Targets) -> bool:
    """Whether the name points at exactly these already, by decision and by record."""
    state, reading = view.state, view.reading
    return (
        state is not None
        and dict(state.active) == dict(targets)
        and reading is not None
        and not differs(state, replace(reading, at=view.now))
    )
