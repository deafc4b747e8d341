"""Somebody has edited the item of the global stop switch, and its end cannot be read any more."""

import pytest

from failover.health.probe import Reason
from failover.notify.metrics import Metric
from failover.publication.orders import Gate
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, WEST

WRONG = "the item pk=control sk=gate cannot be used: its attribute until is wrong"


@pytest.fixture
def desk() -> Desk:
    """Points east, all healthy, and no tick runs any more."""
    desk = at_desk()
    desk.store.gate = Gate(0.0, "unknown", "not readable", version=7)
    desk.store.broken = (WRONG,)
    return desk


def test_no_failover_is_missed_for_it(desk: Desk) -> None:
    desk.prober.down[EAST.ipv4] = Reason.REFUSED
    desk.run(60)
    assert desk.puts == [WEST.ipv4]


def test_every_round_tells_of_it_by_a_metric_with_an_alarm(desk: Desk) -> None:
    before = desk.telemetry.total(Metric.ROUND_COMPLETED)
    desk.run(60)
    rounds = desk.telemetry.total(Metric.ROUND_COMPLETED) - before
    assert rounds > 5
    assert desk.telemetry.total(Metric.TABLE_UNAVAILABLE) == rounds
    assert desk.telemetry.told("table_unavailable")[0]["error"] == WRONG


def test_the_status_says_so_first(desk: Desk) -> None:
    said = desk.send({"command": "status"})
    assert said["summary"][0] == "DEGRADED 1 of 1 services OK"
    assert said["summary"][1] == WRONG
    assert said["stopped"] is None


@pytest.mark.parametrize("command", [ordered("pause", until="1h"), ordered("resume")], ids=str)
def test_an_order_about_everything_replaces_it(desk: Desk, command: dict[str, object]) -> None:
    said = desk.send({**command, "service": "*"})
    assert said["changed"]
    assert desk.store.broken == ()
    assert WRONG not in text(said)


def test_an_order_about_a_service_is_followed(desk: Desk) -> None:
    desk.order("failover", region="west")
    assert desk.puts == [WEST.ipv4]
