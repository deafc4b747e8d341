"""Beats: short ticks that a queue starts, and ticks that stay awake where none arrive."""

from dataclasses import replace
from itertools import pairwise

import pytest

from failover.decision.decision import Action
from failover.health.beats import Beat
from failover.health.probe import Reason
from failover.notify.kinds import Kind
from failover.notify.metrics import Metric
from failover.publication.parts import Incident, Phase
from failover.settings.recovery import PACING, SCHEDULE_GAP, Recovery
from tests.support.world import unavailable
from tests.unit.app.stage import EAST, SHOP, WEST, Stage


def paced() -> Stage:
    """The shop with a queue, whose beats arrive from the second tick on."""
    return Stage().set_up().with_queue().pointing_at(EAST)


@pytest.fixture
def stage() -> Stage:
    return paced()


def rounds(stage: Stage) -> list[float]:
    """When each round began, in seconds from the start."""
    return [at - stage.started for at, address in stage.prober.seen if address == WEST.ipv4]


def gaps(stage: Stage, since: float = 0.0) -> list[float]:
    """Seconds between rounds from a moment on."""
    return [b - a for a, b in pairwise(at for at in rounds(stage) if at >= since)]


def awake(stage: Stage, since: float, until: float) -> float:
    """The part of a time for which functions ran."""
    ran = (min(end, until) - max(begin, since) for begin, end in stage.ran)
    return sum(seconds for seconds in ran if seconds > 0) / (until - since)


def dies(stage: Stage, moment: float, reason: Reason = Reason.REFUSED) -> None:
    """The first region dies at a moment."""
    stage.after(moment, lambda: stage.prober.down.update({EAST.ipv4: reason}))


def promised(stage: Stage) -> float:
    """The part of the sum that ends with the record being written."""
    promise = Recovery.of(stage.settings.services[0], stage.settings)
    return promise.total - promise.publish_allowance - promise.ttl


def left_after(stage: Stage, moment: float) -> float:
    """Seconds from that moment until the record was written, once."""
    assert stage.puts == [WEST.ipv4]
    return stage.state.served.published_at - stage.started - moment


def was_held(stage: Stage) -> None:
    """A failover was held until a moment ago."""
    now = stage.hub.time
    incident = Incident(since=now - 60.0, raised=True, told=now, over=now)
    notices = replace(stage.state.notices, incidents={Kind.FAILOVER_HELD: incident})
    stage.store.states["shop"] = replace(stage.state, notices=notices)


