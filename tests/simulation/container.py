"""A Lambda container on virtual time: its clocks, and all that can befall it in the middle of work.

Every call to the outside goes through `exchange`, whose two ends are the moments at which the
process may die or be frozen: before the request leaves, and after it has had its effect.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.simulation.releases import THIS, Release
from tests.support.virtual import Hub

T = TypeVar("T")

MONOTONIC_ZERO = 1_000_000_000.0


class Died(BaseException):
    """The process is no more. Not an Exception: nothing in it can handle this."""


@dataclass(slots=True)
class Stumble:
    """What befalls a vantage's process at one of its calls: at the `left`th of an `op` from now.

    `freeze` is for how long (seconds); 0 is death. `after` says that the call has had its effect.
    """

    op: str
    left: int
    after: bool
    freeze: float = 0.0
    clock_stops: bool = False


@dataclass
class Vantage:
    """One deployment of the monitor, as the outside sees it. `skew` is its wall clock's error."""

    name: str
    skew: float = 0.0
    cut_off: bool = False
    blind: bool = False
    disturbed_until: float = 0.0
    stumbles: list[Stumble] = field(default_factory=list)
    troubled: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Known:
    """What is known of a process: its claim, and until when (true time) that lasts; the number of
    its tick, and whether the table has told it of a newer one; whether it ever had a token; when
    Linode last told it of each record; and when its round asked whether a person said stop."""

    claim: str = ""
    generation: int = 0
    until: float = 0.0
    number: int = 0
    superseded: bool = False
    token_at: float | None = None
    read_at: dict[int, float] = field(default_factory=dict)
    began_at: float = 0.0


class Container:
    """The Clock and Tasks ports of one process, and the life of that process."""

    def __init__(
        self,
        hub: Hub,
        vantage: Vantage,
        release: Release = THIS,
        revision: int = 1,
        digest: str = "",
    ) -> None:
        self.hub = hub
        self.vantage = vantage
        self.release = release
        self.revision = revision
        self.digest = digest
        self.may_write: frozenset[str] = frozenset()
        self.refused = False
        self.known = Known()
        self.dead = False
        self.frozen_until = 0.0
        self.frozen_for = 0.0
        self.looked_at = 0.0
        self._stopped = 0.0

    def now(self) -> float:
        """Its wall clock."""
        self.looked_at = self.hub.time
        return self.hub.time + self.vantage.skew

    def monotonic(self) -> float:
        """Its other clock, which may have stood still while it was frozen."""
        return self.hub.time - self._stopped - MONOTONIC_ZERO

    def sleep(self, seconds: float) -> None:
        """Let time pass, and find out afterwards whether one still lives."""
        self.hub.sleep(seconds)
        if self.dead or self.frozen_until > self.hub.time:
            self._wake()

    def gather(self, thunks: Sequence[Callable[[], T]]) -> list[T]:
        """Side by side."""
        return self.hub.gather(thunks)

    def die(self) -> None:
        """End, at once and without a word."""
        self.dead = True
        self._disturbed(0.0)

    def freeze(self, seconds: float, clock_stops: bool) -> None:
        """Stand still for so long."""
        self.frozen_until = self.hub.time + seconds
        self.frozen_for += seconds
        if clock_stops:
            self._stopped += seconds
        self._disturbed(seconds)

    def _disturbed(self, seconds: float) -> None:
        vantage = self.vantage
        vantage.disturbed_until = max(vantage.disturbed_until, self.hub.time + seconds)
        vantage.troubled()

    def fate(self, op: str) -> str | None:
        """What becomes of the next request that writes, where no chance decides that."""
        del op
        return None

    def exchange(self, op: str, seconds: float, effect: Callable[[], T]) -> T:
        """One call: the request travels, has its effect, and the answer travels back."""
        if self.vantage.stumbles:
            self._stumble(op, after=False)
        self.hub.sleep(seconds / 2)
        try:
            answer = effect()
        finally:
            self.hub.sleep(seconds / 2)
            if self.dead or self.frozen_until > self.hub.time:
                self._wake()
            if self.vantage.stumbles:
                self._stumble(op, after=True)
        return answer

    def _stumble(self, op: str, after: bool) -> None:
        for stumble in self.vantage.stumbles:
            if stumble.op not in (op, "any") or stumble.after is not after:
                continue
            stumble.left -= 1
            if stumble.left > 0:
                continue
            self.vantage.stumbles.remove(stumble)
            if stumble.freeze:
                self.freeze(stumble.freeze, stumble.clock_stops)
            else:
                self.die()
            self._wake()
            return

    def _wake(self) -> None:
        while self.frozen_until > self.hub.time and not self.dead:
            self.hub.sleep(self.frozen_until - self.hub.time)
        if self.dead:
            raise Died


class Lock:
    """A lock for tasks that take turns: a real one would stop the only thread there is."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._held = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As threading.Lock does, in virtual time."""
        ends = self._hub.time + timeout if timeout >= 0 else None
        while self._held:
            if not blocking or (ends is not None and self._hub.time >= ends):
                return False
            self._hub.sleep(0.01)
        self._held = True
        return True

    def release(self) -> None:
        """Let the next one in."""
        self._held = False

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()
