"""The rounds of one service in one tick, start to start, and what is done beside them."""

from collections.abc import Callable
from functools import partial

from failover.app.settling import LOOK_EVERY, LOOK_SECONDS
from failover.app.shared import Superseded, Tick
from failover.app.sign_of_life import SignOfLife
from failover.app.suspicions import NEVER
from failover.app.watch import Watch
from failover.ports import World
from failover.settings.model import Service

LOOK_AGAIN = 0.2
"""Seconds between two looks at whether the addresses have been found that a service waits for."""

AROUND_A_ROUND = 18.0
"""Seconds beside its probes that a round may take: reads and writes, all of them bounded."""


class Course:
    """One service, round after round. One that is not `due` has rounds only where something has to
    be confirmed, finished or proved."""

    def __init__(
        self,
        world: World,
        tick: Tick,
        service: Service,
        sign: SignOfLife,
        *,
        due: bool = True,
    ) -> None:
        self._world = world
        self._tick = tick
        self._service = service
        self._watch = Watch(world, tick, service)
        self._sign = sign
        self._due = due
        self._alone = len(tick.settings.services) == 1
        self._began = world.clock.monotonic()
        self._early = NEVER
        self._wait = 0.0
        self._done = 0
        self._ended = False

    def run(self) -> int:
        """Run all of them. Returns how many there were."""
        self._wait = self._watch.delay()
        if not (self._due or self._watch.unsettled()):
            return 0
        while self._tick.directory.looking and self._watch.waits():
            self._world.tasks.sleep(LOOK_AGAIN)
        while self._another():
            if errands := self._errands():
                self._beside(errands)
        self._watch.close()
        return self._done

    def _another(self) -> bool:
        """One more round, when it is due. False when there is none any more."""
        if self._ended or (self._done and self._over()):
            self._ended = True
            return False
        self._pause()
        if self._tick.seconds_left() < self._service.health.timeout + AROUND_A_ROUND:
            return self._end("its time is used up")
        self._began = self._world.clock.monotonic()
        try:
            self._watch.round()
        except Superseded as end:
            return self._end(str(end))
        self._done += 1
        self._wait = self._began + self._watch.period() - self._world.clock.monotonic()
        return True

    def _over(self) -> bool:
        """Whether the next round is somebody else's."""
        return self._tick.pace.over(self._wait, self._watch.unsettled())

    def _end(self, why: str) -> bool:
        self._ended = True
        self._world.telemetry.log("tick_ended", app=self._service.name, why=why)
        return False

    def _pause(self) -> None:
        """Let time pass until the next round is due, and meanwhile look where the last publication
        has got to. A warning from another service ends the wait."""
        clock, tasks = self._world.clock, self._world.tasks
        ends = clock.monotonic() + self._wait
        while (left := ends - clock.monotonic()) > 0 and not self._warned():
            looks = self._watch.due_to_look() and _room(left)
            tasks.sleep(left if self._alone and not looks else min(left, LOOK_EVERY))
            if looks:
                self._watch.look()

    def _warned(self) -> bool:
        """Whether to probe early, which happens once in an interval: a region that comes and goes
        for one service must not make all others probe all the time."""
        now = self._world.clock.monotonic()
        if now - self._early < self._service.health.interval:
            return False
        if not self._watch.warned(self._began):
            return False
        self._early = now
        return True

    def _errands(self) -> list[Callable[[], object]]:
        sign = self._sign.after(self._service, self._watch.complete)
        glance = self._watch.glance(room=_room(self._wait))
        return [errand for errand in (self._watch.errand(), glance, sign) if errand]

    def _beside(self, errands: list[Callable[[], object]]) -> None:
        """Do the errands while rounds go on as if there were none."""
        over: list[bool] = []

        def run() -> None:
            try:
                self._world.tasks.gather([partial(self._watch.safely, e) for e in errands])
            finally:
                over.append(True)

        def on() -> None:
            while not over and self._another():
                pass

        self._world.tasks.gather([on, run])


def _room(seconds: float) -> bool:
    """Whether a look that takes its full time ends before the next round."""
    return seconds > LOOK_EVERY + LOOK_SECONDS
