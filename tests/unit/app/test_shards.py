"""Shards: several functions share the services, each with beats of its own."""

from dataclasses import replace
from itertools import pairwise

import pytest

from failover.adapters.aws.telemetry import PowertoolsTelemetry
from failover.app.shards import run
from failover.health.beats import STILL_AFTER, Beat, Start, plan
from failover.health.probe import Reason
from failover.notify.metrics import Metric
from failover.settings.model import Addresses, Region
from failover.settings.recovery import Recovery
from failover.settings.shards import assigned, part, part_of, parts
from tests.support.cloudwatch import Alarm, State, Tape, Taped
from tests.support.nights import PUT
from tests.support.world import MemoryFunctions, unavailable
from tests.unit.app.stage import SHOP, Stage

NAMES = tuple(f"shop-{number}" for number in range(9))


def address(name: str, region: int) -> str:
    """Where a shop is in its first region, or its second."""
    return f"127.0.{region + 1}.{NAMES.index(name) + 1}"


class OutOfMemory(Exception):
    """Ends an invocation."""


class Mall(Stage):
    """Nine services in three shards. What is started for one of the shards in `dead` dies at once,
    before it does anything."""

    def open(self, shards: int = 3) -> "Mall":
        """The services with their records, and what starts functions."""
        self.set_up().with_queue()
        self.settings = replace(
            self.settings, services=tuple(map(self._shop, NAMES)), shards=shards
        )
        self.dead: set[int] = set()
        self.functions = MemoryFunctions(self.hub, lambda shard: self.start(Start(shard=shard)))
        self.world = replace(self.world, functions=self.functions)
        self.starts: list[tuple[float, Start]] = []
        return self

    def one_tick(
        self, limit: float = 190.0, vantage: str = "eu-west-1", beat: Beat | None = None
    ) -> dict[str, object]:
        """One invocation by the schedule, or by a beat."""
        return self.start(Start(beat, beat.shard) if beat else Start(), limit, vantage)

    def start(
        self, start: Start, limit: float = 190.0, vantage: str = "eu-west-1"
    ) -> dict[str, object]:
        """One invocation, inside a running hub."""
        self.starts.append((self.hub.time - self.started, start))
        if start.shard in self.dead:
            return {}
        began, ends = self.hub.time, self.hub.time + limit
        try:
            return run(self.world, self.settings, vantage, lambda: ends - self.hub.time, start)
        except OutOfMemory:
            return {}
        finally:
            self.ran.append((began - self.started, self.hub.time - self.started))

    def run(self, seconds: float, every: float = 60.0) -> "Mall":
        """The schedule for so many seconds from now."""
        self.until = self.hub.time - self.started + seconds
        super().run(seconds, every)
        return self

    def of_shard(self, shard: int) -> list[str]:
        """The names of its services."""
        return [name for name, its in assigned(self.settings).items() if its == shard]

    def rounds(self, name: str) -> list[float]:
        """When each round of a service began, in seconds from the start."""
        asked = address(name, 1)
        return [at - self.started for at, seen in self.prober.seen if seen == asked]

    def gaps(self, names: list[str], since: float = 0.0) -> list[float]:
        """Seconds between rounds of services from a moment on, until the schedule ended."""
        return [
            b - a
            for name in names
            for a, b in pairwise(at for at in self.rounds(name) if since <= at < self.until)
        ]

    def _shop(self, name: str) -> object:
        self.dns.add(name, "A", address(name, 0))
        return replace(
            SHOP,
            name=name,
            record=f"{name}.{SHOP.domain}",
            regions=(
                Region("east", "us-east-1", Addresses(address(name, 0))),
                Region("west", "us-west-2", Addresses(address(name, 1))),
            ),
        )


@pytest.fixture
def mall() -> Mall:
    return Mall().open()


