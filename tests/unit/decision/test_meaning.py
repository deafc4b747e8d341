"""What records mean beside the decision."""

from failover.decision.meaning import Says, differs, fulfilled, meaning
from failover.settings.model import Routing
from tests.support.builders import (
    EAST,
    EAST6,
    NOW,
    SHOP6,
    WEST,
    WEST6,
    pointing_at,
    reading,
    reads,
    record,
    saying,
    scene,
    shop,
)

SEVERAL6 = shop(*(region.addresses for region in SHOP6.regions), routing=Routing.MULTIVALUE)


def test_without_a_decision_every_record_differs() -> None:
    assert differs(None, reads(EAST))


def test_a_reading_from_before_the_publication_says_nothing_about_it() -> None:
    state = pointing_at("west", published_at=NOW)
    assert not differs(state, reads(EAST, at=NOW))
    assert differs(state, reads(EAST, at=NOW + 1))


def test_a_region_whose_second_record_is_missing_is_pointed_at_all_the_same() -> None:
    found = reading(
        record("A", EAST6.ipv4, 101),
        record("A", WEST6.ipv4, 102),
        record("AAAA", EAST6.ipv6 or "", 201),
    )
    said = meaning(scene("HHH", service=SEVERAL6), found)
    assert (said.says, said.regions) == (Says.OURS, {"east": EAST6, "west": WEST6})


def test_families_that_name_different_regions_are_a_mixture() -> None:
    found = reading(record("A", EAST6.ipv4, 101), record("AAAA", WEST6.ipv6 or "", 201))
    assert meaning(scene("HHH", service=SEVERAL6), found).says is Says.MIXED


def test_a_family_without_records_names_nobody_else() -> None:
    for one in (record("A", EAST6.ipv4, 101), record("AAAA", EAST6.ipv6 or "", 201)):
        said = meaning(scene("HHH", service=SHOP6), reading(one))
        assert (said.says, said.regions) == (Says.OURS, {"east": EAST6})


def test_of_two_pairs_with_one_address_in_common_the_whole_one_is_meant() -> None:
    """The settings had no IPv6 address of east when its decision was made."""
    view = scene("HHH", pointing_at("east", active={"east": EAST}), service=SHOP6)
    said = meaning(view, reads(EAST6))
    assert (said.says, said.regions) == (Says.OURS, {"east": EAST6})


def test_with_one_place_two_regions_are_a_mixture() -> None:
    assert meaning(scene("HHH"), reads(EAST, WEST)).says is Says.MIXED
    assert meaning(scene("HHH"), reading()).says is Says.EMPTY


def test_an_ipv6_record_of_ours_that_is_not_managed_any_more_changes_no_answer() -> None:
    state = pointing_at("east", accepted={"east": EAST6})
    assert fulfilled(state, reads(EAST6))
    assert not fulfilled(state, reading(*saying(EAST), record("AAAA", "2001:db8::99", 201)))


def test_where_both_families_are_managed_both_have_to_say_what_was_decided() -> None:
    state = pointing_at("east", SHOP6)
    assert fulfilled(state, reads(EAST6))
    assert not fulfilled(state, reads(EAST))
    assert not fulfilled(state, reading(*saying(EAST), *saying(WEST6)[1:]))
