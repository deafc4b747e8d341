"""`tick_length = "0s"`: one round a minute, and a tick that stays to confirm a suspicion."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from failover.health.probe import Reason
from failover.health.votes import Ballot
from failover.publication.parts import Phase
from failover.settings.recovery import SCHEDULE_GAP, Recovery
from tests.support.world import unavailable
from tests.unit.app.stage import EAST, SHOP, WEST, Stage


def short() -> Stage:
    """The shop, watched for the cheapest bill."""
    return Stage().set_up(tick_length=0.0).pointing_at(EAST)


@pytest.fixture
def stage() -> Stage:
    return short()


def rounds(stage: Stage) -> list[float]:
    """When each round began, in seconds from the start."""
    return [at - stage.started for at, address in stage.prober.seen if address == WEST.ipv4]


def adopted() -> Stage:
    """The same, once the first tick has seen that the name servers say what was adopted."""
    stage = short()
    stage.run(59)
    stage.hub.run(partial(stage.hub.sleep, stage.started + 60 - stage.hub.time))
    stage.prober.seen.clear()
    return stage


def test_while_all_is_well_there_is_one_round_a_minute() -> None:
    stage = adopted()
    stage.run(550)
    assert len(rounds(stage)) == 10
    assert all(b - a == pytest.approx(60, abs=0.1) for a, b in pairwise(rounds(stage)))


def test_the_table_has_the_newest_reading_while_the_votes_change(stage: Stage) -> None:
    """Six good probes are counted one by one: each round writes its vote, and that once."""
    stage.run(59)
    written: list[Ballot] = []
    really = stage.store.write_ballot
    stage.store.write_ballot = lambda name, b: (written.append(b), really(name, b))
    for number in range(1, 4):
        stage.run(59)
        kept = written[-1]
        assert kept.tallies[EAST.ipv4].successes < SHOP.health.recovery_threshold
        assert kept.reading is not None
        assert kept.reading.at >= kept.at
        assert len(written) == number


def test_what_was_adopted_is_proved_within_the_same_tick(stage: Stage) -> None:
    stage.run(59)
    assert stage.state.publication.phase is Phase.SETTLED
    assert [round(at) for at in rounds(stage)] == [0, 10]


def test_a_suspicion_is_confirmed_within_the_same_tick(stage: Stage) -> None:
    """Three failures, five seconds apart, and the record moves."""
    stage.after(130, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(239)
    assert stage.puts == [WEST.ipv4]
    assert stage.state.served.published_at - stage.started < 180 + 2 * 5 + 1
    assert [round(at) for at in rounds(stage) if at > 30][:5] == [60, 120, 180, 185, 190]


def test_a_publication_is_proved_within_the_same_tick(stage: Stage) -> None:
    """The tick that moved the record stays until all name servers say so, and then goes home."""
    stage.after(130, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(239)
    assert stage.state.publication.phase is Phase.SETTLED
    assert max(rounds(stage)) < 225


def test_a_suspicion_that_is_cleared_ends_the_stay(stage: Stage) -> None:
    """One failure and three good probes: the tick goes home."""
    stage.after(130, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.after(182, stage.prober.down.clear)
    stage.run(239)
    assert [round(at) for at in rounds(stage) if at > 150] == [180, 185, 190, 195]
    assert stage.dns.log == []


def test_while_none_is_healthy_the_tick_stays_and_finds_who_comes_back(stage: Stage) -> None:
    """Six good probes are half a minute, and not six minutes."""
    both = {EAST.ipv4: Reason.REFUSED, WEST.ipv4: Reason.REFUSED}
    stage.after(130, lambda: stage.prober.down.update(both))
    stage.after(302, lambda: stage.prober.down.pop(WEST.ipv4))
    stage.run(400)
    assert stage.puts == [WEST.ipv4]
    assert stage.state.served.published_at - stage.started < 302 + 6 * 5 + 2


def test_a_tick_stays_for_a_publication_that_does_not_succeed(stage: Stage) -> None:
    """Until the next one takes over, and no longer than that one may be late."""
    stage.after(130, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.after(130, lambda: setattr(stage.dns, "on_write", unavailable))
    for start in (0, 60, 120, 180):
        stage.after(start, stage.one_tick)
    stage.hub.run(lambda: stage.hub.sleep(600))
    assert stage.state.publication.phase is Phase.PUBLISHING
    stayed = [at for at in rounds(stage) if at >= 180]
    assert len(stayed) > 8
    assert max(stayed) <= 180 + SCHEDULE_GAP


def dies(stage: Stage, moment: float, reason: Reason, starts: list[float]) -> float:
    """The region dies at a moment, ticks start as told; the seconds until the record is written."""
    stage.after(moment, lambda: stage.prober.down.update({EAST.ipv4: reason}))
    for start in starts:
        stage.after(start, stage.one_tick)
    stage.hub.run(lambda: stage.hub.sleep(600))
    assert stage.puts == [WEST.ipv4]
    return stage.state.served.published_at - stage.started - moment


def promised(stage: Stage) -> float:
    """The part of the sum that ends with the record being written."""
    promise = Recovery.of(stage.settings.services[0], stage.settings)
    return promise.total - promise.publish_allowance - promise.ttl


@pytest.mark.parametrize("reason", [Reason.REFUSED, Reason.DEADLINE])
@pytest.mark.parametrize("moment", range(61, 180, 17))
def test_a_dead_region_is_left_within_the_promised_time(reason: Reason, moment: int) -> None:
    """The sum holds although starts lie as far apart as they may."""
    stage = short()
    starts = [0, 60, 60 + SCHEDULE_GAP, 180, 180 + SCHEDULE_GAP, 300, 360]
    assert dies(stage, moment, reason, starts) <= promised(stage)


@pytest.mark.parametrize("moment", range(61, 180, 17))
def test_a_threshold_that_takes_several_ticks_keeps_the_promise(moment: int) -> None:
    """Twenty failures, five seconds apart, are counted by one tick after the other."""
    health = replace(SHOP.health, failure_threshold=20, recovery_threshold=20)
    stage = Stage().set_up(replace(SHOP, health=health), tick_length=0.0).pointing_at(EAST)
    starts = [0, 60, 60 + SCHEDULE_GAP, 180, 180 + SCHEDULE_GAP, 300, 360, 420, 480]
    assert dies(stage, moment, Reason.REFUSED, starts) <= promised(stage)


def test_while_the_table_is_away_the_tick_ends_all_the_same(stage: Stage) -> None:
    """It probes once, tries to take over once more, and costs no minute of waiting."""
    stage.store.away = True
    stage.hub.run(stage.one_tick)
    assert stage.hub.time - stage.started < 20


def test_the_stored_reading_is_as_new_as_the_last_round(stage: Stage) -> None:
    """The status computes the next round from it: with one round a tick, none may be skipped."""
    stage.run(610)
    (ballot,) = stage.store.read("shop").ballots
    assert ballot.reading is not None
    assert ballot.reading.at >= ballot.at
