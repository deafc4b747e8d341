"""The age of the data has its say when a region dies: heartbeats and monitor, in one world."""

from dataclasses import replace

import pytest

from failover.app.control.status import status
from failover.app.heartbeat import heartbeat
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.notify.messages import Place, letter
from failover.publication.parts import Cause
from failover.settings.model import Addresses, Data, Region, Routing
from failover.staleness.replication import Freshness
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

SOUTH = Addresses("127.0.1.3")
E, W, S = "us-east-1", "us-west-2", "us-east-2"
ORDERS = Data(table="orders", max_age=60.0, accept_stale_after=0.0)
TWO = replace(SHOP, data=ORDERS)
THREE = replace(TWO, regions=(*SHOP.regions, Region("south", S, SOUTH)))


class Evening(Stage):
    """A stage on which the heartbeat function runs, too, once a minute."""

    def run(self, seconds, every=60.0):
        for minute in range(int(seconds // 60) + 1):
            self.hub.at(self.hub.time + 60.0 * minute, self.beat)
        return super().run(seconds, every)

    def beat(self):
        heartbeat(self.world, self.settings, "eu-west-1")

    def active(self):
        return list(self.state.served.active)

    def accepted(self):
        """The age of the stale data that the last move accepted, or None."""
        decided = [
            facts for facts in self.telemetry.told("decided") if facts["action"] == "publish"
        ]
        return decided[-1]["data_age"]

    def why(self):
        """All that was said about the data when something was published."""
        decided = [
            facts for facts in self.telemetry.told("decided") if facts["action"] == "publish"
        ]
        return [each for facts in decided for each in facts["why"] if each.endswith("[data]")]


@pytest.fixture
def evening():
    return Evening()


def east_dies_with_west_behind(evening):
    """Four minutes after the data stopped arriving in the west."""
    evening.run(60)
    evening.replicas.cut.add((E, W))
    evening.run(240)
    evening.prober.down[EAST.ipv4] = Reason.REFUSED


def test_a_fresh_region_is_preferred_to_a_stale_one(evening):
    evening.set_up(THREE).pointing_at(EAST)
    east_dies_with_west_behind(evening)
    evening.run(60)
    assert evening.active() == ["south"]
    assert "west is passed over: the data of west is " in evening.why()[0]
    assert "the data of south is up to date [data]" in evening.why()
    assert evening.accepted() is None


def test_a_stale_region_is_taken_when_there_is_no_other_and_the_age_is_told(evening):
    evening.set_up(TWO).pointing_at(EAST)
    east_dies_with_west_behind(evening)
    evening.run(60)
    assert evening.active() == ["west"]
    assert evening.state.served.moved_by is Cause.UNHEALTHY
    age = evening.accepted()
    assert age > 240.0
    every = f"every healthy region has stale data (west is {age:.1f} s behind)"
    assert evening.why() == [f"{every}: west takes over anyway [data]"]
    (alert,) = evening.alerts.about("published/unhealthy")
    told = letter(alert, TWO, evening.settings, Place("failover", "eu-west-1", "/failover/token"))
    assert f"Data: {every}: west takes over anyway" in told.text


def test_patience_waits_for_the_active_region_first(evening):
    """Down for less than accept_stale_after: it holds, and says for how long yet."""
    evening.set_up(replace(TWO, data=replace(ORDERS, accept_stale_after=240.0))).pointing_at(EAST)
    east_dies_with_west_behind(evening)
    evening.run(60)
    assert evening.active() == ["east"]
    held = evening.telemetry.told("decided")[-1]["why"][-1]
    assert "every healthy region has stale data (west is " in held
    assert "failover waits " in held
    evening.run(240)
    assert evening.active() == ["west"]


def test_an_hour_of_patience_is_told_within_a_minute(evening):
    evening.set_up(replace(TWO, data=replace(ORDERS, accept_stale_after=3600.0))).pointing_at(EAST)
    east_dies_with_west_behind(evening)
    died = evening.hub.time
    evening.run(120)
    assert evening.active() == ["east"]
    (alert,) = evening.alerts.about("incident/failover_held")
    assert alert.at - died <= 30 + 60  # the time to detect it, and a minute
    assert any("failover waits " in why for why in alert.lines("why"))
    evening.run(3600)
    assert evening.active() == ["west"]


def test_patience_ends_when_the_region_comes_back_or_the_data_does(evening):
    evening.set_up(replace(TWO, data=replace(ORDERS, accept_stale_after=600.0))).pointing_at(EAST)
    east_dies_with_west_behind(evening)
    evening.run(60)
    assert evening.active() == ["east"]
    evening.hub.run(lambda: evening.replicas.heal(E, W))
    evening.run(60)
    assert evening.active() == ["west"]
    assert evening.accepted() is None


def test_a_dead_replica_under_the_active_region_does_not_make_the_others_stale(evening):
    """What it had accepted has arrived everywhere: nothing is lost by leaving."""
    evening.set_up(TWO).pointing_at(EAST)
    evening.run(60)
    evening.replicas.down.add(E)
    evening.prober.down[EAST.ipv4] = Reason.STATUS
    evening.run(300)
    assert evening.active() == ["west"]
    assert evening.accepted() is None


def test_what_is_not_known_counts_as_fresh_and_is_noted(evening):
    """The heartbeat function does not run at all."""
    evening.beat = lambda: None
    evening.set_up(TWO).pointing_at(EAST)
    evening.run(60)
    evening.prober.down[EAST.ipv4] = Reason.REFUSED
    evening.run(60)
    assert evening.active() == ["west"]
    assert evening.why() == ["the data of west is of unknown age, which counts as fresh [data]"]


def test_an_age_that_stays_unknown_is_told_before_anything_fails(evening):
    """[service.data] is set, and the template has no heartbeats: DataTables was forgotten."""
    beat, evening.beat = evening.beat, lambda: None
    evening.set_up(TWO).pointing_at(EAST)
    evening.run(480)
    assert not evening.alerts.about("incident/data_unknown")
    evening.run(120)
    (alert,) = evening.alerts.about("incident/data_unknown")
    told = letter(alert, TWO, evening.settings, Place("failover", "eu-west-1", "/failover/token"))
    assert "Data: the data of west is of unknown age" in told.text
    assert "DataTables" in told.text
    evening.beat = beat
    evening.run(120)
    assert Kind.DATA_UNKNOWN not in evening.state.notices.holding()


@pytest.mark.parametrize("service", [SHOP, replace(TWO, routing=Routing.MULTIVALUE)])
def test_no_age_is_missed_where_none_is_asked_for(evening, service):
    """Neither without [service.data] nor where every healthy region is published anyway."""
    evening.beat = lambda: None
    evening.set_up(service).pointing_at(EAST)
    evening.run(720)
    assert not evening.alerts.about("incident/data_unknown")


def test_a_service_without_data_says_nothing_of_it(evening):
    evening.set_up(SHOP).pointing_at(EAST)
    evening.run(60)
    evening.prober.down[EAST.ipv4] = Reason.REFUSED
    evening.run(60)
    assert evening.active() == ["west"]
    assert evening.why() == []


def test_status_shows_what_the_decision_would_see(evening):
    evening.set_up(TWO).pointing_at(EAST)
    evening.run(60)
    evening.replicas.cut.add((E, W))
    evening.run(240)
    settings, hub = evening.settings, evening.hub
    told = hub.run(lambda: status(hub, evening.store, settings, "eu-west-1"))
    regions = told["services"]["shop"]["regions"]
    assert regions["east"]["data"] == {"freshness": Freshness.FRESH, "age_seconds": 0.0}
    assert regions["west"]["data"]["freshness"] is Freshness.STALE
    assert regions["west"]["data"]["age_seconds"] > 200.0
    age = regions["west"]["data"]["age_seconds"]
    assert f"  data: west stale, {age:.1f} s behind" in told["summary"]


def test_status_says_when_no_age_is_known_and_where_to_look(evening):
    evening.beat = lambda: None
    evening.set_up(TWO).pointing_at(EAST)
    evening.run(60)
    settings, hub = evening.settings, evening.hub
    told = hub.run(lambda: status(hub, evening.store, settings, "eu-west-1"))
    assert "  data: west unknown, which counts as fresh: see data-status" in told["summary"]


def test_after_the_next_move_the_age_is_that_of_the_next_move(evening):
    """Back in the east, whose data is complete: nothing is behind any more."""
    evening.set_up(TWO).pointing_at(EAST)
    east_dies_with_west_behind(evening)
    evening.run(60)
    assert evening.accepted()
    evening.hub.run(lambda: evening.replicas.heal(E, W))
    del evening.prober.down[EAST.ipv4]
    evening.run(120)
    evening.prober.down[WEST.ipv4] = Reason.REFUSED
    evening.run(60)
    assert evening.active() == ["east"]
    assert evening.accepted() is None
