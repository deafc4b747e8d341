"""Rule 5: the records say something that no decision of ours said."""

from dataclasses import replace

import pytest

from failover.decision.decision import Action, Decision
from failover.decision.guard import Hold
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.outcomes import adopted, published
from failover.publication.parts import MOST_ARRIVALS, Announcement, Cause, Incident
from failover.publication.state import State
from failover.publication.transitions import claimed
from failover.settings.model import Addresses, Failback, Routing, Service
from failover.staleness.replication import Freshness
from failover.zone.records import Family, Reading
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    HOUR,
    MINUTE,
    NEW_EAST,
    NOT_ADDED,
    NOW,
    SHOP,
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
    names,
    override,
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

AT_EAST = pointing_at("east")
EMPTY = reading()
MIXED = reads(EAST, WEST)
DRIFTS = {"empty": EMPTY, "mixed": MIXED, "foreign": reads(ELSEWHERE), "west": reads(WEST)}


@pytest.mark.parametrize("found", DRIFTS.values(), ids=DRIFTS)
@pytest.mark.parametrize("letters", ["HHH", "UHH"])
def test_nothing_follows_from_a_difference_that_was_not_read_twice(
    found: Reading, letters: str
) -> None:
    """Not even leaving a dead region: the records cannot be relied on."""
    decision = decided(letters, reading=found, confirmed=False)
    assert decision.action is Action.HOLD
    assert "not confirmed" in told(decision)


@pytest.mark.parametrize("found", DRIFTS.values(), ids=DRIFTS)
def test_a_reading_from_before_the_publication_says_nothing_about_it(found: Reading) -> None:
    state = having(AT_EAST, published_at=NOW - 5.0)
    older = replace(found, at=NOW - 5.0)
    assert decided("HHH", state, reading=older).action is Action.HOLD
    assert names(decided("UHH", state, reading=older)) == ["west"]


@pytest.mark.parametrize(
    "found",
    [
        reads(EAST, ttl=86400),
        reads(EAST, EAST),
        reading(record("A", EAST.ipv4, 999)),
    ],
    ids=["ttl", "duplicate", "id"],
)
def test_what_no_resolver_would_notice_is_no_drift(found: Reading) -> None:
    assert "drift: the records say what was decided" in told(decided("HHH", reading=found))
    assert names(decided("UHH", reading=found)) == ["west"]


@pytest.mark.parametrize("found", [None, reads(EAST, at=NOW - 700)], ids=["unread", "old"])
def test_what_is_not_known_is_not_called_agreement(found: Reading | None) -> None:
    decision = decided("HHH", pointing_at("east"), reading=found)
    assert "drift: the records say what was decided" not in told(decision)
    assert names(decided("UHH", reading=found)) == ["west"]


