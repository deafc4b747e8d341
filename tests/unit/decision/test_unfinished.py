"""Rule 3: a decision whose publication has begun and has not been seen to end."""

from dataclasses import replace

import pytest

from failover.decision.decision import Action
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.parts import Cause, Incident
from failover.settings.model import Addresses, Failback, Mode, Routing
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    NEW_EAST,
    NOT_ADDED,
    NOW,
    SHOP6,
    SOUTH,
    WEST,
    WEST6,
    announced,
    ballot,
    claim,
    decided,
    having,
    lasts,
    moving,
    names,
    override,
    pin,
    reading,
    reads,
    record,
    saying,
    shop,
    stop,
    tally,
    told,
    votes,
)

AWAY = moving("east", "west", wrote=True)
UNTOUCHED = moving("east", "west", wrote=False)
ADDRESSES = {"east": EAST, "west": WEST}


def test_records_as_desired_end_it() -> None:
    decision = decided("UHH", AWAY, reading=reads(WEST))
    assert (decision.action, names(decision)) == (Action.FINISH, ["west"])


def test_records_as_desired_end_it_even_when_the_target_has_died_meanwhile() -> None:
    assert decided("UUU", AWAY, reading=reads(WEST)).action is Action.FINISH


def test_records_not_as_desired_are_published_again() -> None:
    decision = decided("UHH", AWAY)
    assert (decision.action, names(decision)) == (Action.RETRY, ["west"])
    assert decision.cause is Cause.UNHEALTHY


@pytest.mark.parametrize("found", [None, reads(WEST)])
def test_without_a_reading_of_this_round_it_is_published_again(found: object) -> None:
    assert decided("UHH", AWAY, reading=found, confirmed=False).action is Action.RETRY


def test_half_a_pair_is_not_as_desired() -> None:
    state = moving("east", "west", SHOP6, wrote=True)
    half = reading(saying(WEST6)[0], saying(EAST6)[1])
    decision = decided("UHH", state, service=SHOP6, reading=half)
    assert decision.action is Action.RETRY


def test_a_missing_family_is_not_as_desired() -> None:
    state = moving("east", "west", SHOP6, wrote=True)
    half = reading(saying(WEST6)[0])
    assert decided("UHH", state, service=SHOP6, reading=half).action is Action.RETRY


def test_a_missing_family_that_linode_refuses_to_add_counts_as_done_for_now() -> None:
    refused = {"create_not_before": NOW + 300, "create_refused": NOT_ADDED}
    state = moving("east", "west", SHOP6, wrote=True, **refused)
    half = reading(saying(WEST6)[0])
    decision = decided("UHH", state, service=SHOP6, reading=half)
    assert decision.action is Action.FINISH
    assert Kind.CREATE_REFUSED in lasts(decision)


@pytest.mark.parametrize(("after", "held"), [(-30.0, True), (9.9, True), (10.0, False)])
def test_others_take_over_ten_seconds_after_the_claim_has_run_out(after: float, held: bool) -> None:
    state = having(AWAY, claim=claim(until=NOW - after))
    assert decided("UHH", state).action is (Action.HOLD if held else Action.RETRY)


def test_before_anything_was_written_a_recovered_region_keeps_its_traffic() -> None:
    decision = decided("HHH", UNTOUCHED)
    assert (decision.action, names(decision)) == (Action.WITHDRAW, ["east"])


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ("HHH", AWAY),  # something may have been written already
        ("?HH", UNTOUCHED),  # unknown is not healthy again
        ("UHH", UNTOUCHED),
        ("HHH", having(UNTOUCHED, cause=Cause.OPERATOR)),  # a person wanted it
        ("HHH", having(UNTOUCHED, cause=Cause.SETTINGS)),
    ],
)
def test_otherwise_it_is_not_withdrawn(letters: str, state: object) -> None:
    assert decided(letters, state).action is Action.RETRY


def test_a_target_that_dies_is_replaced_by_the_first_healthy_region() -> None:
    decision = decided("UUH", AWAY)
    assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.UNHEALTHY)
    assert names(decision) == ["south"]


def test_the_region_that_was_being_left_may_be_that_region() -> None:
    decision = decided("HUH", AWAY)
    assert (decision.action, names(decision)) == (Action.PUBLISH, ["east"])


def test_no_region_is_healthy_so_nothing_is_written() -> None:
    assert decided("UUU", AWAY).action is Action.HOLD


def test_an_unknown_target_is_no_reason_to_turn() -> None:
    assert decided("U?H", AWAY).action is Action.RETRY


def test_a_pin_on_another_region_is_a_new_decision() -> None:
    decision = decided("UHU", having(AWAY, pin=pin("south")))
    assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.OPERATOR)
    assert names(decision) == ["south"]


