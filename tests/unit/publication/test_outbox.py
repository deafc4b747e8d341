"""The events that wait in a decision: their ids, their marks, and that they stay few."""

from dataclasses import replace

import pytest

from failover.notify.catalogue import NOTICES, alerts
from failover.notify.events import Event, What
from failover.notify.kinds import Kind
from failover.notify.notice import Reach
from failover.publication import outbox
from failover.publication.incidents import quiet_time, with_conditions
from failover.publication.outcomes import adopted, proved, published
from failover.publication.parts import Cause, Claim, Incident, Phase
from failover.publication.state import State
from failover.publication.transitions import claimed, given_back
from tests.support.builders import (
    HOUR,
    MINUTE,
    NOW,
    SHOP,
    WEST,
    claim,
    having,
    pin,
    pointing_at,
    reads,
    settings_of,
    stop,
)

AT_EAST = pointing_at("east")
DOWN = frozenset({Kind.NO_HEALTHY_REGION})
NONE: frozenset[Kind] = frozenset()


def abouts(state: State) -> list[str]:
    return [f"{event.what} {event.about}" for event in state.notices.pending]


def waiting(*events: Event) -> State:
    return having(AT_EAST, pending=events)


def alert(number: int, what: str = What.PIN_ENDED, **facts: str) -> Event:
    return Event(f"e{number}", NOW + number, what, facts)


class TestIds:
    def test_an_event_is_named_by_its_moment_and_version(self) -> None:
        state = outbox.recorded(AT_EAST, What.SETTLED, NOW, {})
        state = outbox.recorded(state, What.SETTLED, NOW, {})
        assert [event.id for event in state.notices.pending] == ["1800000000-5-0", "1800000000-5-1"]

    def test_long_facts_are_cut_and_empty_ones_left_out(self) -> None:
        [event] = outbox.recorded(
            AT_EAST, What.ORDER, NOW, {"why": "x" * 9999, "data": ""}
        ).notices.pending
        assert event.facts == {"why": "x" * 1000}


class TestMarks:
    def test_at_most_five_are_marked_at_once_the_oldest_first(self) -> None:
        state = outbox.marked(waiting(*(alert(i) for i in range(7))), NOW)
        assert [e.id for e in state.notices.pending if e.marked_until] == [
            "e0",
            "e1",
            "e2",
            "e3",
            "e4",
        ]
        assert state.version == AT_EAST.version + 1

    def test_what_only_goes_to_the_history_does_not_wait_behind_alerts(self) -> None:
        entries = [alert(20 + i, What.SETTLED) for i in range(7)]
        loud = [alert(i) for i in range(20)]
        state = outbox.marked(waiting(*loud, *entries), NOW)
        ours = [e.id for e in state.notices.pending if e.marked_until]
        assert ours == ["e0", "e1", "e2", "e3", "e4", "e20", "e21", "e22", "e23", "e24"]

    def test_a_mark_lasts_thirty_seconds(self) -> None:
        state = outbox.marked(waiting(alert(0)), NOW)
        assert outbox.due(state, NOW + 29) == ()
        assert [event.id for event in outbox.due(state, NOW + 30)] == ["e0"]

    def test_taking_out_what_is_not_there_changes_nothing(self) -> None:
        state = waiting(alert(0))
        assert outbox.moved(state, {"e9"}) is state
        assert outbox.moved(state, {"e0"}).notices.pending == ()


