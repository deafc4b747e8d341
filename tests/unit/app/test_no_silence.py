"""Whatever would prevent a failover is reported before one is needed, and once."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.notify.events import What
from failover.notify.kinds import Kind
from failover.notify.metrics import Metric
from failover.publication.parts import Phase, Stop
from failover.settings.model import Mode, Routing
from failover.zone.access import Access
from tests.support.builders import having
from tests.support.world import refused, unavailable
from tests.unit.app.stage import EAST, SHOP, SHOP6, WEST, Stage

HOUR = 3600
WRONG_TOKEN = Access(refused="Linode API, GET /domains: 401 Invalid Token")


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region."""
    return Stage().set_up().pointing_at(EAST)


def told(stage: Stage, kind: Kind) -> list[str]:
    """What was told about incidents of one kind, in order."""
    return [event.what for event in stage.alerts.about(f"incident/{kind}")]


def first(stage: Stage, kind: Kind) -> float:
    """Seconds from the beginning to the first alert about a kind."""
    times = [at for at, _, event in stage.alerts.arrived if event.about == f"incident/{kind}"]
    return min(times, default=math.inf) - stage.started


def cut_off(stage: Stage, fault: Callable[[], None]) -> None:
    """From now on neither lists nor reads by id work."""
    stage.dns.on_list = stage.dns.on_get = fault


