"""A run of the heartbeat function: what is written, what is seen, and how long that may take."""

from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failover.app.heartbeat import heartbeat
from failover.errors import StoreUnavailable
from failover.notify.metrics import Metric
from failover.settings.model import Addresses, Data, Region
from failover.staleness.replication import Freshness, seen_from
from tests.support.builders import SHOP, settings_of
from tests.support.virtual import Hub
from tests.support.world import MemoryWorld

EAST, WEST, SOUTH = "us-east-1", "us-west-2", "us-east-2"
NAMES = (EAST, WEST, SOUTH)
V1, V2, V3 = VANTAGES = ("eu-west-1", "eu-north-1", "ca-central-1")
ORDERS = Data(table="orders", max_age=60.0, accept_stale_after=0.0)
SERVICE = replace(SHOP, data=ORDERS)


@dataclass
class Behind:
    """A clock that is wrong by so many seconds."""

    hub: Hub
    seconds: float

    def now(self):
        return self.hub.now() - self.seconds

    def monotonic(self):
        return self.hub.monotonic()


class Data3(MemoryWorld):
    """Three replicas, and vantages that run their heartbeats when a test says so."""

    def __init__(self, **changes):
        super().__init__()
        self.settings = replace(settings_of(SERVICE, vantages=(V1,)), **changes)
        self.took = []

    def run(self, *vantages, times=1, every=60.0):
        """So many runs, one a minute. Returns the last answer."""
        answers = []

        def program():
            for _ in range(times):
                began = self.hub.time
                answers.extend(map(self.once, vantages or self.settings.vantages))
                self.took.append(self.hub.time - began)
                self.hub.sleep(began + every - self.hub.time)

        self.hub.run(program)
        return answers[-1]

    def once(self, vantage, slow_by=0.0):
        """One run, inside a running hub. `slow_by` is how far the vantage's clock is behind."""
        world = replace(self.world, clock=Behind(self.hub, slow_by))
        return heartbeat(world, self.settings, vantage)

    def finding(self, name, vantage=V1, service="shop"):
        return self.store.findings[service, name, vantage]

    def age(self, source, name, vantage=V1):
        return self.finding(name, vantage).links[source].age

    def freshness(self, name, active=EAST):
        found = self.store.findings.values()
        seen = seen_from(active, name, found, self.settings.vantages, self.hub.time)
        return seen.freshness


@pytest.fixture
def data():
    return Data3()


def test_a_healthy_table_is_fresh_from_the_first_run_on(data):
    answer = data.run()
    assert {data.age(a, b) for a in NAMES for b in NAMES if a != b} == {0.0}
    assert data.freshness(WEST) is Freshness.FRESH
    assert answer == {"tables": 1, "links": 6, "oldest_seconds": 0.0}


@pytest.mark.parametrize("lag", [0.0, 0.3, 1.0, 5.0, 9.5])
def test_a_healthy_link_never_looks_a_minute_old(data, lag):
    """However late within ten seconds the heartbeat arrives, in every run."""
    data.replicas.lag = {(a, b): lag for a in NAMES for b in NAMES}
    for _ in range(4):
        data.run()
        assert data.age(EAST, WEST) == 0.0
    assert max(data.took) < lag + 1.0


def test_a_link_that_lags_is_told_by_its_age_and_is_stale_after_two_runs(data):
    data.replicas.lag[EAST, WEST] = 100.0
    data.run(times=4)  # what arrives has been accepted two runs before
    assert data.age(EAST, WEST) == pytest.approx(120.0, abs=1.0)
    assert data.freshness(WEST) is Freshness.STALE
    assert data.freshness(SOUTH) is Freshness.FRESH
    assert data.freshness(EAST, active=WEST) is Freshness.FRESH


def test_one_run_that_finds_it_old_is_not_enough(data):
    data.run()
    data.replicas.cut.add((EAST, WEST))
    data.hub.time += 60.0
    data.run()
    assert data.age(EAST, WEST) > ORDERS.max_age
    assert data.freshness(WEST) is Freshness.FRESH
    data.run()
    assert data.freshness(WEST) is Freshness.STALE


def test_a_run_that_is_doubled_counts_once(data):
    """The schedule starts some runs twice; the two are seconds apart."""
    data.run()
    data.replicas.cut.add((EAST, WEST))
    data.hub.time += 60.0
    data.run(times=2, every=12.0)
    assert data.finding(WEST).links[EAST].over_since is not None
    assert data.freshness(WEST) is Freshness.FRESH


def test_a_cut_link_ages_by_the_minute_and_is_fresh_once_it_has_caught_up(data):
    data.run()
    data.replicas.cut.add((EAST, WEST))
    data.run(times=5)
    assert data.age(EAST, WEST) == pytest.approx(300.0, abs=1.0)
    data.hub.run(lambda: data.replicas.heal(EAST, WEST))
    data.run()
    assert data.age(EAST, WEST) == 0.0
    assert data.freshness(WEST) is Freshness.FRESH


