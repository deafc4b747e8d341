"""Linode's lists may lag behind writes; our own replies and reads by id are current."""

from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.notify.metrics import Metric
from failover.publication.parts import Cause, Phase
from failover.settings.model import Routing
from failover.zone.records import Zone
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, EAST6, SHOP, SHOP6, WEST, Stage

FOREIGN = "203.0.113.9"


@pytest.mark.parametrize("lag", [15.0, 40.0, 100.0])
def test_an_empty_name_gets_one_record(lag: float) -> None:
    stage = Stage().set_up()
    stage.dns.lags(lag)
    stage.run(300)
    assert [method for method, *_ in stage.dns.log] == ["POST"]
    assert stage.state.publication.phase is Phase.SETTLED


def test_an_empty_name_gets_one_record_of_each_family() -> None:
    stage = Stage().set_up(SHOP6)
    stage.dns.lags(40.0)
    stage.run(300)
    assert stage.dns.addresses("A") == [EAST6.ipv4]
    assert stage.dns.addresses("AAAA") == [EAST6.ipv6]


@pytest.mark.parametrize("lag", [15.0, 60.0, 110.0])
def test_a_failover_is_followed_by_nothing(lag: float) -> None:
    """No second write, nothing "written over", no adoption of a switch that nobody made."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.dns.lags(lag)
    stage.after(200, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.after(240, lambda: stage.prober.down.pop(EAST.ipv4))
    stage.run(600)
    assert stage.puts == [WEST.ipv4]
    assert (stage.state.publication.cause, list(stage.state.served.active)) == (
        Cause.UNHEALTHY,
        ["west"],
    )
    assert stage.state.limits.republished == ()
    assert stage.telemetry.total(Metric.DRIFT) == 0


def test_a_second_vantage_believes_no_list_either() -> None:
    stage = Stage().set_up(vantages=("eu-west-1", "us-east-1")).pointing_at(EAST)
    stage.dns.lags(60.0)
    for at in range(0, 600, 60):
        stage.after(at + 7, lambda: stage.one_tick(vantage="us-east-1"))
    stage.after(200, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(500)
    assert stage.puts == [WEST.ipv4]
    assert stage.state.publication.cause is Cause.UNHEALTHY


def test_several_regions_are_published_without_a_story_about_a_person() -> None:
    stage = Stage().set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST)
    stage.dns.lags(60.0)
    stage.after(200, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.after(300, lambda: stage.prober.down.pop(EAST.ipv4))
    stage.run(600)
    assert stage.puts == [WEST.ipv4, EAST.ipv4]
    assert stage.state.orders.excluded_until == {}
    assert stage.state.limits.republished == ()


def test_a_pin_is_not_called_moved_by_hand() -> None:
    desk = at_desk()
    desk.dns.lags(15.0)
    desk.order("pin", region="west", until="1h")
    desk.run(120)
    assert desk.state.orders.pin is not None
    assert (desk.state.publication.cause, desk.dns.addresses()) == (Cause.OPERATOR, [WEST.ipv4])


def test_back_and_forth_within_the_lag_ends_where_it_was_decided() -> None:
    """An old list says just what is asked for: that is no publication."""
    desk = at_desk()
    desk.dns.lags(60.0)
    desk.order("failover", region="west")
    desk.order("failback")
    desk.order("failover", region="west")
    desk.run(120)
    assert desk.dns.addresses() == [WEST.ipv4]
    assert desk.puts == [WEST.ipv4, EAST.ipv4, WEST.ipv4]


def test_what_a_person_did_is_adopted_once_a_list_shows_a_difference() -> None:
    stage = Stage().set_up().pointing_at(EAST)
    stage.dns.lags(40.0)
    stage.after(100, lambda: stage.dns.set(101, WEST.ipv4))
    stage.run(300)
    assert stage.puts == []
    assert (stage.state.publication.cause, list(stage.state.served.active)) == (
        Cause.EXTERNAL,
        ["west"],
    )


def test_a_record_that_was_deleted_is_seen_by_its_id() -> None:
    stage = Stage().set_up().pointing_at(EAST)
    stage.dns.lags(40.0)
    stage.after(100, lambda: stage.dns.remove(101))
    stage.run(300)
    assert [method for method, *_ in stage.dns.log] == ["POST"]
    assert stage.dns.addresses() == [EAST.ipv4]


def test_a_maintenance_page_costs_no_second_lists_and_few_reads() -> None:
    """What was confirmed once is not read again by id while lists say the same."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.run(120)
    stage.dns.set(101, FOREIGN)
    stage.run(60)
    stage.dns.asked.clear()
    ages: list[float] = []
    real = stage.dns.list

    def listed(domain: str, budget: float, max_age: float = 0.0) -> Zone:
        ages.append(max_age)
        return real(domain, budget, max_age)

    stage.dns.list = listed  # type: ignore[method-assign]
    rounds = len(stage.prober.seen)
    stage.run(600)
    rounds = (len(stage.prober.seen) - rounds) // 2
    assert stage.dns.addresses() == [FOREIGN]
    assert stage.dns.asked["list"] <= rounds
    assert all(age > 0 for age in ages)
    assert stage.dns.asked["get"] <= 2


def test_a_status_says_what_the_next_round_does_with_such_lists() -> None:
    desk = Desk()
    desk.set_up().pointing_at(EAST)
    desk.dns.lags(60.0)
    desk.run(300)
    desk.send(ordered("failover", region="west"))
    said = desk.send({"command": "status"})
    assert "next: no change" in text(said)
