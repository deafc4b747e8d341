"""The decision item: what each change to it keeps, and what it forgets."""

from dataclasses import replace

import pytest

from failover.notify.kinds import Kind
from failover.publication.incidents import with_conditions
from failover.publication.outcomes import UNCHANGED, adopted, published, record_ids
from failover.publication.parts import Announcement, Cause, Incident, Phase, Terms
from failover.publication.state import State
from failover.publication.transitions import (
    claimed,
    given_back,
    let_go,
    reclaimed,
    renewed,
    withdrawn,
)
from failover.zone.records import Family
from tests.support.builders import (
    EAST,
    EAST6,
    HOUR,
    MINUTE,
    NOW,
    SHOP,
    WEST,
    WEST6,
    announced,
    claim,
    having,
    moving,
    pin,
    pointing_at,
    reads,
    settings_of,
    stop,
)

AT_EAST = pointing_at("east", pin=pin("east"), pause=stop())
TO_WEST = {"west": WEST}
WRITE = announced(WEST.ipv4)


def claim_west(before: State | None, cause: Cause = Cause.UNHEALTHY, now: float = NOW) -> State:
    return claimed(before, TO_WEST, cause, settings_of(revision=2), SHOP, claim(), now)


def done(before: State, *answered: Announcement, now: float = NOW) -> State:
    return published(before, answered, reads(*before.publication.targets.values()), now)


def test_a_claim_is_a_new_generation_that_has_written_nothing() -> None:
    after = claim_west(AT_EAST)
    assert (after.version, after.publication.generation, after.publication.attempt) == (6, 4, 1)
    assert (after.publication.phase, after.publication.wrote, after.publication.asked) == (
        Phase.PUBLISHING,
        False,
        Terms(2, 30),
    )
    assert (after.served.active, after.publication.targets) == (AT_EAST.served.active, TO_WEST)
    assert (after.orders.pin, after.orders.pause) == (AT_EAST.orders.pin, AT_EAST.orders.pause)


def test_the_first_claim_of_all_points_nowhere_yet() -> None:
    after = claim_west(None, Cause.ADOPTION)
    assert (after.version, after.publication.generation, dict(after.served.active)) == (1, 1, {})
    assert done(after).limits.flips == ()


def test_another_attempt_is_the_same_generation() -> None:
    after = reclaimed(moving("east", "west"), claim(id_="c2"))
    assert (after.publication.generation, after.publication.attempt) == (3, 2)
    assert after.publication.claim == claim(id_="c2")


def test_a_new_decision_in_the_middle_of_another_does_not_restart_the_clock() -> None:
    first = claim_west(AT_EAST, now=NOW)
    second = claim_west(first, now=NOW + 45)
    assert second.publication.unfinished_since == NOW
    assert claim_west(done(second), now=NOW + 60).publication.unfinished_since == NOW + 60


@pytest.mark.parametrize("wrote", [True, False])
def test_a_new_decision_in_the_middle_of_another_knows_whether_that_one_has_written(
    wrote: bool,
) -> None:
    """The records may say neither decision: to give the newer one up would leave them so."""
    assert claim_west(moving("east", "south", wrote=wrote)).publication.wrote is wrote
    assert not claim_west(done(moving("west", "east", wrote=wrote))).publication.wrote


def test_a_write_is_announced_with_the_renewal() -> None:
    after = renewed(claim_west(AT_EAST), NOW + 60, WRITE)
    assert after.publication.claim == claim(until=NOW + 60)
    assert (after.publication.wrote, after.announced) == (True, (WRITE,))


def test_nothing_can_be_renewed_that_nobody_holds() -> None:
    with pytest.raises(ValueError, match="only a claimed"):
        renewed(AT_EAST, NOW + 60, WRITE)


