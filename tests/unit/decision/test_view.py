"""What one vantage sees: which records can be made to say what is wanted."""

from failover.settings.model import Addresses, Routing
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    NEW_EAST,
    SHOP6,
    SOUTH,
    WEST,
    WEST6,
    pointing_at,
    reads,
    scene,
    shop,
)

MOVED = shop(NEW_EAST)


def test_records_can_go_on_saying_an_address_that_the_settings_do_not_give_any_more() -> None:
    view = scene("HHH", pointing_at("east"), service=MOVED, reading=reads(EAST))
    assert view.can_say({"east": EAST})
    assert not view.can_say({"east": ELSEWHERE})


def test_no_record_is_changed_to_an_address_that_the_settings_do_not_give() -> None:
    view = scene("HHH", pointing_at("east"), service=MOVED, reading=reads(WEST))
    assert not view.can_say({"east": EAST})
    assert view.can_say({"east": NEW_EAST})


def test_beside_an_old_address_a_record_can_say_one_of_the_settings() -> None:
    view = scene("HHH", pointing_at("east"), service=MOVED, reading=reads(EAST, SOUTH))
    assert view.can_say({"east": EAST, "west": WEST})


def test_both_families_have_to_be_sayable() -> None:
    view = scene("HHH", service=SHOP6, reading=reads(EAST6))
    assert view.can_say({"west": WEST6})
    old = Addresses(WEST6.ipv4, "2001:db8::99")
    assert not view.can_say({"west": old})


def test_a_name_with_one_place_has_an_address_only_where_it_has_no_other() -> None:
    both = reads(EAST, WEST)
    assert not scene("HHH", reading=both).has(EAST)
    assert scene("HHH", reading=both, service=shop(routing=Routing.MULTIVALUE)).has(EAST)
    assert scene("HHH", reading=reads(EAST)).has(EAST)
