"""Which conditions are present: what operators must hear about while it lasts."""

from dataclasses import replace
from typing import Any

import pytest

from failover.decision.ability import able
from failover.decision.decision import Action
from failover.decision.guard import Hold
from failover.decision.record_conditions import duplicated
from failover.decision.view import View
from failover.health.votes import Ballot
from failover.notify.kinds import Kind
from failover.preflight.report import LIFE, Report
from failover.publication.outcomes import adopted
from failover.publication.parts import Announcement, Cause, Incident, Phase
from failover.publication.state import State
from failover.settings.model import Addresses, Mode, Routing
from failover.zone.access import Access
from failover.zone.failing import Failing
from failover.zone.records import Family
from failover.zone.statement import Statement
from tests.support.builders import (
    EAST,
    ELSEWHERE,
    NOW,
    SHOP,
    SOUTH,
    WEST,
    ballot,
    decided,
    having,
    lasts,
    moving,
    pin,
    pointing_at,
    reads,
    scene,
    settings_of,
    shop,
    stop,
    told,
    votes,
)

BOTH = shop(routing=Routing.MULTIVALUE)
AT_BOTH = having(
    pointing_at("east", BOTH),
    active={r.name: r.addresses for r in BOTH.regions[:2]},
    targets={r.name: r.addresses for r in BOTH.regions[:2]},
)


def seeing(letters: str = "HHH", vantage: str = "v1", **changes: Any) -> Ballot:
    return ballot(votes(letters), vantage=vantage, **changes)


class TestHeld:
    def test_a_hold_while_a_region_is_dead_is_a_condition(self) -> None:
        """The reading differs and is not confirmed: there is no kind for that."""
        view = {"reading": reads(SOUTH), "confirmed": False}
        decision = decided("UHH", **view)
        assert decision.action is Action.HOLD
        assert Kind.FAILOVER_HELD in lasts(decision)

    def test_so_is_one_by_older_settings(self) -> None:
        newer = seeing("UHH", vantage="v2", revision=2)
        decision = decided("UHH", ballots=(seeing("UHH"), newer), vantages=("v1", "v2"))
        assert {Kind.SETTINGS_OLD, Kind.FAILOVER_HELD} <= lasts(decision)

    def test_a_change_that_is_made_now_is_no_hold(self) -> None:
        decision = decided("UHH")
        assert decision.action is Action.PUBLISH
        assert Kind.FAILOVER_HELD not in lasts(decision)

    @pytest.mark.parametrize("letters", ["HHH", "UUU", "?HH", "U??"])
    def test_nothing_is_held_unless_one_is_dead_and_another_healthy(self, letters: str) -> None:
        decision = decided(letters, reading=reads(SOUTH), confirmed=False)
        assert Kind.FAILOVER_HELD not in lasts(decision)

    def test_a_hold_with_a_kind_of_its_own_is_not_told_twice(self) -> None:
        for state, kind in [
            (pointing_at("east", pause=stop()), Kind.PAUSED_UNHEALTHY),
            (pointing_at("east", pin=pin("east")), Kind.PINNED_UNHEALTHY),
        ]:
            found = lasts(decided("UHH", state))
            assert kind in found
            assert Kind.FAILOVER_HELD not in found

    def test_observing_has_its_own_kind(self) -> None:
        found = lasts(decided("UHH", service=shop(mode=Mode.OBSERVE)))
        assert Kind.WOULD_SWITCH in found
        assert Kind.FAILOVER_HELD not in found