class TestAnotherRegion:
    """a) Somebody switched by hand."""

    @pytest.mark.parametrize("letter", ["H", "?", "."])
    def test_it_is_adopted_unless_it_is_unhealthy(self, letter: str) -> None:
        decision = decided(f"H{letter}H", reading=reads(WEST))
        assert (decision.action, decision.cause) == (Action.ADOPT, Cause.EXTERNAL)
        assert decision.targets == {"west": WEST}

    def test_a_pin_ends_with_it(self) -> None:
        pinned = having(AT_EAST, pin=pin("east"))
        decision = decided("HHH", pinned, reading=reads(WEST))
        assert decision.action is Action.ADOPT
        after = adopted(
            pinned, decision.targets, Cause.EXTERNAL, settings_of(), SHOP, reads(WEST), NOW
        )
        assert after.orders.pin is None
        assert decided("HHH", after, reading=reads(WEST)).action is Action.HOLD

    def test_what_else_people_ordered_stays(self) -> None:
        before = having(AT_EAST, pause=stop(), excluded_until={"south": NOW + 1}, flips=(NOW - 1,))
        found = reads(WEST)
        after = adopted(before, {"west": WEST}, Cause.EXTERNAL, settings_of(), SHOP, found, NOW)
        assert (after.orders.pause, after.orders.excluded_until) == (
            before.orders.pause,
            before.orders.excluded_until,
        )
        assert after.limits.flips == before.limits.flips

    def test_a_region_that_a_person_takes_out_of_several_is_taken_out(self) -> None:
        service = shop(routing=Routing.MULTIVALUE)
        before = having(AT_EAST, active={"east": EAST, "west": WEST})
        found = reads(WEST)
        after = adopted(before, {"west": WEST}, Cause.EXTERNAL, settings_of(), service, found, NOW)
        assert after.orders.excluded_until == {"east": NOW + 72 * HOUR}

    def test_it_is_not_taken_back_by_automatic_failback(self) -> None:
        found = reads(WEST)
        after = adopted(AT_EAST, {"west": WEST}, Cause.EXTERNAL, settings_of(), SHOP, found, NOW)
        service = shop(failback=Failback.AUTOMATIC)
        assert decided("HHH", after, service=service, reading=found).action is Action.HOLD

    def test_one_family_of_it_is_enough_where_the_other_is_missing(self) -> None:
        found = reading(saying(WEST6)[1])
        decision = decided("HHH", service=SHOP6, reading=found)
        assert (decision.action, decision.targets) == (Action.ADOPT, {"west": WEST6})

    def test_an_unhealthy_one_is_written_over_at_once(self) -> None:
        decision = decided("HUH", reading=reads(WEST, since=NOW))
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.DRIFT)
        assert names(decision) == ["east"]

    def test_an_address_that_was_ours_under_older_settings_is_ours(self) -> None:
        """The settings have moved on, but the new address was never published."""
        away = pointing_at("west")
        decision = decided("?HH", away, service=shop(NEW_EAST), revision=2, reading=reads(EAST))
        assert (decision.action, decision.targets) == (Action.ADOPT, {"east": EAST})


class TestMixed:
    """b) Only addresses of ours, but not one region."""

    def test_a_repair_that_follows_a_pin_is_the_operators_switch(self) -> None:
        """Automatic failback must not undo it when the pin has ended."""
        state = pointing_at("east", pin=pin("west"))
        decision = decided("HHH", state, reading=MIXED)
        assert (decision.cause, names(decision)) == (Cause.OPERATOR, ["west"])

    @pytest.mark.parametrize(("age", "acts"), [(0.0, False), (119.0, False), (120.0, True)])
    def test_it_is_written_over_when_nobody_has_worked_on_it_for_two_minutes(
        self, age: float, acts: bool
    ) -> None:
        decision = decided("HHH", reading=replace(MIXED, since=NOW - age))
        assert decision.action is (Action.PUBLISH if acts else Action.HOLD)
        assert Kind.DRIFT in lasts(decision)

    def test_a_mixture_that_comes_back_after_a_repair_is_waited_for_anew(self) -> None:
        """Another vantage has put it right, which this one has not noticed."""
        state = having(AT_EAST, published_at=NOW - 30.0)
        decision = decided("HHH", state, reading=replace(MIXED, since=NOW - 300.0))
        assert decision.action is Action.HOLD
        assert "nothing is corrected for 1 min 30 s" in told(decision)

    def test_families_that_disagree_are_mixed(self) -> None:
        crossed = reading(saying(EAST6)[0], saying(WEST6)[1])
        decision = decided("HHH", service=SHOP6, reading=crossed)
        assert (decision.cause, decision.targets) == (Cause.DRIFT, {"east": EAST6})

    def test_an_unknown_active_region_keeps_its_place(self) -> None:
        assert names(decided("?HH", reading=MIXED)) == ["east"]

    def test_a_dead_active_region_does_not(self) -> None:
        assert names(decided("UHH", reading=MIXED)) == ["west"]

    def test_a_pin_decides_what_is_published(self) -> None:
        state = pointing_at("east", pin=pin("south"))
        assert names(decided("HHU", state, reading=MIXED)) == ["south"]

    def test_a_pin_on_a_region_that_is_gone_does_not(self) -> None:
        state = pointing_at("east", pin=pin("north"))
        assert names(decided("HHH", state, reading=MIXED)) == ["east"]

    @pytest.mark.parametrize("letters", ["UUU", "U??"])
    def test_nothing_is_written_where_nobody_is_healthy(self, letters: str) -> None:
        decision = decided(letters, reading=MIXED)
        assert decision.action is Action.HOLD
        assert {Kind.DRIFT, Kind.NO_HEALTHY_REGION} <= lasts(decision)


