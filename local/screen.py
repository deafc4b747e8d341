"""Snapshots of the embedded world, and the terminal on which they are drawn.

What is shown comes from where the product itself looks: the votes and the decision from the
control table, probes from the lines of the functions, the answer from the name server over UDP.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import dns.exception
from rich.live import Live

from cli.snapshot import Facts, Said, Snapshot
from cli.view import render
from failover.adapters.aws.dynamodb import DynamoStore
from failover.adapters.clock import SystemClock
from failover.app.control.status import status
from failover.errors import FailoverError
from failover.settings import settings_file
from failover.zone.records import Family
from local.story import Story
from local.world import DOMAIN, RECORD, TABLE, LocalWorld

EVERY = 0.5
"""Seconds between two looks."""


class Eye:
    """Takes snapshots of a world and of what is told of it."""

    def __init__(self, world: LocalWorld, story: Story) -> None:
        self._world = world
        self._story = story
        self._settings = settings_file.load(world.settings_file)
        self._store = DynamoStore(world.aws.client("dynamodb"), TABLE)
        self._last: Facts = {}
        self.prompt: str | None = None

    def look(self) -> Snapshot:
        """What is to be seen now. Takes some milliseconds; waits a second for a silent server."""
        trouble = None
        try:
            self._last = status(
                SystemClock(), self._store, self._settings, self._settings.vantages[0]
            )
        except FailoverError as error:
            if not self._last:
                raise
            trouble = str(error)
        mine = [r for r in self._world.linode.records(DOMAIN) if f"{r['name']}.{DOMAIN}" == RECORD]
        name = self._settings.services[0].name
        return Snapshot(
            name=name,
            facts=self._last["services"][name],
            stopped=self._last["stopped"],
            clock=f"{time.time() - self._story.began:.1f} s",
            when=since(self._story.began),
            probes=dict(self._story.probes),
            records=[Said(r["type"], r["target"], r["ttl_sec"]) for r in mine],
            dns=self._answer(),
            events=tuple(self._story.told),
            about_events="seconds since the start",
            dig=dig(self._world),
            prompt=self.prompt,
            trouble=trouble,
        )

    def hear(self, seen: Snapshot) -> Snapshot:
        """The same with what was told and typed since then."""
        return replace(seen, events=tuple(self._story.told), prompt=self.prompt)

    def _answer(self) -> list[Said] | None:
        try:
            asked = {family: self._world.ask(family.value, wait=0.5) for family in Family}
        except (dns.exception.DNSException, OSError):
            return None
        return [Said(kind, a, ttl or 0) for kind, (found, ttl) in asked.items() for a in found]


class Screen:
    """Draws what an eye sees, twice a second, and leaves the terminal as it was."""

    def __init__(self, eye: Eye) -> None:
        self._eye = eye
        self._seen = eye.look()
        self._over = threading.Event()
        self._live = Live(screen=True, auto_refresh=False)

    @contextlib.contextmanager
    def drawn(self) -> Iterator[None]:
        """The view is on the terminal while this block lasts. May be used again."""
        self._over.clear()
        with self._live, ThreadPoolExecutor(1, "screen") as pool:
            drawing = pool.submit(self._run)
            try:
                yield
            finally:
                self._over.set()
            drawing.result()

    def draw(self) -> None:
        """Draw at once what was told and typed since the last look."""
        width, height = self._live.console.size
        self._live.update(render(self._eye.hear(self._seen), width, height), refresh=True)

    def _run(self) -> None:
        while not self._over.is_set():
            self._seen = self._eye.look()
            self.draw()
            self._over.wait(EVERY)


def since(began: float) -> Callable[[str], str]:
    """Puts a time of an answer into seconds since the start, which is in Unix seconds."""
    return lambda time: f"at {datetime.fromisoformat(time).timestamp() - began:.0f} s"


def dig(world: LocalWorld) -> str:
    """The command with which a person asks the name server."""
    host, _, port = world.linode.nameserver.rpartition(":")
    return f"dig @{host} -p {port} {RECORD}"


def in_terminal() -> bool:
    """Whether the standard output is a terminal on which a view can be drawn."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
