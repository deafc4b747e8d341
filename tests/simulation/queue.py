"""The queue of one vantage, and the mapping that starts ticks by its messages.

At least once, in no order, after the delay or later. What is not delivered in time is deleted.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from failover.errors import BeatsNotSent
from failover.health.beats import Beat, Start
from tests.simulation.container import Container
from tests.support.virtual import Hub

RETENTION = 180.0
AT_ONCE = 3
"""The template's retention, and its bound on invocations by beats, for each shard."""

SOON = 0.3
GIVEN_UP = 3.0


@dataclass
class QueueFaults:
    """`away` takes no message, `stuck` delivers none. The others are how likely each fate of a
    message is, but for `late`, which is by how many seconds it may be so."""

    away: bool = False
    stuck: bool = False
    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0


@dataclass
class Queue:
    """Messages on their way. `start` runs a tick by a beat, `running` says how many there are."""

    hub: Hub
    rng: random.Random
    start: Callable[[Start], object]
    over: Callable[[], bool]
    shards: int = 1
    faults: QueueFaults = field(default_factory=QueueFaults)
    running: int = 0

    def put(self, beat: Beat, delay: int) -> None:
        """A message is taken."""
        ends = self.hub.time + RETENTION
        if self.rng.random() < self.faults.lost:
            return
        for _ in range(2 if self.rng.random() < self.faults.doubled else 1):
            late = self.rng.uniform(0.0, max(SOON, self.faults.late))
            self.hub.at(self.hub.time + delay + late, lambda: self._arrives(beat, ends))

    def _arrives(self, beat: Beat, ends: float) -> None:
        while self.faults.stuck or self.running >= AT_ONCE * self.shards:
            self.hub.sleep(1.0)
            if self.hub.time >= ends or self.over():
                return
        self.running += 1
        try:
            self.start(Start(beat, beat.shard))
        finally:
            self.running -= 1


@dataclass
class Sender:
    """The Beats port of one process."""

    queue: Queue
    container: Container

    def send(self, seed: int, delays: Sequence[int], shard: int = 0) -> None:
        if self.queue.faults.away:
            self.container.exchange("send", GIVEN_UP, lambda: None)
            raise BeatsNotSent("the queue does not answer")

        def taken() -> None:
            for place, delay in enumerate(delays, start=1):
                self.queue.put(Beat(seed, place, shard), delay)

        self.container.exchange("send", 0.03, taken)