class TestEmpty:
    """c) The worst answer."""

    def test_it_is_written_over_at_once(self) -> None:
        decision = decided("HHH", reading=reading(since=NOW))
        assert (decision.cause, names(decision)) == (Cause.DRIFT, ["east"])

    def test_a_dead_region_gives_its_place_to_a_healthy_one(self) -> None:
        assert names(decided("UHH", reading=EMPTY)) == ["west"]

    @pytest.mark.parametrize("letters", ["UUU", "U??", "..."])
    def test_the_recorded_region_is_published_when_none_is_healthy(self, letters: str) -> None:
        decision = decided(letters, reading=EMPTY)
        assert (decision.action, names(decision)) == (Action.PUBLISH, ["east"])

    def test_half_a_pair_is_made_whole(self) -> None:
        for present in saying(EAST6):
            decision = decided("HHH", service=SHOP6, reading=reading(present))
            assert (decision.action, decision.targets) == (Action.PUBLISH, {"east": EAST6})

    def test_half_a_pair_is_made_whole_even_when_none_is_healthy(self) -> None:
        decision = decided("UUU", service=SHOP6, reading=reading(saying(EAST6)[0]))
        assert decision.targets == {"east": EAST6}

    def test_half_a_pair_counts_as_whole_while_linode_refuses_to_add_records(self) -> None:
        state = pointing_at("east", SHOP6, create_not_before=NOW + 300, create_refused=NOT_ADDED)
        half = reading(saying(EAST6)[0])
        held = decided("HHH", state, service=SHOP6, reading=half)
        assert held.action is Action.HOLD
        assert lasts(held) == {Kind.CREATE_REFUSED}
        left = decided("UHH", state, service=SHOP6, reading=half)
        assert (left.cause, left.targets) == (Cause.UNHEALTHY, {"west": WEST6})

    def test_what_may_not_be_added_before_a_list_has_shown_it_missing_is_told(self) -> None:
        half = replace(reading(saying(EAST6)[0]), listed_at=NOW - HOUR)
        held = decided("HHH", pointing_at("east", SHOP6), service=SHOP6, reading=half)
        assert held.action is Action.HOLD
        assert "what is missing cannot be added now" in told(held)

    def test_while_what_is_missing_waits_no_drift_begins_and_none_ends(self) -> None:
        half = replace(reading(saying(EAST6)[0], since=NOW - MINUTE), listed_at=NOW - HOUR)
        state = pointing_at("east", SHOP6)
        waits = {Kind.CREATE_REFUSED}
        assert lasts(decided("HHH", state, service=SHOP6, reading=half)) == waits
        drifting = having(state, incidents={Kind.DRIFT: Incident(NOW - HOUR, raised=True)})
        assert lasts(decided("HHH", drifting, service=SHOP6, reading=half)) == {Kind.DRIFT, *waits}


class TestForeign:
    """d) Somebody meant it."""

    @pytest.mark.parametrize(
        "found",
        [
            saying(ELSEWHERE),
            saying(EAST, ELSEWHERE),
            (*saying(EAST), record("AAAA", "2001:db8::99", 201)),
            (record("CNAME", "other.example.net", 301),),
            (*saying(EAST), record("CNAME", "other.example.net", 301)),
        ],
        ids=["only", "beside ours", "other family", "cname", "cname beside ours"],
    )
    @pytest.mark.parametrize("letters", ["HHH", "UHH", "UUU", "..."])
    def test_it_is_left_alone_and_paged(self, found: tuple[object, ...], letters: str) -> None:
        decision = decided(letters, reading=reading(*found))
        assert decision.action is Action.HOLD
        assert (Kind.DRIFT_BLOCKS_FAILOVER in lasts(decision)) is (letters[0] == "U")
        assert Kind.DRIFT in lasts(decision)
        assert override(decision)

    def test_not_even_a_pin_overwrites_it(self) -> None:
        state = pointing_at("east", pin=pin("west"))
        assert decided("HHH", state, reading=reads(ELSEWHERE)).action is Action.HOLD


