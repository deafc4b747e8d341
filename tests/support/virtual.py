"""A world without time of its own: greenlets that take turns under a virtual clock.

`Hub.run` executes a function and everything that it runs side by side until all of it has ended.
Sleeping moves the clock, and nothing else does: the same program always takes the same course.
"""

import heapq
import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

import greenlet

T = TypeVar("T")


class Hub:
    """Clock and Tasks ports in one: time is a number, and tasks take turns at their sleeps."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self.time = start
        self._queue: list[tuple[float, int, greenlet.greenlet]] = []
        self._order = itertools.count()
        self._main: greenlet.greenlet | None = None

    def now(self) -> float:
        """Unix time in seconds."""
        return self.time

    def monotonic(self) -> float:
        """The same clock, as one that never jumps."""
        return self.time - 1_000_000_000.0

    def at(self, time: float, action: Callable[[], object]) -> None:
        """Run something at a moment of virtual time."""
        self._push(time, greenlet.greenlet(action))

    def sleep(self, seconds: float) -> None:
        """Let that much virtual time pass, and everybody else go on meanwhile."""
        assert self._main is not None, "only inside run()"
        awake = self.time + max(seconds, 0.0)
        if self._queue and self._queue[0][0] <= awake:
            self._push(awake, greenlet.getcurrent())
            self._main.switch()
        else:  # nobody is due before, so there is nobody to make way for
            self.time = awake

    def gather(self, thunks: Sequence[Callable[[], T]]) -> list[T]:
        """All side by side; their results in order; the first error after all have ended."""
        results: dict[int, T] = {}
        errors: dict[int, BaseException] = {}
        waiting = greenlet.getcurrent()

        def child(index: int, thunk: Callable[[], T]) -> None:
            try:
                results[index] = thunk()
            except BaseException as error:
                errors[index] = error
            if len(results) + len(errors) == len(thunks):
                self._push(self.time, waiting)

        for index, thunk in enumerate(thunks):
            self._push(self.time, greenlet.greenlet(lambda i=index, t=thunk: child(i, t)))
        if thunks:
            assert self._main is not None, "only inside run()"
            self._main.switch()
        if errors:
            raise errors[min(errors)]
        return [results[index] for index in range(len(thunks))]

    def run(self, program: Callable[[], T]) -> T:
        """Run a program to its end, with all that it started."""
        outcome: list[T] = []
        failure: list[BaseException] = []

        def root() -> None:
            try:
                outcome.append(program())
            except BaseException as error:
                failure.append(error)

        self._main = greenlet.getcurrent()
        self._push(self.time, greenlet.greenlet(root))
        while self._queue:
            time, _, task = heapq.heappop(self._queue)
            self.time = max(self.time, time)
            task.parent = self._main
            task.switch()
        if failure:
            raise failure[0]
        return outcome[0]

    def _push(self, time: float, task: greenlet.greenlet) -> None:
        heapq.heappush(self._queue, (time, next(self._order), task))