def test_only_a_reply_clears_an_announcement() -> None:
    lost = announced(WEST.ipv4, record_id=102)
    state = renewed(renewed(claim_west(AT_EAST), NOW + 60, WRITE), NOW + 61, lost)
    assert done(state, WRITE).announced == (lost,)
    assert let_go(state, [WRITE]).announced == (lost,)
    assert withdrawn(state, NOW).announced == (WRITE, lost)
    found = reads(EAST)
    kept = adopted(state, {"east": EAST}, Cause.EXTERNAL, settings_of(), SHOP, found, NOW)
    assert kept.announced == (WRITE, lost)


@pytest.mark.parametrize(("age", "kept"), [(10 * MINUTE - 1, True), (10 * MINUTE, False)])
def test_or_ten_minutes(age: float, kept: bool) -> None:
    state = replace(AT_EAST, announced=(announced(WEST.ipv4, at=NOW - age),))
    assert bool(claim_west(state).announced) is kept


def test_published_means_that_the_target_is_active() -> None:
    after = done(claim_west(AT_EAST))
    assert (after.publication.phase, after.publication.claim) == (Phase.PUBLISHED, None)
    assert (after.served.active, after.served.moved_by, after.served.moved_at) == (
        TO_WEST,
        Cause.UNHEALTHY,
        NOW,
    )
    assert after.served.record_ids == {"A": (101,), "AAAA": ()}


def test_a_region_whose_record_could_not_be_added_is_not_active() -> None:
    both = {"east": EAST, "west": WEST}
    state = claimed(AT_EAST, both, Cause.COMPLETION, settings_of(), SHOP, claim(), NOW)
    assert published(state, (), reads(EAST), NOW).served.active == {"east": EAST}


@pytest.mark.parametrize("cause", list(Cause))
def test_only_own_automatic_switches_count_against_the_flip_budget(cause: Cause) -> None:
    flips = done(claim_west(AT_EAST, cause)).limits.flips
    assert flips == ((NOW,) if cause in (Cause.UNHEALTHY, Cause.FAILBACK) else ())


def test_what_was_served_before_a_decision_that_came_to_nothing_is_served_still() -> None:
    served = having(AT_EAST, served_at=NOW - MINUTE)
    assert withdrawn(claim_west(served), NOW).publication.phase is Phase.SETTLED
    assert (
        withdrawn(claim_west(having(AT_EAST, served_at=0.0)), NOW).publication.phase
        is Phase.PUBLISHED
    )


def test_only_a_switch_that_reached_dns_counts() -> None:
    state = claim_west(AT_EAST)
    assert withdrawn(state, NOW).limits.flips == ()
    assert let_go(state, ()).limits.flips == ()
    assert given_back(AT_EAST, state).limits.flips == ()


def test_going_back_to_where_the_name_was_is_no_switch() -> None:
    back = claimed(
        claim_west(AT_EAST),
        AT_EAST.served.active,
        Cause.UNHEALTHY,
        settings_of(),
        SHOP,
        claim(),
        NOW,
    )
    after = done(back)
    assert (after.limits.flips, after.served.moved_at) == ((), AT_EAST.served.moved_at)


def test_flips_are_counted_for_an_hour() -> None:
    state = done(claim_west(AT_EAST))
    assert state.limits.flips_lately(NOW + 59 * MINUTE) == 1
    assert state.limits.flips_lately(NOW + HOUR) == 0


def test_a_failed_attempt_leaves_the_decision_to_anybody() -> None:
    state = claim_west(AT_EAST)
    after = let_go(state, ())
    assert having(after, version=state.version, claim=state.publication.claim) == state
    assert after.publication.claim is None


def test_a_withdrawal_is_a_generation_that_points_where_the_name_is() -> None:
    after = withdrawn(claim_west(AT_EAST), NOW)
    assert (after.publication.generation, after.publication.phase, after.publication.claim) == (
        5,
        Phase.PUBLISHED,
        None,
    )
    assert (after.publication.targets, after.served.active) == (
        AT_EAST.served.active,
        AT_EAST.served.active,
    )
    assert after.served.moved_by is AT_EAST.served.moved_by