class TestLimit:
    """Never fight a person: three times an hour, then hold and alert."""

    THREE = (NOW - 50 * MINUTE, NOW - 40 * MINUTE, NOW - 30 * MINUTE)

    @pytest.mark.parametrize("found", [MIXED, EMPTY], ids=["mixed", "empty"])
    def test_the_fourth_time_it_holds(self, found: Reading) -> None:
        state = pointing_at("east", republished=self.THREE)
        decision = decided("HHH", state, reading=found)
        assert decision.action is Action.HOLD
        assert {Kind.DRIFT, Kind.DRIFT_PERSISTS} <= lasts(decision)
        assert override(decision)

    @pytest.mark.parametrize("found", [MIXED, EMPTY], ids=["mixed", "empty"])
    def test_a_correction_is_no_occasion_to_fail_back(self, found: Reading) -> None:
        returning = shop(failback=Failback.AUTOMATIC)
        state = pointing_at("west", moved_by=Cause.UNHEALTHY)
        decision = decided("HHH", state, service=returning, reading=found)
        assert (decision.cause, names(decision)) == (Cause.DRIFT, ["west"])

    def test_a_fight_lasts_between_two_corrections_once_there_are_more_than_the_limit(self) -> None:
        """Right after a correction the records are as decided."""
        three = pointing_at("east", republished=self.THREE)
        assert lasts(decided("HHH", three)) == set()
        four = pointing_at("east", republished=(*self.THREE, NOW - 60.0))
        assert lasts(decided("HHH", four)) == {Kind.DRIFT, Kind.DRIFT_PERSISTS}

    def test_after_an_hour_it_goes_on(self) -> None:
        state = pointing_at("east", republished=(NOW - 60 * MINUTE, *self.THREE[1:]))
        assert decided("HHH", state, reading=MIXED).action is Action.PUBLISH

    def test_each_repair_counts_when_it_is_claimed(self) -> None:
        state = AT_EAST
        for n in range(1, 4):
            state = claimed(
                state, state.publication.targets, Cause.DRIFT, settings_of(), SHOP, claim(), NOW
            )
            assert state.limits.republished_lately(NOW) == n
            assert state.limits.republished_lately(NOW + 59 * MINUTE) == n
            assert state.limits.republished_lately(NOW + 60 * MINUTE) == 0

    def test_a_hand_switch_to_a_living_region_is_adopted_all_the_same(self) -> None:
        state = pointing_at("east", republished=self.THREE)
        assert decided("HHH", state, reading=reads(WEST)).action is Action.ADOPT


