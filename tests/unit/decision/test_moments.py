"""A wait of so many seconds is over when they have passed, not a second earlier or later."""

from dataclasses import replace

import pytest

from failover.decision import evidence, hold_rules, record_conditions
from failover.decision.guard import Guard
from failover.decision.hold_rules import MIXED_SECONDS, Change
from failover.decision.record_conditions import PUBLICATION_SECONDS
from failover.health import cadence
from failover.notify.kinds import RAISED_AFTER, Kind
from failover.publication.parts import ANNOUNCEMENT_SECONDS, Cause, Phase
from failover.publication.proof import due
from failover.settings.model import Data, Failback
from failover.staleness.replication import Freshness
from failover.zone.failing import Failing
from tests.support.builders import (
    EAST,
    EAST6,
    NOW,
    SHOP6,
    WEST,
    ballot,
    having,
    moving,
    pointing_at,
    reading,
    reads,
    record,
    scene,
    settings_of,
    shop,
    unhealthy_for,
    votes,
)

SETTINGS = settings_of()


def left(guard: Guard | None) -> float:
    """Seconds for which a guard still holds."""
    return (guard.left or 0.0) if guard else 0.0


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1.0])
class TestAHoldLasts:
    """It says for how much longer, and nothing once no time is left."""

    def test_while_a_refused_record_is_not_tried_again(self, seconds: float) -> None:
        state = pointing_at("east", create_not_before=NOW + seconds)
        found = hold_rules.creation(scene("HHH", state, reading=reading()), Change())
        assert (left(found), found is not None) == (max(0.0, seconds), seconds > 0)

    def test_while_somebody_may_be_changing_the_records(self, seconds: float) -> None:
        view = scene("HHH", reading=reads(EAST, WEST, since=NOW - MIXED_SECONDS + seconds))
        found = hold_rules.mixed(view, Change())
        assert (left(found), found is not None) == (max(0.0, seconds), seconds > 0)

    def test_while_stale_data_is_waited_for(self, seconds: float) -> None:
        data = Data(table="orders", max_age=60.0, accept_stale_after=300.0)
        view = scene(
            "UHH",
            service=shop(data=data),
            since=unhealthy_for(300.0 - seconds),
            freshness={"us-west-2": Freshness.STALE},
        )
        found = hold_rules.data(view, Change({"west": WEST}, {"east": EAST}))
        assert (left(found), found is not None) == (max(0.0, seconds), seconds > 0)

    def test_while_a_region_is_not_healthy_for_long_enough_to_return(self, seconds: float) -> None:
        service = shop(failback=Failback.AUTOMATIC, failback_after=600.0)
        state = pointing_at("west", moved_by=Cause.UNHEALTHY)
        view = scene("HHH", state, service=service, since=NOW - 600.0 + seconds)
        found = hold_rules.failback(view, Change({"east": EAST}))
        assert (left(found), found is not None) == (max(0.0, seconds), seconds > 0)


def test_a_change_that_has_not_succeeded_for_a_minute_is_an_incident() -> None:
    for age, fails in [(PUBLICATION_SECONDS - 1, False), (PUBLICATION_SECONDS, True)]:
        state = moving("east", "west", unfinished_since=NOW - age)
        assert record_conditions.failing_to_publish(scene("HHH", state)) is fails


def test_a_change_is_late_after_the_time_that_was_promised() -> None:
    state = pointing_at("east", phase=Phase.PUBLISHED, published_at=NOW)
    assert due(state, 60.0) == NOW + 90.0


def test_records_that_nobody_could_read_for_so_long_are_an_incident() -> None:
    after = RAISED_AFTER[Kind.RECORDS_UNREAD]
    for age, long in [(after - 1, False), (after, True)]:
        unread = ballot(votes("HHH"), unread=Failing(NOW - age, "Unauthorized"))
        view = scene("HHH", None, ballots=(unread,))
        assert record_conditions.unread_for_long(view) is long


def test_a_reading_stands_for_as_long_as_lists_may_be_old_and_a_while_longer() -> None:
    oldest = evidence.STANDS + cadence.reading_age(SETTINGS, 1)
    for age, stands in [(oldest, True), (oldest + 1, False)]:
        found = replace(reads(EAST), at=0.0)
        assert evidence.confirmed(SETTINGS, pointing_at("east"), found, age) is stands


def test_a_record_may_be_added_once_its_time_has_come() -> None:
    half = replace(reading(record("A", EAST6.ipv4, 101)), listed_at=NOW)
    for at, may in [(NOW, True), (NOW + 1, False)]:
        state = having(pointing_at("east", SHOP6), create_not_before=at)
        assert bool(evidence.addable(SETTINGS, state, half, NOW)) is may


def test_what_is_missing_is_missing_for_long_once_no_request_can_be_in_flight() -> None:
    for age, long in [(ANNOUNCEMENT_SECONDS - 1, False), (ANNOUNCEMENT_SECONDS, True)]:
        assert evidence.missing_for_long(reads(EAST, since=NOW - age), NOW) is long