def still(mall: Mall) -> int:
    """How often the series of the alarm was 0."""
    values = mall.telemetry.values
    return sum(m is Metric.ROUND_COMPLETED and v == 0 and not d for m, v, d in values)


def awake(mall: Mall, since: float, until: float) -> float:
    """For how much of a time functions ran, all together."""
    ran = (min(end, until) - max(begin, since) for begin, end in mall.ran)
    return sum(seconds for seconds in ran if seconds > 0) / (until - since)


class TestWhileAllRun:
    def test_each_service_has_a_round_in_each_interval(self, mall: Mall) -> None:
        mall.run(300)
        assert all(mall.of_shard(shard) for shard in range(3))
        assert max(mall.gaps(list(NAMES))) <= 10.5
        first = mall.of_shard(0)
        assert min(mall.gaps(first, since=60)) >= 9
        assert len(mall.gaps(list(NAMES))) <= 1.2 * len(mall.gaps(first)) / len(first) * len(NAMES)

    def test_nobody_sleeps(self, mall: Mall) -> None:
        mall.run(300)
        assert awake(mall, 60, 300) < 0.3

    def test_a_beat_is_one_message_for_each_shard(self, mall: Mall) -> None:
        mall.run(50)
        sent = [(beat.shard, beat.place) for beat in mall.queue.sent]
        its = parts(mall.settings)
        assert sorted(sent) == [
            (each.shard, place) for each in its for place in range(1, len(plan(each)) + 1)
        ]

    def test_each_shard_takes_over_by_itself(self, mall: Mall) -> None:
        mall.run(70)
        assert set(mall.store.runners) == {"eu-west-1", "eu-west-1#1", "eu-west-1#2"}

    def test_a_dead_region_of_every_service_is_left(self, mall: Mall) -> None:
        down = {address(name, 0): Reason.REFUSED for name in NAMES}
        mall.after(125, lambda: mall.prober.down.update(down))
        mall.run(200)
        promise = Recovery.of(mall.settings.services[0], mall.settings)
        for name in NAMES:
            served = mall.store.states[name].served
            assert set(served.active) == {"west"}
            waited = served.published_at - mall.started - 125
            assert waited <= promise.total - promise.publish_allowance - promise.ttl

    def test_the_dead_mans_switch_hears_of_them_once_a_minute(self, mall: Mall) -> None:
        mall.run(600)
        assert len(mall.dead_man.heard) in (9, 10)

    def test_the_metric_of_rounds_is_never_zero_after_the_first_minute(self, mall: Mall) -> None:
        mall.after(30, mall.telemetry.values.clear)
        mall.run(600)
        assert still(mall) == 0
        assert mall.telemetry.total(Metric.ROUND_COMPLETED) > 9 * 50


class TestTheAlarm:
    """What the template's alarm makes of the metric."""

    def test_it_is_quiet_while_all_shards_run(self, mall: Mall) -> None:
        assert went_off(mall, 900) == set()

    @pytest.mark.parametrize("shard", [0, 1, 2])
    def test_it_goes_off_for_one_that_stands_still_and_only_then(
        self, mall: Mall, shard: int
    ) -> None:
        mall.after(605, lambda: breaks(mall, shard))
        began = went_off(mall, 1200)
        assert began
        assert 605 + 60 < min(began) <= 605 + STILL_AFTER + 60 + 5 * 60

    def test_it_goes_off_for_one_that_nobody_starts(self, mall: Mall) -> None:
        """Lambda accepts no start of it, and its beats come to an end."""
        mall.after(605, lambda: mall.functions.refuses.add(2))
        began = went_off(mall, 1300)
        assert began
        assert max(max(mall.rounds(name)) for name in mall.of_shard(2)) < 605 + 119


