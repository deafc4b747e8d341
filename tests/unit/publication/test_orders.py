"""An order that rides on a decision, and is taken back with it."""

from dataclasses import replace

from failover.notify.commands import Command, Order
from failover.notify.events import as_time
from failover.publication.orders import (
    KEPT,
    Ordered,
    in_force,
    paused,
    released,
    resumed,
    said_of,
    started,
    stopped,
)
from failover.publication.parts import Stop
from tests.support.builders import HOUR, NOW, WEST, gate, having, pin, pointing_at

ORDER = Order(Command.FAILOVER, "id", "shop", "ana", "why", region="west", until=NOW + HOUR)
ORDERED = Ordered(ORDER, {"west": WEST}, NOW)


def test_an_order_that_is_taken_back_takes_its_pin_with_it() -> None:
    before = pointing_at("east")
    after = ORDERED.added(before)
    assert after.orders.pin
    taken_back = ORDERED.removed(before, after)
    assert (taken_back.orders.pin, taken_back.orders.commands, taken_back.notices.pending) == (
        None,
        (),
        (),
    )


def test_a_pin_that_came_meanwhile_stays() -> None:
    before = pointing_at("east")
    later = having(ORDERED.added(before), pin=pin("south"))
    taken_back = ORDERED.removed(before, later)
    assert (taken_back.orders.pin, taken_back.orders.commands) == (pin("south"), ())


def test_an_order_says_where_to_until_when_and_whether_by_force() -> None:
    until = as_time(NOW + HOUR)
    assert said_of(ORDER, {"west": WEST}) == f"failover to west, pinned until {until}"
    forced = replace(ORDER, until=None, force=True)
    assert said_of(forced, {"west": WEST}) == "failover to west, forced"


PAUSE = Order(Command.PAUSE, "id-2", "*", "ana", "why", until=NOW + HOUR)


def test_the_first_stop_of_everything_has_the_first_version_and_its_entry() -> None:
    set_, said = stopped(None, PAUSE, NOW)
    assert said == f"paused everything until {as_time(NOW + HOUR)}"
    assert (set_.until, set_.by, set_.reason, set_.version) == (NOW + HOUR, "ana", "why", 1)
    assert set_.commands == ("id-2",)
    assert set_.told
    assert set_.told.facts["said"] == said


def test_a_stop_says_what_was_in_force_before_it() -> None:
    set_, said = stopped(gate(NOW + 60.0), PAUSE, NOW)
    before = f"(before: until {as_time(NOW + 60.0)}, by ana: maintenance)"
    assert said == f"paused everything until {as_time(NOW + HOUR)} {before}"
    assert set_.version == 2
    assert stopped(gate(NOW), PAUSE, NOW)[1] == f"paused everything until {as_time(NOW + HOUR)}"


def test_the_end_of_a_stop_says_what_it_ends() -> None:
    ended, said = started(gate(NOW + 60.0), PAUSE, NOW)
    assert said == (
        f"resumed everything (before: until {as_time(NOW + 60.0)}, by ana: maintenance)"
    )
    assert not in_force(ended, NOW)


def test_an_order_brings_its_region_back_and_no_other_one() -> None:
    before = having(pointing_at("east"), excluded_until={"west": NOW + HOUR, "south": NOW + HOUR})
    assert ORDERED.added(before).orders.excluded_until == {"south": NOW + HOUR}


def test_an_order_that_is_on_record_changes_nothing_more() -> None:
    once = ORDERED.added(pointing_at("east"))
    assert ORDERED.added(once) is once


def test_a_release_says_what_it_ends_and_leaves_nothing() -> None:
    before = having(
        pointing_at("east", pin=pin("west")),
        excluded_until={"west": NOW + HOUR, "south": NOW + 1, "east": NOW},
    )
    order = replace(ORDER, command=Command.RELEASE, region=None, until=None)
    after = released(before, order, NOW)
    assert (after.orders.pin, after.orders.excluded_until) == (None, {})
    assert after.version == before.version + 1
    assert after.notices.pending[-1].facts["said"] == (
        f"released the pin on west that ana set until {as_time(NOW + HOUR)}"
        " and south, west, which had been taken out"
    )
    ended = having(pointing_at("east", pin=pin("west", until=NOW)), excluded_until={"west": NOW})
    assert released(ended, order, NOW) is ended


def test_a_pause_and_its_end_are_a_version_each() -> None:
    before = pointing_at("east")
    set_ = paused(before, PAUSE, NOW)
    assert set_.orders.pause == Stop(NOW + HOUR, "ana", "why")
    assert set_.version == before.version + 1
    ended = resumed(set_, PAUSE, NOW + 1)
    assert (ended.orders.pause, ended.version) == (None, before.version + 2)
    assert resumed(set_, PAUSE, NOW + HOUR) is set_


def test_only_the_last_orders_are_remembered() -> None:
    state = pointing_at("east")
    for number in range(KEPT + 2):
        state = paused(state, replace(PAUSE, id=str(number)), NOW)
    assert state.orders.commands == tuple(str(n) for n in range(2, KEPT + 2))
