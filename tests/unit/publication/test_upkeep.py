"""What follows from the settings and from time, whatever is decided."""

import pytest

from failover.publication.parts import Phase
from failover.publication.upkeep import completed, kept_up, not_added
from failover.settings.model import Routing
from failover.zone.failing import Failing
from tests.support.builders import (
    EAST,
    EAST6,
    NOW,
    SHOP,
    SHOP6,
    SOUTH,
    WEST,
    having,
    pointing_at,
    reading,
    reads,
    record,
    settings_of,
    shop,
)

SEVERAL = shop(routing=Routing.MULTIVALUE)
ALL = {"east": EAST, "west": WEST, "south": SOUTH}
LACKING = pointing_at(
    "east", create_not_before=NOW, create_refused=Failing(NOW, "403"), digest="one"
)


def test_the_newest_settings_are_remembered_and_older_ones_are_not() -> None:
    before = having(pointing_at("east"), digest="two", digest_revision=2)
    newer = kept_up(before, settings_of(revision=3, digest="three"), SHOP, NOW)
    assert (newer.followed.digest, newer.followed.digest_revision) == ("three", 3)
    assert kept_up(before, settings_of(revision=2, digest="another"), SHOP, NOW) is before
    assert kept_up(before, settings_of(revision=1, digest="one"), SHOP, NOW) is before


def test_an_exclusion_ends_with_its_time_and_with_its_region() -> None:
    out = {"east": NOW, "west": NOW + 1, "north": NOW + 1}
    before = having(pointing_at("east"), excluded_until=out, digest="one", digest_revision=1)
    after = kept_up(before, settings_of(SEVERAL), SEVERAL, NOW)
    assert after.orders.excluded_until == {"west": NOW + 1}
    assert before.orders.excluded(NOW) == {"west", "north"}


def test_an_exclusion_ends_with_the_routing() -> None:
    out = {"west": NOW + 1}
    before = having(pointing_at("east"), excluded_until=out, digest="one", digest_revision=1)
    assert kept_up(before, settings_of(SEVERAL), SEVERAL, NOW) is before
    assert kept_up(before, settings_of(), SHOP, NOW).orders.excluded_until == {}


def test_what_cannot_be_added_waits_for_the_latest_time_and_remembers_the_refusal() -> None:
    first = not_added(pointing_at("east"), NOW + 60, "403", NOW)
    assert (first.limits.create_not_before, first.limits.create_refused) == (
        NOW + 60,
        Failing(NOW, "403"),
    )
    again = not_added(first, NOW + 30, "403 again", NOW + 10)
    assert (again.limits.create_not_before, again.limits.create_refused) == (
        NOW + 60,
        Failing(NOW, "403 again", 2),
    )
    listed = not_added(again, NOW + 90, "", NOW + 20)
    assert (listed.limits.create_not_before, listed.limits.create_refused) == (
        NOW + 90,
        again.limits.create_refused,
    )


def test_once_the_records_are_there_nothing_has_to_be_added() -> None:
    after = completed(LACKING, SHOP, reads(EAST))
    assert (after.limits.create_not_before, after.limits.create_refused) == (0.0, None)


@pytest.mark.parametrize(
    "state",
    [pointing_at("east"), having(LACKING, phase=Phase.PUBLISHING)],
    ids=["nothing was missing", "a change is under way"],
)
def test_otherwise_it_stays_what_it_is(state) -> None:
    assert completed(state, SHOP, reads(EAST)) is state


def test_a_record_is_missing_until_every_family_has_one() -> None:
    state = having(LACKING, targets={"east": EAST6})
    assert completed(state, SHOP6, reading(record("A", EAST6.ipv4, 101))) is state
    assert completed(state, SHOP6, reads(EAST6)) is not state


def test_with_several_regions_each_has_a_record_but_those_that_are_out() -> None:
    state = having(LACKING, targets={"east": EAST, "west": WEST})
    two = reads(EAST, WEST)
    assert completed(state, SEVERAL, two) is state
    out = having(state, excluded_until={"south": NOW + 60})
    assert completed(out, SEVERAL, two) is not out
    assert completed(having(LACKING, targets=ALL), SEVERAL, reads(*ALL.values())).limits == (
        pointing_at("east").limits
    )