class TestTooMany:
    def test_those_alike_are_told_as_one_that_says_how_many(self) -> None:
        state = outbox.marked(waiting(*(alert(i) for i in range(40))), NOW - 100)
        state = outbox.marked(state, NOW)
        loud = [event for event in state.notices.pending if alerts(event)]
        assert len(loud) == outbox.MOST_WAITING
        assert loud[-1].id == "e39"
        assert loud[-1].facts["earlier"] == "20"
        assert float(loud[-1].facts["earliest"]) == state.notices.pending[5].at
        assert len(state.notices.pending) == 40  # the others go to the history

    def test_one_whose_mark_ends_now_can_be_told_by_another(self) -> None:
        marks = (replace(alert(i), marked_until=NOW) for i in range(outbox.MOST_WAITING + 1))
        state = outbox.marked(waiting(*marks), NOW)
        assert sum(map(alerts, state.notices.pending)) == outbox.MOST_WAITING

    def test_what_is_different_is_never_dropped(self) -> None:
        kinds = [kind for kind in Kind if NOTICES[f"incident/{kind}"].reach is not Reach.HISTORY]
        events = [
            alert(i, what, incident=kind)
            for i, (kind, what) in enumerate(
                (kind, what)
                for kind in kinds
                for what in (What.INCIDENT_BEGAN, What.INCIDENT_ENDED)
            )
        ]
        assert len(events) > outbox.MOST_WAITING
        state = outbox.marked(waiting(*events), NOW)
        assert all(alerts(event) for event in state.notices.pending)

    def test_a_day_of_all_kinds_at_once_without_a_topic_stays_small(self) -> None:
        """Every alert fails; what is quiet is moved. All kinds come and go every half hour."""
        state = AT_EAST
        for minute in range(0, 24 * 60, 5):
            now = NOW + minute * MINUTE
            state = with_conditions(state, frozenset(Kind) if minute % 30 < 15 else NONE, now)
            state = outbox.marked(state, now)
            state = outbox.moved(state, {e.id for e in state.notices.pending if not alerts(e)})
        assert len(state.notices.pending) <= 3 * len(Kind)


