"""Signs of life, about once a minute.

Each shard gives one to the others, and all together give one to a dead-man's switch outside AWS:
every service is watched, a failover would succeed if one were needed now, and alerts are delivered.
"""

from collections.abc import Callable

from failover.app.shared import Tick
from failover.errors import DeadManUnheard, FailoverError
from failover.health.beats import Sign, still
from failover.notify.metrics import Metric
from failover.ports import World
from failover.settings.model import Service

PING_SECONDS = 5.0

PING_EVERY = 55.0
"""Seconds for which a sign of life that this container has given is enough."""


class SignOfLife:
    """Shared by all services of one tick: the one whose round was the last missing gives the sign.

    Nobody does where not `everybody` has a round. Where there are several shards, a seed tells the
    others how its own is. It also looks at theirs: the metric of completed rounds is 0 while one
    stands still, and the first of them pings for all.
    """

    def __init__(self, world: World, tick: Tick, *, everybody: bool) -> None:
        self._world = world
        self._tick = tick
        self._alone = tick.settings.shards == 1
        names = {service.name for service in tick.settings.services}
        self._unseen, self._unwell = set(names), set(names)
        signs = bool(world.dead_man) if self._alone else tick.pace.is_seed
        self._again = float("-inf") if signs and everybody else float("inf")
        self._given: bool | None = None

    def after(self, service: Service, complete: bool) -> Callable[[], None] | None:
        """What to do after a round of this service, if it was the one that was missing."""
        self._unseen.discard(service.name)
        if complete:
            self._unwell.discard(service.name)
        now, well = self._world.clock.monotonic(), not self._unwell
        if self._unseen or (self._alone and not well):
            return None
        gets_well = self._given is False and well
        if now < self._again and not gets_well:
            return None
        self._again, self._given = now + PING_EVERY, well
        return self._ping if self._alone else self._tell

    def _tell(self) -> None:
        """Give this shard's sign, and look for those of the others."""
        world, settings, vantage = self._world, self._tick.settings, self._tick.vantage
        now = world.clock.now()
        own = Sign(now, well=bool(self._given))
        try:
            world.store.sign(vantage, settings.shard, own)
            signs = {**world.store.signs(vantage), settings.shard: own}
        except FailoverError as error:
            world.telemetry.problem("signs_unknown", error=str(error))
            return
        if missing := still(signs, settings, now):
            world.telemetry.problem("shards_stand_still", shards=list(missing))
            world.telemetry.metrics({Metric.ROUND_COMPLETED: 0})
        elif settings.shard == 0 and all(signs[n].well for n in range(settings.shards)):
            self._ping()

    def _ping(self) -> None:
        if self._world.dead_man is None:
            return
        try:
            self._world.dead_man.ping(PING_SECONDS, PING_EVERY)
        except DeadManUnheard as error:
            self._world.telemetry.problem("dead_man_unheard", error=str(error))
