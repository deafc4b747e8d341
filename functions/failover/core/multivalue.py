"""Rules 7 to 9 for `multivalue` routing: every healthy region is published, and never none."""

from failover.core.choice import Targets, in_order
from failover.core.commands import Command
from failover.core.state import Cause, Kind
from failover.core.switching import flip_budget
from failover.core.tally import Vote
from failover.core.view import Action, Decision, Guard, View


def balance(view: View, why: list[Guard]) -> Decision:
    """Who is unhealthy leaves, who is healthy joins; who is unknown stays what it is."""
    state = view.state
    assert state is not None
    staying = {n: a for n, a in state.active.items() if view.vote(a) is not Vote.UNHEALTHY}
    leaving = [name for name in state.active if name not in staying]
    joining = {r.name: r.addresses for r in view.healthy_regions() if r.name not in state.active}
    why.append(Guard("regions", _saw(view)))
    if not leaving and not joining:
        return Decision(Action.HOLD, tuple(why))
    if not staying and not joining:
        saw = "no region is healthy: what is published stays"
        guard = Guard("candidates", saw, view.event_elsewhere())
        return Decision(Action.HOLD, (*why, guard))
    spent = state.flips_lately(view.now) >= view.service.flip_budget
    if not leaving:
        return _joined(view, why, in_order(view, staying | joining), spent)
    lasting, held = flip_budget(view, state, why)
    if held:
        return held
    if spent and staying:
        joining = {}  # a spent budget stops returning, never leaving
    guard = Guard("leaving", f"{', '.join(leaving)}: unhealthy")
    targets = in_order(view, staying | joining)
    return Decision(Action.PUBLISH, (*why, guard), Cause.UNHEALTHY, targets, lasting)


def _joined(view: View, why: list[Guard], targets: Targets, spent: bool) -> Decision:
    """A healthy region comes back by itself, unless traffic has been moved too often lately."""
    if spent:
        saw = f"{view.service.flip_budget} switches within the hour: nobody joins for now"
        guard = Guard("flip budget", saw, view.event(Command.FAILBACK))
        return Decision(Action.HOLD, (*why, guard), lasting=frozenset({Kind.FLIP_BUDGET_SPENT}))
    guard = Guard("joining", f"{', '.join(targets)} are published")
    return Decision(Action.PUBLISH, (*why, guard), Cause.FAILBACK, targets)


def _saw(view: View) -> str:
    return "; ".join(f"{r.name} is {view.verdict(r.addresses)}" for r in view.service.regions)
