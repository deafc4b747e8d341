"""Putting an order of a person on record: conditional on what it was decided from.

Two people at once never lose one of two orders silently: an order that comes second finds that
another one came in between, changes nothing, and says whose it was.
"""

from collections.abc import Callable

from failover.decision.words import late_refusals
from failover.decision.words.guards import Said
from failover.errors import FailoverError, StoreConflict, StoreUnavailable
from failover.notify.commands import Command, Order
from failover.notify.events import What
from failover.ports import World
from failover.publication import orders
from failover.publication.orders import LOG_OF_ALL, Gate
from failover.publication.state import State
from failover.store import Store

TRIES = 5
"""The monitor changes decisions, too, though not often: an order is tried again on top of that."""

LATELY = 20
"""Events of the history among which the last order is looked for."""


class Refused(FailoverError):
    """The order was not followed and has changed nothing. `guards` tell why, and what to do."""

    def __init__(self, *guards: Said) -> None:
        super().__init__("; ".join(guard.saw for guard in guards))
        self.guards = guards


class Turn:
    """Whether an order may still be put on record: nobody else's has come since it first looked."""

    def __init__(self, store: Store, order: Order) -> None:
        self._store = store
        self._order = order
        self._first: frozenset[str] | None = None
        self.tried = False

    def look(self, state: State | Gate | None) -> bool:
        """Look once more. True when the order is on record already, by a try of this invocation
        whose reply was lost or by an earlier one.

        Raises Refused when another order came in between.
        """
        kept = state.orders if isinstance(state, State) else state
        found = kept.commands if kept else ()
        if self._order.id in found:
            return True
        if self._first is None:
            self._first = frozenset(found)
        elif not self._first.issuperset(found):
            first = last(self._store, self._order.service, state)
            raise Refused(late_refusals.another_came_first(first, self._order))
        return False


def change(
    world: World, order: Order, changed: Callable[[State, float], State]
) -> tuple[State, bool]:
    """Put an order on record by one conditional update; the state after it, and whether this
    changed anything.

    Raises Refused, StoreUnavailable.
    """
    turn = Turn(world.store, order)
    for _ in range(TRIES):
        state = world.store.read(order.service).state
        if turn.look(state) and state:
            return state, turn.tried
        if state is None:
            raise Refused(late_refusals.undecided(order))
        after = changed(state, world.clock.now())
        if after is state:
            return state, False
        try:
            turn.tried = True
            world.store.write_state(order.service, after)
        except (StoreConflict, StoreUnavailable):
            continue  # the next look tells whether it was our own, its reply lost
        return after, True
    raise Refused(late_refusals.changed("the decision", order))


def switch_gate(
    world: World, vantage: str, order: Order, now: float
) -> tuple[Gate | None, str, bool]:
    """Set or end the global stop switch; it, what was done, and whether this changed anything.

    Raises Refused, StoreUnavailable.
    """
    turn = Turn(world.store, order)
    said = f"{order.command} of everything was ordered before"
    for _ in range(TRIES):
        standing = world.store.standing(vantage)
        gate = standing.gate
        if turn.look(gate):
            _keep(world, gate)
            return gate, said, turn.tried
        if order.command is Command.PAUSE:
            after, said = orders.stopped(gate, order, now)
        elif gate and (standing.broken or orders.in_force(gate, now)):
            after, said = orders.started(gate, order, now)
        else:
            return gate, "nothing to resume: the global stop switch is not set", False
        try:
            turn.tried = True
            world.store.write_gate(after)
        except (StoreConflict, StoreUnavailable):
            continue
        _keep(world, gate, after)
        return after, said, True
    raise Refused(late_refusals.changed("the stop switch", order))


def would_change(store: Store, order: Order, changed: Callable[[State], State]) -> bool:
    """Whether an order would change anything now. Raises Refused, StoreUnavailable."""
    state = store.read(order.service).state
    if state is None:
        raise Refused(late_refusals.undecided(order))
    return changed(state) is not state


def gate_would_change(store: Store, vantage: str, order: Order, now: float) -> bool:
    """Whether an order about everything would change anything now. Raises StoreUnavailable."""
    standing = store.standing(vantage)
    set_now = standing.broken or (standing.gate and orders.in_force(standing.gate, now))
    return order.command is Command.PAUSE or bool(set_now)


def _keep(world: World, *gates: Gate | None) -> None:
    """Write into the history what these switches tell of their last orders. Once more does no harm,
    and whoever wrote one may have died before this."""
    for gate in gates:
        if gate and gate.told:
            world.store.record(LOG_OF_ALL, gate.told)


def last(store: Store, service: str, state: State | Gate | None) -> str:
    """Whose the last order was, and what. Raises StoreUnavailable."""
    if isinstance(state, Gate):
        return f"{state.by} ({state.reason})"
    waiting = reversed(state.notices.pending) if state else ()
    for event in (*waiting, *store.history(service, LATELY)):
        if event.what == What.ORDER:
            return f"{event.by} ordered {event.text('said', 'something')}"
    return "the history tells which"
