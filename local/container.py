"""A function of the stack: its shipped handler, in processes that stay warm as containers do."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, Self

ROOT = Path(__file__).parent.parent
MONITOR = "monitor.handler.handler"
TIMEOUT = 190.0
"""That of the monitor in the template."""
Line = Mapping[str, Any]


class Invoked(Protocol):
    """A function that can be started."""

    def invoke(self, event: object) -> Any:
        """Start it; None where that failed."""


class Container:
    """One process, which runs one invocation after another.

    What it prints is parsed line by line and handed on; what is no structured line is `noise`.
    `returned` is what the last invocation returned, None if it raised an error.
    """

    def __init__(
        self, handler: str, env: Mapping[str, str], timeout: float, heard: Callable[[Line], None]
    ) -> None:
        self.returned: Any = None
        self.noise: list[str] = []
        self.dead = False
        self._heard = heard
        self._ended = threading.Event()
        self._ended.set()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.invoke", handler, str(timeout)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "functions"), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def start(self, event: object) -> None:
        """Begin an invocation. None may be running."""
        assert self._process.stdin
        self.returned = None
        self._ended.clear()
        with contextlib.suppress(BrokenPipeError):  # it has died: that ends the invocation, too
            print(json.dumps(event), file=self._process.stdin, flush=True)

    def running(self) -> bool:
        """Whether an invocation has not ended yet."""
        return not self._ended.is_set()

    def wait(self, seconds: float) -> None:
        """Wait for the end of the invocation. Raises TimeoutError."""
        if not self._ended.wait(seconds):
            raise TimeoutError(f"the invocation has not ended within {seconds:.0f} s")

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
        self.dead = True
        self._ended.set()

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
            self._ended.set()
        else:
            self._heard(line)


class Function:
    """Runs its invocations side by side, each in a container that is idle, or in a new one.

    A context manager. `lines` receives every structured line that they print, `answers` has what
    each that ended was given and what it returned.
    """

    def __init__(
        self, env: Mapping[str, str], handler: str = MONITOR, timeout: float = TIMEOUT
    ) -> None:
        self._env = env
        self._handler = handler
        self._timeout = timeout
        self._lock = threading.Lock()
        self._closed = False
        self.lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self.answers: list[tuple[Any, Any]] = []
        self.containers: list[Container] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
        for container in self.containers:
            container.kill()

    def invoke(self, event: object) -> Any:
        """What an invocation returned; None if it raised an error, or was killed."""
        with self._lock:
            if self._closed:
                return None
            container = self._idle() or self._another()
            container.start(event)
        container.wait(self._timeout + 30)
        with self._lock:
            self.answers.append((event, container.returned))
        return container.returned

    def _idle(self) -> Container | None:
        idle = (each for each in self.containers if not (each.running() or each.dead))
        return next(idle, None)

    def _another(self) -> Container:
        new = Container(self._handler, self._env, self._timeout, self.lines.put)
        self.containers.append(new)
        return new