class TestIncidents:
    def test_it_is_told_when_it_begins_and_when_it_ends(self) -> None:
        state = with_conditions(AT_EAST, DOWN, NOW, seen=lambda kind: {"why": f"{kind}: all dead"})
        assert abouts(state) == ["incident_began incident/no_healthy_region"]
        assert state.notices.pending[0].facts["why"] == "no_healthy_region: all dead"
        assert state.version == AT_EAST.version + 1
        state = with_conditions(with_conditions(state, NONE, NOW + 50), NONE, NOW + 350)
        assert abouts(state)[1:] == ["incident_ended incident/no_healthy_region"]
        assert state.notices.pending[1].facts["since"] == "2027-01-15T08:00:00Z"

    def test_reminders_come_after_an_hour_and_then_every_four(self) -> None:
        state = AT_EAST
        reminded = []
        for minute in range(13 * 60):
            state = with_conditions(state, DOWN, NOW + minute * MINUTE)
            if any(event.what == What.INCIDENT_LASTS for event in state.notices.pending):
                reminded.append(minute)
            state = having(state, pending=())
        assert reminded == [60, 300, 540]

    def test_no_reminder_is_added_while_people_wait_to_be_told_at_all(self) -> None:
        state = with_conditions(AT_EAST, DOWN, NOW)
        for hour in range(1, 24):
            state = with_conditions(state, DOWN, NOW + hour * HOUR)
        assert len(state.notices.pending) == 1

    def test_another_alert_that_waits_keeps_no_reminder_back(self) -> None:
        state = having(with_conditions(AT_EAST, DOWN, NOW), pending=(alert(0),))
        state = with_conditions(state, DOWN, NOW + HOUR)
        assert abouts(state)[1:] == ["incident_lasts incident/no_healthy_region"]

    def test_a_beginning_that_only_the_history_gets_keeps_no_reminder_back(self) -> None:
        state = with_conditions(AT_EAST, DOWN, NOW)
        quiet = [replace(event, quiet=True) for event in state.notices.pending]
        state = with_conditions(having(state, pending=tuple(quiet)), DOWN, NOW + HOUR)
        assert abouts(state)[1:] == ["incident_lasts incident/no_healthy_region"]

    def test_what_is_told_once_only_is_not_reminded_of(self) -> None:
        observed = frozenset({Kind.WOULD_SWITCH})
        state = with_conditions(AT_EAST, observed, NOW)
        assert with_conditions(state, observed, NOW + 9 * HOUR) is state

    def test_what_is_not_raised_yet_is_not_told(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.QUORUM_LOST}), NOW)
        assert state.notices.pending == ()
        assert with_conditions(state, NONE, NOW + 60).notices.pending == ()

    def test_one_twin_goes_on_where_the_other_was(self) -> None:
        state = with_conditions(AT_EAST, frozenset({Kind.QUORUM_LOST}), NOW)
        state = with_conditions(state, frozenset({Kind.QUORUM_LOST}), NOW + 180)
        state = with_conditions(state, frozenset({Kind.SPLIT_VERDICT}), NOW + 190)
        assert abouts(state) == ["incident_began incident/quorum_lost"]
        state = with_conditions(with_conditions(state, NONE, NOW + 200), NONE, NOW + 500)
        assert abouts(state)[1:] == ["incident_ended incident/split_verdict"]

    def test_one_that_comes_and_goes_is_one_incident(self) -> None:
        state = AT_EAST
        for i in range(360):  # an hour of rounds, every second one
            state = with_conditions(state, DOWN if i % 2 else NONE, NOW + i * 10.0)
        assert abouts(state) == ["incident_began incident/no_healthy_region"]

    def test_each_beginning_within_a_day_doubles_the_quiet_time_up_to_four_hours(self) -> None:
        for begun, quiet in [(0, 300), (1, 300), (2, 600), (3, 1200), (6, 9600), (7, 4 * HOUR)]:
            told = {Kind.DRIFT: (NOW - 24 * HOUR, *((NOW - HOUR,) * begun))}
            assert quiet_time(having(AT_EAST, told=told), Kind.DRIFT, NOW) == quiet

    def test_it_ends_once_its_condition_has_been_absent_for_five_minutes(self) -> None:
        state = with_conditions(AT_EAST, DOWN, NOW)
        state = with_conditions(state, NONE, NOW + 60)
        state = with_conditions(state, NONE, NOW + 60 + 299)
        assert state.notices.raised() == DOWN
        assert state.notices.holding() == NONE
        state = with_conditions(state, NONE, NOW + 60 + 300)
        assert state.notices.incidents == {}
        assert state.notices.pending[1].what == What.INCIDENT_ENDED
        assert state.notices.pending[1].facts["over"] == "2027-01-15T08:01:00Z"

    def test_no_reminder_is_sent_while_the_condition_is_absent(self) -> None:
        state = with_conditions(AT_EAST, DOWN, NOW)
        state = having(state, pending=())
        state = with_conditions(state, NONE, NOW + HOUR - 10)
        assert with_conditions(state, NONE, NOW + HOUR + 10).notices.pending == ()

    @pytest.mark.parametrize("period", [120, 700, 1800, 7200, 20000])
    @pytest.mark.parametrize("kind", [Kind.NO_HEALTHY_REGION, Kind.QUORUM_LOST, Kind.DATA_UNKNOWN])
    def test_a_day_of_flapping_tells_at_most_ten_beginnings_and_six_reminders(
        self, kind: Kind, period: int
    ) -> None:
        """Whatever the period: the quiet time that ends an incident doubles with each beginning."""
        state, told = AT_EAST, []
        for i in range(24 * 60):
            now = NOW + i * MINUTE
            present = frozenset({kind}) if i * MINUTE % period < period / 2 else NONE
            state = with_conditions(state, present, now)
            told += [event.what for event in state.notices.pending]
            state = having(state, pending=())
        assert told.count(What.INCIDENT_BEGAN) <= 10
        assert told.count(What.INCIDENT_ENDED) <= 10
        assert told.count(What.INCIDENT_LASTS) <= 6

    def test_a_condition_that_lasts_for_days_is_told_six_times_a_day(self) -> None:
        state, reminded = AT_EAST, []
        for minute in range(3 * 24 * 60):
            state = with_conditions(state, DOWN, NOW + minute * MINUTE)
            reminded += [
                event.at for event in state.notices.pending if event.what == What.INCIDENT_LASTS
            ]
            state = having(state, pending=())
        for day in range(3):
            begins = NOW + day * 24 * HOUR
            assert sum(begins <= at < begins + 24 * HOUR for at in reminded) == 6

    def test_a_day_without_it_makes_the_quiet_time_short_again(self) -> None:
        times = tuple(NOW - (25 + i) * HOUR for i in range(6, 0, -1))
        state = having(AT_EAST, told={Kind.NO_HEALTHY_REGION: times})
        state = with_conditions(state, DOWN, NOW)
        assert state.notices.told == {Kind.NO_HEALTHY_REGION: (NOW,)}
        state = with_conditions(with_conditions(state, NONE, NOW + 10), NONE, NOW + 310)
        assert state.notices.incidents == {}

    def test_a_beginning_is_told_at_once_however_often_there_was_one_before(self) -> None:
        times = tuple(NOW - i * HOUR for i in range(6, 0, -1))
        state = having(AT_EAST, told={Kind.NO_HEALTHY_REGION: times})
        assert len(with_conditions(state, DOWN, NOW).notices.pending) == 1

    def test_an_incident_of_an_older_release_is_told_when_it_is_next_seen(self) -> None:
        before = having(
            AT_EAST, incidents={Kind.NO_HEALTHY_REGION: Incident(NOW - 50, raised=True)}
        )
        assert len(with_conditions(before, DOWN, NOW).notices.pending) == 1