class TestPartOfASetIsDead:
    def test_a_pause_that_keeps_it_is_told(self) -> None:
        state = having(AT_BOTH, pause=stop())
        decision = decided("UHH", state, service=BOTH)
        assert decision.action is Action.HOLD
        assert Kind.PAUSED_UNHEALTHY in lasts(decision)

    def test_it_does_not_mean_that_nobody_is_healthy(self) -> None:
        assert Kind.NO_HEALTHY_REGION not in lasts(decided("UHU", AT_BOTH, service=BOTH))

    def test_a_healthy_region_that_a_person_took_out_counts_as_healthy(self) -> None:
        state = having(AT_BOTH, excluded_until={"south": NOW + 1})
        assert Kind.NO_HEALTHY_REGION not in lasts(decided("UUH", state, service=BOTH))

    @pytest.mark.parametrize("letters", ["U??", "UUU"])
    def test_it_is_held_while_the_rest_is_healthy_only_at_older_addresses(
        self, letters: str
    ) -> None:
        """No record is given an older address, and nobody is healthy at the newer one."""
        moved = shop(EAST, Addresses("192.0.2.12"), routing=Routing.MULTIVALUE)
        decision = decided(letters, AT_BOTH, service=moved, revision=2)
        assert decision.held is Hold.CANDIDATES
        assert Kind.FAILOVER_HELD in lasts(decision)
        assert "no region is healthy at its address in the settings" in told(decision)
        paused = decided(letters, having(AT_BOTH, pause=stop()), service=moved, revision=2)
        assert Kind.PAUSED_UNHEALTHY in lasts(paused)


class TestStandby:
    def test_one_that_could_not_take_over_is_a_condition(self) -> None:
        assert Kind.STANDBY_UNHEALTHY in lasts(decided("HUH"))

    def test_so_is_the_new_address_of_a_region_that_is_served_at_an_older_one(self) -> None:
        moved = shop(Addresses("192.0.2.11"))
        state = pointing_at("east")
        assert Kind.STANDBY_UNHEALTHY in lasts(decided("UHH", state, service=moved, revision=2))
        assert Kind.STANDBY_UNHEALTHY not in lasts(decided("?HH", state, service=moved, revision=2))

    def test_the_region_that_is_served_is_no_standby(self) -> None:
        assert Kind.STANDBY_UNHEALTHY not in lasts(decided("UHH"))
        assert Kind.STANDBY_UNHEALTHY not in lasts(decided("HUH", moving("east", "west")))


class TestUnread:
    FAILING = Failing(NOW - 400, "no answer")

    def test_it_takes_all_vantages(self) -> None:
        blind = seeing(unread=self.FAILING)
        sees = seeing(vantage="v2")
        vantages = ("v1", "v2")
        found = lasts(decided("HHH", ballots=(blind, sees), vantages=vantages))
        assert Kind.RECORDS_UNREAD not in found
        sees = replace(sees, unread=self.FAILING)
        found = lasts(decided("HHH", ballots=(blind, sees), vantages=vantages))
        assert Kind.RECORDS_UNREAD in found

    def test_a_vantage_that_is_gone_does_not_count(self) -> None:
        gone = seeing(vantage="v2", at=NOW - 600)
        blind = seeing(unread=self.FAILING)
        found = lasts(decided("HHH", ballots=(blind, gone), vantages=("v1", "v2")))
        assert Kind.RECORDS_UNREAD in found


class TestAdding:
    """Linode has not answered requests to add the records of the other regions."""

    SENT = (
        Announcement(Family.A, None, WEST.ipv4, NOW - 60, arrivals=1),
        Announcement(Family.A, None, SOUTH.ipv4, NOW - 60, arrivals=1),
    )
    AT_EAST = having(pointing_at("east", BOTH), create_not_before=NOW - 60, announced=SENT)

    @pytest.mark.parametrize(("letters", "lacking"), [("HHH", True), ("HHU", True), ("HUU", False)])
    def test_a_healthy_region_that_is_left_out_for_that_is_a_condition(
        self, letters: str, lacking: bool
    ) -> None:
        decision = decided(letters, self.AT_EAST, service=BOTH)
        assert decision.action is Action.HOLD
        assert (Kind.CREATE_REFUSED in lasts(decision)) is lacking


