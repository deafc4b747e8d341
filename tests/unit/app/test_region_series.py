"""What is told of each region: whether the name points there, its health, how fast it answers."""

import pytest

from failover.errors import DnsUnavailable
from failover.health.probe import Reason
from failover.notify.metrics import Metric
from tests.unit.app.stage import EAST, WEST, Stage

FOREIGN = "203.0.113.9"


@pytest.fixture
def stage() -> Stage:
    return Stage().set_up().pointing_at(EAST)


def away() -> None:
    raise DnsUnavailable("503")


def told(stage: Stage, metric: Metric) -> list[tuple[str, float]]:
    """The regions and values of a metric, in the order in which they were told."""
    found = stage.telemetry.values
    return [(dims["region"], value) for name, value, dims in found if name is metric]


def test_the_name_points_at_one_region_and_then_at_the_other(stage: Stage) -> None:
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(400)
    points_at = told(stage, Metric.ACTIVE_REGION)
    assert points_at == sorted(points_at)
    assert set(points_at) == {("east", 1), ("west", 1)}


def test_a_name_with_two_addresses_points_at_both(stage: Stage) -> None:
    stage.dns.add("app", "A", WEST.ipv4)
    stage.run(30)
    assert set(told(stage, Metric.ACTIVE_REGION)) == {("east", 1), ("west", 1)}


def test_what_the_records_say_counts_and_not_what_was_decided(stage: Stage) -> None:
    stage.run(60)
    stage.dns.set(101, FOREIGN)
    stage.run(60)
    stage.telemetry.values.clear()
    stage.run(60)
    assert told(stage, Metric.REGION_HEALTHY)
    assert not told(stage, Metric.ACTIVE_REGION)


def test_while_the_records_cannot_be_read_nothing_is_said_of_them(stage: Stage) -> None:
    stage.run(60)
    stage.dns.on_list = stage.dns.on_get = away
    stage.telemetry.values.clear()
    stage.run(300)
    assert told(stage, Metric.REGION_HEALTHY)
    assert not told(stage, Metric.ACTIVE_REGION)


def test_the_latency_is_that_of_answers(stage: Stage) -> None:
    """A probe that failed has taken its timeout, or no time at all: neither says how fast."""
    stage.prober.down[EAST.ipv4] = Reason.DEADLINE
    stage.run(60)
    assert {region for region, _ in told(stage, Metric.PROBE_LATENCY)} == {"west"}


def test_without_region_metrics_nothing_is_told_of_regions() -> None:
    stage = Stage().set_up(region_metrics=False).pointing_at(EAST)
    stage.run(60)
    assert all(not dims for _, _, dims in stage.telemetry.values)
