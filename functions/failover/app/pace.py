"""Whose turn it is, and for how long: taking over, sending beats, and staying where none arrive."""

from collections.abc import Callable

from failover.errors import BeatsNotSent, FailoverError, StoreConflict
from failover.health.beats import Beat, Turn, arrive, plan, spacing
from failover.notify.metrics import Metric
from failover.ports import World
from failover.settings.model import Settings

ATTACH_EVERY = 5.0
"""Seconds between tries to take over while the control table is away."""

LONGEST_STAY = 130.0
"""Seconds for which a tick stays. By then the schedule has started the next one, and that one has
taken over: nothing is lost between the two, however many rounds it takes."""


class Pace:
    """The turn of one tick. `number` is None until the control table has given it one.

    `awake` says that the rounds until the next tick are its own, because no beat is expected, and
    `trouble` why, where the reason is that beats fail.
    """

    def __init__(self, world: World, settings: Settings, vantage: str, beat: Beat | None) -> None:
        self._world = world
        self._settings = settings
        self._vantage = vantage
        self._beat = beat
        self._since = world.clock.monotonic()
        self._asks = False
        self.number: int | None = None
        self.seed: int | None = None
        self.awake = beat is None
        self.trouble: str | None = None

    @property
    def is_seed(self) -> bool:
        """Whether the schedule has started it, which happens once a minute."""
        return self._beat is None

    def begin(self) -> bool:
        """Take over. False when a newer beat, or a newer seed, has done so before."""
        world = self._world
        self._asks = True
        try:
            turn = world.store.take_over(
                self._vantage, world.clock.now(), self._beat, self._settings.shard
            )
        except StoreConflict:
            return False
        except FailoverError as error:
            world.telemetry.problem("not_taken_over", error=str(error))
            world.telemetry.metrics({Metric.TABLE_UNAVAILABLE: 1})
            return True
        finally:
            self._asks = False
        self._since = world.clock.monotonic()
        self.number = turn.number
        self.seed = self._beat.seed if self._beat else turn.number
        world.telemetry.about(tick=turn.number, shard=self._shard())
        if self._beat is None and world.beats:
            self._send(turn)
        return True

    def attach(self, ended: Callable[[], bool]) -> None:
        """Try to take over until it succeeds, or until nobody needs it any more."""
        while self.number is None:
            self._world.tasks.sleep(ATTACH_EVERY)
            if ended() or not self.begin():
                return

    def over(self, wait: float, unsettled: bool) -> bool:
        """Whether a round that begins in so many seconds is one too many.

        None is while the tick may be taking over: nobody else would run.
        """
        if self._asks:
            return False
        spent = self._world.clock.monotonic() - self._since
        if self.awake or unsettled:
            return spent >= LONGEST_STAY
        return spent + wait >= spacing(self._settings)

    def _shard(self) -> int | None:
        """What lines say of the shard, where there are several."""
        return self._settings.shard if self._settings.shards > 1 else None

    def _send(self, turn: Turn) -> None:
        """Send the beats until the next seed, and sleep where those of the last one have arrived.

        Otherwise this tick stays awake: the first beat that arrives takes over from it.
        """
        world, settings = self._world, self._settings
        try:
            assert world.beats
            world.beats.send(turn.number, plan(settings), settings.shard)
        except BeatsNotSent as error:
            self.trouble = str(error)
        else:
            if arrive(turn, world.clock.now(), settings):
                self.awake = False
                return
            self.trouble = "the beats that were sent do not arrive"
        world.telemetry.problem("beats_missing", error=self.trouble)
        world.telemetry.metrics({Metric.BEATS_MISSING: 1})