def test_a_claim_given_back_restores_the_decision_and_keeps_what_others_did_meanwhile() -> None:
    before = having(AT_EAST, announced=(WRITE,), republished=(NOW - 60,))
    ours = claimed(
        before,
        before.publication.targets,
        Cause.DRIFT,
        settings_of(revision=2),
        SHOP,
        claim(),
        NOW,
        frozenset({WRITE}),
    )
    meanwhile = having(ours, version=ours.version + 1, pin=pin("south"), pause=None)
    after = given_back(before, meanwhile)
    expected = having(before, version=8, generation=4, pin=pin("south"), pause=None, claim=None)
    assert after == expected


def test_adoption_takes_the_records_as_they_are() -> None:
    found = reads(EAST6)
    state = adopted(None, {"east": EAST6}, Cause.ADOPTION, settings_of(), SHOP, found, NOW)
    assert (state.version, state.publication.generation, state.publication.phase) == (
        1,
        1,
        Phase.PUBLISHED,
    )
    assert state.served.record_ids == {"A": (101,), "AAAA": (201,)}
    assert state.publication.answer.aaaa == {EAST6.ipv6}


def test_adoption_in_place_of_a_decision_goes_on_counting() -> None:
    state = adopted(AT_EAST, TO_WEST, Cause.EXTERNAL, settings_of(), SHOP, reads(WEST), NOW)
    assert (state.version, state.publication.generation) == (6, 4)
    assert (state.orders.pin, state.orders.pause) == (None, AT_EAST.orders.pause)


def test_adoption_does_not_forget_that_linode_refused_to_add_a_record() -> None:
    before = having(AT_EAST, create_not_before=NOW + 500)
    state = adopted(before, TO_WEST, Cause.EXTERNAL, settings_of(), SHOP, reads(WEST), NOW)
    assert state.limits.create_not_before == NOW + 500


def test_no_record_ids_without_a_reading() -> None:
    assert record_ids(None) == {}


class TestIncidents:
    """Conditions become incidents, and are raised once they have lasted."""

    def test_most_are_raised_at_once(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.DRIFT}), NOW)
        assert state.notices.raised() == {Kind.DRIFT}
        assert state.version == AT_EAST.version + 1

    @pytest.mark.parametrize("kind", [Kind.QUORUM_LOST, Kind.SPLIT_VERDICT])
    def test_an_unknown_active_region_is_raised_after_three_minutes(self, kind: Kind) -> None:
        state = with_conditions(AT_EAST, frozenset({kind}), NOW)
        assert with_conditions(state, frozenset({kind}), NOW + 179).notices.raised() == frozenset()
        assert with_conditions(state, frozenset({kind}), NOW + 180).notices.raised() == {kind}

    def test_an_interruption_starts_it_anew(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.QUORUM_LOST}), NOW)
        state = with_conditions(state, frozenset(), NOW + 100)
        state = with_conditions(state, frozenset({Kind.QUORUM_LOST}), NOW + 110)
        assert (
            with_conditions(state, frozenset({Kind.QUORUM_LOST}), NOW + 200).notices.raised()
            == set()
        )

    def test_it_ends_when_the_condition_has_been_absent_for_a_while(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.DRIFT}), NOW)
        state = with_conditions(state, frozenset(), NOW + 1)
        assert state.notices.holding() == frozenset()
        assert with_conditions(state, frozenset(), NOW + 301).notices.incidents == {}

    def test_it_keeps_its_beginning(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.DRIFT}), NOW)
        state = with_conditions(state, frozenset({Kind.DRIFT, Kind.PINNED_UNHEALTHY}), NOW + 50)
        assert state.notices.incidents[Kind.DRIFT] == Incident(since=NOW, raised=True, told=NOW)

    def test_what_has_not_changed_is_not_written(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.DRIFT}), NOW)
        assert with_conditions(state, frozenset({Kind.DRIFT}), NOW + 50) is state
        assert with_conditions(AT_EAST, frozenset(), NOW) is AT_EAST


