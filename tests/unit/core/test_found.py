"""What a hostile reading of the rules found: each of these once went wrong."""

from dataclasses import replace

from failover.core.incidents import with_conditions
from failover.core.kinds import Kind
from failover.core.plan import (
    plan,
)
from failover.core.records import (
    Answer,
)
from failover.core.replication import Freshness
from failover.core.settings import (
    Failback,
    Mode,
    Service,
)
from failover.core.state import Cause, Incident, State
from failover.core.tally import (
    Vote,
)
from failover.core.transitions import (
    adopted,
    claimed,
    let_go,
    published,
    reclaimed,
    renewed,
    withdrawn,
)
from failover.core.view import (
    Action,
    Decision,
)
from failover.core.votes import (
    verdict,
)
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    NEW_EAST,
    NOW,
    SHOP,
    SHOP6,
    WEST,
    announced,
    ballot,
    claim,
    decided,
    lasts,
    moving,
    names,
    pin,
    pointing_at,
    reading,
    reads,
    record,
    saying,
    settings_of,
    shop,
    stop,
    tally,
    told,
    votes,
)

A = Action


def publish(before: State, decision: Decision, service: Service, revision: int = 1) -> State:
    """The state after this decision was published."""
    assert decision.cause is not None
    asked = settings_of(service, revision=revision)
    mine = claimed(before, decision.targets, decision.cause, asked, service, claim(), NOW)
    return published(mine, (), reads(*decision.targets.values(), at=NOW), NOW)


def test_refused_family_and_dead_region() -> None:
    state = pointing_at(
        "east", SHOP6, republished=(NOW - 1800, NOW - 1200, NOW - 600), create_not_before=NOW
    )
    half = reading(saying(EAST6)[0])
    d = decided("UHH", state, service=SHOP6, reading=half)
    assert names(d) == ["west"], told(d)


def test_rollback_does_not_block() -> None:
    state = pointing_at("east", revision=5)
    d = decided("UHH", state, revision=4)
    assert names(d) == ["west"], told(d)


def test_raised_ttl_overwrites_foreign() -> None:
    d = decided(
        "HHH", pointing_at("east"), service=shop(ttl=300), revision=2, reading=reads(ELSEWHERE)
    )
    assert d.action is A.HOLD, told(d)


def test_raised_address_overrides_hand_switch() -> None:
    d = decided("HHH", pointing_at("east"), service=shop(NEW_EAST), revision=2, reading=reads(WEST))
    assert d.action is A.ADOPT, told(d)


def test_settings_with_unconfirmed_difference() -> None:
    d = decided(
        "HHH",
        pointing_at("east"),
        service=shop(ttl=300),
        revision=2,
        reading=reads(ELSEWHERE),
        confirmed=False,
    )
    assert d.action is A.HOLD, told(d)


def test_an_empty_name_is_not_given_an_address_of_older_settings() -> None:
    """East still lives at the address that it had: but nothing says that address any more."""
    service = shop(NEW_EAST)
    cast = {**votes("UHH", service), EAST.ipv4: tally(Vote.HEALTHY)}
    d = decided(
        "",
        pointing_at("east"),
        service=service,
        revision=2,
        reading=reading(),
        ballots=(ballot(cast, revision=2),),
    )
    assert d.targets == {"west": WEST}, told(d)


def test_adopting_old_address_swallows_revision() -> None:
    service = shop(NEW_EAST)
    away = pointing_at("west")
    d = decided("?HH", away, service=service, revision=2, reading=reads(EAST))
    after = adopted(
        away, d.targets, d.cause, settings_of(service, revision=2), service, reads(EAST), NOW
    )
    later = decided("HHH", after, service=service, revision=2, reading=reads(EAST))
    assert later.targets == {"east": NEW_EAST}, told(later)


def test_withdrawal_swallows_revision() -> None:
    service = shop(NEW_EAST, ttl=300)
    c = claimed(
        pointing_at("east"),
        {"west": WEST},
        Cause.UNHEALTHY,
        settings_of(service, revision=2),
        service,
        claim(),
        NOW,
    )
    after = withdrawn(c, NOW)
    later = decided("HHH", after, service=service, revision=2, reading=reads(EAST))
    assert later.targets == {"east": NEW_EAST}, told(later)


