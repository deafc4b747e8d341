"""The 95th percentile of the time that good probes take, kept as one number."""

import random

import pytest

from failover.health.latency import p95, percentiles
from failover.health.probe import Probe, Reason

TIMEOUT = 4.0


def after(before: float | None, times: list[float]) -> float:
    for took in times:
        before = p95(before, took, TIMEOUT)
    assert before is not None
    return before


def test_the_first_probe_is_all_that_is_known() -> None:
    assert p95(None, 0.25, TIMEOUT) == 0.25


@pytest.mark.parametrize("seed", range(5))
def test_it_comes_to_where_one_probe_of_twenty_takes_longer(seed: int) -> None:
    chance = random.Random(seed)
    times = [chance.uniform(0.0, 2.0) for _ in range(5000)]

    assert after(None, times) == pytest.approx(1.9, abs=0.15)


def test_a_region_that_becomes_slow_is_known_as_such_within_a_few_minutes() -> None:
    """A probe every ten seconds."""
    assert after(0.2, [3.0] * 30) > TIMEOUT / 2


def test_one_slow_probe_in_a_hundred_moves_it_little() -> None:
    times = ([0.1] * 99 + [3.0]) * 20

    assert after(0.1, times) < 0.3


def test_it_is_never_negative() -> None:
    assert after(0.001, [0.0] * 50) == 0.0


def test_a_probe_that_failed_says_nothing_about_the_time_that_good_ones_take() -> None:
    bad = Probe(Reason.DEADLINE, "the time was up", 4.0)
    probes = {"a": Probe(None, "", 0.3), "b": bad, "c": bad}

    assert percentiles({"b": 0.5, "gone": 1.0}, probes, TIMEOUT) == {"a": 0.3, "b": 0.5}
