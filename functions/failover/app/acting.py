"""Carrying out a decision: what each action means for the control table and for DNS."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from failover.app.keeping import keep
from failover.app.outcome import Outcome
from failover.app.publication import publish
from failover.app.report import Report
from failover.decision import facts
from failover.decision.ability import able
from failover.decision.conditions import begun, held
from failover.decision.decide import decide
from failover.decision.decision import Action, Decision
from failover.decision.evidence import confirmed
from failover.decision.view import View
from failover.ports import World
from failover.publication import incidents, outcomes, transitions, upkeep
from failover.publication.state import State
from failover.zone.records import Reading

PUBLICATION_NEEDS = 25.0
"""Seconds that the function must still be allowed to run when a publication starts."""


def act(
    world: World,
    view: View,
    report: Report,
    seconds_left: Callable[[], float],
) -> Outcome:
    """Decide and do it. Returns the state and the reading after it, as far as they are known.

    Records that changed between the decision and the write lead to one more decision at once.
    Raises StoreConflict when somebody else changed the decision first, StoreUnavailable.
    """
    decision = decide(view)
    report.decided(decision)
    outcome = _carried_out(world, view, decision, report, seconds_left)
    if outcome.again and outcome.state and outcome.reading:
        view = _changed(view, outcome.state, outcome.reading, world.clock.now())
        decision = decide(view)
        report.decided(decision)
        outcome = _carried_out(world, view, decision, report, seconds_left)
    return _with_incidents(world, view, decision, outcome, report)


def _changed(view: View, state: State, reading: Reading, now: float) -> View:
    """The view with what was found just before a write."""
    sure = confirmed(view.settings, state, reading, now)
    return replace(view, now=now, state=state, reading=reading, confirmed=sure)


def _carried_out(
    world: World,
    view: View,
    decision: Decision,
    report: Report,
    seconds_left: Callable[[], float],
) -> Outcome:
    if decision.action is Action.HOLD:
        return Outcome(published=False, state=view.state)
    if decision.action in (Action.PUBLISH, Action.RETRY):
        if seconds_left() < PUBLICATION_NEEDS:
            report.not_published("too little time is left in this tick; the next one does it")
            return Outcome(published=False, state=view.state)
        outcome = publish(world, view, decision)
        if outcome.published and outcome.state:
            report.published(view, outcome.state)
        else:
            report.not_published(outcome.error)
            report.perhaps_published(view, outcome.unseen)
        return outcome
    change = partial(_recorded, view, decision, world.clock.now())
    after = keep(world.store, view.service.name, view.state, change)
    if decision.action is Action.FINISH:
        report.published(view, after)
    return Outcome(published=False, state=after)


def _recorded(view: View, decision: Decision, now: float, before: State | None) -> State:
    """The next state for the actions that only change the control table."""
    if decision.action is Action.ADOPT:
        if view.reading is None or decision.cause is None:
            raise ValueError("an adoption has a reading and a cause")
        return outcomes.adopted(
            before,
            decision.targets,
            decision.cause,
            view.settings,
            view.service,
            view.reading,
            now,
            facts.of(view, decision),
        )
    if before is None:
        raise ValueError(f"there is nothing to {decision.action} yet")
    if decision.action is Action.WITHDRAW:
        return transitions.withdrawn(before, now)
    if view.reading is None:
        raise ValueError("a publication is finished by a reading")
    return outcomes.published(before, (), view.reading, now)


def _with_incidents(
    world: World, view: View, decision: Decision, outcome: Outcome, report: Report
) -> Outcome:
    """Keep which conditions last with the decision, and tell of those that begin and end."""
    state = outcome.state
    if state is None:
        if view.state is None:
            report.not_adopted(view, decision)
        else:
            report.incidents(view.state, view.state, decision)
        return replace(outcome, able=able(view, view.state))
    after_the_attempt = replace(view, state=state)
    lasting = decision.lasting
    if decision.action is not Action.HOLD:
        lasting |= held(after_the_attempt, lasting)
    balancers = view.resolution.accepted if view.resolution else None
    now, reading = world.clock.now(), outcome.reading or (view.reading if view.confirmed else None)

    def noted(before: State) -> State:
        kept = before
        if not view.outdated:  # what older settings ask for counts no more
            kept = upkeep.kept_up(before, view.settings, view.service, now)
            if reading and reading.at >= kept.served.published_at:
                kept = upkeep.completed(kept, view.service, reading)
        after = incidents.with_conditions(
            kept,
            lasting=lasting,
            now=now,
            balancers=balancers,
            seen=lambda kind: facts.of_incident(after_the_attempt, decision, kind, outcome.error),
            since=begun(after_the_attempt),
        )
        changed = after is kept and kept is not before
        return replace(kept, version=before.version + 1) if changed else after

    after = keep(world.store, view.service.name, state, noted)
    report.incidents(state, after, decision)
    return replace(outcome, state=after, able=able(view, after))
