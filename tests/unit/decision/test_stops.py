"""Rule 1, and what else keeps a decision from being carried out: mode, revision, refusals."""

import pytest

from failover.decision.decision import Action
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.parts import Cause
from failover.settings.model import Mode
from tests.support.builders import (
    EAST,
    ELSEWHERE,
    NEW_EAST,
    NOT_ADDED,
    NOW,
    WEST,
    ballot,
    claim,
    decided,
    lasts,
    moving,
    names,
    override,
    pin,
    pointing_at,
    reading,
    reads,
    scene,
    shop,
    stop,
    tally,
    told,
    votes,
)

OBSERVED = shop(mode=Mode.OBSERVE)


@pytest.mark.parametrize(
    "wish",
    [
        {"letters": "UHH"},  # a failover
        {"letters": "HHH", "reading": reads(WEST)},  # an adoption
        {"letters": "HHH", "reading": reading()},  # drift
        {"letters": "HHH", "state": None},  # the first decision
        {"letters": "HHH", "state": None, "reading": reading()},
        {"letters": "HHH", "state": pointing_at("east", pin=pin("west"))},
        {"letters": "HHH", "service": shop(ttl=300), "revision": 2, "state": pointing_at("east")},
    ],
)
def test_while_stopped_no_new_decision_is_started(wish: dict[str, object]) -> None:
    assert decided(**wish).action is not Action.HOLD
    stopped = decided(**wish, gate=stop())
    assert stopped.action is Action.HOLD
    assert "ana" in told(stopped)
    assert override(stopped)


def test_a_pause_stops_one_service_in_the_same_way() -> None:
    decision = decided("UHH", pointing_at("east", pause=stop()))
    assert decision.action is Action.HOLD
    assert "the pause of this service" in told(decision)


@pytest.mark.parametrize(
    "order",
    [
        {"gate": stop()},
        {"state": pointing_at("east", pause=stop())},
        {"state": pointing_at("east", pin=pin("east"))},
        {"state": None, "gate": stop()},
    ],
)
def test_a_stop_a_pause_and_a_pin_freeze_a_service(order: dict[str, object]) -> None:
    """Whoever gave it: until it ends, automation does not move the name."""
    assert scene(**order).frozen()


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"state": None},
        {"gate": stop(until=NOW)},
        {"state": pointing_at("east", pause=stop(until=NOW))},
        {"state": pointing_at("east", pin=pin("east", until=NOW))},
        {"service": OBSERVED},
    ],
)
def test_without_an_order_in_force_nothing_is_frozen(order: dict[str, object]) -> None:
    """Settings that only observe are no order."""
    assert not scene(**order).frozen()


def test_stops_expire() -> None:
    over = stop(until=NOW)
    assert names(decided("UHH", pointing_at("east", pause=over), gate=over)) == ["west"]


def test_an_expired_gate_does_not_hide_a_pause() -> None:
    state = pointing_at("east", pause=stop())
    assert decided("UHH", state, gate=stop(until=NOW)).action is Action.HOLD


@pytest.mark.parametrize(
    ("letters", "found", "wrote", "action"),
    [
        ("UHH", WEST, True, Action.FINISH),
        ("UHH", EAST, True, Action.RETRY),
        ("HHH", EAST, False, Action.WITHDRAW),
        ("UUH", EAST, True, Action.HOLD),  # a new target would be a new decision
    ],
)
def test_what_was_on_its_way_is_finished_or_withdrawn(
    letters: str, found: object, wrote: bool, action: Action
) -> None:
    decision = decided(
        letters, moving("east", "west", wrote=wrote), reading=reads(found), gate=stop()
    )
    assert decision.action is action


def test_a_pin_waits_for_the_end_of_the_stop() -> None:
    state = moving("east", "west", wrote=True, pin=pin("south"))
    assert names(decided("UHH", state, gate=stop())) == ["west"]


def test_a_stop_does_not_take_a_claim_from_its_holder() -> None:
    state = moving("east", "west", claim=claim())
    assert decided("UHH", state, gate=stop()).action is Action.HOLD


def test_observing_records_what_would_have_been_done() -> None:
    decision = decided("UHH", service=OBSERVED)
    assert decision.action is Action.HOLD
    assert Kind.WOULD_SWITCH in lasts(decision)
    assert "it would write west" in told(decision)


def test_observing_tells_that_a_dead_region_would_be_left_for_its_new_address() -> None:
    moved = shop(NEW_EAST, mode=Mode.OBSERVE)
    ballots = (ballot({EAST.ipv4: tally(Vote.UNHEALTHY), **votes("HHH", moved)}),)
    decision = decided(
        service=moved, revision=2, state=pointing_at("east"), reading=reads(EAST), ballots=ballots
    )
    assert decision.action is Action.HOLD
    assert Kind.WOULD_SWITCH in lasts(decision)


