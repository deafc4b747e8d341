"""An order that rides on a decision, and is taken back with it."""

from dataclasses import replace

from failover.notify.commands import Command, Order
from failover.notify.events import as_time
from failover.publication.orders import Ordered, in_force, said_of, started, stopped
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