class TestToken:
    def test_one_that_is_refused_is_a_condition(self) -> None:
        refused = seeing(access=Access(refused="401 Invalid Token"))
        assert Kind.TOKEN_REFUSED in lasts(decided("HHH", ballots=(refused,)))

    def test_so_is_one_that_may_only_read(self) -> None:
        narrow = seeing(access=Access(scopes=frozenset({"domains:read_only"})))
        assert Kind.TOKEN_REFUSED in lasts(decided("HHH", ballots=(narrow,)))
        observing = shop(mode=Mode.OBSERVE)
        found = lasts(decided("HHH", service=observing, ballots=(narrow,)))
        assert Kind.TOKEN_REFUSED not in found


class TestServed:
    written = pointing_at("east", phase=Phase.PUBLISHED, published_at=NOW - 999)

    def test_what_was_looked_for_in_vain_after_its_time_is_a_condition(self) -> None:
        late = having(self.written, seen=(Statement("ns1", ("192.0.2.9",)),), late=True)
        assert Kind.NOT_SERVED in lasts(decided("HHH", late))
        assert Kind.NOT_SERVED not in lasts(decided("HHH", having(late, phase=Phase.PUBLISHING)))

    def test_what_nobody_has_looked_for_since_is_none(self) -> None:
        """Perhaps every server has served it all the time, and every vantage was away."""
        assert Kind.NOT_SERVED not in lasts(decided("HHH", self.written))
        early = having(self.written, seen=(Statement("ns1", ("192.0.2.9",)),))
        assert Kind.NOT_SERVED not in lasts(decided("HHH", early))

    def test_what_the_records_do_not_say_is_not_the_fault_of_name_servers(self) -> None:
        late = having(self.written, seen=(Statement("ns1", ("192.0.2.9",)),), late=True)
        found = lasts(decided("HHH", late, reading=reads(ELSEWHERE)))
        assert Kind.NOT_SERVED not in found
        assert Kind.DRIFT in found

    def test_what_the_records_say_again_has_its_time_anew(self) -> None:
        """Somebody has just taken away what he had added: the servers have it still."""
        late = having(self.written, seen=(Statement("ns1", ("192.0.2.9",)),), late=True)
        due = settings_of(SHOP).publish_allowance + 30.0
        for age, told_of in [(due - 1, False), (due, True)]:
            found = lasts(decided("HHH", late, reading=reads(EAST, since=NOW - age)))
            assert (Kind.NOT_SERVED in found) is told_of
        blind = decided("HHH", late, reading=None, confirmed=False)
        assert Kind.NOT_SERVED in lasts(blind)

    def test_a_zone_that_is_not_active_is_a_condition(self) -> None:
        found = lasts(decided("HHH", reading=replace(reads(WEST), zone="disabled")))
        assert Kind.ZONE_DISABLED in found


class TestSettings:
    def test_another_file_of_the_revision_that_was_accepted_is_a_condition(self) -> None:
        state = pointing_at("east", digest="another", digest_revision=1)
        assert Kind.SETTINGS_DIFFER in lasts(decided("HHH", state))

    @pytest.mark.parametrize(
        "state",
        [
            pointing_at("east", digest="one", digest_revision=1),
            pointing_at("east", digest=""),
            pointing_at("east", digest="another", digest_revision=0),
        ],
        ids=["the same", "not known", "an older revision"],
    )
    def test_otherwise_it_is_not(self, state: State) -> None:
        assert Kind.SETTINGS_DIFFER not in lasts(decided("HHH", state))


