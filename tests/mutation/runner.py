"""Runs the tests once to learn which functions each of them calls; then, in a fork for each
mutation, those that call the mutated function, until one fails: first the one that noticed the
mutation before, then those of its package, then the others, the fastest of each first. What only
runs while modules are imported is mutated before it is imported, in a process of its own."""

import gc
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from types import CodeType
from typing import Any, Protocol

import pytest

from tests.mutation.mutations import FUNCTIONS, Mutation, apply, file_of

PATIENCE = 20
"""Seconds of CPU time after which one test of a mutation is taken not to end any more."""

SLOW = 0.5
"""Seconds of CPU time after which a test is none of the fast ones, which alone are asked."""

ENOUGH = 5.0
"""Seconds of CPU time that the tests of a mutation take together, at the most: what has not been
noticed by then counts as not noticed."""

LONGEST = 300
"""Seconds for which one test may wait for something, and not use the CPU."""

TOLD_EVERY = 50
TOOL = sys.monitoring.COVERAGE_ID
UNAPPLIED, NOTICED, MISSED = b"?", b"+", b"-"
"""How what a fork says in the end begins. One that has hung or broken down says nothing."""

Function = tuple[str, str]
"""A file, and the name of a function or method in it."""


class Fate(StrEnum):
    """What becomes of a mutation."""

    NOTICED = "noticed"
    SURVIVED = "survived"


class Kept(Protocol):
    """Where the fates go, with the test that has noticed; and where that was, the last time."""

    def keep(self, mutation: Mutation, fate: Fate, test: str) -> None: ...
    def noticed_by(self, mutation: Mutation) -> str: ...


class Calls:
    """The functions that have been called, of the code that ships."""

    def __init__(self) -> None:
        self._seen: set[Function] = set()
        root = str(FUNCTIONS)

        def started(code: CodeType, _offset: int) -> Any:
            if code.co_filename.startswith(root):
                self._seen.add((code.co_filename, code.co_qualname.split(".<locals>")[0]))
            return sys.monitoring.DISABLE

        sys.monitoring.use_tool_id(TOOL, "mutation")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, started)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.PY_START)

    def taken(self) -> set[Function]:
        """Those since the last time."""
        found, self._seen = self._seen, set()
        sys.monitoring.restart_events()
        return found

    @staticmethod
    def end() -> None:
        """Nothing is slowed down any more."""
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)


class Runner:
    """A plugin of pytest, which runs the tests in its own way. It is made before the code is
    imported."""

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._failed = False
        self._imported: set[Function] = set()
        self._called_by: dict[Function, list[pytest.Item]] = defaultdict(list)
        self._took: dict[str, float] = {}
        self._calls = Calls()

    def of(self, todo: Sequence[Mutation], kept: Kept) -> "Runner":
        """These are tried."""
        self._todo, self._kept = todo, kept
        return self

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whether it failed."""
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running each test once."""
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        if not self._todo:
            return True
        self._config = session.config
        self._learn(session.items)
        if self._failed:
            raise session.Failed("a test fails without any mutation")
        gc.collect()
        gc.freeze()  # a fork that collects garbage copies what it looks at
        began = time.monotonic()
        for done, (mutation, fate) in enumerate(self._tried(), start=1):
            if fate is Fate.SURVIVED or done % TOLD_EVERY == 0:
                rate = 60 * done / (time.monotonic() - began)
                said = f"{done} of {len(self._todo)}, {rate:.0f} a minute: {fate} {mutation}\n"
                os.write(2, said.encode())
        return True

    def _learn(self, items: Sequence[pytest.Item]) -> None:
        self._imported = self._calls.taken()
        for item in items:
            began = time.process_time()
            self._run(item)
            self._took[item.nodeid] = time.process_time() - began
            called = self._calls.taken()
            for function in called if self._took[item.nodeid] < SLOW else ():
                self._called_by[function].append(item)
        self._calls.end()

    @staticmethod
    def _run(item: pytest.Item) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    def _tests_of(self, mutation: Mutation) -> Iterator[pytest.Item]:
        last, package = self._kept.noticed_by(mutation), tests_of(mutation.module.split(".")[1])
        found = self._called_by.get(_function(mutation), [])
        took = 0.0
        for item in sorted(
            found,
            key=lambda item: (
                item.nodeid != last,
                not item.path.is_relative_to(package),
                self._took[item.nodeid],
            ),
        ):
            took += self._took[item.nodeid]
            if took > ENOUGH:
                return
            yield item

    def _tried(self) -> Iterator[tuple[Mutation, Fate]]:
        """Each mutation with its fate, so many at a time."""
        left, running = iter(self._todo), selectors.DefaultSelector()
        while True:
            while len(running.get_map()) < self._cores and (mutation := next(left, None)):
                pipe, child = self._begin(mutation)
                running.register(pipe, selectors.EVENT_READ, (mutation, child))
            if not running.get_map():
                return
            for key, _ in running.select():
                mutation, child = key.data
                running.unregister(key.fd)
                told = os.read(key.fd, 4096)
                os.close(key.fd)
                os.waitpid(child, 0)
                assert told != UNAPPLIED, f"the mutation cannot be made: {mutation}"
                fate = Fate.SURVIVED if told == MISSED else Fate.NOTICED
                test = told.removeprefix(NOTICED).decode() if fate is Fate.NOTICED else ""
                self._kept.keep(mutation, fate, test)
                yield mutation, fate

    def _begin(self, mutation: Mutation) -> tuple[int, int]:
        """A fork with the mutation."""
        reads, writes = os.pipe()
        child = os.fork()
        if child:
            os.close(writes)
            return reads, child
        self._config.pluginmanager.unregister(name="terminalreporter")  # nobody reads what it says
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        told = UNAPPLIED
        try:
            made = apply(mutation)
            told = b""
            told = self._noticed(mutation, made)
        finally:
            os.write(writes, told)
            os._exit(0)

    def _noticed(self, mutation: Mutation, made: bool) -> bytes:
        """What the tests say of a mutation, which may have been made already."""
        self._failed = False
        for item in self._tests_of(mutation) if made else ():
            _limit()
            self._run(item)
            if self._failed:
                return NOTICED + item.nodeid.encode()
        signal.alarm(0)
        imported = not made or _function(mutation) in self._imported
        return NOTICED if imported and not self._passes_anew(mutation) else MISSED

    def _passes_anew(self, mutation: Mutation) -> bool:
        """Whether the tests of its package pass where it is there before anything is imported."""
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        tests = tests_of(mutation.module.split(".")[1])
        command = [sys.executable, "-m", "tests.mutation.anew", str(mutation), tests]
        ended = subprocess.run(command, check=False, timeout=LONGEST)
        return ended.returncode == pytest.ExitCode.OK


def tests_of(package: str) -> str:
    """The folder with the unit tests of a package."""
    return str(FUNCTIONS.parent / "tests" / "unit" / package)


def _function(mutation: Mutation) -> Function:
    return str(file_of(mutation.module)), mutation.function


def _limit() -> None:
    """The next test ends, or this process does."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + PATIENCE, most))
    signal.alarm(LONGEST)
