"""What happens in the embedded world, seen from outside: a clock, an eye on DNS, and the events."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Self

from cli.probes import counted
from failover.health.probe import Reason
from local.container import Function, Line
from local.world import LocalWorld


class NotSeen(Exception):
    """Something that had to happen did not happen in the time allowed."""


class DnsWatch:
    """Asks the name server again and again, and remembers when its answer changed.

    A context manager.
    """

    def __init__(self, world: LocalWorld, every: float = 0.1) -> None:
        self._world = world
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dns-watch")
        self.changes: list[tuple[float, list[str], int | None]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def answer(self) -> list[str]:
        """The last answer seen."""
        return self.changes[-1][1] if self.changes else []

    def _run(self) -> None:
        while not self._over.wait(self._every):
            addresses, ttl = self._world.ask()
            if not self.changes or self.changes[-1][1] != addresses:
                self.changes.append((time.monotonic(), addresses, ttl))


class Story:
    """Follows the lines of the monitor and tells what they mean, with the seconds since the start.

    `told` is what was told so far, `probes` the last probes of each region, None for a good one;
    `began` is the start in Unix seconds.
    """

    def __init__(self, monitor: Function, tell: Callable[[str], None] | None) -> None:
        self._monitor = monitor
        self._tell = tell
        self._started = time.monotonic()
        self.began = time.time()
        self.lines: list[tuple[float, Line]] = []
        self.told: list[str] = []
        self.probes: Mapping[str, tuple[Reason | None, ...]] = {}

    def say(self, text: str) -> None:
        """One line of the story."""
        line = f"{time.monotonic() - self._started:7.1f} s  {text}"
        self.told.append(line)
        if self._tell:
            self._tell(line)

    def until(self, what: str, happened: Callable[[], bool], patience: float = 60.0) -> float:
        """Wait for something while the lines go by. Returns when it was seen, on the monotonic
        clock. Raises NotSeen."""
        deadline = time.monotonic() + patience
        while not happened():
            if time.monotonic() > deadline:
                raise NotSeen(f"{what}: not within {patience:.0f} s")
            self.listen(0.05)
        return time.monotonic()

    def listen(self, seconds: float) -> None:
        """Hear what the functions print for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._monitor.lines.get(timeout=left)
            except queue.Empty:
                return
            self.lines.append((time.monotonic(), line))
            self.probes = counted(self.probes, line)
            if text := told(line):
                self.say(text)

    def heard(self) -> list[tuple[float, Line]]:
        """The lines so far, each with when it was heard (Unix seconds)."""
        return [(self.began + at - self._started, line) for at, line in list(self.lines)]

    def seen(self, event: str, **facts: object) -> bool:
        """Whether a line with these facts has gone by."""
        return self.first(event, **facts) is not None

    def first(self, event: str, after: float = 0.0, **facts: object) -> float | None:
        """When a line with these facts was first heard, on the monotonic clock."""
        for at, line in self.lines:
            right = all(line.get(key) == value for key, value in facts.items())
            if at >= after and line.get("event") == event and right:
                return at
        return None


def told(line: Line) -> str | None:
    """What a line of the functions means to somebody who watches, or None."""
    event = line.get("event")
    if event == "probe_failed":
        return f"probe of {line.get('region')} failed: {line.get('reason')}"
    if event == "decided":
        why = line.get("why") or [""]
        targets = ", ".join(line.get("targets") or [])
        return f"decided: {line.get('action')} {targets}".rstrip() + f"  ({why[-1]})"
    if event == "published":
        return (
            f"published: {', '.join(line.get('active') or [])}, generation {line.get('generation')}"
        )
    if event == "alert_sent":
        return f"alert sent: {line.get('about')}"
    if event in ("incident_began", "incident_ended", "not_published", "tick_ended"):
        rest = line.get("incident") or line.get("error") or line.get("why") or ""
        return f"{str(event).replace('_', ' ')}: {rest}"
    return None
