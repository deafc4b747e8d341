"""An order that rides on a decision, and is taken back with it."""

from failover.notify.commands import Command, Order
from failover.publication.orders import Ordered
from tests.support.builders import HOUR, NOW, WEST, having, pin, pointing_at

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