class TestAble:
    """What the sign of life rests on."""

    def with_incident(self, kind: Kind, **changes: Any) -> State:
        return pointing_at("east", incidents={kind: Incident(NOW - 900, raised=True, **changes)})

    @pytest.mark.parametrize(
        "kind",
        [Kind.RECORDS_UNREAD, Kind.TOKEN_REFUSED, Kind.FAILOVER_FAILED, Kind.NOT_SERVED],
    )
    def test_what_prevents_a_failover_stops_it(self, kind: Kind) -> None:
        assert not able(scene("HHH"), self.with_incident(kind))
        assert able(scene("HHH"), self.with_incident(kind, over=NOW - 10))

    @pytest.mark.parametrize("kind", [Kind.NO_HEALTHY_REGION, Kind.DRIFT, Kind.PAUSED_UNHEALTHY])
    def test_what_operators_know_from_an_alert_does_not(self, kind: Kind) -> None:
        assert able(scene("HHH"), self.with_incident(kind))

    def test_a_name_that_was_never_adopted_stops_it_in_act_mode(self) -> None:
        assert not able(scene("HHH", None), None)
        assert able(scene("HHH", None, service=shop(mode=Mode.OBSERVE)), None)

    def test_so_do_records_that_were_never_read(self) -> None:
        def view(seconds: float) -> View:
            unread = seeing(unread=Failing(NOW - seconds, "no answer"))
            observing = shop(mode=Mode.OBSERVE)
            return scene("HHH", None, service=observing, ballots=(unread,), reading=None)

        assert able(view(299), None)
        assert not able(view(300), None)


def test_a_healthy_active_region_that_the_settings_removed_is_no_outage():
    rest = shop(regions=SHOP.regions[1:])
    d = decided("UU", pointing_at("east"), service=rest, revision=2)
    assert Kind.NO_HEALTHY_REGION not in lasts(d), told(d)


def test_a_ttl_that_differs_is_no_switch_that_observe_mode_would_make():
    st = adopted(
        None, {"east": EAST}, Cause.ADOPTION, settings_of(), SHOP, reads(EAST, ttl=300), NOW
    )
    d = decided("HHH", st, service=shop(mode=Mode.OBSERVE), reading=reads(EAST, ttl=300))
    assert Kind.WOULD_SWITCH not in lasts(d), told(d)


def test_a_failed_reading_does_not_end_a_drift_incident():
    st = pointing_at(
        "east",
        incidents={
            Kind.DRIFT: Incident(NOW - 600, True),
            Kind.DRIFT_BLOCKS_FAILOVER: Incident(NOW - 600, True),
        },
    )
    d = decided("UHH", st, reading=reads(ELSEWHERE), confirmed=False)
    assert {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER} <= lasts(d)


@pytest.mark.parametrize(
    ("reports", "fails"),
    [
        ((), False),
        ((Report("v1", NOW), Report("v2", NOW, warnings=1, not_checked=1)), False),
        ((Report("v1", NOW), Report("v2", NOW, errors=1)), True),
        ((Report("v1", NOW), Report("v2", NOW - LIFE - 1)), True),
        ((Report("v1", NOW - LIFE),), False),
    ],
)
def test_a_preflight_fails_by_an_error_or_because_it_is_too_old(reports, fails) -> None:
    found = lasts(decided("HHH", preflights=reports))
    assert (Kind.PREFLIGHT_FAILED in found) is fails


def test_beats_are_missing_while_any_vantage_says_so() -> None:
    late = ballot(votes("HHH"), "v2", unpaced=Failing(NOW, "the queue does not answer"))
    quiet = decided("HHH", ballots=(seeing(),), vantages=("v1", "v2"))
    assert Kind.BEATS_MISSING not in lasts(quiet)
    missing = decided("HHH", ballots=(seeing(), late), vantages=("v1", "v2"))
    assert Kind.BEATS_MISSING in lasts(missing)


def test_a_vantage_is_blind_while_it_says_so() -> None:
    blind = ballot(votes("HHH"), "v2", blind=True)
    assert Kind.BLIND not in lasts(decided("HHH"))
    found = lasts(decided("HHH", ballots=(seeing(), blind), vantages=("v1", "v2")))
    assert Kind.BLIND in found


@pytest.mark.parametrize(("confirmed", "lasting"), [(True, False), (False, True)])
def test_records_that_could_not_be_confirmed_end_no_incident_about_a_surplus(
    confirmed: bool, lasting: bool
) -> None:
    told = {Kind.DUPLICATE_RECORDS: Incident(NOW - 60, raised=True, told=NOW - 60)}
    view = scene("HHH", pointing_at("east", incidents=told), confirmed=confirmed)
    assert duplicated(view) is lasting
