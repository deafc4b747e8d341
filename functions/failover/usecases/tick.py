"""One invocation: the rounds of all services until a newer tick takes over."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from failover.core.metrics import Metric
from failover.core.settings import Service, Settings
from failover.errors import FailoverError
from failover.ports import World
from failover.usecases.watch import Superseded, Tick, Watch

ATTACH_EVERY = 5.0
"""Seconds between tries to take over while the control table is away."""

AROUND_A_ROUND = 18.0
"""Seconds beside its probes that a round may take: reads and writes, all of them bounded."""


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

    Taking over is the last act before the first round. While the control table is away, services
    are probed and measured all the same, and taking over is tried again. `seconds_left` is what
    the function may still run.
    """
    started = world.clock.monotonic()
    runner = Runner()
    shared = Tick(settings, vantage, runner.get, seconds_left)
    watches = [(service, Watch(world, shared, service)) for service in settings.services]
    _take_over(world, vantage, runner)

    def over() -> bool:
        return world.clock.monotonic() - started >= settings.tick_length

    loops: list[Callable[[], int]] = [
        partial(_rounds, world, service, watch, over, seconds_left) for service, watch in watches
    ]
    if runner.number is None:
        loops.append(partial(_attached, world, vantage, runner, over))
    rounds = world.tasks.gather(loops)
    return {"tick": runner.number, "rounds": sum(rounds[: len(watches)])}


def _take_over(world: World, vantage: str, runner: Runner) -> None:
    try:
        runner.number = world.store.take_over(vantage)
    except FailoverError as error:
        world.telemetry.problem("not_taken_over", error=str(error))
        world.telemetry.metrics({Metric.TABLE_UNAVAILABLE: 1})


def _attached(world: World, vantage: str, runner: Runner, over: Callable[[], bool]) -> int:
    """Try to take over until it succeeds."""
    while runner.number is None and not over():
        world.tasks.sleep(ATTACH_EVERY)
        _take_over(world, vantage, runner)
    return 0


def _rounds(
    world: World,
    service: Service,
    watch: Watch,
    over: Callable[[], bool],
    seconds_left: Callable[[], float],
) -> int:
    """The rounds of one service, start to start. Returns how many were run."""
    done = 0
    wait = watch.delay()
    while done == 0 or not over():
        if wait > 0:
            world.tasks.sleep(wait)
        if seconds_left() < service.health.timeout + AROUND_A_ROUND:
            world.telemetry.log("tick_ended", app=service.name, why="its time is used up")
            break
        began = world.clock.monotonic()
        try:
            watch.round()
        except Superseded as end:
            world.telemetry.log("tick_ended", app=service.name, why=str(end))
            break
        done += 1
        wait = began + watch.period() - world.clock.monotonic()
    return done
