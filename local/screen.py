"""Snapshots of the embedded world, and the terminal on which they are drawn.

What is shown comes from where the product itself looks: the votes and the decision from the
control table, probes from the lines of the functions, the answer from the name server over UDP.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import dns.exception
from rich.live import Live

from failover.adapters.aws.dynamodb import DynamoStore
from failover.app.viewing import view_of
from failover.decision.balancers import Resolution
from failover.decision.view import View
from failover.errors import FailoverError
from failover.ports import Snapshot as Found
from failover.publication.parts import Stop
from failover.settings import settings_file
from failover.zone.records import Family
from local.story import Story
from local.view import Said, Snapshot, render
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
        self._last = self._empty()
        self.prompt: str | None = None

    def look(self) -> Snapshot:
        """What is to be seen now. Takes some milliseconds; waits a second for a silent server."""
        trouble = None
        try:
            self._last = self._seen()
        except FailoverError as error:
            self._last, trouble = replace(self._last, now=time.time()), str(error)
        mine = [r for r in self._world.linode.records(DOMAIN) if f"{r['name']}.{DOMAIN}" == RECORD]
        return Snapshot(
            view=self._last,
            began=self._story.began,
            probes=dict(self._story.probes),
            records=[Said(r["type"], r["target"], r["ttl_sec"]) for r in mine],
            dns=self._answer(),
            events=tuple(self._story.told),
            dig=dig(self._world),
            prompt=self.prompt,
            trouble=trouble,
        )

    def hear(self, seen: Snapshot) -> Snapshot:
        """The same with what was told and typed since then."""
        return replace(seen, events=tuple(self._story.told), prompt=self.prompt)

    def _empty(self) -> View:
        return self._view(Found(state=None), None)

    def _seen(self) -> View:
        vantage, service = self._settings.vantages[0], self._settings.services[0]
        return self._view(self._store.read(service.name), self._store.standing(vantage).gate)

    def _view(self, found: Found, gate: Stop | None) -> View:
        whole = Resolution(self._settings.services[0])
        vantage = self._settings.vantages[0]
        return view_of(time.time(), self._settings, whole, vantage, found, gate)

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


def dig(world: LocalWorld) -> str:
    """The command with which a person asks the name server."""
    host, _, port = world.linode.nameserver.rpartition(":")
    return f"dig @{host} -p {port} {RECORD}"


def in_terminal() -> bool:
    """Whether the standard output is a terminal on which a view can be drawn."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
