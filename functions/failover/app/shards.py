"""Starting the shards: each of them is a tick of its own, with its part of the services."""

from collections.abc import Callable
from functools import partial

from failover.app.tick import tick
from failover.errors import ShardNotStarted
from failover.health.beats import Start
from failover.ports import World
from failover.settings.model import Settings
from failover.settings.shards import part


def run(
    world: World,
    settings: Settings,
    vantage: str,
    seconds_left: Callable[[], float],
    start: Start,
) -> dict[str, object]:
    """What one invocation does. Returns what came of its own tick.

    One that the schedule starts is the seed of the first shard, and starts those of the others. So
    every shard has its seeds, whatever happens to the queue.
    """

    def watched(shard: int) -> dict[str, object]:
        its = part(settings, shard)
        if not its.services:
            return {"tick": None, "rounds": 0}  # started by a release that had more shards
        return tick(world, its, vantage, seconds_left, start.beat)

    def begin(shard: int) -> dict[str, object]:
        if world.functions is None:
            return watched(shard)
        try:
            world.functions.start(shard)
        except ShardNotStarted as error:
            world.telemetry.problem("shard_not_started", shard=shard, error=str(error))
        return {}

    if start.shard is not None or settings.shards == 1:
        return watched(start.shard or 0)
    others = (partial(begin, shard) for shard in range(1, settings.shards))
    return world.tasks.gather([partial(watched, 0), *others])[0]