def test_a_pinned_target_is_published_even_if_unhealthy() -> None:
    decision = decided("HUU", having(AWAY, cause=Cause.OPERATOR, pin=pin("west")))
    assert (decision.action, names(decision)) == (Action.RETRY, ["west"])


def test_a_pin_on_another_region_does_not_shield_a_dead_target() -> None:
    """While stopped the pin is not followed, and the target that died is not published either."""
    state = having(AWAY, pin=pin("south"))
    assert decided("UUH", state, gate=stop()).action is Action.HOLD
    assert names(decided("UUH", having(AWAY, pin=pin("north")))) == ["south"]


@pytest.mark.parametrize(
    ("revision", "action", "target"), [(1, Action.RETRY, EAST), (2, Action.PUBLISH, NEW_EAST)]
)
def test_a_pinned_target_that_moves_meanwhile_waits_for_a_raised_revision(
    revision: int, action: Action, target: Addresses
) -> None:
    """Another record cannot be given its old address, at which it is well."""
    several = shop(NEW_EAST, routing=Routing.MULTIVALUE)
    state = having(moving("west", "east"), cause=Cause.OPERATOR, wrote=True, pin=pin("east"))
    made = ballot({**votes("HHH", several), EAST.ipv4: tally(Vote.HEALTHY)}, revision=revision)
    found = {"service": several, "ballots": (made,), "reading": reads(EAST, WEST)}
    decision = decided("", state, revision=revision, **found)
    assert (decision.action, decision.targets) == (action, {"east": target})


def test_a_pin_that_has_ended_is_forgotten() -> None:
    decision = decided("UHH", having(AWAY, pin=pin("south", until=NOW)))
    assert (decision.action, names(decision)) == (Action.RETRY, ["west"])


def test_a_ttl_alone_is_written_before_it_counts_as_done() -> None:
    state = moving("east", "east", cause=Cause.SETTINGS, ttl=30, wrote=False)
    assert decided("HHH", state, reading=reads(EAST, ttl=300)).action is Action.RETRY


def test_a_ttl_that_is_not_the_one_asked_for_is_written_by_another_attempt() -> None:
    """A crash between the two families' writes; what Linode rounds is settled by that attempt."""
    state = moving("east", "east", cause=Cause.SETTINGS, ttl=60, wrote=True)
    assert decided("HHH", state, reading=reads(EAST, ttl=120)).action is Action.RETRY


def test_a_publication_that_fails_for_a_minute_is_an_incident_and_is_tried_on() -> None:
    for age, raised in [(59.0, False), (60.0, True)]:
        decision = decided("UHH", having(AWAY, unfinished_since=NOW - age))
        assert decision.action is Action.RETRY
        assert (Kind.FAILOVER_FAILED in lasts(decision)) is raised


def test_the_time_that_it_is_unfinished_is_not_started_anew_by_a_claim() -> None:
    state = having(AWAY, unfinished_since=NOW - 600, claim=claim())
    assert Kind.FAILOVER_FAILED in lasts(decided("UHH", state))


@pytest.mark.parametrize(("name", "address"), ADDRESSES.items())
def test_observing_closes_it_by_taking_the_records_as_they_are(name: str, address: object) -> None:
    decision = decided("UHH", AWAY, service=shop(mode=Mode.OBSERVE), reading=reads(address))
    assert (decision.action, names(decision)) == (Action.ADOPT, [name])


def test_observing_waits_where_the_records_are_not_one_region() -> None:
    service = shop(mode=Mode.OBSERVE)
    assert decided("UHH", AWAY, service=service, reading=reads(EAST, WEST)).action is Action.HOLD


def test_observing_takes_nothing_from_records_that_were_not_read_twice() -> None:
    held = decided("UHH", AWAY, service=shop(mode=Mode.OBSERVE), confirmed=False)
    assert held.action is Action.HOLD


FIRST = having(moving("east", "west"), active={}, cause=Cause.ADOPTION)


def test_a_first_decision_that_wrote_nothing_is_made_anew_from_the_records() -> None:
    """Records that somebody made in the meantime are adopted, not written over."""
    decision = decided("HHH", FIRST, reading=reads(EAST))
    assert (decision.action, decision.cause) == (Action.ADOPT, Cause.ADOPTION)


def test_a_first_decision_that_may_have_written_is_published_again() -> None:
    decision = decided("HHH", having(FIRST, wrote=True), reading=reading())
    assert (decision.action, names(decision)) == (Action.RETRY, ["west"])


