"""Pointing a name somewhere because a person said so, right here and now.

It needs no monitor: records, votes and decision are read by the control function itself, regions
are probed where the votes are old, and the publication is the one that every round uses, with its
claim. What it does not finish, any vantage's next round does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from failover.app import settling
from failover.app.acting import PUBLICATION_NEEDS
from failover.app.control.first_hand import look
from failover.app.control.ordering import TRIES, Refused, Turn, last
from failover.app.outcome import Outcome
from failover.app.publication import publish
from failover.app.report import Report
from failover.decision import manual
from failover.decision.decision import Action, Decision
from failover.decision.guard import Ground, Guard
from failover.decision.view import View
from failover.decision.words import guards, late_refusals
from failover.errors import FailoverError, StoreConflict, StoreUnavailable
from failover.notify.commands import Order
from failover.ports import World
from failover.publication.orders import Ordered
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.settings.model import Service, Settings

LOOK_SECONDS = 10.0
"""Seconds that looking at everything may take before a publication."""

PROOF_PATIENCE = 12.0
"""Seconds for which the answer waits for Linode's name servers. They may need longer."""

ONE_MOMENT = 1.0


@dataclass(frozen=True, slots=True)
class Switched:
    """How an order to point the name somewhere ended; `view` is what it was decided from."""

    view: View
    decision: Decision
    state: State | None
    outcome: Outcome | None
    repeated: bool = False

    @property
    def lost_a_race(self) -> bool:
        """Whether what it was decided from has changed, so that it must be decided again."""
        return self.outcome is not None and self.outcome.again


def tried(world: World, settings: Settings, vantage: str, order: Order) -> Decision:
    """What an order to point the name somewhere would lead to now. Changes nothing.

    Raises Refused, with every guard that holds, and StoreUnavailable.
    """
    view = look(world, settings, vantage, order.service)
    return _allowed(view, order, manual.judged(view, order))


def _allowed(view: View, order: Order, decision: Decision | manual.Refused) -> Decision:
    """Raises Refused."""
    if isinstance(decision, manual.Refused):
        raise Refused(*(guards.said(view, guard, order) for guard in decision.held))
    return decision


def switch(
    world: World,
    settings: Settings,
    vantage: str,
    order: Order,
    seconds_left: Callable[[], float],
) -> Switched:
    """Follow an order to point a name somewhere: one decision, published at once.

    Raises Refused, with every guard that held, and StoreUnavailable.
    """
    turn = Turn(world.store, order)
    for _ in range(TRIES):
        _wait_for_claim(world, order, turn, seconds_left)
        view = look(world, settings, vantage, order.service)
        repeated = turn.look(view.state)
        if _taken_meanwhile(view) and _time_to_wait(seconds_left):
            continue
        decision = manual.judged(view, order)
        if repeated and not _goes_on(decision):
            before = Decision(view, Action.HOLD, (Guard(Ground.ORDER, text="was followed before"),))
            return Switched(view, before, view.state, None, repeated=not turn.tried)
        decision = _allowed(view, order, decision)
        if seconds_left() < PUBLICATION_NEEDS:
            raise Refused(late_refusals.time(order))
        turn.tried = True
        switched = _followed(world, view, decision, order)
        if switched.lost_a_race:
            continue
        return _told(world, switched, seconds_left)
    raise Refused(late_refusals.changed("the decision or the records", order))


def _wait_for_claim(
    world: World, order: Order, turn: Turn, seconds_left: Callable[[], float]
) -> None:
    """Let whoever publishes now come to an end, if there is time; to another person's order this
    one gives way. Raises Refused."""
    while True:
        state = world.store.read(order.service).state
        ours = turn.look(state)
        if state is None or not state.publication.claim_left(world.clock.now()):
            return
        if state.publication.cause is Cause.OPERATOR and not ours:
            first = last(world.store, order.service, state)
            raise Refused(late_refusals.another_is_followed(first, order))
        if not _time_to_wait(seconds_left):
            return  # what holds the claim tells
        world.tasks.sleep(ONE_MOMENT)


def _time_to_wait(seconds_left: Callable[[], float]) -> bool:
    return seconds_left() > PUBLICATION_NEEDS + LOOK_SECONDS


def _taken_meanwhile(view: View) -> bool:
    """Whether somebody began to publish while all this was read."""
    return view.state is not None and view.state.publication.claim_left(view.now) > 0


def _goes_on(decision: Decision | manual.Refused) -> bool:
    """Whether an order that is on record was not finished: then its repeat finishes it."""
    return isinstance(decision, Decision) and decision.action is Action.RETRY


def _followed(world: World, view: View, decision: Decision, order: Order) -> Switched:
    """Raises StoreUnavailable."""
    ordered = Ordered(order, decision.targets, world.clock.now())
    if decision.action is not Action.HOLD:
        outcome = publish(world, view, decision, ordered)
        return Switched(view, decision, outcome.state, outcome)
    assert view.state is not None
    if order.until is None:
        return Switched(view, decision, view.state, None)
    after = ordered.added(replace(view.state, version=view.state.version + 1))
    try:
        world.store.write_state(order.service, after)
    except (StoreConflict, StoreUnavailable) as error:
        lost = Outcome(published=False, error=str(error), again=True)
        return Switched(view, decision, view.state, lost)
    return Switched(view, decision, after, None)


def _told(world: World, switched: Switched, seconds_left: Callable[[], float]) -> Switched:
    """With its metrics and its lines; and after a look at where the publication has got to."""
    view, outcome, state = switched.view, switched.outcome, switched.state
    report = Report(world.telemetry, view.settings, view.service)
    report.decided(switched.decision)
    if outcome and outcome.published and state:
        report.published(view, state)
        state = _proved(world, view, state, report, seconds_left)
    elif outcome:
        report.not_published(outcome.error)
    report.finish(None, view.service)
    return replace(switched, state=state)


def _proved(
    world: World,
    view: View,
    state: State,
    report: Report,
    seconds_left: Callable[[], float],
) -> State:
    """Look for a while whether the name servers have it. The monitor's rounds look on."""
    ends = world.clock.monotonic() + PROOF_PATIENCE
    while (
        settling.unproved(state, world.clock.now())
        and world.clock.monotonic() < ends
        and seconds_left() > settling.LOOK_SECONDS + 2 * ONE_MOMENT
    ):
        world.tasks.sleep(ONE_MOMENT)
        found = _now(world, view.service, state)
        if found.publication.generation != state.publication.generation:
            break
        state = settling.look(world, view.service, view.settings.publish_allowance, found, report)
    return state


def _now(world: World, service: Service, state: State) -> State:
    """The decision as the table has it: the monitor writes there, too."""
    try:
        return world.store.read(service.name).state or state
    except FailoverError:
        return state
