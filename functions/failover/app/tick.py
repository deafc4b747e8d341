"""One invocation: the rounds of all services until a newer tick takes over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from failover.app.course import Course
from failover.app.directory import Directory
from failover.app.shared import Tick
from failover.app.sign_of_life import SignOfLife
from failover.app.suspicions import Suspicions
from failover.app.watch import Watch
from failover.errors import FailoverError
from failover.notify.metrics import Metric
from failover.ports import World
from failover.settings.model import Service, Settings
from failover.settings.recovery import SCHEDULE_GAP

ATTACH_EVERY = 5.0
"""Seconds between tries to take over while the control table is away."""

LONGEST_STAY = SCHEDULE_GAP
"""Seconds for which a tick of `tick_length = "0s"` stays to confirm a suspicion. By then the next
one has taken over: nothing is lost between the two, however many rounds it takes."""


@dataclass(slots=True)
class Runner:
    """The number of this tick, once the control table has given it one."""

    number: int | None = None

    def get(self) -> int | None:
        """The number, or None."""
        return self.number


def tick(
    world: World, settings: Settings, vantage: str, seconds_left: Callable[[], float]
) -> dict[str, object]:
    """Watch all services until a newer tick takes over, or for `tick_length` at the most.

    A `tick_length` of 0 asks for one round, and for more as long as there is something to confirm.
    Taking over is the last act before the first round. While the control table is away, services
    are probed and measured all the same, and taking over is tried again. `seconds_left` is what
    the function may still run.
    """
    started = world.clock.monotonic()
    runner = Runner()
    directory = Directory(world, settings, vantage, runner.get)
    shared = Tick(settings, vantage, runner.get, directory, Suspicions(), seconds_left)
    sign = SignOfLife(world, settings)
    ended: list[int] = []
    directory.open()
    _take_over(world, vantage, runner)

    def over(watch: Watch, wait: float) -> bool:
        spent = world.clock.monotonic() - started
        if settings.tick_length:
            return spent >= settings.tick_length
        return spent + wait > LONGEST_STAY or not watch.unsettled()

    def watched(service: Service) -> None:
        done = 0
        try:
            done = Course(world, shared, service, over, sign).run()
        finally:
            ended.append(done)

    def all_ended() -> bool:
        return len(ended) == len(settings.services)

    loops: list[Callable[[], None]] = [partial(watched, service) for service in settings.services]
    if directory.looking:
        loops.append(directory.look_up)
    if runner.number is None:
        loops.append(partial(_attached, world, vantage, runner, all_ended))
    world.tasks.gather(loops)
    return {"tick": runner.number, "rounds": sum(ended)}


def _take_over(world: World, vantage: str, runner: Runner) -> None:
    try:
        runner.number = world.store.take_over(vantage, world.clock.now())
        world.telemetry.about(tick=runner.number)
    except FailoverError as error:
        world.telemetry.problem("not_taken_over", error=str(error))
        world.telemetry.metrics({Metric.TABLE_UNAVAILABLE: 1})


def _attached(world: World, vantage: str, runner: Runner, ended: Callable[[], bool]) -> None:
    """Try to take over until it succeeds, or until nobody needs it any more."""
    while runner.number is None and not ended():
        world.tasks.sleep(ATTACH_EVERY)
        _take_over(world, vantage, runner)
