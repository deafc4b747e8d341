"""The shipped monitor with its schedule and its queue, and what may happen to messages."""

from collections.abc import Iterator, Sequence

import pytest

from failover.health.beats import spacing
from failover.settings import settings_file
from local.aws import AwsServer
from local.container import Function
from local.mapping import deployed
from local.world import LocalWorld
from tests.support.waiting import until

WEST = "198.18.0.2"
EVERY = 15.0
"""Seconds between two ticks of the schedule: two beats in between, and those of the next seed
replace the rest."""


@pytest.fixture(scope="module")
def whole() -> Iterator[LocalWorld]:
    """One world for all stories, with the settings of the demo."""
    with LocalWorld(render_delay=0.1) as world:
        yield world


class Ended:
    """The ticks that have ended, by what the monitor has returned."""

    def __init__(self, monitor: Function) -> None:
        self._monitor = monitor

    def by_beats(self, after: int = 0) -> list[int]:
        """The numbers of the ticks by beats that took over and ran a round, past a number."""
        return [
            returned["tick"]
            for event, returned in list(self._monitor.answers)
            if "Records" in event and returned and returned["rounds"] and returned["tick"] > after
        ]

    def by_the_schedule(self, after: int = 0) -> list[int]:
        """The numbers of the ticks by the schedule, past a number."""
        return [
            returned["tick"]
            for event, returned in list(self._monitor.answers)
            if "Records" not in event and returned and returned["tick"] > after
        ]

    def refused(self) -> int:
        """How many beats ended after their first request."""
        return sum(
            returned == {"tick": None, "rounds": 0} for _, returned in list(self._monitor.answers)
        )


class Heard:
    """The lines of the monitor so far."""

    def __init__(self, monitor: Function) -> None:
        self._monitor = monitor
        self._lines: list[object] = []

    def count(self, event: str, **facts: object) -> int:
        """How many lines about an event have these facts."""
        while not self._monitor.lines.empty():
            self._lines.append(self._monitor.lines.get())
        return sum(
            isinstance(line, dict) and line.get("event") == event and facts.items() <= line.items()
            for line in self._lines
        )


def test_beats_run_the_rounds_between_two_ticks_of_the_schedule(world: LocalWorld) -> None:
    with deployed(world.env, world.aws, EVERY) as monitor:
        ended, heard = Ended(monitor), Heard(monitor)
        until(lambda: heard.count("decided", action="adopt"), "adoption")
        until(lambda: len(ended.by_beats()) >= 2, "two ticks by beats")
        world.regions["us-east"].fault = "refuse"
        until(lambda: world.targets() == [WEST], "the record at the healthy region")
        until(lambda: heard.count("published", active=["us-west"]), "the publication on record")
        assert len(set(ended.by_beats())) == len(ended.by_beats())


def test_beats_that_are_late_doubled_out_of_order_or_lost_are_counted_once_each(
    world: LocalWorld,
) -> None:
    """The first of a seed comes twice, and after the second one; of the third nobody hears."""
    apart = spacing(settings_file.load(world.settings_file))

    def fate(place: int) -> Sequence[float]:
        return {1: (0.0, apart + 2.0), 2: (0.0, 0.0), 3: ()}.get(place, (0.0,))

    with deployed(world.env, world.aws, 4 * apart, fate) as monitor:
        ended, heard = Ended(monitor), Heard(monitor)
        until(lambda: heard.count("decided", action="adopt"), "adoption")
        until(lambda: ended.refused() >= 2, "beats that end after their first request")
        world.regions["us-east"].fault = "refuse"
        until(lambda: world.targets() == [WEST], "the record at the healthy region")
        until(lambda: heard.count("published", active=["us-west"]), "the publication on record")
        ran = ended.by_beats()
        assert len(set(ran)) == len(ran)


def test_a_region_that_dies_while_the_queue_is_away_is_left_and_beats_resume(
    world: LocalWorld,
) -> None:
    """The queue answers nothing, so ticks of the schedule stay awake until it does again."""
    with (
        AwsServer(world.aws.region) as sqs,
        deployed(world.env, sqs, EVERY) as monitor,
    ):
        ended, heard = Ended(monitor), Heard(monitor)
        until(lambda: len(ended.by_beats()) >= 2, "two ticks by beats")
        with sqs.frozen():
            missing = heard.count("beats_missing")
            world.regions["us-east"].fault = "refuse"
            until(lambda: world.targets() == [WEST], "the record at the healthy region")
            until(lambda: heard.count("published", active=["us-west"]), "the publication on record")
            until(lambda: heard.count("beats_missing") > missing, "a tick that stays awake")
            last = max([*ended.by_beats(), *ended.by_the_schedule()])
        until(lambda: len(ended.by_beats(last)) >= 2, "beats again")
        quiet = heard.count("beats_missing")
        newest = max(ended.by_beats(last))
        until(lambda: len(ended.by_the_schedule(newest)) >= 2, "ticks of the schedule that sleep")
        assert heard.count("beats_missing") <= quiet + 1
        assert world.targets() == [WEST]
