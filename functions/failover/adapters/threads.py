"""Running things side by side in production: a thread for each, all started at once.

There is no pool. A task that gathers tasks of its own would wait in a bounded one for a place that
it occupies itself, and a round must take as long as its slowest probe, never the sum.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")

SLOW = 0.5
"""Seconds for which a shared call keeps the next one waiting. With the control table away, a call
takes seconds, and rounds go on without it."""


class Threads:
    """The Tasks port."""

    def gather(self, thunks: Sequence[Callable[[], T]]) -> list[T]:
        """Run all side by side; the results, or the first error in the order of the thunks.

        What gets no thread of its own, because the system has no more, is run here in its turn.
        """
        tasks = [_Task(thunk) for thunk in thunks]
        waiting = [task for task in tasks[1:] if not task.start()]
        for task in tasks[:1] + waiting:
            task.run()
        for task in tasks:
            task.join()
        return [task.result() for task in tasks]

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds; at once if there are none."""
        time.sleep(max(0.0, seconds))  # noqa: TID251 - this is the Tasks port


def bounded(thunk: Callable[[], T], seconds: float) -> T:
    """The result of a call that nobody waits for longer, whatever it does.

    A call that takes longer goes on in a thread that is left to itself. Raises TimeoutError, and
    what the call raises.
    """
    task = _Task(thunk)
    if not task.start():
        raise TimeoutError("the system has no more threads")
    return task.within(seconds)


class Bounded:
    """Calls that nobody waits for longer than `seconds`, whatever they do.

    A call that takes longer goes on in a thread that is left to itself. With `most` of those, no
    other call is begun: an endpoint that never ends its answers must not fill the container.
    """

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._running: list[_Task[Any]] = []
        self._lock = threading.Lock()

    def call(self, thunk: Callable[[], T]) -> T:
        """The result of a call. Raises TimeoutError, and what the call raises."""
        task = _Task(thunk)
        with self._lock:
            self._running = [each for each in self._running if each.running()]
            if len(self._running) >= self._most or not task.start():
                raise TimeoutError("earlier calls have not ended yet")
            self._running.append(task)
        return task.within(self._seconds)


class Shared(Generic[T]):
    """One call for all threads that need its answer at about the same time.

    Each gets the answer of a call that began after it had asked. Who asks while a call is under way
    waits for the next one, which begins when that one ends, or when it is slow.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._under_way: _Shared[T] | None = None
        self._next: _Shared[T] | None = None

    def ask(self) -> T:
        """The answer, or the error that the call raised."""
        with self._lock:
            leads = self._next is None
            ours = self._next = self._next or _Shared(self._call)
        if leads:
            self._run(ours)
        ours.ended.wait()
        return ours.task.result()

    def _run(self, ours: "_Shared[T]") -> None:
        if self._under_way:
            self._under_way.ended.wait(SLOW)
        with self._lock:
            self._under_way, self._next = ours, None
        ours.task.run()
        ours.ended.set()


class _Shared(Generic[T]):
    """A call of `Shared`, and whether it has ended."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.task = _Task(call)
        self.ended = threading.Event()


class _Task(Generic[T]):
    """One thunk and what came of it."""

    def __init__(self, thunk: Callable[[], T]) -> None:
        self._thunk = thunk
        self._thread: threading.Thread | None = None
        self._results: list[T] = []
        self._error: BaseException | None = None

    def start(self) -> bool:
        """Begin in a thread of its own; False when there is none to be had."""
        thread = threading.Thread(target=self.run, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def run(self) -> None:
        try:
            self._results.append(self._thunk())
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            self._error = error

    def join(self, timeout: float | None = None) -> None:
        if self._thread:
            self._thread.join(timeout)

    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def within(self, seconds: float) -> T:
        self.join(seconds)
        if self.running():
            raise TimeoutError(f"no whole answer within {seconds:.0f} s")
        return self.result()

    def result(self) -> T:
        if self._error:
            raise self._error
        return self._results[0]
