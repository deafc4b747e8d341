"""Rule 4: settings of a higher revision that ask for another address, TTL or set of regions."""

from dataclasses import replace

import pytest

from failover.decision.decision import Action
from failover.health.tally import Vote
from failover.publication.outcomes import adopted, published
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.publication.transitions import claimed, withdrawn
from failover.settings.model import Addresses, Mode, Service
from failover.staleness.replication import Freshness
from failover.zone.plan import plan
from failover.zone.records import Answer
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    NEW_EAST,
    NOW,
    SHOP,
    SHOP6,
    WEST,
    ballot,
    claim,
    decided,
    having,
    names,
    pin,
    pointing_at,
    reading,
    reads,
    record,
    settings_of,
    shop,
    tally,
    told,
    votes,
)

MOVED = shop(NEW_EAST)
SLOWER = shop(ttl=300)
AT_EAST = pointing_at("east")


def test_a_new_address_of_the_active_region_is_published_when_it_is_healthy() -> None:
    decision = decided("HHH", AT_EAST, service=MOVED, revision=2)
    assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.SETTINGS)
    assert decision.targets == {"east": NEW_EAST}


@pytest.mark.parametrize("letter", ["U", "?", "."])
def test_it_is_not_published_before_it_is_healthy(letter: str) -> None:
    decision = decided(f"{letter}HH", AT_EAST, service=MOVED, revision=2)
    assert decision.action is Action.HOLD
    assert "published once it is healthy" in told(decision)


@pytest.mark.parametrize("revision", [0, 1])
def test_an_equal_or_lower_revision_changes_nothing(revision: int) -> None:
    for service in (MOVED, SLOWER, shop(regions=SHOP.regions[1:])):
        assert decided("HHH", AT_EAST, service=service, revision=revision).action is Action.HOLD


def test_a_higher_revision_that_asks_for_the_same_changes_nothing() -> None:
    assert decided("HHH", AT_EAST, revision=9).action is Action.HOLD


def test_a_new_address_of_another_region_changes_nothing_now() -> None:
    service = shop(EAST, Addresses("192.0.2.12"))
    assert decided("HHH", AT_EAST, service=service, revision=2).action is Action.HOLD


def test_a_new_ttl_is_published() -> None:
    decision = decided("HHH", AT_EAST, service=SLOWER, revision=2)
    assert (decision.cause, decision.targets) == (Cause.SETTINGS, {"east": EAST})


def test_a_new_ttl_does_not_come_before_leaving_a_dead_region() -> None:
    decision = decided("UHH", AT_EAST, service=SLOWER, revision=2)
    assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["west"])


def test_a_new_ttl_waits_for_the_new_address_that_came_with_it() -> None:
    """Published alone it would say that the whole change of the settings had been followed."""
    both = shop(NEW_EAST, ttl=300)
    assert decided("?HH", AT_EAST, service=both, revision=2).action is Action.HOLD
    assert decided("HHH", AT_EAST, service=both, revision=2).targets == {"east": NEW_EAST}


def test_a_dead_region_is_left_while_its_new_address_is_not_healthy_yet() -> None:
    """The name still points at the old address, which is dead."""
    cast = {**votes("UHH", MOVED), EAST.ipv4: tally(Vote.UNHEALTHY)}
    decision = decided(
        state=AT_EAST, service=MOVED, revision=2, ballots=(ballot(cast, revision=2),)
    )
    assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["west"])


def test_ipv6_that_is_added_is_published() -> None:
    service = shop(EAST6)
    decision = decided("HHH", AT_EAST, service=service, revision=2)
    assert (decision.cause, decision.targets) == (Cause.SETTINGS, {"east": EAST6})


def test_a_removed_active_region_gives_its_place_to_the_first_healthy_one() -> None:
    rest = shop(regions=SHOP.regions[1:])
    for letters, name in [("HH", "west"), ("UH", "south")]:
        decision = decided(letters, AT_EAST, service=rest, revision=2)
        assert (decision.cause, names(decision)) == (Cause.SETTINGS, [name])