def went_off(mall: Mall, seconds: float) -> set[float]:
    """The minutes in which the alarm for missing rounds was on, after the first ten."""
    tape = Tape(mall.hub.now)
    adapter = PowertoolsTelemetry(PUT["dead-man"]["Namespace"], "INFO", str)
    mall.world = replace(mall.world, telemetry=Taped(adapter, tape))
    mall.run(seconds)
    alarm, data = Alarm.of(PUT["dead-man"]), tape.data()
    minutes = range(600, int(seconds), 60)
    return {at for at in minutes if alarm.state(data, mall.started + at) is State.ALARM}


class TestOneShard:
    def test_nothing_more_is_started_sent_or_written(self) -> None:
        mall = Mall().open(shards=1)
        mall.run(300)
        assert not any(start.shard for _, start in mall.starts)
        assert {beat.shard for beat in mall.queue.sent} == {0}
        assert set(mall.store.runners) == {"eu-west-1"}
        assert not mall.store.given
        assert max(mall.gaps(list(NAMES))) <= 10.5


class TestAShardThatStandsStill:
    def test_the_others_go_on(self, mall: Mall) -> None:
        mall.after(125, lambda: mall.dead.add(1))
        mall.run(600)
        others = [*mall.of_shard(0), *mall.of_shard(2)]
        assert max(mall.gaps(others)) <= 10.5
        assert all(max(mall.rounds(name)) < 130 for name in mall.of_shard(1))

    @pytest.mark.parametrize("shard", [1, 2])
    def test_the_metric_of_rounds_is_zero_in_every_minute(self, mall: Mall, shard: int) -> None:
        mall.after(125, lambda: mall.dead.add(shard))
        mall.after(125 + STILL_AFTER + 60, mall.telemetry.values.clear)
        mall.run(125 + STILL_AFTER + 360)
        assert still(mall) >= 2 * 5  # by each of the two others
        assert mall.telemetry.told("shards_stand_still")[-1]["shards"] == [shard]

    def test_it_is_told_of_the_first_too(self, mall: Mall) -> None:
        """Its own rounds do not happen, although it starts the others."""
        broken = mall.of_shard(0)
        mall.after(125, lambda: breaks(mall, 0))
        mall.after(125 + STILL_AFTER + 60, mall.telemetry.values.clear)
        mall.run(125 + STILL_AFTER + 360)
        assert all(max(mall.rounds(name)) < 130 for name in broken)
        assert still(mall) >= 2 * 5

    def test_the_dead_mans_switch_hears_nothing(self, mall: Mall) -> None:
        mall.after(125, lambda: mall.dead.add(1))
        mall.run(600)
        assert max(mall.dead_man.heard) - mall.started < 125 + STILL_AFTER

    def test_it_hears_nothing_either_while_a_service_of_another_shard_is_not_well(
        self, mall: Mall
    ) -> None:
        """All run, but one service could not fail over."""
        name = mall.of_shard(2)[0]
        mall.after(125, lambda: mall.prober.down.update({address(name, 0): Reason.REFUSED}))
        mall.after(125, lambda: setattr(mall.dns, "on_write", unavailable))
        mall.after(300, mall.telemetry.values.clear)
        mall.run(900)
        assert max(mall.dead_man.heard) - mall.started < 300
        assert max(mall.gaps(list(NAMES))) <= 10.5
        assert still(mall) == 0

    def test_all_is_quiet_again_when_it_is_back(self, mall: Mall) -> None:
        mall.after(125, lambda: mall.dead.add(1))
        mall.after(500, mall.dead.clear)
        mall.after(610, mall.telemetry.values.clear)
        mall.run(900)
        assert still(mall) == 0
        assert max(mall.dead_man.heard) - mall.started > 800
        assert max(mall.gaps(list(NAMES), since=545)) <= 10.5


def breaks(mall: Mall, shard: int) -> None:
    """No invocation of a shard gets beyond its first request."""
    taken = mall.store.take_over

    def take_over(vantage: str, at: float, beat: Beat | None = None, shard_: int = 0) -> object:
        if shard_ == shard:
            raise OutOfMemory
        return taken(vantage, at, beat, shard_)

    mall.store.take_over = take_over  # type: ignore[method-assign, assignment]


