"""Telling a dead-man's switch outside AWS, about once a minute, that all is in order: every service
is watched, a failover would succeed if one were needed now, and alerts are delivered."""

from collections.abc import Callable

from failover.errors import DeadManUnheard
from failover.ports import World
from failover.settings.model import Service, Settings

PING_SECONDS = 5.0

PING_EVERY = 55.0
"""Seconds for which a sign of life that this container has given is enough."""


class SignOfLife:
    """Shared by all services of one tick: the one whose complete round was the last missing pings.

    Nobody does where not `everybody` has a round.
    """

    def __init__(self, world: World, settings: Settings, *, everybody: bool) -> None:
        self._world = world
        self._missing = {service.name for service in settings.services}
        self._again = float("-inf") if world.dead_man and everybody else float("inf")

    def after(self, service: Service, complete: bool) -> Callable[[], None] | None:
        """What to do after a round of this service, if it was the one that was missing."""
        if complete:
            self._missing.discard(service.name)
        now = self._world.clock.monotonic()
        if self._missing or now < self._again:
            return None
        self._again = now + PING_EVERY
        return self._ping

    def _ping(self) -> None:
        assert self._world.dead_man
        try:
            self._world.dead_man.ping(PING_SECONDS, PING_EVERY)
        except DeadManUnheard as error:
            self._world.telemetry.problem("dead_man_unheard", error=str(error))
