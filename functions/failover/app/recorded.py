"""What the control table has of one service, as a tick last read it."""

from dataclasses import replace

from failover.ports import World
from failover.publication.state import State
from failover.store import Snapshot

FRESH = 1.0
"""Seconds for which what was read may be decided on, as long as nothing is known to have changed.

A decision is never as fresh as its writes, whose conditions keep what was overtaken from being
written.
"""


class Recorded:
    """The last snapshot of a service, with what this tick has written since."""

    def __init__(self, world: World, service: str) -> None:
        self._world = world
        self._service = service
        self._read_at = float("-inf")
        self.snapshot = Snapshot(state=None)

    @property
    def state(self) -> State | None:
        """The decision; None before the first one."""
        return self.snapshot.state

    @property
    def fresh(self) -> bool:
        """Whether it was read just now."""
        return self._world.clock.monotonic() - self._read_at < FRESH

    def read(self) -> Snapshot:
        """Read it anew. Raises what the control table raises."""
        began = self._world.clock.monotonic()
        self.snapshot = self._world.store.read(self._service)
        self._read_at = began
        return self.snapshot

    def keep(self, state: State) -> None:
        """The decision that this tick has written."""
        self.snapshot = replace(self.snapshot, state=state)
