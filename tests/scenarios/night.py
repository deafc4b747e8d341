"""One night in the embedded world: the production wiring on real sockets, with a tick running."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from failover import wiring
from failover.notify.metrics import Metric
from failover.ports import Telemetry
from failover.publication.state import State
from local.world import LocalWorld
from tests.support import waiting

BRISK = {"timeout": '"1s"', "interval": '"1100ms"', "confirm_interval": '"1100ms"'}
"""Fast, with a timeout that a healthy region also keeps on a busy machine."""


class Rounds:
    """The telemetry of the monitor; `ended` counts the rounds that it was told of."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self.log = telemetry.log
        self.problem = telemetry.problem
        self.about = telemetry.about
        self.ended = 0

    def metrics(self, values: Mapping[Metric, float], **dimensions: str) -> None:
        """Pass them on. Those without dimensions of their own come at the end of a round."""
        self._telemetry.metrics(values, **dimensions)
        self.ended += not dimensions


class Night:
    """A world with the monitor of this process in it."""

    def __init__(self, world: LocalWorld, **changes: str) -> None:
        self.world = world
        env = world.env | changes
        os.environ.update(env)
        monitor = wiring.build(env)
        self._rounds = Rounds(monitor.world.telemetry)
        self.monitor = replace(monitor, world=replace(monitor.world, telemetry=self._rounds))
        self.first, self.second = world.places[:2]

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Ticks of the production wiring run one after the other for as long as the block does."""
        failures: list[BaseException] = []
        over = threading.Event()

        def run() -> None:
            try:
                while not over.is_set():
                    self.monitor.tick(lambda: 120.0)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            over.set()
            self.end_ticks()
            waiting.until(lambda: not thread.is_alive(), "the tick ends", self.end_ticks)
        assert not failures, failures

    def end_ticks(self) -> None:
        """What a newer tick does first: everything that still runs ends before its next round."""
        self.monitor.world.store.take_over("eu-west-1", time.time())

    def state(self) -> State | None:
        """The decision as the control table has it."""
        return self.monitor.world.store.read("shop").state

    def until(self, happened: Callable[[], Any], what: str) -> None:
        """Wait until something is so."""
        waiting.until(happened, what)

    def rounds(self, count: int = 3) -> None:
        """Wait until so many more rounds have begun and ended: time for anything to go wrong."""
        enough = self._rounds.ended + count + 1
        waiting.until(lambda: self._rounds.ended >= enough, f"{count} more rounds")

    def adopted(self) -> None:
        """Wait until the first decision is on record."""
        self.until(self.state, "adoption")

    def settled(self) -> None:
        """Wait until the decision says published."""
        self.until(lambda: (s := self.state()) and s.publication.phase != "publishing", "published")

    def moved(self) -> None:
        """Wait until both families say the second region."""
        self.until(
            lambda: (
                self.world.targets("A") == [self.second.ipv4]
                and self.world.targets("AAAA") == [self.second.ipv6]
            ),
            "the records at the second region",
        )

    def writes(self) -> list[str]:
        """Every write that the API answered with success, as its method."""
        calls = self.world.linode.requests
        return [c.method for c in calls if c.method != "GET" and c.status == 200]
