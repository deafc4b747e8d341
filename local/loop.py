"""One event loop in one thread for all region servers of a process."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_PATIENCE = 120.0
"""Seconds after which the loop counts as stuck."""


class SharedLoop:
    """Runs from the first `join` to the last `leave`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def join(self) -> None:
        """Make sure that the loop runs until `leave` is called."""
        with self._lock:
            self._members += 1
            if self._members == 1:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="regions")
                self._thread.start()

    def leave(self) -> None:
        """Stop the loop if nobody else needs it."""
        with self._lock:
            self._members -= 1
            if self._members == 0 and self._loop and self._thread:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
                self._loop.close()
                self._loop = self._thread = None

    def run(self, action: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop and wait for its result."""
        assert self._loop is not None, "run() belongs between join() and leave()"
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(_PATIENCE)