def test_a_removed_active_region_keeps_the_name_while_no_other_is_healthy() -> None:
    rest = shop(regions=SHOP.regions[1:])
    for letters in ("UU", "??", ".."):
        assert decided(letters, AT_EAST, service=rest, revision=2).action is Action.HOLD


def test_a_removed_active_region_without_a_raised_revision_stays_until_it_dies() -> None:
    rest = shop(regions=SHOP.regions[1:])
    assert decided("HH", AT_EAST, service=rest).action is Action.HOLD


def test_a_pin_does_not_keep_the_pinned_region_from_its_new_address() -> None:
    state = having(AT_EAST, pin=pin("east"))
    decision = decided("HHH", state, service=MOVED, revision=2)
    assert decision.targets == {"east": NEW_EAST}


def test_it_is_published_once_and_is_no_switch() -> None:
    """Away from the preferred region after a failover: the reason for being away is kept."""
    moved = shop(EAST, Addresses("192.0.2.12"))
    away = pointing_at("west", moved_by=Cause.UNHEALTHY, flips=(NOW - 60.0,))
    decision = decided("HHH", away, service=moved, revision=2)
    after = published(
        claimed(
            away,
            decision.targets,
            decision.cause,
            settings_of(moved, revision=2),
            moved,
            claim(),
            NOW,
        ),
        (),
        reads(Addresses("192.0.2.12")),
        NOW,
    )
    assert (after.served.moved_by, after.served.moved_at) == (Cause.UNHEALTHY, away.served.moved_at)
    assert after.limits.flips == away.limits.flips
    assert decided("HHH", after, service=moved, revision=2).action is Action.HOLD


@pytest.mark.parametrize("ttl", [0, 300])
def test_records_adopted_with_another_ttl_get_ours_once(ttl: int) -> None:
    found = reads(WEST, ttl=ttl)
    state = adopted(None, {"west": WEST}, Cause.ADOPTION, settings_of(), SHOP, found, NOW)
    decision = decided("HHH", state, reading=found)
    assert (decision.cause, decision.targets) == (Cause.SETTINGS, {"west": WEST})
    after = published(
        claimed(state, decision.targets, decision.cause, settings_of(), SHOP, claim(), NOW),
        (),
        reads(WEST),
        NOW,
    )
    assert decided("HHH", after, reading=reads(WEST)).action is Action.HOLD


def test_records_adopted_with_ours_and_another_ttl_get_ours_too() -> None:
    found = reading(record("A", WEST.ipv4, 101, 30), record("A", WEST.ipv4, 102, 10))
    state = adopted(None, {"west": WEST}, Cause.ADOPTION, settings_of(), SHOP, found, NOW)
    assert decided("HHH", state, reading=found).cause is Cause.SETTINGS


def test_records_adopted_with_our_ttl_are_not_touched() -> None:
    found = reads(WEST)
    state = adopted(None, {"west": WEST}, Cause.ADOPTION, settings_of(), SHOP, found, NOW)
    assert decided("HHH", state, reading=found).action is Action.HOLD


def test_settings_of_a_lower_revision_do_not_keep_a_name_at_a_dead_region():
    state = pointing_at("east", revision=5)
    d = decided("UHH", state, revision=4)
    assert names(d) == ["west"], told(d)


def test_a_raised_ttl_does_not_overwrite_a_foreign_record():
    d = decided(
        "HHH", pointing_at("east"), service=shop(ttl=300), revision=2, reading=reads(ELSEWHERE)
    )
    assert d.action is Action.HOLD, told(d)


def test_a_new_address_of_a_region_does_not_undo_a_manual_switch():
    d = decided("HHH", pointing_at("east"), service=shop(NEW_EAST), revision=2, reading=reads(WEST))
    assert d.action is Action.ADOPT, told(d)


