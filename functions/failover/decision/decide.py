"""From verdicts to a decision: the rules in their order, the first that speaks decides.

Each rule is a function of the view that returns a decision, or None to let the next one speak.
A rule that was consulted and let go may leave a guard in `why`, so that the record always tells
what was looked at.
"""

from collections.abc import Callable
from dataclasses import replace

from failover.decision import adoption, drift, switching, unfinished
from failover.decision.balancers import ADVICE
from failover.decision.conditions import lasting
from failover.decision.data import about_data
from failover.decision.meaning import Says, meaning
from failover.decision.view import Action, Decision, Guard, View
from failover.decision.words import guards
from failover.notify.kinds import Kind
from failover.publication.state import Cause, Phase
from failover.settings.model import Mode

Rule = Callable[[View, list[Guard]], Decision | None]


def decide(view: View) -> Decision:
    """What to do about a service now. Pure: the same view always gives the same decision."""
    why = _about_balancers(view)
    found = (decision for rule in RULES if (decision := rule(view, why)) is not None)
    decision = next(found, None) or switching.follow(view, why)
    decision = about_data(view, decision)
    decision = _held_by_strange_addresses(view, decision)
    decision = _held_by_settings(view, decision)
    decision = _held_by_refused_creation(view, decision)
    decision = _observed(view, decision)
    return replace(decision, lasting=lasting(view, decision))


def _about_balancers(view: View) -> list[Guard]:
    told = view.resolution.told if view.resolution else ()
    return [Guard("nodebalancer", saw, ADVICE) for saw in told]


def _gate(view: View, why: list[Guard]) -> Decision | None:
    """Rule 1: while stopped no new decision is started, and one on its way is finished."""
    for service, stop in view.stops().items():
        if view.state and view.state.phase is Phase.PUBLISHING:
            return unfinished.finish(view, why, stopped=True)
        return Decision(Action.HOLD, (*why, guards.stop(view, service, stop)))
    return None


def _held_by_strange_addresses(view: View, decision: Decision) -> Decision:
    """Nothing is published that the settings do not give, unless the name has it already: somebody
    may have changed the decision item."""
    writes = decision.action in (Action.PUBLISH, Action.RETRY)
    found = decision.targets.items()
    strange = [name for name, a in found if not (view.gives(a) or view.has(a))]
    if not writes or not strange:
        return decision
    guard = guards.strange_addresses(strange)
    return Decision(Action.HOLD, (*decision.why, guard), lasting=decision.lasting)


def _held_by_settings(view: View, decision: Decision) -> Decision:
    """A deployment with older settings than another one probes and votes, but never publishes."""
    if decision.action is Action.HOLD:
        return decision
    newest = max(
        (b.revision for b in view.ballots if b.alive(view.now)), default=view.settings.revision
    )
    if newest <= view.settings.revision:
        return decision
    guard = guards.newer_settings(newest, view.settings.revision)
    return Decision(
        Action.HOLD,
        (*decision.why, guard),
        lasting=decision.lasting | {Kind.SETTINGS_OLD},
    )


def _held_by_refused_creation(view: View, decision: Decision) -> Decision:
    """A name without records stays so for a while when Linode refused to add one."""
    state, reading = view.state, view.reading
    if decision.action not in (Action.PUBLISH, Action.RETRY) or not state or not reading:
        return decision
    if reading.records or state.create_not_before <= view.now:
        return decision
    guard = guards.creation_refused(state.create_not_before - view.now)
    return Decision(Action.HOLD, (*decision.why, guard), lasting=decision.lasting)


def _observed(view: View, decision: Decision) -> Decision:
    """In `observe` mode the state follows the records, and nothing is ever written to DNS."""
    if view.service.mode is Mode.ACT:
        return decision
    writes = decision.action in (Action.PUBLISH, Action.RETRY, Action.WITHDRAW)
    if not writes:
        return decision
    found = meaning(view, view.reading) if view.reading and view.confirmed else None
    active = view.state.active if view.state else {}
    if active and found and found.says is Says.OURS and dict(found.regions) != dict(active):
        why = (*decision.why, guards.observes())
        return Decision(Action.ADOPT, why, Cause.EXTERNAL, found.regions, decision.lasting)
    why = (*decision.why, guards.observes(decision.targets))
    switch = {Kind.WOULD_SWITCH} if decision.targets.keys() != active.keys() else set()
    return Decision(Action.HOLD, why, lasting=decision.lasting | switch)


RULES: tuple[Rule, ...] = (_gate, adoption.adopt, unfinished.finish, drift.repair)
"""Rules 1 to 4. Rule 5, `switching.follow`, always decides."""