class TestPublications:
    def test_the_facts_of_the_claim_are_told_with_the_publication(self) -> None:
        because = {"why": "east is dead", "data": "stale by 95 s", "by": "ana"}
        before = claimed(
            AT_EAST,
            {"west": WEST},
            Cause.UNHEALTHY,
            settings_of(),
            SHOP,
            claim(),
            NOW,
            because=because,
        )
        assert before.notices.pending == ()
        after = published(before, (), reads(WEST), NOW + 2)
        [event] = after.notices.pending
        assert event.about == "published/unhealthy"
        assert event.by == "ana"
        assert event.facts["data"] == "stale by 95 s"
        assert event.facts["seconds_to_publish"] == "2.0"
        assert after.publication.because == {}

    def test_what_two_clocks_have_told_took_no_negative_time(self) -> None:
        """Who decided was three seconds ahead of who published."""
        before = claimed(
            AT_EAST, {"west": WEST}, Cause.UNHEALTHY, settings_of(), SHOP, claim(), NOW
        )
        after = proved(published(before, (), reads(WEST), NOW - 3), NOW - 5, NOW - 4)
        to_publish, to_serve = (event.facts for event in after.notices.pending)
        assert to_publish["seconds_to_publish"] == "0.0"
        assert to_serve["seconds_to_render"] == to_serve["seconds_to_serve"] == "0.0"

    def test_so_they_are_with_the_first_of_all(self) -> None:
        asked = (None, {"west": WEST}, Cause.ADOPTION, settings_of(), SHOP, claim(), NOW)
        after = published(claimed(*asked, because={"why": "empty"}), (), reads(WEST), NOW)
        assert after.notices.pending[0].facts["why"] == "empty"

    def test_an_adoption_keeps_what_is_still_to_be_told_and_what_was(self) -> None:
        before = having(AT_EAST, pending=(alert(1),), told={Kind.DRIFT: (NOW,)})
        asked = ({"west": WEST}, Cause.EXTERNAL, settings_of(), SHOP, reads(WEST), NOW)
        after = adopted(before, *asked, {"why": "by hand"})
        assert [event.about for event in after.notices.pending] == ["pin_ended", "adopted/external"]
        assert after.notices.pending[1].facts["why"] == "by hand"
        assert after.notices.told == before.notices.told

    def test_a_claim_that_is_given_back_forgets_them(self) -> None:
        asked = (AT_EAST, {"west": WEST}, Cause.UNHEALTHY, settings_of(), SHOP, claim(), NOW)
        before = claimed(*asked, because={"why": "east is dead"})
        assert given_back(AT_EAST, before).publication.because == {}


class TestSameDecision:
    @pytest.mark.parametrize(
        "changes",
        [
            {"pending": (alert(1),)},
            {"incidents": {Kind.DRIFT: Incident(NOW, raised=True)}},
            {"told": {Kind.DRIFT: (NOW,)}},
            {"phase": Phase.SETTLED, "served_at": NOW},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_bookkeeping_is_no_other_decision(self, changes: dict[str, object]) -> None:
        found = having(AT_EAST, version=9, **changes)
        assert outbox.same_decision(AT_EAST, found)

    @pytest.mark.parametrize(
        "changes",
        [
            {"pin": pin("west")},
            {"pause": stop()},
            {"generation": 4},
            {"claim": Claim("c", "v2", NOW)},
            {"phase": Phase.PUBLISHING},
            {"excluded_until": {"west": NOW}},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_an_order_is(self, changes: dict[str, object]) -> None:
        found = having(AT_EAST, version=9, **changes)
        assert not outbox.same_decision(AT_EAST, found)

    def test_a_decision_where_there_was_none_is(self) -> None:
        assert not outbox.same_decision(None, AT_EAST)


def test_an_alert_is_stuck_once_it_has_waited_longer_than_five_minutes() -> None:
    for waited, is_stuck in [(outbox.STUCK_SECONDS, False), (outbox.STUCK_SECONDS + 1, True)]:
        assert outbox.stuck(waiting(alert(0)), NOW + waited) is is_stuck
    assert not outbox.stuck(waiting(alert(0, What.SETTLED)), NOW + HOUR)
    assert not outbox.stuck(None, NOW)
