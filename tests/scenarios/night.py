"""One night in the embedded world: the production wiring on real sockets, with a tick running."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from failover import wiring
from failover.core.state import State
from local.world import LocalWorld

PATIENCE = 40.0
"""Seconds after which something is taken never to happen: a limit, nothing that is tested."""

BRISK = {"timeout": '"400ms"', "interval": '"1s"', "confirm_interval": '"500ms"'}


class Night:
    """A world with the monitor of this process in it."""

    def __init__(self, world: LocalWorld, **changes: str) -> None:
        self.world = world
        env = world.env | changes
        os.environ.update(env)
        self.monitor = wiring.build(env)
        self.first, self.second = world.places[:2]

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """A tick of the production wiring runs for as long as the block does."""
        failures: list[BaseException] = []

        def run() -> None:
            try:
                self.monitor.tick(lambda: 120.0)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            self.end_ticks()
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the tick did not end for a newer one"
        assert not failures, failures

    def end_ticks(self) -> None:
        """What a newer tick does first: everything that still runs ends before its next round."""
        self.monitor.world.store.take_over("eu-west-1", time.time())

    def state(self) -> State | None:
        """The decision as the control table has it."""
        return self.monitor.world.store.read("shop").state

    def until(self, happened: Callable[[], Any], what: str, patience: float = PATIENCE) -> float:
        """Wait until something is so; the seconds that it took."""
        began = time.monotonic()
        while not happened():
            assert time.monotonic() - began < patience, f"never seen: {what}"
            time.sleep(0.02)
        return time.monotonic() - began

    def adopted(self) -> None:
        """Wait until the first decision is on record."""
        self.until(self.state, "adoption")

    def settled(self) -> None:
        """Wait until the decision says published."""
        self.until(lambda: (s := self.state()) and s.phase != "publishing", "published")

    def moved(self) -> float:
        """Wait until both families say the second region; the seconds that it took."""
        return self.until(
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