def minutes(stage: Stage) -> list[int]:
    """When the sign of life was heard, in minutes after the beginning."""
    last = max(began for began, _ in stage.ran) + 60
    heard = (at - stage.started for at in stage.dead_man.heard)
    return [int(at // 60) for at in heard if at < last]


def never_served(stage: Stage) -> None:
    """From now on Linode renders nothing, and its name servers stay silent."""
    stage.witness.rendered_after = stage.witness.served_after = math.inf


class TestRecordsCannotBeRead:
    def test_since_installation_a_metric_says_so_after_five_minutes(self, stage: Stage) -> None:
        stage.dns.on_list = refused(401)
        stage.prober.down[EAST.ipv4] = Reason.REFUSED
        stage.run(295)
        assert stage.telemetry.total(Metric.RECORDS_UNREAD) == 0
        stage.run(60)
        assert stage.telemetry.total(Metric.RECORDS_UNREAD) > 0

    def test_since_installation_no_sign_of_life_is_given(self, stage: Stage) -> None:
        stage.dns.on_list = refused(401)
        stage.run(600)
        assert minutes(stage) == []

    def test_nor_while_it_observes_once_it_has_lasted(self, stage: Stage) -> None:
        stage.set_up(replace(SHOP, mode=Mode.OBSERVE))
        stage.dns.on_list = refused(401)
        stage.run(600)
        assert minutes(stage) == [0, 1, 2, 3, 4]

    def test_later_an_alert_says_so_after_five_minutes_with_the_error(self, stage: Stage) -> None:
        stage.after(100, lambda: cut_off(stage, refused(401)))
        stage.run(600)
        assert told(stage, Kind.RECORDS_UNREAD) == [What.INCIDENT_BEGAN]
        assert 390 <= first(stage, Kind.RECORDS_UNREAD) <= 430
        [event] = stage.alerts.about("incident/records_unread")
        assert event.facts["error"] == "Unauthorized"
        assert stage.telemetry.total(Metric.RECORDS_UNREAD) > 0
        assert minutes(stage) == [0, 1, 2, 3, 4, 5, 6]

    def test_a_few_lost_minutes_are_nobodys_business(self, stage: Stage) -> None:
        stage.after(100, lambda: cut_off(stage, unavailable))
        stage.after(380, lambda: cut_off(stage, lambda: None))
        stage.run(900)
        assert stage.alerts.arrived == []
        assert stage.telemetry.total(Metric.RECORDS_UNREAD) == 0

    def test_it_ends_once_they_are_readable_again(self, stage: Stage) -> None:
        stage.after(100, lambda: cut_off(stage, unavailable))
        stage.after(900, lambda: cut_off(stage, lambda: None))
        stage.run(1400)
        assert told(stage, Kind.RECORDS_UNREAD) == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]
        assert minutes(stage)[-8:] == [*range(16, 24)]

    @pytest.mark.parametrize("fault", ["on_list", "on_get"])
    def test_either_way_of_reading_suffices_while_nothing_changes(
        self, stage: Stage, fault: str
    ) -> None:
        stage.after(100, lambda: setattr(stage.dns, fault, unavailable))
        stage.after(1000, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(1200)
        assert stage.dns.addresses() == [WEST.ipv4]
        assert told(stage, Kind.RECORDS_UNREAD) == []
        assert minutes(stage) == [*range(21)]

    def test_a_list_that_cannot_be_confirmed_is_told_as_it_would_hold_a_failover(
        self, stage: Stage
    ) -> None:
        def changed() -> None:
            stage.dns.on_get = unavailable
            stage.dns.add("app", "A", "203.0.113.9")

        stage.after(100, changed)
        stage.run(600)
        [event] = stage.alerts.about("incident/records_unread")
        assert event.facts["error"] == (
            "a list shows records that could not be confirmed by reading them one by one"
        )
        assert minutes(stage)[-1] <= 6

    def test_the_same_since_installation_is_in_the_metric(self, stage: Stage) -> None:
        stage.dns.on_get = unavailable
        stage.run(400)
        assert stage.telemetry.total(Metric.RECORDS_UNREAD) > 0
        assert minutes(stage) == []

    def test_a_domain_that_the_token_sees_no_more_is_told(self, stage: Stage) -> None:
        """Linode answers 404 to everything. Nobody has deleted a record."""
        stage.after(100, lambda: cut_off(stage, refused(404)))
        stage.run(1500)
        assert told(stage, Kind.RECORDS_UNREAD) == [What.INCIDENT_BEGAN]
        assert [event.about for _, _, event in stage.alerts.arrived] == ["incident/records_unread"]
        assert minutes(stage)[-1] <= 6

    def test_a_failover_to_such_a_domain_fails_with_the_answer_to_the_list(
        self, stage: Stage
    ) -> None:
        def cut() -> None:
            cut_off(stage, refused(404, "the token can see no domain"))
            stage.dns.on_write = refused(404)
            stage.prober.down[EAST.ipv4] = Reason.REFUSED

        stage.after(100, cut)
        stage.run(250)
        [event] = stage.alerts.about("incident/failover_failed")
        assert event.facts["error"] == "the token can see no domain"
        assert not stage.alerts.about("incident/drift")


class TestToken:
    def test_one_that_lost_its_write_permission_is_reported_before_it_is_needed(
        self, stage: Stage
    ) -> None:
        narrow = Access(scopes=frozenset({"domains:read_only"}))
        stage.after(100, lambda: setattr(stage.dns, "token", narrow))
        stage.run(300)
        assert told(stage, Kind.TOKEN_REFUSED) == [What.INCIDENT_BEGAN]
        assert first(stage, Kind.TOKEN_REFUSED) <= 130
        [event] = stage.alerts.about("incident/token_refused")
        assert event.facts["error"] == (
            "the token lacks the scope domains:read_write; it has domains:read_only"
        )
        assert minutes(stage) == [0, 1]

    def test_one_that_is_refused_is_reported_in_linodes_words(self, stage: Stage) -> None:
        stage.after(100, lambda: setattr(stage.dns, "token", WRONG_TOKEN))
        stage.run(300)
        [event] = stage.alerts.about("incident/token_refused")
        assert event.facts["error"] == WRONG_TOKEN.refused


class TestNeverAdopted:
    def test_a_metric_says_so_for_as_long_as_it_lasts(self, stage: Stage) -> None:
        stage.dns.set(101, "203.0.113.9")
        stage.run(300)
        assert stage.telemetry.total(Metric.NOT_ADOPTED) >= 25
        assert stage.telemetry.total(Metric.DRIFT) == 0
        assert len(stage.telemetry.told("not_adopted")) <= 6  # once for each tick
        assert minutes(stage) == []

    def test_reasons_that_take_turns_do_not_interrupt_the_metric(self, stage: Stage) -> None:
        stage.dns.set(101, "203.0.113.9")
        stage.dns.on_list = refused(401)
        stage.after(100, lambda: setattr(stage.dns, "on_list", lambda: None))
        stage.after(200, lambda: setattr(stage.dns, "on_list", refused(401)))
        stage.run(300)
        rounds = stage.telemetry.total(Metric.ROUND_COMPLETED)
        assert stage.telemetry.total(Metric.NOT_ADOPTED) == rounds > 25

    def test_an_empty_name_without_a_healthy_region_counts(self, stage: Stage) -> None:
        stage.dns.records.clear()
        stage.prober.down |= {EAST.ipv4: Reason.REFUSED, WEST.ipv4: Reason.REFUSED}
        stage.run(300)
        assert stage.telemetry.total(Metric.NOT_ADOPTED) >= 25


class TestNotServed:
    def test_a_change_that_is_never_served_is_told_with_what_each_server_says(
        self, stage: Stage
    ) -> None:
        stage.after(90, lambda: never_served(stage))
        stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(400)
        assert told(stage, Kind.NOT_SERVED) == [What.INCIDENT_BEGAN]
        assert 190 <= first(stage, Kind.NOT_SERVED) <= 240
        [event] = stage.alerts.about("incident/not_served")
        assert event.facts["servers"] == (
            "zone file says no address",
            "ns1: no answer",
        )
        assert minutes(stage)[-1] <= 3
        assert stage.telemetry.total(Metric.FAILOVER_FAILED) > 0

    def test_a_switch_by_hand_that_is_never_served_is_told(self, stage: Stage) -> None:
        """Users are still sent to the old region, and a failover would not reach them either."""
        stage.after(90, lambda: never_served(stage))
        stage.after(100, lambda: stage.dns.set(101, WEST.ipv4))
        stage.run(400)
        assert told(stage, Kind.NOT_SERVED) == [What.INCIDENT_BEGAN]
        assert list(stage.state.served.active) == ["west"]

    def test_a_name_that_was_served_before_it_was_adopted_is_settled(self, stage: Stage) -> None:
        """How long that took is not measured: nobody has written anything."""
        stage.run(120)
        assert stage.state.publication.phase is Phase.SETTLED
        assert stage.telemetry.total(Metric.TIME_TO_SERVE) == 0
        assert stage.alerts.arrived == []

    def test_one_that_is_served_late_ends_it(self, stage: Stage) -> None:
        stage.witness.rendered_after, stage.witness.served_after = 10.0, 200.0
        stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(700)
        assert told(stage, Kind.NOT_SERVED) == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]
        assert stage.state.served.seen == ()
        assert not stage.state.served.late

    @pytest.mark.parametrize("served_after", [30.0, 80.0])
    def test_nobody_says_so_who_was_away_when_it_was_served(
        self, stage: Stage, served_after: float
    ) -> None:
        """The last look may even have seen an old answer, in the time that was promised."""
        stage.witness.rendered_after, stage.witness.served_after = 10.0, served_after
        stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(served_after + 95)
        assert stage.dns.addresses() == [WEST.ipv4]
        assert stage.state.publication.phase is Phase.PUBLISHED
        stage.hub.run(lambda: stage.hub.sleep(300))
        stage.run(60)
        assert stage.state.publication.phase is Phase.SETTLED
        assert told(stage, Kind.NOT_SERVED) == []

    def test_a_promise_of_a_few_seconds_is_late_as_soon(self) -> None:
        stage = Stage().set_up(publish_allowance=5.0).pointing_at(EAST)
        stage.witness.rendered_after = stage.witness.served_after = 300.0
        stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(400)
        published = stage.state.served.published_at - stage.started
        assert 35 <= first(stage, Kind.NOT_SERVED) - published <= 50


class TestStandby:
    def test_ten_minutes_are_told(self, stage: Stage) -> None:
        stage.after(100, lambda: stage.prober.down.update({WEST.ipv4: Reason.REFUSED}))
        stage.run(800)
        assert 700 <= first(stage, Kind.STANDBY_UNHEALTHY) <= 740

    def test_the_ten_minutes_count_from_its_death_also_where_it_was_active_then(
        self, stage: Stage
    ) -> None:
        """Linode refuses the failover for eight minutes: the standby has been dead meanwhile."""
        stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.dns.on_write = refused(500)
        stage.after(580, lambda: setattr(stage.dns, "on_write", lambda: None))
        stage.run(800)
        assert stage.dns.addresses() == [WEST.ipv4]
        assert 700 <= first(stage, Kind.STANDBY_UNHEALTHY) <= 740

    def test_twenty_hours_are_told_once_and_reminded_of(self, stage: Stage) -> None:
        slow = replace(SHOP.health, interval=120.0, confirm_interval=60.0)
        stage.set_up(replace(SHOP, health=slow))
        stage.prober.down[WEST.ipv4] = Reason.REFUSED
        stage.run(20 * HOUR, every=120)
        counts = Counter(told(stage, Kind.STANDBY_UNHEALTHY))
        assert counts == {What.INCIDENT_BEGAN: 1, What.INCIDENT_LASTS: 5}

    def test_less_than_ten_minutes_are_nobodys_business(self, stage: Stage) -> None:
        stage.after(100, lambda: stage.prober.down.update({WEST.ipv4: Reason.REFUSED}))
        stage.after(600, stage.prober.down.clear)
        stage.run(900)
        assert stage.alerts.arrived == []


class TestHeld:
    @pytest.mark.parametrize("beats", [True, False])
    def test_a_hold_while_a_region_is_dead_is_told_within_a_minute(
        self, stage: Stage, beats: bool
    ) -> None:
        """A list shows another record, which cannot be read by its id."""
        if beats:
            stage.with_queue()

        def dead() -> None:
            stage.prober.down[EAST.ipv4] = Reason.REFUSED
            stage.dns.add("app", "A", "203.0.113.9")
            stage.dns.on_get = unavailable

        stage.after(100, dead)
        stage.run(300)
        assert told(stage, Kind.FAILOVER_HELD) == [What.INCIDENT_BEGAN]
        detected = 30
        assert first(stage, Kind.FAILOVER_HELD) <= 100 + detected + 60
        [event] = stage.alerts.about("incident/failover_held")
        assert "not confirmed" in event.lines("why")[-1]

    def test_a_pause_that_keeps_a_dead_part_of_a_set_is_told(self, stage: Stage) -> None:
        stage = Stage().set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST)

        def order() -> None:
            pause = Stop(stage.hub.time + HOUR, by="ana", reason="maintenance")
            before = stage.state
            stage.store.states["shop"] = having(before, version=before.version + 1, pause=pause)

        stage.after(50, order)
        stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(200)
        assert told(stage, Kind.PAUSED_UNHEALTHY) == [What.INCIDENT_BEGAN]
        [event] = stage.alerts.about("incident/paused_unhealthy")
        assert event.facts["stopped"] == ("shop",)