def test_verdicts_that_are_unknown_for_changing_reasons_are_one_incident():
    st = pointing_at("east")
    for i in range(30):
        kind = Kind.QUORUM_LOST if i % 2 else Kind.SPLIT_VERDICT
        st = with_conditions(st, frozenset({kind}), NOW + i * 10)
    assert st.notices.raised()


def test_a_withdrawn_failover_is_no_failover():
    c = claimed(
        pointing_at("east"), {"west": WEST}, Cause.UNHEALTHY, settings_of(), SHOP, claim(), NOW
    )
    assert withdrawn(c, NOW).publication.cause is not Cause.UNHEALTHY


def test_what_linode_confirmed_of_one_publication_says_nothing_of_the_next() -> None:
    before = having(claim_west(AT_EAST), changed=True)
    assert done(before).publication.changed is False


@pytest.mark.parametrize(("corrected", "quiet"), [(2, False), (3, True)])
def test_corrections_beyond_the_limit_only_go_to_the_history(corrected: int, quiet: bool) -> None:
    """The incident tells of them. The claim counts one more."""
    before = having(AT_EAST, republished=(NOW - 60.0,) * corrected)
    drift = claim_west(before, Cause.DRIFT)
    assert done(drift).notices.pending[-1].quiet is quiet
    failover = having(drift, cause=Cause.UNHEALTHY)
    assert done(failover).notices.pending[-1].quiet is False


def test_a_write_that_linode_confirmed_is_remembered_through_failed_attempts() -> None:
    state = claim_west(AT_EAST)
    assert not let_go(state, ()).publication.changed
    confirmed = let_go(state, (), changed=True)
    assert confirmed.publication.changed
    assert let_go(confirmed, ()).publication.changed


@pytest.mark.parametrize(
    ("sent", "cause"), [(NOW - 1, UNCHANGED), (NOW, "drift"), (NOW + 1, "drift")]
)
def test_a_write_without_a_reply_may_have_corrected_the_records_since_the_decision(
    sent: float, cause: str
) -> None:
    drift = claimed(AT_EAST, AT_EAST.served.active, Cause.DRIFT, settings_of(), SHOP, claim(), NOW)
    lost = announced(EAST.ipv4, at=sent)
    after = done(replace(drift, announced=(lost,)), now=NOW + 5)
    assert after.notices.pending[-1].facts["cause"] == cause


def test_a_switch_of_an_hour_ago_is_forgotten_with_the_next_one() -> None:
    before = having(AT_EAST, flips=(NOW - HOUR, NOW - HOUR + 1))
    assert done(claim_west(before)).limits.flips == (NOW - HOUR + 1, NOW)


@pytest.mark.parametrize(
    ("a", "aaaa", "says_a", "says_aaaa"),
    [
        (2, 2, True, True),
        (1, 2, False, True),
        (0, 2, True, True),
        (2, 1, True, True),
        (2, 0, True, True),
    ],
)
def test_where_records_cannot_be_added_fewer_will_do(
    a: int, aaaa: int, says_a: bool, says_aaaa: bool
) -> None:
    """An AAAA record less than A records, or a family without any; not an A record less."""
    both = {"east": EAST6, "west": WEST6}
    state = having(AT_EAST, targets=both, create_not_before=NOW)
    v4 = frozenset([EAST6.ipv4, WEST6.ipv4][:a])
    v6 = frozenset([EAST6.ipv6 or "", WEST6.ipv6 or ""][:aaaa])
    assert (state.says(Family.A, v4), state.says(Family.AAAA, v6)) == (says_a, says_aaaa)
    usual = having(state, create_not_before=0.0)
    assert (usual.says(Family.A, v4), usual.says(Family.AAAA, v6)) == (a == 2, aaaa == 2)
