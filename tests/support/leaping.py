"""The clocks and tasks of production for the embedded world, where nobody waits.

What is asked over a socket takes the time that it takes. When all tasks sleep, both clocks leap to
the moment at which the first of them is to wake.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from failover.adapters.clock import SystemClock
from failover.adapters.threads import Threads

T = TypeVar("T")


class Leaping(Threads, SystemClock):
    """The ports Clock and Tasks in one. Use cases run inside `at_work`."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._leapt = 0.0
        self._awake = 0
        self._asleep: list[tuple[float, int]] = []
        self._woken: set[tuple[float, int]] = set()
        self._order = itertools.count()

    def now(self) -> float:
        return super().now() + self._leapt

    def monotonic(self) -> float:
        return super().monotonic() + self._leapt

    def leap(self, seconds: float) -> None:
        """Let that much time pass in which nothing runs."""
        self._leapt += seconds

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """This thread runs a use case for as long as the block does."""
        with self._turn:
            self._awake += 1
        try:
            yield
        finally:
            with self._turn:
                self._leave()

    def gather(self, thunks: Sequence[Callable[[], T]]) -> list[T]:
        left = len(thunks)

        def counted(thunk: Callable[[], T]) -> T:
            nonlocal left
            try:
                return thunk()
            finally:
                with self._turn:
                    left -= 1
                    if left:  # the last one leaves its place to whoever gathers
                        self._leave()

        with self._turn:
            self._awake += max(0, left - 1)
        return super().gather([lambda each=each: counted(each) for each in thunks])

    def sleep(self, seconds: float) -> None:
        with self._turn:
            me = (self.monotonic() + max(0.0, seconds), next(self._order))
            heapq.heappush(self._asleep, me)
            self._leave()
            self._turn.wait_for(lambda: me in self._woken)
            self._woken.remove(me)

    def _leave(self) -> None:
        self._awake -= 1
        if self._awake == 0 and self._asleep:
            first = heapq.heappop(self._asleep)
            self._leapt += max(0.0, first[0] - self.monotonic())
            self._awake += 1
            self._woken.add(first)
            self._turn.notify_all()