class TestSettings:
    def test_a_change_without_a_raised_revision_is_told_with_one_vantage(
        self, stage: Stage
    ) -> None:
        changed = replace(stage.settings, digest="another")
        stage.after(100, lambda: setattr(stage, "settings", changed))
        stage.run(300)
        assert told(stage, Kind.SETTINGS_DIFFER) == [What.INCIDENT_BEGAN]

    def test_a_failover_under_them_does_not_hide_it(self, stage: Stage) -> None:
        changed = replace(stage.settings, digest="another")
        stage.after(100, lambda: setattr(stage, "settings", changed))
        stage.after(200, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.run(900)
        assert told(stage, Kind.SETTINGS_DIFFER) == [What.INCIDENT_BEGAN]

    def test_a_raised_revision_ends_it(self, stage: Stage) -> None:
        changed = replace(stage.settings, digest="another")
        stage.after(100, lambda: setattr(stage, "settings", changed))
        stage.after(200, lambda: setattr(stage, "settings", replace(changed, revision=2)))
        stage.run(800)
        assert told(stage, Kind.SETTINGS_DIFFER) == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]


class TestNoNoise:
    def test_a_record_that_may_not_be_added_is_one_incident_and_no_correction(self) -> None:
        """One AAAA record is missing, and Linode answers 403 to its creation."""
        stage = Stage().set_up(SHOP6)
        stage.dns.add("app", "A", EAST.ipv4)
        stage.dns.on_write = refused(403)
        stage.run(3 * HOUR, every=120)
        counts = Counter(told(stage, Kind.CREATE_REFUSED))
        assert counts == {What.INCIDENT_BEGAN: 1, What.INCIDENT_LASTS: 1}
        assert stage.alerts.about("published/drift") == []

    def test_a_correction_that_is_written_is_told(self, stage: Stage) -> None:
        stage.prober.down[WEST.ipv4] = Reason.REFUSED
        stage.after(100, lambda: stage.dns.set(101, WEST.ipv4))
        stage.run(300)
        assert len(stage.alerts.about("published/drift")) == 1
