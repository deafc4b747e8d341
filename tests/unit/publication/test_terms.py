"""What the settings ask for, as a decision remembers it."""

from failover.publication.terms import followed, gives
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    SHOP,
    SHOP6,
    SOUTH,
    WEST,
    pointing_at,
    settings_of,
)

ALL = {"east": EAST, "west": WEST, "south": SOUTH}


def test_the_settings_give_some_or_all_of_their_regions_and_nothing_else() -> None:
    assert gives({"west": WEST}, SHOP)
    assert gives(ALL, SHOP)
    assert not gives({"west": ELSEWHERE}, SHOP)
    assert not gives({**ALL, "north": ELSEWHERE}, SHOP)


def test_the_first_decision_remembers_the_settings_that_it_was_made_by() -> None:
    found = followed(None, settings_of(revision=3, digest="three"), SHOP)
    assert (found.accepted, found.digest, found.digest_revision) == (ALL, "three", 3)


def test_an_ipv6_address_that_the_settings_do_not_name_any_more_is_remembered() -> None:
    before = pointing_at("east", SHOP6, digest="one", digest_revision=1)
    found = followed(before, settings_of(revision=2, digest="two"), SHOP)
    assert found.accepted["east"] == EAST6
    assert (found.digest, found.digest_revision) == ("one", 1)
    assert followed(pointing_at("east"), settings_of(SHOP6), SHOP6).accepted["east"] == EAST6
