"""A finding that lasts is one incident, which ends when the findings end."""

from functools import partial

from failover.health.probe import Reason
from failover.notify.events import What
from failover.notify.kinds import RAISED_AFTER, Kind
from failover.notify.metrics import Metric
from failover.preflight.report import LIFE, Report
from tests.unit.app.desk import text
from tests.unit.app.stage import EAST, WEST
from tests.unit.app.test_preflight import DAY, Hangar

HALF_AN_HOUR = 1800.0
MINUTE = 60.0


class Scheduled(Hangar):
    """A shop whose monitor runs, with a preflight every 30 minutes, the first one after one."""

    def watched(self, minutes: float, first: float = 1.0) -> "Scheduled":
        begin = self.hub.time
        at = first * MINUTE
        while at < minutes * MINUTE:
            self.hub.at(begin + at, partial(self.ask, {"command": "preflight"}))
            at += HALF_AN_HOUR
        self.run(minutes * MINUTE)
        return self

    def told(self) -> list[str]:
        """What operators were told about preflights."""
        return [str(event.what) for event in self.alerts.about("incident/preflight_failed")]


def scheduled() -> Scheduled:
    found = Scheduled()
    found.set_up().pointing_at(EAST)
    return found


def expiring(desk: Hangar) -> None:
    desk.inspection.certificates[WEST.ipv4] = desk.hub.now() + 3 * DAY


def renewed(desk: Hangar) -> None:
    desk.inspection.certificates.clear()


def test_a_finding_that_lasts_is_one_alert_and_not_one_every_half_hour() -> None:
    desk = scheduled()
    expiring(desk)
    desk.watched(95)

    assert desk.told() == [What.INCIDENT_BEGAN]
    [alert] = desk.alerts.about("incident/preflight_failed")
    assert "region_certificate_ends: the certificate of west ends in" in alert.text("error")


def test_it_is_told_once_the_next_preflight_has_found_it_too() -> None:
    desk = scheduled()
    expiring(desk)
    began = desk.hub.now()
    desk.watched(60)

    [(at, _, _)] = [each for each in desk.alerts.arrived if "preflight" in each[2].about]
    assert HALF_AN_HOUR < at - began - MINUTE < RAISED_AFTER[Kind.PREFLIGHT_FAILED] + 2 * MINUTE


def test_what_one_preflight_finds_and_the_next_does_not_is_no_alert() -> None:
    """One probe met a deployment, say."""
    desk = scheduled()
    desk.prober.down[WEST.ipv4] = Reason.STATUS
    desk.after(2 * MINUTE, desk.prober.down.clear)
    desk.watched(95)

    assert desk.told() == []
    assert desk.telemetry.total(Metric.PREFLIGHT_FAILED) == 0


def test_it_ends_when_the_findings_end() -> None:
    desk = scheduled()
    expiring(desk)
    desk.after(50 * MINUTE, partial(renewed, desk))
    desk.watched(80)

    assert desk.told() == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]
    assert Kind.PREFLIGHT_FAILED not in desk.state.notices.incidents


def test_a_preflight_that_a_person_sends_after_the_fix_ends_it_too() -> None:
    desk = scheduled()
    expiring(desk)
    desk.after(50 * MINUTE, partial(renewed, desk))
    desk.after(51 * MINUTE, partial(desk.ask, {"command": "preflight"}))
    desk.watched(59)

    assert desk.told() == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]


def test_while_it_lasts_the_metric_of_the_alarm_is_1() -> None:
    desk = scheduled()
    expiring(desk)
    desk.watched(60)

    assert desk.telemetry.total(Metric.PREFLIGHT_FAILED) > 0


def test_warnings_alarm_nobody() -> None:
    desk = scheduled()
    desk.inspection.control = type(desk.inspection.control)(
        "eventual", protected=False, recoverable=False
    )
    desk.watched(95)

    assert desk.told() == []
    assert "preflight: ready, 0 errors, 2 warnings" in text(desk.send({"command": "status"}))


def test_a_schedule_that_has_stopped_is_told_too() -> None:
    """What nobody checks any more has not passed."""
    desk = scheduled()
    desk.watched(20)
    desk.run(LIFE + RAISED_AFTER[Kind.PREFLIGHT_FAILED] + 10 * MINUTE)

    assert desk.told() == [What.INCIDENT_BEGAN]
    [alert] = desk.alerts.about("incident/preflight_failed")
    assert "not known: the last preflight was made by eu-west-1" in alert.text("error")


def test_a_vantage_that_the_settings_dropped_has_no_say() -> None:
    desk = scheduled()
    desk.store.preflights["shop", "eu-gone-1"] = Report("eu-gone-1", desk.hub.now(), errors=1)
    desk.watched(60)

    assert desk.told() == []
    assert "eu-gone-1" not in text(desk.send({"command": "status"}))


def test_the_status_says_ready_or_what_is_not() -> None:
    desk = scheduled()
    desk.watched(5)
    ready = desk.send({"command": "status"})
    expiring(desk)
    desk.preflight()
    not_ready = desk.send({"command": "status"})

    assert "preflight: ready, 0 errors" in text(ready)
    assert ready["services"]["shop"]["preflight"]["eu-west-1"]["ready"] is True
    assert "preflight: not ready, 1 error" in text(not_ready)
    assert "region_certificate_ends: the certificate of west ends in 3.0 days" in text(not_ready)
    assert not_ready["services"]["shop"]["preflight"]["eu-west-1"]["ready"] is False


def test_an_old_preflight_is_neither() -> None:
    desk = scheduled()
    desk.watched(5)
    desk.hub.time += LIFE
    found = desk.send({"command": "status"})["services"]["shop"]["preflight"]

    assert found["eu-west-1"]["ready"] is None