class TestLateWrite:
    """A write of ours whose reply was lost arrives after the name has moved on."""

    LATE = announced(WEST.ipv4)
    STATE = pointing_at("east", announced=(LATE,))

    def test_it_is_ours_and_is_undone(self) -> None:
        decision = decided("HHH", self.STATE, reading=reads(WEST))
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.DRIFT)
        assert names(decision) == ["east"]
        assert decision.explained == {self.LATE}

    def test_of_several_regions_it_may_say_what_another_record_says(self) -> None:
        """Nobody has taken east out: the record that had it says west once more."""
        both = {"east": EAST, "west": WEST}
        late = announced(WEST.ipv4, record_id=101)
        service = shop(routing=Routing.MULTIVALUE)
        state = pointing_at("east", service, active=both, targets=both, announced=(late,))
        found = reading(record("A", WEST.ipv4, 101), record("A", WEST.ipv4, 102))
        decision = decided("HHU", state, service=service, reading=found)
        assert (decision.action, decision.cause) == (Action.PUBLISH, Cause.DRIFT)
        assert (names(decision), decision.explained) == (["east", "west"], {late})
        by_hand = decided("HHU", replace(state, announced=()), service=service, reading=found)
        assert (by_hand.action, names(by_hand)) == (Action.ADOPT, ["west"])

    def test_undoing_it_brings_nobody_back_beyond_the_flip_budget(self) -> None:
        late = announced(EAST.ipv4, record_id=101)
        service = shop(routing=Routing.MULTIVALUE, flip_budget=2)
        flips = (NOW - 20 * MINUTE, NOW - 10 * MINUTE)
        state = pointing_at("west", service, announced=(late,), flips=flips)
        found = reading(record("A", EAST.ipv4, 101), record("A", WEST.ipv4, 102))
        decision = decided("UHH", state, service=service, reading=found)
        assert (decision.cause, names(decision)) == (Cause.DRIFT, ["west"])

    def test_undoing_it_is_no_occasion_to_fail_back(self) -> None:
        state = pointing_at("west", moved_by=Cause.UNHEALTHY, announced=(announced(SOUTH.ipv4),))
        returning = shop(failback=Failback.AUTOMATIC)
        assert decided("HHH", state, service=returning).cause is Cause.FAILBACK
        decision = decided("HHH", state, service=returning, reading=reads(SOUTH))
        assert (decision.cause, names(decision)) == (Cause.DRIFT, ["west"])

    SPENT = shop(flip_budget=2)
    FLIPS = (NOW - 20 * MINUTE, NOW - 5 * MINUTE)

    def test_undoing_it_leaves_dead_regions_however_often_the_name_has_moved(self) -> None:
        """East has died, the record says west, dead too: nothing keeps the name from south."""
        state = having(self.STATE, flips=self.FLIPS)
        decision = decided("UUH", state, service=self.SPENT, reading=reads(WEST))
        assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["south"])

    def test_where_it_says_a_healthy_region_already_the_name_stays(self) -> None:
        """East has died: nobody is moved back to it."""
        state = having(self.STATE, flips=self.FLIPS)
        decision = decided("UHH", state, service=self.SPENT, reading=reads(WEST))
        assert (decision.cause, names(decision)) == (Cause.UNHEALTHY, ["west"])

    def test_undoing_it_does_not_count_as_fighting(self) -> None:
        decision = decided("HHH", self.STATE, reading=reads(WEST))
        after = claimed(
            self.STATE,
            decision.targets,
            Cause.DRIFT,
            settings_of(),
            SHOP,
            claim(),
            NOW,
            decision.explained,
        )
        assert after.limits.republished == ()

    def test_each_announcement_is_good_for_as_many_repairs_as_it_sent_requests(self) -> None:
        """Each of them may be carried out late; after that it is somebody's hand."""
        state = self.STATE
        for _ in range(MOST_ARRIVALS):
            decision = decided("HHH", state, reading=reads(WEST))
            assert decision.action is Action.PUBLISH
            after = claimed(
                state,
                decision.targets,
                Cause.DRIFT,
                settings_of(),
                SHOP,
                claim(),
                NOW,
                decision.explained,
            )
            state = replace(self.STATE, announced=after.announced)
        assert decided("HHH", state, reading=reads(WEST)).action is Action.ADOPT

    @pytest.mark.parametrize(
        "other",
        [
            announced(SOUTH.ipv4),
            announced(WEST.ipv4, record_id=102),
            Announcement(Family.AAAA, 101, WEST.ipv4, NOW),
        ],
        ids=["another address", "another record", "another family"],
    )
    def test_another_write_explains_nothing(self, other: Announcement) -> None:
        state = pointing_at("east", announced=(other,))
        assert decided("HHH", state, reading=reads(WEST)).action is Action.ADOPT

    def test_it_must_explain_every_strange_record(self) -> None:
        found = reads(WEST, SOUTH)
        decision = decided("HHH", self.STATE, reading=found)
        assert not decision.explained

    def test_a_late_addition_is_known_by_its_address(self) -> None:
        state = pointing_at("east", announced=(announced(WEST.ipv4, record_id=None),))
        decision = decided("HHH", state, reading=reads(EAST, WEST))
        assert decision.explained == set(state.announced)

    def test_one_half_of_a_pair_is_explained_by_its_own_write(self) -> None:
        late = Announcement(Family.AAAA, 201, str(WEST6.ipv6), NOW - 60.0)
        state = pointing_at("east", SHOP6, announced=(late,))
        crossed = reading(saying(EAST6)[0], saying(WEST6)[1])
        decision = decided("HHH", state, service=SHOP6, reading=replace(crossed, since=NOW))
        assert decision.explained == {late}

    def test_after_ten_minutes_it_explains_nothing(self) -> None:
        for age, action in [(10 * MINUTE - 1, Action.PUBLISH), (10 * MINUTE, Action.ADOPT)]:
            state = pointing_at("east", announced=(announced(WEST.ipv4, at=NOW - age),))
            assert decided("HHH", state, reading=reads(WEST)).action is action

    def test_it_waits_for_the_second_reading_like_any_difference(self) -> None:
        held = decided("HHH", self.STATE, reading=reads(WEST), confirmed=False)
        assert held.action is Action.HOLD

    def test_a_cname_is_never_a_late_write(self) -> None:
        found = reading(*saying(WEST), record("CNAME", WEST.ipv4, 101))
        decision = decided("HHH", self.STATE, reading=found)
        assert decision.action is Action.HOLD


