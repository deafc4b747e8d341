"""What the command data-status answers: first for a person, then for machines."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from failover.app.control.commands import answer
from failover.app.heartbeat import heartbeat
from failover.settings.model import Data
from failover.staleness.global_table import GlobalTable
from tests.support.builders import SHOP, pointing_at, settings_of
from tests.support.world import MemoryWorld

EAST, WEST, SOUTH = "us-east-1", "us-west-2", "us-east-2"
NAMES = (EAST, WEST, SOUTH)
SERVICE = replace(SHOP, data=Data(table="orders", max_age=60.0, accept_stale_after=0.0))
ALL_ACTIVE = GlobalTable("eventual", dict.fromkeys((EAST, SOUTH, WEST), "ACTIVE"))


class Desk(MemoryWorld):
    """Where the command is asked for."""

    def __init__(self, *services, vantages=("v1",)):
        super().__init__()
        self.settings = settings_of(vantages=vantages, services=services or (SERVICE,))
        self.replicas.tables["orders"] = ALL_ACTIVE
        self.store.states["shop"] = pointing_at("east")

    def measured(self, times=1, vantage="v1"):
        """The heartbeat function has run, once a minute."""
        for _ in range(times):
            self.hub.run(lambda: heartbeat(self.world, self.settings, vantage))
            self.hub.time += 60.0

    def asked(self, **event):
        event = {"command": "data-status", **event}
        return self.hub.run(
            lambda: answer(event, self.world, self.settings, "v1", "request", lambda: 30.0)
        )


def clock(at):
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")


@pytest.fixture
def desk():
    return Desk()


def summary(answer):
    return "\n".join(answer["summary"])


def test_it_reads_well_in_a_terminal(desk):
    """East to west was cut for two minutes, and west takes no writes: the columns are under each
    other, and what is bad stands out."""
    desk.measured()
    desk.replicas.cut.add((EAST, WEST))
    desk.replicas.read_only.add(WEST)
    desk.measured(times=2)
    began, end = desk.store.findings["shop", WEST, "v1"].begun, desk.hub.time
    beats = {name: clock(desk.store.findings["shop", name, "v1"].accepted) for name in NAMES}
    assert beats[WEST] == clock(began)
    link = desk.store.findings["shop", WEST, "v1"].links[EAST].age
    ago = end - max(finding.at for finding in desk.store.findings.values())
    assert desk.asked()["summary"] == [
        "shop: table orders, eventual consistency",
        "    replica    status  data",
        "    us-east-1  ACTIVE  the active region",
        f"    us-west-2  ACTIVE  stale, {link:.1f} s behind",
        "    us-east-2  ACTIVE  fresh, up to date",
        f"  seconds behind, measured by v1 {ago:.0f} s ago:",
        "                  in us-east-1  in us-west-2  in us-east-2",
        f"    of us-east-1             -         {link:.1f}           0.0",
        "    of us-west-2           0.0             -           0.0",
        "    of us-east-2           0.0           0.0             -",
        f"    last beat        {beats[EAST]}     {beats[WEST]}     {beats[SOUTH]}",
        "    us-west-2: it took no write (AccessDeniedException: no writes here)",
    ]


def test_every_vantage_has_a_matrix_of_its_own():
    desk = Desk(vantages=("v1", "v2"))
    desk.measured(vantage="v1")
    desk.measured(vantage="v2")
    text = summary(desk.asked())
    assert text.count("seconds behind, measured by") == 2


def test_what_has_stopped_being_measured_says_so(desk):
    desk.measured()
    desk.hub.time += 600.0
    text = summary(desk.asked())
    assert "s ago: it has stopped, and counts no more:" in text
    assert "    of us-east-1             -             ?             ?" in text
    assert "us-west-2  ACTIVE  unknown" in text


def test_the_status_is_asked_of_each_region_and_of_the_others_where_one_hangs(desk):
    desk.measured()
    desk.replicas.down.add(WEST)
    began = desk.hub.time
    text = summary(desk.asked())
    assert "us-west-2  ACTIVE  fresh" in text
    assert "us-west-2 does not describe the table: Read timeout" in text
    assert desk.hub.time - began < 7.0


def test_no_region_may_answer_at_all(desk):
    desk.measured()
    desk.replicas.down |= {EAST, WEST, SOUTH}
    text = summary(desk.asked())
    assert "table orders, which no AWS region describes" in text
    assert "us-west-2  unknown  fresh" in text


def test_a_replica_that_is_being_made_is_told(desk):
    replicas = ALL_ACTIVE.replicas | {WEST: "CREATING"}
    desk.replicas.tables["orders"] = GlobalTable("eventual", replicas)
    assert "us-west-2  CREATING  unknown" in summary(desk.asked())


def test_a_strong_table_names_its_witness(desk):
    replicas = {EAST: "ACTIVE", WEST: "ACTIVE", SOUTH: "ACTIVE"}
    desk.replicas.tables["orders"] = GlobalTable("strong", replicas, ("us-east-2",))
    assert "table orders, strong consistency, witness us-east-2" in summary(desk.asked())


def test_without_heartbeats_it_says_what_may_be_missing(desk):
    assert "is the template's parameter DataTables set" in summary(desk.asked())


def test_a_service_without_data_is_answered_too():
    desk = Desk(SHOP)
    assert desk.asked()["summary"] == ["shop: no [service.data] in the settings"]
    assert desk.asked(service="shop")["services"] == {"shop": {"table": None}}


def test_one_service_may_be_asked_for():
    desk = Desk(SERVICE, replace(SERVICE, name="blog"))
    assert desk.asked(service="blog")["services"].keys() == {"blog"}


def test_another_service_is_refused(desk):
    answer = desk.asked(service="nobody")
    assert answer["refused"] is True


def test_machines_get_the_same_in_numbers(desk):
    desk.measured()
    found = desk.asked()["services"]["shop"]
    assert found["max_age_seconds"] == 60.0
    west = found["replicas"][WEST]
    assert (west["status"], west["active"], west["freshness"]) == ("ACTIVE", False, "fresh")
    assert west["measured"]["v1"]["behind_seconds"] == {EAST: 0.0, SOUTH: 0.0}
    json.dumps(found)


def test_the_table_away_is_no_answer(desk):
    desk.store.away = True
    assert desk.asked()["failed"] is True


def test_a_heartbeat_beyond_the_calendar_costs_nobody_the_answer(desk):
    """A slip of somebody's in the table shows as the calendar's end; all else is as ever."""
    desk.measured(times=2)
    found = desk.store.findings["shop", WEST, "v1"]
    desk.store.findings["shop", WEST, "v1"] = replace(found, accepted=2.0**52)
    said = desk.asked()
    measured = said["services"]["shop"]["replicas"][WEST]["measured"]["v1"]
    assert measured["last_heartbeat"].startswith("9999-12-31")
    assert "us-east-1  ACTIVE  the active region" in summary(said)
