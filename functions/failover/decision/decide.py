"""From verdicts to a decision: the rules in their order, the first that speaks decides.

Each rule is a function of the view that returns a decision, or None to let the next one speak.
A rule that was consulted and let go may leave a guard in `why`, so that the record always tells
what was looked at.
"""

from collections.abc import Callable
from dataclasses import replace

from failover.decision import adoption, drift, switching, unfinished
from failover.decision.conditions import lasting
from failover.decision.data import about_data
from failover.decision.decision import Action, Decision
from failover.decision.guard import Ground, Guard, Hold
from failover.decision.hold_rules import Change
from failover.decision.holds import against
from failover.decision.meaning import surely_at
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.publication.parts import Cause

Rule = Callable[[View, list[Guard]], Decision | None]


def decide(view: View) -> Decision:
    """What to do about a service now. Pure: the same view always gives the same decision."""
    anomalies = view.resolution.anomalies if view.resolution else ()
    why = [Guard(Ground.BALANCER, anomaly=anomaly) for anomaly in anomalies]
    found = (decision for rule in RULES if (decision := rule(view, why)) is not None)
    decision = next(found, None) or switching.follow(view, why)
    decision = about_data(view, decision)
    decision = _held_back(view, decision)
    decision = _observed(view, decision)
    return replace(decision, lasting=lasting(view, decision))


def _gate(view: View, why: list[Guard]) -> Decision | None:
    """Rule 1: while stopped no new decision is started, and one on its way is finished."""
    held = against(view, Change(), Hold.STOP, Hold.PAUSE)
    if held is None:
        return None
    if view.unfinished:
        return unfinished.finish(view, why, stopped=held)
    return Decision(view, Action.HOLD, (*why, held))


def _held_back(view: View, decision: Decision) -> Decision:
    """Nothing is written that the settings do not give, unless the name has it already: somebody
    may have changed the decision item. A deployment with older settings than another one probes and
    votes, but never publishes. A name without records stays so while Linode refuses to add one."""
    if decision.action is Action.HOLD:
        return decision
    change = Change(decision.targets, action=decision.action)
    held = against(view, change, Hold.ADDRESSES, Hold.SETTINGS_REVISION, Hold.CREATION)
    if held is None:
        return decision
    old = {Kind.SETTINGS_OLD} if held.name is Hold.SETTINGS_REVISION else set()
    why, kinds = (*decision.why, held), decision.lasting | old
    return Decision(view, Action.HOLD, why, lasting=kinds)


def _observed(view: View, decision: Decision) -> Decision:
    """In `observe` mode the state follows the records, and nothing is ever written to DNS."""
    held = against(view, Change(decision.targets, action=decision.action), Hold.MODE)
    if held is None:
        return decision
    ours = surely_at(view) or view.active
    if view.active and dict(ours) != dict(view.active):
        why = (*decision.why, Guard(Hold.MODE))
        return Decision(view, Action.ADOPT, why, Cause.EXTERNAL, ours, decision.lasting)
    moves = decision.targets.keys() != view.active.keys() or (
        view.unhealthy(view.active) and decision.targets != view.active
    )
    switch = {Kind.WOULD_SWITCH} if moves else set()
    return Decision(view, Action.HOLD, (*decision.why, held), lasting=decision.lasting | switch)


RULES: tuple[Rule, ...] = (_gate, adoption.adopt, unfinished.finish, drift.repair)
"""Rules 1 to 4. Rule 5, `switching.follow`, always decides."""
