"""Whatever state there is and whatever people order: no order is lost, none acts twice."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from failover.adapters.aws.items import from_item, to_item
from failover.notify.commands import Command, Order
from failover.publication import orders, outcomes, transitions
from failover.publication.orders import Gate, Ordered
from failover.publication.parts import Cause, Pin, Stop
from failover.publication.state import State
from failover.settings.model import Routing
from tests.support.builders import (
    EAST,
    NOW,
    SOUTH,
    WEST,
    claim,
    pointing_at,
    reads,
    settings_of,
    shop,
)

PLACES = {"east": EAST, "west": WEST, "south": SOUTH}
names = st.sampled_from(sorted(PLACES))
people = st.sampled_from(["ana", "bob"])
ends = st.floats(NOW - 100, NOW + 72 * 3600)
stops = st.none() | st.builds(Stop, ends, people, st.just("why"))


@st.composite
def states(draw: Any) -> State:
    return pointing_at(
        draw(names),
        pin=draw(st.none() | st.builds(Pin, names, ends, people, st.just("why"))),
        pause=draw(stops),
        excluded_until=draw(st.dictionaries(names, ends)),
        commands=tuple(draw(st.lists(st.uuids().map(str), max_size=20))),
    )


@st.composite
def asked(draw: Any, *commands: Command) -> Order:
    return Order(
        command=draw(st.sampled_from(commands or tuple(orders_of_state))),
        id=draw(st.uuids().map(str)),
        service="shop",
        by=draw(people),
        reason="why",
        region=draw(names),
        until=draw(st.floats(NOW + 60, NOW + 72 * 3600)),
    )


orders_of_state = {
    Command.RELEASE: orders.released,
    Command.PAUSE: orders.paused,
    Command.RESUME: orders.resumed,
}


@given(states(), st.lists(asked(), max_size=30))
def test_an_order_that_changes_anything_is_on_record_in_the_very_next_version(
    state: State, given_orders: list[Order]
) -> None:
    for order in given_orders:
        after = orders_of_state[order.command](state, order, NOW)
        if after is state:
            continue
        assert after.version == state.version + 1
        assert after.orders.commands == (*state.orders.commands, order.id)[-20:]
        assert after.notices.pending[:-1] == state.notices.pending
        event = after.notices.pending[-1]
        assert (event.id, event.by, event.facts["reason"]) == (order.id, order.by, order.reason)
        assert (after.publication.targets, after.publication.generation) == (
            state.publication.targets,
            state.publication.generation,
        )
        assert from_item(State, to_item(after)) == after
        state = after


@given(states(), asked(Command.PAUSE), asked(Command.RESUME))
def test_resuming_ends_every_pause(state: State, pause: Order, resume: Order) -> None:
    paused = orders.paused(state, pause, NOW)
    assert orders.in_force(paused.orders.pause, NOW)
    assert orders.resumed(paused, resume, NOW).orders.pause is None


@given(states(), asked(Command.RELEASE))
def test_releasing_leaves_nothing_forced_and_moves_nobody(state: State, order: Order) -> None:
    after = orders.released(state, order, NOW)
    assert after.orders.pinned(NOW) is None
    assert not after.orders.excluded(NOW)
    assert after.served.active == state.served.active


@given(states(), asked(Command.PIN, Command.FAILOVER, Command.TAKEOVER), st.booleans())
def test_an_order_that_rides_on_a_decision_is_on_record_with_it_and_once(
    state: State, order: Order, ends_some_day: bool
) -> None:
    order = order if ends_some_day else replace(order, until=None)
    targets = {str(order.region): PLACES[str(order.region)]}
    ordered = Ordered(order, targets, NOW)
    service = shop()
    claimed = transitions.claimed(
        state, targets, Cause.OPERATOR, settings_of(service), service, claim(), NOW
    )
    after = ordered.added(claimed)
    assert after.version == state.version + 1
    assert after.orders.commands[-1] == after.notices.pending[-1].id == order.id
    assert order.region not in after.orders.excluded_until
    if ends_some_day:
        assert after.orders.pin == Pin(
            str(order.region), order.until or 0.0, order.by, order.reason
        )
    else:
        assert after.orders.pin == state.orders.pin
    assert ordered.added(after) is after
    assert from_item(State, to_item(after)) == after

    back = ordered.removed(state, transitions.given_back(state, after))
    if len(state.orders.commands) < 20:
        assert back.orders.commands == state.orders.commands
    assert (back.orders.pin, back.orders.excluded_until) == (
        state.orders.pin,
        state.orders.excluded_until,
    )
    assert back.notices.pending == state.notices.pending
    assert order.id not in back.orders.commands


@given(states(), asked(Command.PIN))
def test_giving_back_keeps_what_others_ordered_meanwhile(state: State, order: Order) -> None:
    ordered = Ordered(order, {str(order.region): PLACES[str(order.region)]}, NOW)
    other = replace(order, id="other", command=Command.RELEASE)
    both = orders.released(ordered.added(replace(state, version=2)), other, NOW)
    back = ordered.removed(state, both)
    assert back.orders.pin is None
    assert back.orders.commands[-1] == "other"
    assert [event.id for event in back.notices.pending] == ["other"]


@given(states(), names)
def test_an_adoption_keeps_what_is_known_of_orders(state: State, name: str) -> None:
    service = shop(routing=Routing.MULTIVALUE)
    here = {name: PLACES[name]}
    found = reads(PLACES[name])
    after = outcomes.adopted(state, here, Cause.EXTERNAL, settings_of(service), service, found, NOW)
    assert after.orders.commands == state.orders.commands
    assert from_item(State, to_item(after)) == after


@given(st.lists(asked(Command.PAUSE, Command.RESUME), max_size=30))
def test_the_stop_switch_counts_its_versions_and_knows_the_last_orders(
    given_orders: list[Order],
) -> None:
    gate: Gate | None = None
    for order in given_orders:
        version = gate.version if gate else 0
        if order.command is Command.PAUSE:
            gate, _ = orders.stopped(gate, order, NOW)
        elif gate and orders.in_force(gate, NOW):
            gate, _ = orders.started(gate, order, NOW)
        else:
            assert not orders.in_force(gate, NOW)
            continue
        assert gate.version == version + 1
        assert gate.commands[-1] == order.id
        assert orders.in_force(gate, NOW) is (order.command is Command.PAUSE)
        assert from_item(Gate, to_item(gate)) == gate
