"""Running things side by side with threads."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from failover.adapters.threads import Bounded, Shared, Threads, bounded
from tests.support.waiting import LIMIT, until

# Seconds after which something that should have come counts as lost.


def test_results_come_in_the_order_of_the_thunks() -> None:
    thunks = [partial(pow, 2, exponent) for exponent in range(20)]
    assert Threads().gather(thunks) == [2**exponent for exponent in range(20)]


def test_nothing_to_do_gives_nothing() -> None:
    assert Threads().gather([]) == []


def test_all_run_at_the_same_time() -> None:
    """Each of them waits for all the others."""
    together = threading.Barrier(50)
    Threads().gather([partial(together.wait, LIMIT)] * 50)


def test_a_gather_within_a_gather_never_waits_for_a_place() -> None:
    threads, together = Threads(), threading.Barrier(12 * 12)

    def outer() -> int:
        return len(threads.gather([partial(together.wait, LIMIT)] * 12))

    assert threads.gather([outer] * 12) == [12] * 12


def test_the_first_error_is_raised_after_all_have_ended() -> None:
    ended: list[str] = []
    second_failed = threading.Event()

    def first() -> None:
        second_failed.wait(LIMIT)
        raise ValueError("the first")

    def second() -> None:
        second_failed.set()
        raise KeyError("the second")

    def third() -> None:
        second_failed.wait(LIMIT)
        ended.append("third")

    with pytest.raises(ValueError, match="the first"):
        Threads().gather([first, second, third])
    assert ended == ["third"]


def test_what_gets_no_thread_is_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def limited(thread: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    thunks: list[Callable[[], int]] = [partial(abs, number) for number in range(6)]
    assert Threads().gather(thunks) == [0, 1, 2, 3, 4, 5]


def test_a_bounded_call_without_a_thread_is_one_that_took_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looking up a name must end in an error that every caller knows."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(TimeoutError, match="threads"):
        bounded(lambda: 1, 1.0)


def test_what_a_bounded_call_raises_reaches_whoever_called() -> None:
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 // 0, 60.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_to_sleep_is_no_error(seconds: float) -> None:
    Threads().sleep(seconds)


class TestBounded:
    """Calls that nobody waits for longer than is said."""

    def test_what_ends_in_time_gives_its_result_or_its_error(self) -> None:
        calls = Bounded(seconds=LIMIT, most=1)
        assert calls.call(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            calls.call(lambda: 1 // 0)
        assert calls.call(lambda: 8) == 8

    def test_what_takes_longer_is_left_to_itself(self) -> None:
        over = threading.Event()
        calls = Bounded(seconds=0.01, most=2)
        with pytest.raises(TimeoutError, match="no whole answer within"):
            calls.call(partial(over.wait, LIMIT))
        over.set()

    def test_with_too_many_of_those_no_other_is_begun(self) -> None:
        over, begun = threading.Event(), []
        calls = Bounded(seconds=0.01, most=2)

        def endless() -> None:
            begun.append(1)
            over.wait(LIMIT)

        for _ in range(4):
            with pytest.raises(TimeoutError):
                calls.call(endless)
        assert len(begun) == 2
        over.set()

    def test_when_they_have_ended_others_are_begun_again(self) -> None:
        over = threading.Event()
        calls = Bounded(seconds=0.01, most=1)
        with pytest.raises(TimeoutError):
            calls.call(partial(over.wait, LIMIT))
        over.set()
        for each in calls._running:
            each.join()
        calls._seconds = LIMIT
        assert calls.call(lambda: 9) == 9


class Calls:
    """A call that says when it has begun, and ends when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.begins = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)

    def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        self.begins.release()
        assert self.may_end.acquire(timeout=LIMIT)
        return number


def asking(shared: Shared[int], answers: list[int]) -> threading.Thread:
    thread = threading.Thread(target=lambda: answers.append(shared.ask()), daemon=True)
    thread.start()
    return thread


def test_whoever_asks_during_a_shared_call_gets_the_next_answer_and_all_get_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("failover.adapters.threads.SLOW", LIMIT)
    call, first, later = Calls(), [], []
    shared = Shared(call)
    threads = [asking(shared, first)]
    assert call.begins.acquire(timeout=LIMIT)
    threads += [asking(shared, later) for _ in range(20)]
    until(lambda: shared._next, "somebody asks while the call is under way")
    call.may_end.release(2)
    for thread in threads:
        thread.join(LIMIT)
    assert first == [1]
    assert set(later) <= {2, 3}
    assert len(later) == 20


def test_a_slow_shared_call_does_not_keep_the_next_one_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("failover.adapters.threads.SLOW", 0.0)
    call, answers = Calls(), []
    shared = Shared(call)
    threads = [asking(shared, answers)]
    assert call.begins.acquire(timeout=LIMIT)
    threads.append(asking(shared, answers))
    assert call.begins.acquire(timeout=LIMIT)
    call.may_end.release(2)
    for thread in threads:
        thread.join(LIMIT)
    assert sorted(answers) == [1, 2]


def test_a_shared_call_that_fails_fails_for_all_and_the_next_one_is_another() -> None:
    outcomes: list[object] = [OSError("no answer"), "an answer"]

    def call() -> object:
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    shared = Shared(call)
    with pytest.raises(OSError, match="no answer"):
        shared.ask()
    assert shared.ask() == "an answer"