def test_a_record_that_a_person_made_ends_a_first_decision_that_was_refused() -> None:
    """Linode refused to add a record for west, and somebody added one for south: installing moves
    nobody's traffic."""
    refused = having(FIRST, wrote=True, create_not_before=NOW + 300, create_refused=NOT_ADDED)
    decision = decided("HHH", refused, reading=reads(SOUTH))
    assert (decision.action, decision.cause) == (Action.ADOPT, Cause.ADOPTION)
    assert names(decision) == ["south"]


def test_a_record_at_a_dead_region_does_not_end_a_first_decision() -> None:
    decision = decided("HHU", having(FIRST, wrote=True), reading=reads(SOUTH))
    assert (decision.action, names(decision)) == (Action.RETRY, ["west"])


def test_a_part_of_a_first_decision_does_not_end_it() -> None:
    """Of several records one was added so far."""
    several = shop(routing=Routing.MULTIVALUE)
    targets = {region.name: region.addresses for region in several.regions}
    begun = having(FIRST, wrote=True, targets=targets)
    decision = decided("HHH", begun, service=several, reading=reads(EAST))
    assert (decision.action, names(decision)) == (Action.RETRY, ["east", "west", "south"])


def test_an_order_on_a_name_that_was_never_adopted_is_carried_out_over_its_records() -> None:
    ordered = having(FIRST, wrote=True, cause=Cause.OPERATOR)
    decision = decided("HHH", ordered, reading=reads(SOUTH))
    assert (decision.action, names(decision)) == (Action.RETRY, ["west"])


def test_why_says_how_far_it_has_come() -> None:
    assert "the change to west (generation 3) is at attempt 1" in told(decided("UHH", AWAY))


class TestForeign:
    """Nobody who set an address by hand meanwhile is written over, unless people ask for that."""

    def test_it_stops_a_decision_of_automation(self) -> None:
        decision = decided("UHH", AWAY, reading=reads(ELSEWHERE))
        assert decision.action is Action.HOLD
        assert '"takeover"' in str(override(decision))
        assert lasts(decision) == {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER}

    def test_also_beside_an_address_of_ours_and_during_a_stop(self) -> None:
        state = having(AWAY, pause=stop())
        assert decided("UHH", state, reading=reads(WEST, ELSEWHERE)).action is Action.HOLD

    def test_a_takeover_goes_on(self) -> None:
        """Whoever carries it out: also after the first one who did has died."""
        state = having(AWAY, cause=Cause.OPERATOR)
        decision = decided("UHH", state, reading=reads(ELSEWHERE))
        assert decision.action is Action.RETRY
        assert Kind.DRIFT not in lasts(decision)

    def test_it_must_have_been_read_twice(self) -> None:
        decision = decided("UHH", AWAY, reading=reads(ELSEWHERE), confirmed=False)
        assert decision.action is Action.RETRY

    def test_a_round_that_cannot_read_does_not_end_the_incident(self) -> None:
        state = having(AWAY, incidents={Kind.DRIFT: Incident(since=NOW, raised=True)})
        decision = decided("UHH", state, reading=reads(ELSEWHERE), confirmed=False)
        assert Kind.DRIFT in lasts(decision)

    def test_a_late_write_of_ours_to_an_address_of_old_settings_is_no_strangers(self) -> None:
        state = replace(AWAY, announced=(announced(ELSEWHERE.ipv4),))
        assert decided("UHH", state, reading=reads(ELSEWHERE)).action is Action.RETRY


def test_an_outage_is_reported_while_a_publication_is_unfinished():
    d = decided("UUU", moving("east", "west", wrote=True))
    assert Kind.NO_HEALTHY_REGION in lasts(d)


def test_a_reading_that_is_not_confirmed_cannot_finish_it():
    st = moving("east", "west", wrote=False, cause=Cause.OPERATOR)
    d = decided("HHH", st, reading=reads(WEST), confirmed=False)
    assert d.action is Action.RETRY, told(d)


def test_a_crash_between_two_changes_of_a_ttl_is_retried():
    st = moving("east", "east", SHOP6, cause=Cause.SETTINGS, ttl=30, wrote=True)
    found = reading(record("A", EAST6.ipv4, 101, 30), record("AAAA", EAST6.ipv6, 201, 300))
    d = decided("HHH", st, service=SHOP6, reading=found)
    assert d.action is Action.RETRY, told(d)


def test_a_target_with_a_new_address_is_no_occasion_to_fail_back():
    """East has recovered, but something was written: the change ends where it was going."""
    away = moving("east", "west", wrote=True, moved_by=Cause.UNHEALTHY)
    state = having(away, targets={"west": ELSEWHERE})
    returning = shop(failback=Failback.AUTOMATIC)
    d = decided("HHH", state, service=returning, reading=reads(EAST))
    assert (d.action, d.targets) == (Action.PUBLISH, {"west": WEST}), told(d)
