"""Two people order at once: each order is either followed and on record, or refused and told so."""

import itertools
from typing import Any

import pytest

from failover.app.control.ordering import last
from failover.health.probe import Reason
from failover.publication.orders import LOG_OF_ALL
from failover.publication.parts import Phase
from tests.support.builders import having
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, WEST

ORDERS = {
    "failover": ordered("failover", region="west"),
    "pin": ordered("pin", region="west", until="1h"),
    "stay": ordered("pin", region="east", until="2h"),
    "pause": ordered("pause", until="1h"),
    "resume": ordered("resume"),
    "stop": {**ordered("pause", until="1h"), "service": "*"},
    "start": {**ordered("resume"), "service": "*"},
}
APART = [step / 100 + 0.005 for step in range(-70, 70)]
"""Seconds between the two: each lands between two calls of the other's to any port, as those take
10 ms or a multiple, and the longest order writes for 0.6 s."""


def both(desk: Desk, first: dict[str, object], second: dict[str, object], apart: float) -> Any:
    """Both orders, the second so many seconds after the first; and their answers."""
    answers: dict[str, dict[str, Any]] = {}
    begin = desk.hub.time + 1.0

    def send(by: str, event: dict[str, object]) -> None:
        answers[by] = desk.ask({**event, "by": by})

    desk.hub.at(begin, lambda: send("ana", first))
    desk.hub.at(begin + apart, lambda: send("bob", second))
    desk.hub.run(lambda: desk.hub.sleep(60.0))
    return answers


def on_record(desk: Desk) -> list[str | None]:
    """Whose orders are on record, in their order."""
    events = [e for e in desk.state.notices.pending if e.what == "order"]
    events += desk.store.log.get(LOG_OF_ALL, {}).values()
    return [e.by for e in sorted(events, key=lambda e: e.at)]


@pytest.mark.parametrize(
    "distances", [APART[::3], pytest.param(APART, marks=pytest.mark.long)], ids=["some", "all"]
)
@pytest.mark.parametrize(("one", "two"), list(itertools.combinations_with_replacement(ORDERS, 2)))
def test_no_order_is_lost_in_silence(one: str, two: str, distances: list[float]) -> None:
    """At every distance in time between the two; `make test` takes every third."""
    seen, calm = set(), at_desk()
    for apart in distances:
        desk = calm.twin()
        desk.witness.rendered_after = desk.witness.served_after = 0.0
        answers = both(desk, ORDERS[one], ORDERS[two], apart)
        followed = [by for by, said in sorted(answers.items()) if said.get("changed")]
        assert sorted(map(str, on_record(desk))) == followed, apart
        for said in answers.values():
            assert said.get("changed") or said.get("refused") or "nothing" in text(said), apart
        assert desk.state.publication.phase is not Phase.PUBLISHING
        assert desk.dns.addresses() == [a.ipv4 for a in desk.state.served.active.values()]
        pin = desk.state.orders.pin
        if pin:
            assert list(desk.state.served.active) == [pin.region], "a pin is published at once"
            assert pin.by == [by for by in on_record(desk) if _pins(by, one, two)][-1]
        seen.add(tuple(bool(said.get("refused")) for _, said in sorted(answers.items())))
    if {"pin", "stay"} == {one, two}:
        assert len(seen) > 1, "never did one come in between the other's reading and its writing"


def _pins(by: str | None, one: str, two: str) -> bool:
    return (one if by == "ana" else two) in ("pin", "stay")


def test_who_comes_in_between_reading_and_writing_is_told_of_to_the_second() -> None:
    answers = both(at_desk(), ORDERS["pause"], ORDERS["pause"], 0.005)
    assert answers["ana"]["changed"]
    assert "another order came first: ana ordered paused until" in text(answers["bob"])
    assert 'event: {"command": "pause", "service": "shop"' in text(answers["bob"])


def test_of_two_that_set_the_stop_switch_the_second_is_told_of_the_first() -> None:
    answers = both(at_desk(), ORDERS["stop"], ORDERS["stop"], 0.005)
    assert answers["ana"]["changed"]
    assert "another order came first: ana (a test)" in text(answers["bob"])


def test_an_order_that_meets_another_ones_publication_gives_way_at_once() -> None:
    desk = at_desk()
    desk.dns.on_write = lambda: desk.hub.sleep(6.0)
    answers = both(desk, ORDERS["pin"], ORDERS["stay"], 3.0)
    assert desk.puts == [WEST.ipv4]
    assert answers["ana"]["changed"]
    assert "another order is being followed right now: ana ordered pin to west" in text(
        answers["bob"]
    )
    assert '{"command": "pin", "service": "shop", "region": "east"' in text(answers["bob"])


def test_an_order_and_the_monitor_at_once() -> None:
    """The active region dies, and in the moment of the switch a person pins it, at every distance
    from the monitor's decision."""
    calm = at_desk()
    moved = {_pinned_while_it_switches(calm.twin(), step / 100) for step in range(-20, 120)}
    assert moved == {True, False}, "the order came before the switch, and after it"


def _pinned_while_it_switches(desk: Desk, apart: float) -> bool:
    """Whether the monitor moved the name before the order moved it back."""
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    answers: list[dict[str, Any]] = []
    switched = desk.hub.time + 10.0 + apart
    desk.hub.at(
        switched, lambda: answers.append(desk.ask(ordered("pin", region="east", until="1h")))
    )
    desk.run(100)
    assert answers[0].get("changed"), text(answers[0])
    assert desk.dns.addresses() == [EAST.ipv4]
    assert desk.puts in ([], [WEST.ipv4, EAST.ipv4])
    return bool(desk.puts)


def test_who_came_first_is_found_in_the_history_too() -> None:
    """The monitor may have told of the first order before the second one is refused."""
    desk = at_desk()
    desk.send({**ORDERS["pause"], "by": "ana"})
    state = desk.state
    for event in state.notices.pending:
        desk.hub.run(lambda event=event: desk.world.store.record("shop", event))
    found = desk.hub.run(lambda: last(desk.world.store, "shop", having(state, pending=())))
    assert found.startswith("ana ordered paused until")