def test_a_split_is_seen_from_both_sides(data):
    """Both replicas go on taking writes, and neither sees the other's."""
    data.run()
    data.replicas.cut |= {(EAST, WEST), (WEST, EAST)}
    data.run(times=4)
    assert data.freshness(WEST, active=EAST) is Freshness.STALE
    assert data.freshness(EAST, active=WEST) is Freshness.STALE
    assert data.freshness(SOUTH, active=EAST) is Freshness.FRESH


def test_a_replica_that_shows_nothing_at_all_becomes_stale(data):
    """A table that is not replicated: three tables of one name."""
    data.replicas.cut |= {(a, b) for a in NAMES for b in NAMES}
    data.run()
    assert data.age(EAST, WEST) == 0.0  # nothing is known to be missing for longer
    data.run(times=4)
    assert data.freshness(WEST) is Freshness.STALE


def test_a_source_that_takes_no_writes_does_not_age(data):
    """It still answers reads. There is nothing that the others could miss."""
    data.run()
    data.replicas.read_only.add(EAST)
    data.run(times=6)
    assert data.age(EAST, WEST) == 0.0
    assert data.freshness(WEST) is Freshness.FRESH
    found = data.finding(EAST)
    assert "no writes here" in found.write_error
    assert found.read_error is None
    assert data.age(WEST, EAST) == 0.0


def test_what_a_dead_source_had_accepted_and_nobody_has_stays_lost(data):
    """The link was cut two minutes before the source died: that is what a failover costs."""
    data.run()
    data.replicas.cut.add((EAST, WEST))
    data.run(times=2)
    data.replicas.down.add(EAST)
    data.run(times=6)
    assert data.age(EAST, WEST) == pytest.approx(120.0, abs=1.0)
    assert data.freshness(WEST) is Freshness.STALE


def test_a_lost_reply_is_no_lost_heartbeat(data):
    data.run()
    data.replicas.lose_replies.add(EAST)
    data.run(times=2)
    assert data.age(EAST, WEST) == 0.0


def test_one_region_that_hangs_delays_no_other(data):
    """What is found about the others is on record while the one still hangs."""
    data.run()
    began = data.hub.time
    data.replicas.down.add(SOUTH)
    data.run()
    assert data.age(EAST, WEST) == data.age(WEST, EAST) == 0.0
    assert data.finding(WEST).at - began < 3.5
    assert "Read timeout" in data.finding(SOUTH).read_error
    assert data.took[-1] < 25.0


def test_all_regions_that_hang_end_within_the_time_of_the_function(data):
    data.replicas.down |= set(NAMES)
    answer = data.run()
    assert data.took[-1] < 40.0
    assert answer == {"tables": 1, "links": 0, "oldest_seconds": None}


def test_a_slow_write_that_is_accepted_after_the_last_look_is_not_missed(data):
    """Nobody waits for it any longer, and nobody takes the one before it for old."""
    data.run(times=2)
    data.replicas.slow[EAST] = 3.1
    data.run()
    assert data.age(EAST, WEST) == 0.0


def test_what_cannot_be_read_grows_old_and_is_unknown_after_three_minutes(data):
    data.run()
    data.replicas.throttled.add(WEST)
    data.run(times=2)
    assert data.freshness(WEST) is Freshness.FRESH
    data.run(times=2)
    assert data.freshness(WEST) is Freshness.UNKNOWN
    assert "slow down" in data.finding(WEST).read_error


def test_a_replica_that_is_throttled_for_a_moment_is_asked_again(data):
    data.replicas.throttled.add(WEST)
    data.hub.at(data.hub.time + 3.0, data.replicas.throttled.clear)
    data.run()
    assert data.finding(WEST).read_error is None
    assert data.age(EAST, WEST) == 0.0


def test_clocks_that_differ_make_no_link_old():
    """Each vantage compares its own times only."""
    data = Data3(vantages=VANTAGES)
    for _ in range(3):
        for vantage, seconds in zip(VANTAGES, (0.0, 400.0, -400.0), strict=True):
            data.hub.run(partial(data.once, vantage, seconds))
            assert data.age(EAST, WEST, vantage) == 0.0
        data.hub.time += 60.0


def test_a_clock_that_is_set_back_makes_no_link_old(data):
    data.run(times=2)
    ages = []
    for _ in range(3):
        data.hub.run(partial(data.once, V1, 3600.0))
        told = data.telemetry.told("heartbeat")[-1]
        ages += [told["ages"][f"{EAST} to {WEST}"]]
        data.hub.time += 60.0
    assert ages == [0.0, 0.0, 0.0]


