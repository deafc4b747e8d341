"""The schedule: shipped handlers, started again and again in processes of their own."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parent.parent
Line = Mapping[str, Any]


class Invocation:
    """One running invocation; what it prints is parsed line by line and handed on."""

    def __init__(
        self,
        handler: str,
        event: Path,
        env: Mapping[str, str],
        timeout: float,
        heard: Callable[[Line], None],
    ) -> None:
        self.returned: Any = None
        self.noise: list[str] = []
        self._heard = heard
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.invoke", handler, str(event), str(timeout)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "functions"), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> int:
        """Wait for the end and return the exit status. Raises subprocess.TimeoutExpired."""
        status = self._process.wait(seconds)
        self._reader.join(seconds)
        return status

    def kill(self) -> None:
        """End it at once, in the middle of anything."""
        self._process.kill()
        self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()

    def _read(self) -> None:
        assert self._process.stdout
        for text in self._process.stdout:
            self.printed(text)

    def printed(self, text: str) -> None:
        """Understand one line of the output."""
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            self.noise.append(text.rstrip())
        elif "returned" in line:
            self.returned = line["returned"]
        else:
            self._heard(line)


class Schedule:
    """Starts a tick of the monitor every so many seconds, as EventBridge Scheduler would.

    A context manager. `lines` receives every structured line that the ticks print.
    """

    def __init__(self, env: Mapping[str, str], every: float, timeout: float = 190.0) -> None:
        self._env = env
        self._every = every
        self._timeout = timeout
        self.lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self.invocations: list[Invocation] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for invocation in self.invocations:
            invocation.kill()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            self.invocations.append(
                Invocation(
                    "monitor.handler.handler",
                    ROOT / "events" / "tick.json",
                    self._env,
                    self._timeout,
                    self.lines.put,
                )
            )
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