def test_a_changed_address_that_somebody_published_by_hand_is_taken_as_it_is() -> None:
    """Terraform moved the record before the monitor did; the new address is not proven yet."""
    decision = decided("?HH", AT_EAST, service=shop(NEW_EAST), reading=reads(NEW_EAST))
    assert (decision.action, decision.targets) == (Action.ADOPT, {"east": NEW_EAST})


def test_a_dead_old_address_is_not_restored_over_a_new_one() -> None:
    cast = {**votes("?HH", shop(NEW_EAST)), EAST.ipv4: tally(Vote.UNHEALTHY)}
    decision = decided(
        "", AT_EAST, service=shop(NEW_EAST), reading=reads(NEW_EAST), ballots=(ballot(cast),)
    )
    assert decision.targets != {"east": EAST}


def test_an_address_of_no_settings_is_foreign_however_healthy_it_once_was() -> None:
    stranger = Addresses("192.0.2.200")
    assert decided("UHH", reading=reads(stranger)).action is Action.HOLD


def publish(before: State, decision: Decision, service: Service, revision: int = 1) -> State:
    """The state after this decision was published."""
    assert decision.cause is not None
    asked = settings_of(service, revision=revision)
    mine = claimed(before, decision.targets, decision.cause, asked, service, claim(), NOW)
    return published(mine, (), reads(*decision.targets.values(), at=NOW), NOW)


def test_an_empty_name_is_not_given_an_address_of_older_settings():
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


def test_one_late_record_explains_one_of_two_lost_writes():
    one, two = announced(WEST.ipv4, at=NOW - 60), announced(WEST.ipv4, at=NOW - 50)
    st = pointing_at("east", announced=(one, two))
    d = decided("HHH", st, reading=reads(WEST))
    assert len(d.explained) == 1


def test_a_repair_prefers_a_region_whose_data_is_fresh():
    d = decided("UHH", reading=reading(), freshness={"us-west-2": Freshness.STALE})
    assert names(d) == ["south"]


def test_failback_returns_a_move_that_was_made_under_drift():
    d = decided("UHH", reading=reading(), service=shop(failback=Failback.AUTOMATIC))
    after = publish(pointing_at("east"), d, SHOP)
    back = decided("HHH", after, service=shop(failback=Failback.AUTOMATIC), reading=reads(WEST))
    assert after.limits.flips
    assert back.cause is Cause.FAILBACK, told(back)


def test_a_late_write_is_not_undone_towards_a_dead_region():
    st = pointing_at("east", announced=(announced(WEST.ipv4),))
    d = decided("UHH", st, reading=reads(WEST))
    assert d.targets != {"east": EAST}, told(d)


def test_a_late_write_is_not_undone_towards_an_address_in_no_settings():
    st = pointing_at("east", targets={"east": ELSEWHERE}, announced=(announced(WEST.ipv4),))
    d = decided("UUU", st, reading=reads(WEST))
    assert d.action is Action.HOLD
    assert d.held is Hold.CANDIDATES


def test_half_a_pair_that_was_made_whole_often_enough_stays_half():
    st = pointing_at("east", SHOP6, republished=(NOW - 30, NOW - 20, NOW - 10))
    d = decided("HHH", st, service=SHOP6, reading=reads(EAST))
    assert d.action is Action.HOLD
    assert "corrected often enough" in told(d)


def test_a_manual_switch_to_a_former_pair_of_addresses_is_adopted():
    st = pointing_at("west", SHOP6)
    d = decided("HHH", st, service=SHOP, revision=1, reading=reads(EAST6))
    assert d.action is Action.ADOPT, told(d)
