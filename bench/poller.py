"""Asks name servers the same questions again and again, and tells of every change of an answer.

usage: python -m bench.poller SECONDS SERVER[,SERVER...] NAME[,NAME...]
One process asks everything, every so many seconds. It prints a JSON line for each change: the
monotonic time, the server, the name, and the addresses.
"""

import contextlib
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import dns.exception
import dns.message

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` (monotonic) on, a server gave this answer for a name."""

    at: float
    server: str
    name: str
    addresses: tuple[str, ...]


class Poller:
    """A context manager: the process above. `changes` grows while it runs."""

    def __init__(self, every: float, servers: Sequence[str], names: Sequence[str]) -> None:
        self._arguments = [str(every), ",".join(servers), ",".join(names)]
        self.changes: list[Change] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.poller", *self._arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT / "functions")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            reader = threading.Thread(target=self._read)
            starting.callback(self._process.wait)
            starting.callback(reader.join)
            starting.callback(self._process.kill)
            reader.start()
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def of(self, server: str, name: str) -> list[Change]:
        """The changes of one answer, oldest first."""
        return [c for c in list(self.changes) if (c.server, c.name) == (server, name)]

    def now(self, server: str, name: str) -> tuple[str, ...]:
        """The newest answer; empty when there was none."""
        found = self.of(server, name)
        return found[-1].addresses if found else ()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            at, server, name, addresses = json.loads(line)
            self.changes.append(Change(at, server, name, tuple(addresses)))


class _Questions:
    """All questions to one server over one socket; the id of a message is its name's number."""

    def __init__(self, server: str, names: Sequence[str]) -> None:
        host, _, port = server.rpartition(":")
        self.server = server
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((host, int(port)))
        self.socket.setblocking(False)
        self._names = names
        self._last: dict[int, bytes] = {}
        self._told: dict[int, list[str]] = {}
        self._packets = []
        for number, name in enumerate(names):
            query = dns.message.make_query(name, "A")
            query.id = number
            self._packets.append(query.to_wire())

    def ask(self) -> None:
        for packet in self._packets:
            with contextlib.suppress(OSError):  # no server there yet, or its buffer is full
                self.socket.send(packet)

    def hear(self) -> None:
        with contextlib.suppress(OSError):  # nothing more to hear
            while wire := self.socket.recv(4096):
                self._heard(wire, time.monotonic())

    def _heard(self, wire: bytes, at: float) -> None:
        number = int.from_bytes(wire[:2])
        if self._last.get(number) == wire:
            return
        self._last[number] = wire
        try:
            answer = dns.message.from_wire(wire).answer
        except dns.exception.DNSException:
            return
        addresses = sorted(str(data) for rrset in answer for data in rrset)
        if self._told.get(number) != addresses:
            self._told[number] = addresses
            line = [at, self.server, self._names[number], addresses]
            print(json.dumps(line), flush=True)


def main() -> None:
    """Ask until the parent is gone."""
    from local.child import end_with_parent  # noqa: PLC0415 - of the process, not of its starter

    end_with_parent()
    every, servers, names = float(sys.argv[1]), sys.argv[2].split(","), sys.argv[3].split(",")
    asked = [_Questions(server, names) for server in servers]
    with selectors.DefaultSelector() as selector:
        for questions in asked:
            selector.register(questions.socket, selectors.EVENT_READ, questions)
        due = time.monotonic()
        while True:
            for questions in asked:
                questions.ask()
            due = max(due + every, time.monotonic())
            while (left := due - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    key.data.hear()


if __name__ == "__main__":
    main()
