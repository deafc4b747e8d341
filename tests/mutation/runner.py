"""Runs the tests once to learn which functions each of them calls; then, in a fork for each
mutation, those that call the mutated function, the fastest first, until one fails."""

import os
import resource
import selectors
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from types import CodeType
from typing import Any, Protocol

import pytest

from tests.mutation.mutations import FUNCTIONS, Mutation, apply

PATIENCE = 60
"""Seconds of CPU time after which the tests of a mutation are taken not to end any more."""

TOLD_EVERY = 50
TOOL = sys.monitoring.COVERAGE_ID
UNAPPLIED, NOTICED, MISSED = b"?", b"+", b"-"
"""What a fork says in the end. One that has hung or broken down says nothing."""


class Fate(StrEnum):
    """What becomes of a mutation."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    UNREACHED = "unreached"
    """No test calls the function: it has done its work while its module was imported."""


class Kept(Protocol):
    """Where the fates go."""

    def keep(self, mutation: Mutation, fate: Fate) -> None: ...


class Runner:
    """A plugin of pytest, which runs the tests in its own way."""

    def __init__(self, todo: Sequence[Mutation], cores: int, kept: Kept) -> None:
        self._todo = todo
        self._cores = cores
        self._kept = kept
        self._failed = False
        self._calls: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
        self._took: dict[str, float] = {}
        self._seen: set[tuple[str, str]] = set()

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
        for done, (mutation, fate) in enumerate(self._tried(), start=1):
            self._kept.keep(mutation, fate)
            if fate is Fate.SURVIVED or done % TOLD_EVERY == 0:
                os.write(2, f"{done} of {len(self._todo)}: {fate} {mutation}\n".encode())
        return True

    def _learn(self, items: Sequence[pytest.Item]) -> None:
        monitoring, root = sys.monitoring, str(FUNCTIONS)

        def started(code: CodeType, _offset: int) -> Any:
            if code.co_filename.startswith(root):
                self._seen.add((code.co_filename, code.co_qualname.split(".<locals>")[0]))
            return monitoring.DISABLE

        monitoring.use_tool_id(TOOL, "mutation")
        monitoring.register_callback(TOOL, monitoring.events.PY_START, started)
        monitoring.set_events(TOOL, monitoring.events.PY_START)
        for item in items:
            self._seen.clear()
            monitoring.restart_events()
            began = time.monotonic()
            self._run(item)
            self._took[item.nodeid] = time.monotonic() - began
            for function in self._seen:
                self._calls[function].append(item)
        monitoring.set_events(TOOL, 0)
        monitoring.free_tool_id(TOOL)

    @staticmethod
    def _run(item: pytest.Item) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)

    def _tests_of(self, mutation: Mutation) -> list[pytest.Item]:
        file = str(FUNCTIONS / mutation.module.replace(".", "/"))
        for ending in (".py", "/__init__.py"):
            if found := self._calls.get((file + ending, mutation.function)):
                return sorted(found, key=lambda item: self._took[item.nodeid])
        return []

    def _tried(self) -> Iterator[tuple[Mutation, Fate]]:
        """Each mutation with its fate, so many at a time."""
        left, running = iter(self._todo), selectors.DefaultSelector()
        while True:
            while len(running.get_map()) < self._cores and (mutation := next(left, None)):
                if not self._tests_of(mutation):
                    yield mutation, Fate.UNREACHED
                    continue
                pipe, child = self._begin(mutation)
                running.register(pipe, selectors.EVENT_READ, (mutation, child))
            if not running.get_map():
                return
            for key, _ in running.select():
                mutation, child = key.data
                running.unregister(key.fd)
                told = os.read(key.fd, 1)
                os.close(key.fd)
                os.waitpid(child, 0)
                assert told != UNAPPLIED, f"the mutation cannot be made: {mutation}"
                yield mutation, Fate.SURVIVED if told == MISSED else Fate.NOTICED

    def _begin(self, mutation: Mutation) -> tuple[int, int]:
        """A fork with the mutation."""
        reads, writes = os.pipe()
        child = os.fork()
        if child:
            os.close(writes)
            return reads, child
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
        self._config.pluginmanager.unregister(name="terminalreporter")  # nobody reads what it says
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        try:
            told = UNAPPLIED
            apply(mutation)
            told, self._failed = b"", False
            for item in self._tests_of(mutation):
                self._run(item)
                if self._failed:
                    break
            told = NOTICED if self._failed else MISSED
        finally:
            os.write(writes, told)
            os._exit(0)