class TestWhileBeatsArrive:
    def test_there_is_a_round_in_each_interval_and_nobody_sleeps(self, stage: Stage) -> None:
        stage.run(600)
        assert max(gaps(stage)) <= 10.5
        assert awake(stage, 60, 600) < 0.1

    def test_nothing_to_do_is_said_once_a_minute_by_the_tick_of_the_schedule(
        self, stage: Stage
    ) -> None:
        stage.run(600)
        holds = [line for line in stage.telemetry.told("decided") if line["action"] == Action.HOLD]
        assert len(holds) <= 12
        assert len(rounds(stage)) >= 59

    def test_a_beat_says_what_it_holds_for(self, stage: Stage) -> None:
        stage.after(185, lambda: stage.dns.set(101, "203.0.113.9"))
        stage.run(240)
        said = [line["lasting"] for line in stage.telemetry.told("decided")]
        assert [Kind.DRIFT] in said

    def test_a_seed_sends_beats_for_as_long_as_the_next_one_may_be_late(self, stage: Stage) -> None:
        stage.run(50)
        assert [beat.place for beat in stage.queue.sent] == list(range(1, 12))

    def test_a_late_schedule_leaves_no_gap(self, stage: Stage) -> None:
        for start in (0, 60, 60 + SCHEDULE_GAP, 60 + 2 * SCHEDULE_GAP):
            stage.after(start, stage.one_tick)
        stage.hub.run(lambda: stage.hub.sleep(400))
        assert max(gaps(stage)) <= 10.5

    def test_a_beat_of_an_older_seed_ends_after_its_first_request(self, stage: Stage) -> None:
        stage.run(119)
        seen, asked = len(stage.prober.seen), []

        def late() -> None:
            stage.store._enter = lambda: asked.append(1)  # type: ignore[method-assign]
            asked.append(stage.one_tick(beat=Beat(int(stage.started), 11)))

        stage.hub.at(stage.hub.time, late)
        stage.hub.run(lambda: stage.hub.sleep(0))
        assert asked == [1, {"tick": None, "rounds": 0}]
        assert len(stage.prober.seen) == seen

    @pytest.mark.parametrize("again", [[3], [2], [1, 2, 3]])
    def test_a_beat_that_is_not_newer_runs_no_round(self, stage: Stage, again: list[int]) -> None:
        """It came twice, or after the next one."""
        seed = int(stage.started)
        stage.hub.run(stage.one_tick)
        stage.hub.run(lambda: stage.one_tick(beat=Beat(seed, 3)))
        seen = len(stage.prober.seen)
        for place in again:
            stage.hub.run(lambda place=place: stage.one_tick(beat=Beat(seed, place)))
        assert len(stage.prober.seen) == seen

    def test_a_recreated_control_table_keeps_no_beat_out(self, stage: Stage) -> None:
        stage.after(195, stage.store.runners.clear)
        stage.after(195, stage.store.seeds.clear)
        stage.run(300)
        assert max(gaps(stage)) <= 10.5

    @pytest.mark.parametrize("reason", [Reason.REFUSED, Reason.DEADLINE])
    @pytest.mark.parametrize("moment", range(121, 181, 7))
    def test_a_dead_region_is_left_within_the_promised_time(
        self, stage: Stage, reason: Reason, moment: int
    ) -> None:
        stage.queue.late = lambda place: (place * 0.37) % PACING
        dies(stage, moment, reason)
        stage.run(300)
        assert left_after(stage, moment) <= promised(stage)

    def test_confirming_does_not_wait_for_the_queue(self, stage: Stage) -> None:
        """The tick that saw the failure goes on, also when no beat comes any more."""
        stage.after(131, lambda: setattr(stage.queue, "stuck", True))
        dies(stage, 125)
        stage.run(175)
        assert left_after(stage, 125) < 16

    def test_no_tick_stays_for_a_failover_that_was_held(self, stage: Stage) -> None:
        """The incident lasts for a while longer, in case the condition comes back."""
        stage.after(115, lambda: was_held(stage))
        stage.run(170)
        assert Kind.FAILOVER_HELD in stage.state.notices.incidents
        assert awake(stage, 120, 170) < 0.1

    def test_the_tick_stays_until_the_publication_is_proved_and_no_longer(
        self, stage: Stage
    ) -> None:
        dies(stage, 125)
        stage.run(400)
        assert stage.state.publication.phase is Phase.SETTLED
        assert awake(stage, 240, 400) < 0.1

    def test_two_failures_that_count_are_confirm_interval_apart(self, stage: Stage) -> None:
        """However often beats come, and however many of them at once."""
        stage.queue.late = lambda place: 3.0 * (place % 4)
        dies(stage, 125)
        stage.store.ballots.clear()
        stage.run(300)
        counted = sorted(
            {b.tallies[EAST.ipv4].at for b in stage.store.votes if b.tallies[EAST.ipv4].failures}
        )
        assert min(b - a for a, b in pairwise(counted)) >= 5 - 1e-6
        assert len(counted) >= 3

    def test_good_probes_of_a_recovery_are_confirm_interval_apart(self, stage: Stage) -> None:
        dies(stage, 65)
        stage.after(200, stage.prober.down.clear)
        stage.run(400)
        ats = [b.tallies[EAST.ipv4].at for b in stage.store.votes if b.tallies[EAST.ipv4].successes]
        assert min(b - a for a, b in pairwise(sorted(set(ats)))) >= 5 - 1e-6

    def test_a_service_with_a_longer_interval_has_rounds_at_its_own_multiples(self) -> None:
        slow = replace(SHOP, name="slow", health=replace(SHOP.health, interval=30.0))
        slow = replace(slow, regions=(replace(SHOP.regions[0], addresses=WEST),))
        fast = replace(SHOP, regions=(SHOP.regions[0], replace(SHOP.regions[0], name="x")))
        stage = Stage().set_up().with_queue()
        stage.settings = replace(stage.settings, services=(fast, slow))
        stage.run(300)
        assert max(gaps(stage, 60)) <= 30.5
        assert len(rounds(stage)) <= 300 / 30 + 6

    def test_a_beat_in_which_it_is_not_due_goes_on_confirming(self) -> None:
        """The tick that was suspicious has lost its turn, so the next one must not go home."""
        slow = replace(SHOP, name="slow", health=replace(SHOP.health, interval=30.0))
        stage = Stage().set_up().with_queue().pointing_at(EAST)
        stage.settings = replace(stage.settings, services=(SHOP, slow))
        dies(stage, 179)
        stage.run(300)
        states = stage.store.states
        assert all("west" in states[name].served.active for name in ("shop", "slow"))
        assert states["slow"].served.published_at - stage.started < 179 + 30 + 10 + PACING

    def test_it_gives_a_sign_of_life_once_a_minute(self, stage: Stage) -> None:
        stage.run(600)
        assert len([at for at in stage.dead_man.heard if at <= stage.started + 605]) == 11

    def test_the_quiet_minutes_write_no_more_than_votes_need(self, stage: Stage) -> None:
        stage.run(660)
        written = [v for v in stage.store.votes if 60 <= v.at - stage.started < 660]
        assert len(written) <= 600 / 30 + 1


