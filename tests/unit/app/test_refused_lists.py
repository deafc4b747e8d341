"""Linode refuses lists, and still answers reads and writes of single records."""

from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.notify.events import What
from failover.notify.kinds import Kind
from failover.publication.parts import Cause, Phase
from failover.settings.model import Routing
from tests.support.world import refused, unavailable
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import EAST, EAST6, SHOP, SHOP6, WEST, WEST6, Stage

FOREIGN = "203.0.113.9"


@pytest.fixture
def stage() -> Stage:
    """The shop in both families, observed for two minutes; then lists are refused for good."""
    stage = Stage().set_up(SHOP6).pointing_at(EAST6).run(120)
    stage.dns.on_list = refused(429)
    return stage


def test_a_failover_goes_ahead_although_a_record_is_missing(stage: Stage) -> None:
    """The AAAA record was deleted meanwhile: nobody can tell whether there is another one."""
    stage.dns.remove(102)
    stage.run(120)
    stage.prober.down[EAST6.ipv4] = Reason.REFUSED
    stage.run(120)
    assert stage.dns.addresses("A") == [WEST6.ipv4]
    assert list(stage.state.served.active) == ["west"]
    assert stage.state.publication.cause is Cause.UNHEALTHY
    assert "POST" not in [method for method, *_ in stage.dns.log]


def test_what_is_missing_costs_no_attempts_meanwhile(stage: Stage) -> None:
    stage.dns.remove(102)
    before = stage.state.publication.generation
    stage.run(600)
    assert stage.state.publication.generation == before
    assert stage.state.limits.republished == ()


def test_that_it_is_missing_is_reported_after_ten_minutes(stage: Stage) -> None:
    stage.dns.remove(102)
    stage.run(500)
    assert Kind.DRIFT not in stage.state.notices.incidents
    stage.run(200)
    assert Kind.DRIFT in stage.state.notices.raised()


def test_that_regions_have_no_records_is_reported_after_five_minutes(stage: Stage) -> None:
    """New settings want a record for each region, and without a list none is added."""
    stage.run(300)
    stage.set_up(replace(SHOP6, routing=Routing.MULTIVALUE), revision=2)
    stage.run(250)
    assert Kind.CREATE_REFUSED in stage.state.notices.present()
    assert Kind.CREATE_REFUSED not in stage.state.notices.raised()
    stage.run(100)
    assert Kind.CREATE_REFUSED in stage.state.notices.raised()
    stage.dns.on_list = lambda: None
    stage.run(420)
    assert stage.dns.addresses() == [EAST6.ipv4, WEST6.ipv4]
    assert Kind.CREATE_REFUSED not in stage.state.notices.incidents
    told = [event.what for event in stage.alerts.about("incident/create_refused")]
    assert told == [What.INCIDENT_BEGAN, What.INCIDENT_ENDED]


def test_that_a_person_deleted_one_of_several_records_is_reported_after_five_minutes() -> None:
    """It may be a switch by hand, or the record may have been made anew: only a list would show."""
    stage = Stage().set_up(replace(SHOP, routing=Routing.MULTIVALUE)).pointing_at(EAST, WEST)
    stage.run(120)
    stage.dns.on_list = refused(503)
    stage.dns.remove(102)
    stage.run(500)
    assert Kind.CREATE_REFUSED in stage.state.notices.raised()
    stage.dns.on_list = lambda: None
    stage.run(600)
    assert Kind.CREATE_REFUSED not in stage.state.notices.incidents


def test_what_is_missing_is_added_when_lists_are_back(stage: Stage) -> None:
    stage.dns.remove(102)
    stage.prober.down[EAST6.ipv4] = Reason.REFUSED
    stage.run(300)
    stage.dns.on_list = lambda: None
    stage.run(120)
    assert stage.dns.addresses("AAAA") == [WEST6.ipv6]
    assert stage.state.publication.phase is Phase.SETTLED


def test_a_hand_switch_is_adopted_from_reads_by_id(stage: Stage) -> None:
    stage.dns.set(101, WEST6.ipv4)
    stage.dns.set(102, str(WEST6.ipv6))
    stage.run(60)
    assert (stage.state.publication.cause, list(stage.state.served.active)) == (
        Cause.EXTERNAL,
        ["west"],
    )


def test_a_foreign_address_is_seen_by_its_id(stage: Stage) -> None:
    stage.dns.set(101, FOREIGN)
    stage.run(60)
    assert Kind.DRIFT in stage.state.notices.raised()
    assert FOREIGN in stage.dns.addresses()


@pytest.mark.parametrize("gets", [True, False], ids=["by id", "not at all"])
def test_the_status_says_what_the_next_round_does(gets: bool) -> None:
    """Lists are refused while a record is missing, and the region is dead."""
    desk = Desk()
    desk.set_up(SHOP6).pointing_at(EAST6).run(300)
    desk.dns.on_list = refused(503)
    desk.dns.remove(102)
    desk.run(60)
    if not gets:
        desk.dns.on_get = desk.dns.on_write = unavailable
        desk.run(600)
    desk.prober.down[EAST6.ipv4] = Reason.REFUSED
    desk.dns.on_write = unavailable
    desk.run(30)
    twin = desk.twin()
    said = twin.send({"command": "status"})["services"]["shop"]["next"]
    lines = len(desk.telemetry.told("decided"))
    desk.dns.on_write = lambda: None
    desk.run(3)
    did = desk.telemetry.told("decided")[lines]
    assert (said["action"], said["targets"]) == (did["action"], did["targets"])


def test_an_order_needs_no_list() -> None:
    desk = at_desk()
    desk.dns.on_list = unavailable
    desk.dns.set(101, FOREIGN)
    said = desk.send(ordered("failover", region="west"))
    assert "foreign" in text(said)
    desk.order("takeover", region="west")
    assert desk.dns.addresses() == [WEST.ipv4]


def test_ids_of_a_former_record_name_are_not_written() -> None:
    """The settings name another record now; what had those ids belongs to somebody else."""
    stage = Stage().set_up().pointing_at(EAST).run(120)
    renamed = replace(SHOP, record="www.shop.test")
    stage.set_up(renamed, revision=2)
    stage.dns.on_list = unavailable
    stage.dns.on_get = unavailable
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(300)
    assert stage.puts == []
    assert stage.dns.addresses() == [EAST.ipv4]


def test_an_order_for_a_renamed_record_does_not_write_to_the_former_one() -> None:
    desk = at_desk()
    desk.set_up(replace(SHOP, record="www.shop.test"), revision=2)
    desk.dns.on_list = unavailable
    desk.order("failover", region="west", force=True, until="1h")
    assert desk.puts == []