def test_services_that_share_a_table_share_its_heartbeats():
    """One write for both in each region; each judges by its own max_age."""
    patient = replace(
        SERVICE,
        name="blog",
        data=replace(ORDERS, max_age=600.0),
        regions=(
            Region("a", EAST, Addresses("10.0.0.1")),
            Region("b", WEST, Addresses("10.0.0.2")),
        ),
    )
    data = Data3(services=(SERVICE, patient))
    data.run()
    data.replicas.cut.add((EAST, WEST))
    answer = data.run(times=4)
    assert answer["tables"] == 1
    assert data.finding(WEST, service="shop").links[EAST].over_since is not None
    assert data.finding(WEST, service="blog").links[EAST].over_since is None
    assert ("blog", SOUTH, V1) not in data.store.findings


def test_a_service_without_data_has_no_heartbeats():
    data = Data3(services=(SHOP,))
    assert data.run()["tables"] == 0
    assert not data.store.findings
    assert not data.replicas.reads
    (told,) = data.telemetry.told("nothing_to_measure")
    assert "no service has a [service.data]" in told["error"]


def test_the_control_table_may_be_away(data):
    """The ages are measured and told all the same, and nothing is remembered."""
    data.store.away = True
    data.run()
    assert data.telemetry.total(Metric.TABLE_UNAVAILABLE) > 0
    assert (Metric.REPLICATION_AGE, 0.0, {}) in data.telemetry.values


def test_the_alarm_series_has_the_oldest_link_and_each_link_one_of_its_own(data):
    data.run()
    data.replicas.cut.add((EAST, WEST))
    data.telemetry.values.clear()
    data.run(times=1)
    ages = [(v, dims) for m, v, dims in data.telemetry.values if m is Metric.REPLICATION_AGE]
    (oldest,) = [v for v, dims in ages if not dims]
    assert oldest == pytest.approx(60.0, abs=1.0)
    series = {dims["link"]: v for _, v, dims in data.telemetry.values if dims}
    assert series.keys() == {f"{a} to {b}" for a in NAMES for b in NAMES if a != b}
    assert series[f"{EAST} to {WEST}"] == pytest.approx(oldest, abs=0.01)
    assert all(dims["app"] == "shop" for _, _, dims in data.telemetry.values if dims)


def test_no_series_for_each_link_where_the_settings_want_none():
    data = Data3(region_metrics=False)
    data.run()
    assert all(dims == {} for _, _, dims in data.telemetry.values)


@pytest.mark.parametrize("trouble", ["down", "read_only"])
def test_a_run_that_measures_nothing_is_not_a_complete_one(data, trouble):
    """Where heartbeats may be read and not written, every age would stay what it was."""
    data.run()
    getattr(data.replicas, trouble).update(NAMES)
    data.run(times=3)
    assert data.telemetry.total(Metric.HEARTBEAT_COMPLETED) == 1


def test_a_region_that_is_gone_is_no_reason_to_take_the_heartbeats_for_dead(data):
    data.replicas.down.add(EAST)
    data.run(times=3)
    assert data.telemetry.total(Metric.HEARTBEAT_COMPLETED) == 3


def test_a_replica_in_trouble_is_told_with_what_it_said(data):
    data.replicas.read_only.add(WEST)
    data.run()
    (told,) = data.telemetry.told("replica_in_trouble")
    assert (told["aws_region"], told["table"]) == (WEST, "orders")
    assert "no writes here" in told["write_error"]


def test_one_service_that_cannot_be_recorded_costs_the_others_nothing():
    """Two services in one table, and only the items of one are refused."""
    data = Data3(services=(SERVICE, replace(SERVICE, name="blog")))
    write = data.store.write_finding

    def refuse(service, finding):
        if service == "shop":
            raise StoreUnavailable("throttled")
        write(service, finding)

    data.store.write_finding = refuse
    data.run()
    assert {service for service, *_ in data.store.findings} == {"blog"}
    assert len(data.store.findings) == 3


LINKS = [(a, b) for a in NAMES for b in NAMES if a != b]


@given(
    st.fixed_dictionaries({each: st.floats(0.0, 9.5) for each in LINKS}),
    st.lists(st.floats(45.0, 119.0), min_size=3, max_size=5),
    st.floats(-600.0, 600.0),
)
def test_healthy_links_are_never_old_whenever_a_run_starts(lags, pauses, clock_is_behind):
    """Whatever each link takes within ten seconds, however late the schedule and the clock."""
    data = Data3()
    data.replicas.lag = dict(lags)
    for pause in pauses:
        began = data.hub.time
        data.hub.run(partial(data.once, V1, clock_is_behind))
        assert {data.age(a, b) for a, b in LINKS} == {0.0}
        data.hub.time = max(data.hub.time, began + pause)


@given(st.floats(11.0, 400.0), st.floats(60.0, 119.0))
def test_the_age_of_a_lagging_link_is_right_to_within_the_time_between_two_runs(lag, every):
    data = Data3()
    data.replicas.lag[EAST, WEST] = lag
    runs = int(lag // every) + 4
    data.run(times=runs, every=every)
    age = data.age(EAST, WEST)
    assert lag - 11.0 <= age <= lag + every
    assert data.age(WEST, EAST) == data.age(EAST, SOUTH) == 0.0