def test_new_settings_wait_for_a_confirmed_reading():
    d = decided(
        "HHH",
        pointing_at("east"),
        service=shop(ttl=300),
        revision=2,
        reading=reads(ELSEWHERE),
        confirmed=False,
    )
    assert d.action is Action.HOLD, told(d)


def test_an_adopted_old_address_is_replaced_by_the_new_one_later():
    service = shop(NEW_EAST)
    away = pointing_at("west")
    d = decided("?HH", away, service=service, revision=2, reading=reads(EAST))
    after = adopted(
        away, d.targets, d.cause, settings_of(service, revision=2), service, reads(EAST), NOW
    )
    later = decided("HHH", after, service=service, revision=2, reading=reads(EAST))
    assert later.targets == {"east": NEW_EAST}, told(later)


def a_withdrawn_failover(service: Service) -> State:
    """It was decided under new settings, and nothing was written."""
    settings = settings_of(service, revision=2)
    east = pointing_at("east")
    return withdrawn(
        claimed(east, {"west": WEST}, Cause.UNHEALTHY, settings, service, claim(), NOW), NOW
    )


def test_a_withdrawn_failover_still_brings_the_new_address():
    service = shop(NEW_EAST, ttl=300)
    after = a_withdrawn_failover(service)
    later = decided("HHH", after, service=service, revision=2, reading=reads(EAST))
    assert later.targets == {"east": NEW_EAST}, told(later)


def test_a_withdrawn_failover_still_brings_the_new_ttl():
    service = shop(ttl=300)
    after = a_withdrawn_failover(service)
    later = decided("HHH", after, service=service, revision=2, reading=reads(EAST))
    assert later.action is Action.PUBLISH, told(later)


def test_a_renamed_region_keeps_its_traffic():
    renamed = shop(
        regions=(SHOP.regions[0], replace(SHOP.regions[1], name="us-west"), SHOP.regions[2])
    )
    d = decided("HHH", pointing_at("west", moved_by=Cause.UNHEALTHY), service=renamed, revision=2)
    assert not d.targets or list(d.targets.values()) == [WEST], (d.action, names(d))


def test_a_manual_switch_away_from_a_removed_region_is_adopted():
    """by hand to west(unknown)"""
    rest = shop(regions=SHOP.regions[1:])
    d = decided("?U", pointing_at("east"), service=rest, revision=2, reading=reads(WEST))
    assert d.action is Action.ADOPT, told(d)


def test_observe_mode_adopts_a_new_address_that_somebody_has_written():
    service = shop(NEW_EAST, mode=Mode.OBSERVE)
    d = decided("HHH", pointing_at("east"), service=service, revision=2, reading=reads(NEW_EAST))
    assert d.action is Action.ADOPT, told(d)


def test_dropped_ipv6_starts_only_what_can_be_written():
    d = decided("HHH", pointing_at("east", SHOP6), service=SHOP, revision=2, reading=reads(EAST6))
    if d.action is Action.PUBLISH:
        plan(Answer.of(d.targets.values()), 30, reads(EAST6), True)


def test_traffic_of_a_removed_region_goes_straight_to_the_pinned_one():
    rest = shop(regions=SHOP.regions[1:])
    d = decided("HH", pointing_at("east", pin=pin("south")), service=rest, revision=2)
    assert names(d) == ["south"]


def test_traffic_of_a_removed_region_goes_where_the_data_is_fresh():
    rest = shop(regions=SHOP.regions[1:])
    d = decided(
        "HH",
        pointing_at("east"),
        service=rest,
        revision=2,
        freshness={"us-west-2": Freshness.STALE},
    )
    assert names(d) == ["south"]


def test_a_record_for_a_removed_region_is_not_adopted():
    rest = shop(regions=SHOP.regions[1:])
    away = pointing_at("west")
    d = decided(
        "HH",
        away,
        service=rest,
        revision=2,
        reading=reads(EAST),
        ballots=(ballot({**votes("HH", rest), EAST.ipv4: tally(Vote.HEALTHY)}, revision=2),),
    )
    assert d.action is not Action.ADOPT, told(d)