def test_withdrawal_swallows_ttl() -> None:
    service = shop(ttl=300)
    c = claimed(
        pointing_at("east"),
        {"west": WEST},
        Cause.UNHEALTHY,
        settings_of(service, revision=2),
        service,
        claim(),
        NOW,
    )
    after = withdrawn(c, NOW)
    later = decided("HHH", after, service=service, revision=2, reading=reads(EAST))
    assert later.action is A.PUBLISH, told(later)


def test_renamed_region_keeps_traffic() -> None:
    renamed = shop(
        regions=(SHOP.regions[0], replace(SHOP.regions[1], name="us-west"), SHOP.regions[2])
    )
    d = decided("HHH", pointing_at("west", moved_by=Cause.UNHEALTHY), service=renamed, revision=2)
    assert not d.targets or list(d.targets.values()) == [WEST], (d.action, names(d))


def test_removed_but_healthy_is_no_page() -> None:
    rest = shop(regions=SHOP.regions[1:])
    d = decided("UU", pointing_at("east"), service=rest, revision=2)
    assert Kind.NO_HEALTHY_REGION not in lasts(d), told(d)


def test_removed_hand_switch_not_followed() -> None:
    """by hand to west(unknown)"""
    rest = shop(regions=SHOP.regions[1:])
    d = decided("?U", pointing_at("east"), service=rest, revision=2, reading=reads(WEST))
    assert d.action is A.ADOPT, told(d)


def test_observe_ttl_is_no_switch() -> None:
    st = adopted(
        None, {"east": EAST}, Cause.ADOPTION, settings_of(), SHOP, reads(EAST, ttl=300), NOW
    )
    d = decided("HHH", st, service=shop(mode=Mode.OBSERVE), reading=reads(EAST, ttl=300))
    assert Kind.WOULD_SWITCH not in lasts(d), told(d)


def test_observe_follows_new_address() -> None:
    service = shop(NEW_EAST, mode=Mode.OBSERVE)
    d = decided("HHH", pointing_at("east"), service=service, revision=2, reading=reads(NEW_EAST))
    assert d.action is A.ADOPT, told(d)


def test_stopped_pin_elsewhere_does_not_pin_target() -> None:
    st = moving("east", "west", wrote=True, pin=pin("south"))
    d = decided("UUH", st, gate=stop())
    assert d.action is A.HOLD, told(d)


def test_gate_keeps_alerts() -> None:
    assert Kind.NO_HEALTHY_REGION in lasts(decided("UUU", gate=stop()))


def test_gate_keeps_drift() -> None:
    assert Kind.DRIFT in lasts(decided("HHH", reading=reads(ELSEWHERE), gate=stop()))


def test_pin_alert() -> None:
    assert Kind.PINNED_UNHEALTHY in lasts(
        decided("UHH", pointing_at("east", pin=pin("east")), gate=stop())
    )


def test_drift_incident_survives_one_failed_reading() -> None:
    st = pointing_at(
        "east",
        incidents={
            Kind.DRIFT: Incident(NOW - 600, True),
            Kind.DRIFT_BLOCKS_FAILOVER: Incident(NOW - 600, True),
        },
    )
    d = decided("UHH", st, reading=reads(ELSEWHERE), confirmed=False)
    assert {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER} <= lasts(d)


def test_unfinished_nobody_healthy_is_said() -> None:
    d = decided("UUU", moving("east", "west", wrote=True))
    assert Kind.NO_HEALTHY_REGION in lasts(d)


def test_reading_from_before_the_decision_cannot_finish_it() -> None:
    st = moving("east", "west", wrote=False, cause=Cause.OPERATOR)
    d = decided("HHH", st, reading=reads(WEST, at=NOW - 25))
    assert d.action is A.RETRY, told(d)


def test_two_lost_writes_arrive_twice() -> None:
    one, two = announced(WEST.ipv4, at=NOW - 60), announced(WEST.ipv4, at=NOW - 50)
    st = pointing_at("east", announced=(one, two))
    d = decided("HHH", st, reading=reads(WEST))
    assert len(d.explained) == 1


def test_announcements_are_bounded() -> None:
    st = replace(moving("east", "west"), claim=claim())
    for i in range(6000):
        st = renewed(st, NOW + i, announced(WEST.ipv4, at=NOW + i * 12))
        st = reclaimed(let_go(st, ()), claim())
    assert len(st.announced) < 500


