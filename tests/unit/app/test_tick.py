"""Ticks on a memory world: what the schedule's invocations do to one service."""

import itertools

import pytest

from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.notify.metrics import Metric
from failover.publication.parts import Cause, Phase
from tests.unit.app.stage import EAST, EAST6, SHOP6, WEST, WEST6, Stage


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region."""
    return Stage().set_up().pointing_at(EAST)


def test_healthy_regions_are_left_alone(stage: Stage) -> None:
    """With everything healthy the records are adopted, and nothing is ever written."""
    stage.run(300)
    assert stage.dns.log == []
    assert stage.state.publication.cause is Cause.ADOPTION
    assert list(stage.state.served.active) == ["east"]


@pytest.mark.parametrize("reason", [Reason.REFUSED, Reason.DEADLINE, Reason.BODY])
def test_a_dead_region_is_left_once(stage: Stage, reason: Reason) -> None:
    """The record moves to the healthy region, exactly once, and stays there."""
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: reason}))
    stage.run(400)
    assert stage.puts == [WEST.ipv4]
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.publication.phase is Phase.SETTLED
    assert stage.telemetry.total(Metric.FAILOVER) == 1


def test_a_dead_region_is_left_within_the_promised_time(stage: Stage) -> None:
    """interval + (threshold - 1) x confirm_interval + 2 x timeout + 10 s to enact."""
    for phase in range(60):
        world = Stage().set_up().pointing_at(EAST)
        killed = 100.0 + phase
        world.after(killed, lambda w=world: w.prober.down.update({EAST.ipv4: Reason.DEADLINE}))
        world.run(220)
        assert world.state.served.published_at - world.started - killed <= 10 + 2 * 5 + 2 * 4 + 10


def test_three_blips_move_nothing(stage: Stage) -> None:
    """Blips of six seconds, thirty seconds apart, are not an outage."""
    for begin in (100, 130, 160):
        stage.after(begin, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.after(begin + 6, stage.prober.down.clear)
    stage.run(300)
    assert stage.dns.log == []


def test_a_region_that_fails_every_second_probe_is_left(stage: Stage) -> None:
    """Failures that are interleaved with good probes add up."""
    stage.after(100, lambda: stage.prober.every_second.add(EAST.ipv4))
    stage.run(400)
    assert stage.dns.addresses() == [WEST.ipv4]


def test_a_recovered_region_does_not_take_traffic_back_by_itself(stage: Stage) -> None:
    """Failback is manual by default: nothing flaps."""
    stage.after(100, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.after(200, stage.prober.down.clear)
    stage.run(1500)
    assert stage.puts == [WEST.ipv4]


def test_all_regions_down_writes_nothing(stage: Stage) -> None:
    """No guess: the record keeps what it says, and people are told."""
    both = {EAST.ipv4: Reason.REFUSED, WEST.ipv4: Reason.REFUSED}
    stage.after(100, lambda: stage.prober.down.update(both))
    stage.run(400)
    assert stage.dns.log == []
    assert stage.state.notices.incidents[Kind.NO_HEALTHY_REGION].raised
    assert stage.telemetry.total(Metric.NO_HEALTHY_REGION) > 0


def test_missing_records_are_created() -> None:
    """A name without records gets those of the first healthy region, both families."""
    stage = Stage().set_up(SHOP6)
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(120)
    assert stage.dns.addresses("A") == [WEST6.ipv4]
    assert stage.dns.addresses("AAAA") == [WEST6.ipv6]


def test_both_families_move_as_one_intent() -> None:
    """A and AAAA go to the same region."""
    stage = Stage().set_up(SHOP6).pointing_at(EAST6)
    stage.after(60, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(200)
    assert stage.dns.addresses("A") == [WEST6.ipv4]
    assert stage.dns.addresses("AAAA") == [WEST6.ipv6]
    assert list(stage.state.served.active) == ["west"]


def test_an_early_second_tick_doubles_nothing(stage: Stage) -> None:
    """Two overlapping ticks: the newer one takes over, the older one ends, rounds stay apart."""
    stage.after(33, stage.one_tick)
    stage.after(34, stage.one_tick)
    stage.run(150)
    rounds = [at for at, address in stage.prober.seen if address == EAST.ipv4]
    counted = sorted({ballot.at for ballot in [stage.store.ballots["shop", "eu-west-1"]]})
    assert counted
    assert len(rounds) <= 150 / 10 + 1 + 5  # each tick may probe once before it hears of another
    assert stage.store.runners["eu-west-1"] >= 4


def test_a_late_tick_leaves_no_gap(stage: Stage) -> None:
    """Starts may lie 119 s apart: the rounds go on in between."""
    stage.after(119, stage.one_tick)
    stage.hub.at(stage.started, stage.one_tick)
    stage.hub.run(lambda: stage.hub.sleep(240))
    rounds = [at for at, address in stage.prober.seen if address == EAST.ipv4]
    gaps = [b - a for a, b in itertools.pairwise(rounds)]
    assert max(gaps) <= 10.5


def test_nobody_switches_while_the_table_is_away_and_it_happens_afterwards(stage: Stage) -> None:
    """Without the control table regions are probed and nothing is decided."""
    stage.after(100, lambda: setattr(stage.store, "away", True))
    stage.after(110, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    seen: list[list[str]] = []
    stage.after(299, lambda: seen.append(stage.dns.addresses()))
    stage.after(300, lambda: setattr(stage.store, "away", False))
    stage.run(400)
    assert seen == [[EAST.ipv4]]
    assert stage.telemetry.total(Metric.TABLE_UNAVAILABLE) > 0
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.puts == [WEST.ipv4]
