"""The schedule, and single invocations of shipped handlers."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from local.container import ROOT, Container, Invoked, Line

TICK = ROOT / "events" / "tick.json"


class Invocation(Container):
    """One invocation in a container of its own."""

    def __init__(
        self,
        handler: str,
        event: Path,
        env: Mapping[str, str],
        timeout: float,
        heard: Callable[[Line], None],
    ) -> None:
        super().__init__(handler, env, timeout, heard)
        self.start(json.loads(event.read_text()))


class Schedule:
    """Starts a tick of the monitor every so many seconds, as EventBridge Scheduler would.

    A context manager, inside that of the function.
    """

    def __init__(self, monitor: Invoked, every: float) -> None:
        self._monitor = monitor
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        event = json.loads(TICK.read_text())
        due = time.monotonic()
        while not self._over.is_set():
            threading.Thread(target=self._monitor.invoke, args=(event,), daemon=True).start()
            due += self._every
            self._over.wait(due - time.monotonic())


def invoke(
    handler: str, event: Path, env: Mapping[str, str], timeout: float = 60.0
) -> tuple[Any, list[Line], list[str]]:
    """One invocation from its start to its end: what it returned, its lines, and other output."""
    lines: list[Line] = []
    invocation = Invocation(handler, event, env, timeout, lines.append)
    try:
        invocation.wait(timeout + 30)
    finally:
        invocation.kill()
    return invocation.returned, lines, invocation.noise