def test_drift_respects_data() -> None:
    d = decided("UHH", reading=reading(), freshness={"us-west-2": Freshness.STALE})
    assert names(d) == ["south"]


def test_dropping_ipv6_does_not_start_what_cannot_be_done() -> None:
    d = decided("HHH", pointing_at("east", SHOP6), service=SHOP, revision=2, reading=reads(EAST6))
    if d.action is A.PUBLISH:
        plan(Answer.of(d.targets.values()), 30, reads(EAST6), True)


def test_dead_region_is_left_though_ipv6_was_dropped() -> None:
    d = decided("UHH", pointing_at("east", SHOP6), service=SHOP, revision=2, reading=reads(EAST6))
    assert d.action is A.PUBLISH
    plan(Answer.of(d.targets.values()), 30, reads(EAST6), True)


def test_move_under_drift_is_returned_by_failback() -> None:
    d = decided("UHH", reading=reading(), service=shop(failback=Failback.AUTOMATIC))
    after = publish(pointing_at("east"), d, SHOP)
    back = decided("HHH", after, service=shop(failback=Failback.AUTOMATIC), reading=reads(WEST))
    assert after.flips
    assert back.cause is Cause.FAILBACK, told(back)


def test_late_write_is_not_undone_towards_a_dead_region() -> None:
    st = pointing_at("east", announced=(announced(WEST.ipv4),))
    d = decided("UHH", st, reading=reads(WEST))
    assert d.targets != {"east": EAST}, told(d)


def test_crash_between_the_two_ttls() -> None:
    st = moving("east", "east", SHOP6, cause=Cause.SETTINGS, ttl=30, wrote=True)
    found = reading(record("A", EAST6.ipv4, 101, 30), record("AAAA", EAST6.ipv6, 201, 300))
    d = decided("HHH", st, service=SHOP6, reading=found)
    assert d.action is A.RETRY, told(d)


def test_three_minutes_unknown_by_turns() -> None:
    st = pointing_at("east")
    for i in range(30):
        kind = Kind.QUORUM_LOST if i % 2 else Kind.SPLIT_VERDICT
        st = with_conditions(st, frozenset({kind}), NOW + i * 10)
    assert st.raised()


def test_removed_region_goes_straight_to_pin() -> None:
    rest = shop(regions=SHOP.regions[1:])
    d = decided("HH", pointing_at("east", pin=pin("south")), service=rest, revision=2)
    assert names(d) == ["south"]


def test_removed_region_respects_data() -> None:
    rest = shop(regions=SHOP.regions[1:])
    d = decided(
        "HH",
        pointing_at("east"),
        service=rest,
        revision=2,
        freshness={"us-west-2": Freshness.STALE},
    )
    assert names(d) == ["south"]


def test_since_is_when_the_majority_came_about() -> None:
    bs = [
        ballot({EAST.ipv4: tally(Vote.UNHEALTHY, since=NOW - ago)}, v)
        for v, ago in [("v1", 300), ("v2", 290), ("v3", 1)]
    ]
    assert verdict(EAST.ipv4, bs, settings_of(vantages=("v1", "v2", "v3")), NOW).since == NOW - 290


def test_withdraw_is_not_unhealthy_cause() -> None:
    c = claimed(
        pointing_at("east"), {"west": WEST}, Cause.UNHEALTHY, settings_of(), SHOP, claim(), NOW
    )
    assert withdrawn(c, NOW).cause is not Cause.UNHEALTHY


def test_adopting_removed_region_sticks() -> None:
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
    assert d.action is not A.ADOPT, told(d)


def test_two_ballots_of_one_vantage_are_one_vote() -> None:
    b = ballot({EAST.ipv4: tally(Vote.UNHEALTHY)}, "v1")
    assert (
        verdict(EAST.ipv4, [b, b, b], settings_of(vantages=("v1", "v2", "v3")), NOW).vote
        is Vote.UNKNOWN
    )


def test_hand_switch_to_old_pair_is_adopted() -> None:
    st = pointing_at("west", SHOP6)
    d = decided("HHH", st, service=SHOP, revision=1, reading=reads(EAST6))
    assert d.action is A.ADOPT, told(d)