class TestWithoutBeats:
    def test_a_seed_that_cannot_send_stays_awake(self, stage: Stage) -> None:
        stage.queue.away = True
        stage.run(600)
        assert max(gaps(stage)) <= 10 + 3 + 0.5
        assert stage.telemetry.total(Metric.BEATS_MISSING) >= 10

    def test_the_next_seed_stays_awake_when_the_beats_have_stopped(self, stage: Stage) -> None:
        stage.after(185, lambda: setattr(stage.queue, "stuck", True))
        stage.run(600)
        assert max(gaps(stage, 245)) <= 10.5
        assert max(gaps(stage)) <= SCHEDULE_GAP

    def test_it_sleeps_again_when_beats_are_back(self, stage: Stage) -> None:
        stage.after(185, lambda: setattr(stage.queue, "stuck", True))
        stage.after(485, lambda: setattr(stage.queue, "stuck", False))
        stage.run(900)
        assert awake(stage, 300, 480) > 0.9
        assert awake(stage, 620, 900) < 0.1

    @pytest.mark.parametrize("moment", range(186, 300, 13))
    def test_a_dead_region_is_left_within_the_time_of_the_schedule(
        self, stage: Stage, moment: int
    ) -> None:
        stage.after(185, lambda: setattr(stage.queue, "stuck", True))
        dies(stage, moment)
        for start in (0, 60, 120, 180, 180 + SCHEDULE_GAP, 360, 360 + SCHEDULE_GAP):
            stage.after(start, stage.one_tick)
        stage.hub.run(lambda: stage.hub.sleep(500))
        assert left_after(stage, moment) <= promised(stage) + SCHEDULE_GAP

    def test_without_a_schedule_the_beats_end(self, stage: Stage) -> None:
        stage.run(120)
        stage.hub.run(lambda: stage.hub.sleep(400))
        assert max(rounds(stage)) <= 120 + SCHEDULE_GAP

    def test_a_seed_that_dies_when_it_has_sent_leaves_no_gap(self, stage: Stage) -> None:
        """Its beats are as good without it."""

        def dies_then() -> None:
            stage.hub.sleep(0.02)
            stage.store.take_over("eu-west-1", stage.hub.time)
            stage.queue.send(stage.store.seeds["eu-west-1"], range(10, 119, 10))

        for start in (0, 60, 180, 240):
            stage.after(start, stage.one_tick)
        stage.after(120, dies_then)
        stage.hub.run(lambda: stage.hub.sleep(300))
        assert max(gaps(stage)) <= 20.5

    def test_while_the_table_is_away_a_beat_ends_all_the_same(self, stage: Stage) -> None:
        """It probes once, tries to take over once more, and costs no minute of waiting."""
        stage.store.away = True
        beat = Beat(int(stage.started), 1)
        stage.hub.run(lambda: stage.one_tick(beat=beat))
        assert stage.hub.time - stage.started < 20
        assert rounds(stage)

    def test_a_failover_during_an_outage_of_the_table_and_of_the_queue_happens(
        self, stage: Stage
    ) -> None:
        stage.after(125, lambda: setattr(stage.store, "away", True))
        stage.after(125, lambda: setattr(stage.queue, "away", True))
        dies(stage, 130)
        stage.after(300, lambda: setattr(stage.store, "away", False))
        stage.run(400)
        assert left_after(stage, 300) < 40

    def test_a_publication_that_does_not_succeed_is_tried_while_the_next_tick_is_late(
        self, stage: Stage
    ) -> None:
        dies(stage, 125)
        stage.after(125, lambda: setattr(stage.dns, "on_write", unavailable))
        stage.after(131, lambda: setattr(stage.queue, "stuck", True))
        for start in (0, 60, 120):
            stage.after(start, stage.one_tick)
        stage.hub.run(lambda: stage.hub.sleep(600))
        assert stage.state.publication.phase is Phase.PUBLISHING
        assert 120 + SCHEDULE_GAP < max(rounds(stage)) < 120 + SCHEDULE_GAP + 30


class TestVeryShortIntervals:
    def test_the_tick_stays_for_the_rounds_between_two_beats(self) -> None:
        quick = replace(SHOP, health=replace(SHOP.health, interval=2.0, confirm_interval=1.0))
        stage = Stage().set_up(quick).with_queue().pointing_at(EAST)
        stage.run(300)
        assert max(gaps(stage)) <= 2.5
        assert len(stage.queue.sent) == 6 * 19