def test_observing_tells_of_no_switch_where_a_healthy_region_would_get_its_new_address() -> None:
    moved = shop(NEW_EAST, mode=Mode.OBSERVE)
    ballots = (ballot({EAST.ipv4: tally(Vote.HEALTHY), **votes("HHH", moved)}),)
    decision = decided(
        service=moved, revision=2, state=pointing_at("east"), reading=reads(EAST), ballots=ballots
    )
    assert "it would write east" in told(decision)
    assert Kind.WOULD_SWITCH not in lasts(decision)


def test_observing_follows_the_records() -> None:
    decision = decided("HHH", service=OBSERVED, reading=reads(WEST))
    assert (decision.action, decision.cause) == (Action.ADOPT, Cause.EXTERNAL)
    assert names(decision) == ["west"]


def test_observing_follows_the_records_even_to_an_unhealthy_region() -> None:
    decision = decided("HUH", service=OBSERVED, reading=reads(WEST))
    assert (decision.action, names(decision)) == (Action.ADOPT, ["west"])


@pytest.mark.parametrize(
    "found", [reading(), reads(EAST, WEST), reads(ELSEWHERE)], ids=["empty", "mixed", "foreign"]
)
@pytest.mark.parametrize("state", [None, pointing_at("east")], ids=["first", "later"])
def test_observing_writes_nothing_over_any_records(found: object, state: object) -> None:
    assert decided("UHH", state, service=OBSERVED, reading=found).action is Action.HOLD


def test_observing_does_not_follow_a_pin() -> None:
    decision = decided("HHH", pointing_at("east", pin=pin("west")), service=OBSERVED)
    assert decision.action is Action.HOLD


def test_a_deployment_with_older_settings_never_publishes() -> None:
    newer = ballot({}, "v2", revision=2)
    older = ballot(votes("UHH"))
    decision = decided("UHH", ballots=(older, newer))
    assert decision.action is Action.HOLD
    assert Kind.SETTINGS_OLD in lasts(decision)


def test_a_newer_deployment_that_has_gone_silent_does_not_count() -> None:
    gone = ballot({}, "v2", at=NOW - 91, revision=2)
    assert names(decided("UHH", ballots=(ballot(votes("UHH")), gone))) == ["west"]


def test_two_files_of_one_revision_are_an_alert_and_no_obstacle() -> None:
    other = ballot({}, "v2", digest="two")
    decision = decided("UHH", ballots=(ballot(votes("UHH")), other))
    assert names(decision) == ["west"]
    assert Kind.SETTINGS_DIFFER in lasts(decision)


def test_a_file_of_another_revision_is_no_difference_in_files() -> None:
    other = ballot({}, "v2", digest="two", revision=0)
    decision = decided("UHH", ballots=(ballot(votes("UHH")), other))
    assert Kind.SETTINGS_DIFFER not in lasts(decision)


def test_a_name_without_records_waits_while_linode_refuses_to_add_one() -> None:
    state = pointing_at("east", create_not_before=NOW + 300, create_refused=NOT_ADDED)
    decision = decided("HHH", state, reading=reading())
    assert decision.action is Action.HOLD
    assert Kind.CREATE_REFUSED in lasts(decision)
    assert "the next try is in 5 min 0 s" in told(decision)


def test_after_the_wait_it_is_tried_again() -> None:
    state = pointing_at("east", create_not_before=NOW)
    assert decided("HHH", state, reading=reading()).action is Action.PUBLISH


def test_a_refusal_to_add_does_not_keep_records_that_are_there_from_moving() -> None:
    state = pointing_at("east", create_not_before=NOW + 300)
    assert names(decided("UHH", state)) == ["west"]


@pytest.mark.parametrize(
    ("says", "kind"), [(("H", "U"), Kind.SPLIT_VERDICT), ((), Kind.QUORUM_LOST)]
)
def test_an_unknown_active_region_is_told_apart_by_its_cause(says: object, kind: Kind) -> None:
    ballots = tuple(ballot(votes(s), v) for s, v in zip(says, ("v1", "v2"), strict=False))
    decision = decided("", vantages=("v1", "v2"), ballots=ballots)
    assert decision.action is Action.HOLD
    assert lasts(decision) == {kind}


def test_a_stop_holds_a_publication_though_a_pin_names_another_region():
    st = moving("east", "west", wrote=True, pin=pin("south"))
    d = decided("UUH", st, gate=stop())
    assert d.action is Action.HOLD, told(d)


def test_an_outage_is_reported_under_a_stop():
    assert Kind.NO_HEALTHY_REGION in lasts(decided("UUU", gate=stop()))


def test_drift_is_reported_under_a_stop():
    assert Kind.DRIFT in lasts(decided("HHH", reading=reads(ELSEWHERE), gate=stop()))


def test_an_unhealthy_pinned_region_is_reported_under_a_stop():
    assert Kind.PINNED_UNHEALTHY in lasts(
        decided("UHH", pointing_at("east", pin=pin("east")), gate=stop())
    )