class TestWithoutBeats:
    def test_each_shard_stays_awake(self, mall: Mall) -> None:
        mall.queue.away = True
        mall.run(600)
        assert max(mall.gaps(list(NAMES))) <= 10 + 3 + 0.5
        assert mall.telemetry.total(Metric.BEATS_MISSING) >= 3 * 10

    def test_one_incident_tells_of_all_shards(self, mall: Mall) -> None:
        mall.queue.away = True
        mall.run(500)
        told = [service for _, service, event in mall.alerts.arrived if "beats" in event.about]
        assert told == [part(mall.settings, 0).services[0].name]

    def test_one_shard_alone_may_lack_them(self, mall: Mall) -> None:
        mall.after(185, lambda: lose_beats(mall, 1))
        mall.run(600)
        assert max(mall.gaps(mall.of_shard(1), since=245)) <= 10.5
        assert max(mall.gaps([*mall.of_shard(0), *mall.of_shard(2)])) <= 10.5
        assert awake(mall, 300, 600) < 1.4

    def test_a_start_that_lambda_refuses_once_leaves_no_gap(self, mall: Mall) -> None:
        """The beats of the seed before last for two minutes."""
        mall.after(115, lambda: mall.functions.refuses.add(1))
        mall.after(125, mall.functions.refuses.clear)
        mall.run(400)
        assert mall.telemetry.told("shard_not_started")[0]["shard"] == 1
        assert max(mall.gaps(mall.of_shard(1))) <= 11

    def test_the_table_that_is_away_does_not_keep_the_others_from_starting(
        self, mall: Mall
    ) -> None:
        mall.store.away = True
        mall.hub.run(mall.one_tick)
        assert {start.shard for _, start in mall.starts} == {None, 1, 2}
        assert all(mall.rounds(name) for name in NAMES)


def lose_beats(mall: Mall, shard: int) -> None:
    """No beat of a shard arrives any more."""
    deliver = mall.queue.deliver
    mall.queue.deliver = lambda beat: beat.shard == shard or deliver(beat)


class TestWhoStartsWhat:
    def test_a_process_that_cannot_start_functions_runs_all_shards(self, mall: Mall) -> None:
        mall.world = replace(mall.world, functions=None)
        mall.run(120)
        assert max(mall.gaps(list(NAMES))) <= 10.5

    @pytest.mark.parametrize("shards", [1, 3])
    def test_a_beat_of_a_shard_that_is_no_more_ends(self, mall: Mall, shards: int) -> None:
        """A release with fewer services is deployed while beats are under way."""
        mall.settings = replace(mall.settings, shards=shards)
        mall.hub.run(lambda: mall.start(Start(Beat(int(mall.started), 1, 3), 3)))
        assert not mall.prober.seen
        assert not mall.store.runners

    def test_services_that_change_shards_are_watched_without_a_gap(self, mall: Mall) -> None:
        """Another shard is added by a deployment."""
        mall.after(155, lambda: setattr(mall, "settings", replace(mall.settings, shards=4)))
        mall.run(400)
        moved = mall.of_shard(3)
        assert moved
        assert max(mall.gaps(list(NAMES))) <= 10.5 + 30
        assert max(mall.gaps(list(NAMES), since=185)) <= 10.5

    def test_fewer_shards_leave_no_gap_either(self, mall: Mall) -> None:
        mall.after(155, lambda: setattr(mall, "settings", replace(mall.settings, shards=1)))
        mall.run(400)
        assert max(mall.gaps(list(NAMES), since=185)) <= 10.5
        assert still(mall) <= 3


def test_every_service_has_its_part_of_the_settings(mall: Mall) -> None:
    for each in parts(mall.settings):
        for service in each.services:
            assert part_of(mall.settings, service.name) == each
