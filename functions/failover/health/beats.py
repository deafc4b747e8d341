"""When the monitor runs: the schedule starts a tick every minute, and beats start those between.

A tick that the schedule starts is a seed. It sends beats: messages that a queue delivers after a
delay, each of which starts a short tick. A beat has the number of its seed and its place after it,
so that one which is late, doubled or out of order can be told from the next one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from failover.health.numbers import outranks
from failover.settings.model import Service, Settings
from failover.settings.recovery import PACING, SCHEDULE_GAP

SHORTEST, LONGEST = 6.0, 30.0
"""Seconds between two beats: all of a seed's are sent in two requests, and some arrive before the
next seed, however rarely services are probed."""

STILL_AFTER = 180.0
"""Seconds without a sign of life after which a shard stands still: it gives one at every seed."""

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Beat:
    """The `place`th beat after a seed of a shard, counted from 1."""

    seed: int
    place: int
    shard: int = 0

    @property
    def number(self) -> int:
        """The number of the tick that this beat starts (`health.numbers`)."""
        return self.seed + self.place


@dataclass(frozen=True, slots=True)
class Start:
    """What an invocation is for: a beat, or a seed of one shard; without either, all seeds."""

    beat: Beat | None = None
    shard: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a tick learns by taking over: its number, and when a beat last did so (Unix seconds)."""

    number: int
    beat_at: float | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """A shard's sign of life: when all its services had a round, and whether all is well there."""

    at: float
    well: bool


def spacing(settings: Settings) -> float:
    """Seconds from one beat to the next: the smallest interval, or a multiple of one that is very
    short, for which a tick stays, or a part of one that is long."""
    interval = min(service.health.interval for service in settings.services)
    if interval < SHORTEST:
        return interval * math.ceil(SHORTEST / interval)
    return interval / math.ceil(interval / LONGEST)


def plan(settings: Settings) -> tuple[int, ...]:
    """The delays of a seed's beats, in the whole seconds that the queue knows. They last for as
    long as the schedule may take to start the next seed.

    All shards have their seeds at once. Lambda takes few messages at a time from a queue that was
    empty, so that the beats of further shards come some seconds earlier: not all at once.
    """
    apart = spacing(settings)
    earlier = settings.shard % (int(apart / 2) + 1)
    places = range(1, math.ceil((SCHEDULE_GAP + earlier) / apart))
    return tuple(math.ceil(place * apart) - earlier for place in places)


def due(service: Service, settings: Settings, beat: Beat | None) -> bool:
    """Whether a service has a round in the tick that this beat, or a seed, starts.

    One with a longer interval has its rounds at as many beats as fit into it, so that nothing has
    to be written to remember the last one.
    """
    if beat is None:
        return True
    fit = service.health.interval / spacing(settings)
    return beat.place % max(1, math.floor(fit + ROUNDING)) == 0


def newer(beat: Beat, seed: int, runner: int) -> bool:
    """Whether a beat may take over from the numbers that the control table has: no seed is newer
    than its own, and neither this beat nor a later one has run."""
    number = beat.number
    return not outranks(seed, beat.seed) and runner != number and not outranks(runner, number)


def arrive(turn: Turn, now: float, settings: Settings) -> bool:
    """Whether beats arrive: the last one is not much older than two of them are apart."""
    return turn.beat_at is not None and abs(now - turn.beat_at) <= 2 * spacing(settings) + PACING


def still(signs: Mapping[int, Sign], settings: Settings, now: float) -> tuple[int, ...]:
    """The shards that give no sign of life."""
    seen = {shard for shard, sign in signs.items() if abs(now - sign.at) <= STILL_AFTER}
    return tuple(shard for shard in range(settings.shards) if shard not in seen)
