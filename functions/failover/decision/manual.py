"""What an order to point the name somewhere leads to: a decision, or what stands against it.

An order passes what binds automation alone (a gate, a pause, the flip budget, manual failback) and
not what keeps users safe: a region that is not healthy needs `force` and an end, foreign records
need a takeover. All that holds is told at once, each with the event that gets past it.
"""

from dataclasses import dataclass, replace

from failover.decision.data import about_data
from failover.decision.decision import Action, Decision
from failover.decision.desired import ordered
from failover.decision.guard import Because, Ground, Guard, Hold, Targets
from failover.decision.hold_rules import Change
from failover.decision.holds import against, all_against
from failover.decision.meaning import differs
from failover.decision.view import View
from failover.notify.commands import EVERYTHING, Order
from failover.publication.parts import Cause


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed; `held` are the guards that stand against the order, never none."""

    held: tuple[Guard, ...]


def judged(view: View, order: Order) -> Decision | Refused:
    """What this order leads to. A decision to hold means that there is nothing to publish."""
    if nowhere := against(view, Change(order=order), Hold.REGION):
        return Refused((nowhere,))
    targets = ordered(view, order)
    change = Change(targets, order=order)
    if nobody := against(view, change, Hold.CANDIDATES):
        return Refused((nobody,))
    if held := all_against(view, change):
        return Refused(held)
    passed = (Hold.STOP if what == EVERYTHING else Hold.PAUSE for what in view.stops())
    why = (
        *(Guard(hold, because=Because.PASSED) for hold in passed),
        Guard(Ground.ORDER, text=f"{order.by}: {order.reason}"),
    )
    if _on_its_way(view, targets):
        return Decision(view, Action.RETRY, why, Cause.OPERATOR, targets)
    if _there(view, targets):
        return Decision(view, Action.HOLD, why, Cause.OPERATOR, targets)
    return about_data(view, Decision(view, Action.PUBLISH, why, Cause.OPERATOR, targets))


def _on_its_way(view: View, targets: Targets) -> bool:
    """Whether an order to point the name at exactly these is under way."""
    going = view.unfinished.publication if view.unfinished else None
    return going is not None and (going.cause, going.targets) == (Cause.OPERATOR, targets)


def _there(view: View, targets: Targets) -> bool:
    """Whether the name points at exactly these already, by decision and by record."""
    said = view.reading and not differs(view.state, replace(view.reading, at=view.now))
    return bool(said) and dict(view.active) == dict(targets)
