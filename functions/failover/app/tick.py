"""One invocation: a round of each service that is due, and more while there is a reason to stay."""

from collections.abc import Callable
from functools import partial

from failover.app.course import Course
from failover.app.directory import Directory
from failover.app.pace import Pace
from failover.app.shared import Tick
from failover.app.sign_of_life import SignOfLife
from failover.app.suspicions import Suspicions
from failover.health.beats import Beat, due
from failover.ports import World
from failover.settings.model import Service, Settings


def tick(
    world: World,
    settings: Settings,
    vantage: str,
    seconds_left: Callable[[], float],
    beat: Beat | None = None,
) -> dict[str, object]:
    """Take over from the tick before, and run the rounds until the next beat is expected.

    `beat` is None for a tick that the schedule started. A beat that is not the newest one ends
    after its first request. While the control table is away, services are probed and measured all
    the same, and taking over is tried again. `seconds_left` is what the function may still run.
    """
    pace = Pace(world, settings, vantage, beat)
    if not pace.begin():
        return {"tick": None, "rounds": 0}
    directory = Directory(world, settings, vantage, pace)
    shared = Tick(settings, vantage, pace, directory, Suspicions(), seconds_left)
    waiting = [service for service in settings.services if not due(service, settings, beat)]
    sign = SignOfLife(world, shared, everybody=not waiting)
    ended: list[int] = []
    directory.open()

    def watched(service: Service) -> None:
        done = 0
        try:
            done = Course(world, shared, service, sign, due=service not in waiting).run()
        finally:
            ended.append(done)

    def all_ended() -> bool:
        return len(ended) == len(settings.services)

    loops: list[Callable[[], None]] = [partial(watched, service) for service in settings.services]
    if directory.looking:
        loops.append(directory.look_up)
    if pace.number is None:
        loops.append(partial(pace.attach, all_ended))
    world.tasks.gather(loops)
    return {"tick": pace.number, "rounds": sum(ended)}
