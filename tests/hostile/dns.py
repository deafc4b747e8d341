"""What a name server, or somebody who guesses its port, can answer."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from random import Random
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rrset

from failover.adapters.dns.witness import LinodeWitness
from failover.adapters.threads import Threads
from failover.publication.proof import Evidence, Said
from failover.settings.environment import NameServer
from tests.hostile import mangle
from tests.hostile.runner import Case
from tests.support.waiting import LIMIT

NAME, DOMAIN, HOST = "app.shop.test", "shop.test", "127.0.0.1"
TRUTH = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}
LIE = {"A": "198.51.100.66", "AAAA": "2001:db8::bad"}
BUDGET = 5.0
SECONDS = 0.2
WAYS = (
    "truth", "wrong id", "wrong question", "forged source", "truncated", "cut", "spoiled", "silent",
    "lie, then truth", "garbage, then truth", "forged, then truth", "other name", "alias", "crowd",
)  # fmt: skip
HEARD = ("truth", "lie, then truth", "garbage, then truth", "forged, then truth")
"""The ways after which the truth must have been heard."""
DEAF = ("wrong id", "wrong question", "forged source", "silent", "cut")
"""Those after which nothing may have been heard."""


@dataclass
class Server:
    """One name server, UDP and TCP on one port, that answers in the way that a case sets."""

    way: str = "truth"
    chance: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self._open = ExitStack()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.tcp = self._open.enter_context(socket.create_server((HOST, 0)))
        self.port: int = self.tcp.getsockname()[1]
        self.udp = self._open.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.udp.bind((HOST, self.port))
        self.other = self._open.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._threads = [threading.Thread(target=run) for run in (self._datagrams, self._streams)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for sock in (self.udp, self.tcp):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.other.sendto(b"", (HOST, self.port))
        for thread in self._threads:
            thread.join(LIMIT)
        self._open.close()

    def _datagrams(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                data, peer = self.udp.recvfrom(4096)
                if data:
                    for said, sender in self._said(data):
                        sender.sendto(said[:60_000], peer)

    def _said(self, data: bytes) -> Iterator[tuple[bytes, socket.socket]]:
        query = dns.message.from_wire(data)
        lie, truth = _answer(query, LIE), _answer(query, TRUTH)
        match self.way:
            case "wrong id" | "lie, then truth":
                lie.id = (query.id + 1) % 65536
                yield lie.to_wire(), self.udp
            case "wrong question":
                other = dns.message.make_query("other.shop.test", query.question[0].rdtype)
                other.id = query.id
                yield _answer(other, LIE).to_wire(), self.udp
            case "forged source" | "forged, then truth":
                yield lie.to_wire(), self.other
            case "truncated" | "cut":
                truth.flags |= dns.flags.TC
                yield truth.to_wire(), self.udp
            case "garbage, then truth":  # less than a header: what parses is an answer like any
                yield truth.to_wire()[: self.chance.randrange(12)], self.udp
            case "spoiled":
                yield mangle.spoiled(self.chance, truth.to_wire()), self.udp
            case "other name":
                moved = _answer(query, LIE, "other.shop.test.")
                yield moved.to_wire(), self.udp
            case "alias":
                truth.answer = [
                    dns.rrset.from_text(f"{NAME}.", 30, "IN", "CNAME", f"{NAME}."),
                    *_answer(query, LIE, "other.shop.test.").answer,
                ]
                yield truth.to_wire(), self.udp
            case "crowd":
                crowd = [f"192.0.2.{n}" for n in range(1, 255)]
                truth.answer = [dns.rrset.from_text(f"{NAME}.", 30, "IN", "A", *crowd)]
                yield truth.to_wire(), self.udp
        if self.way in HEARD:
            yield _answer(query, TRUTH).to_wire(), self.udp

    def _streams(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                accepted, _ = self.tcp.accept()
                with accepted:
                    accepted.settimeout(SECONDS)
                    data = accepted.recv(4096)
                    query = dns.message.from_wire(data[2:])
                    truth = _answer(query, TRUTH).to_wire()
                    match 3 if self.way == "cut" else self.chance.randrange(6):
                        case 0:
                            self._over.wait(SECONDS)
                        case 1:
                            accepted.sendall(b"\xff\xff" + truth)
                        case 2:
                            accepted.sendall(mangle.spoiled(self.chance, truth))
                        case 3:
                            accepted.sendall(len(truth).to_bytes(2, "big") + truth[:7])
                        case _:
                            accepted.sendall(len(truth).to_bytes(2, "big") + truth)


def _answer(
    query: dns.message.Message, says: dict[str, str], name: str = f"{NAME}."
) -> dns.message.Message:
    made = dns.message.make_response(query)
    kind = query.question[0].rdtype.name
    made.answer = [dns.rrset.from_text(name, 30, "IN", kind, says[kind])]
    return made


@dataclass
class Zone:
    """What Linode is said to have rendered."""

    lines: tuple[str, ...] = ()

    def zone_file(self, domain_id: int, budget: float) -> tuple[str, ...]:
        """The lines."""
        return self.lines


ZONE = (
    "$ORIGIN shop.test.", "$TTL 300", "@ IN SOA ns1.linode.com. admin.shop.test. 1 2 3 4 5",
    "@ NS ns1.linode.com.", "app 30 IN A 192.0.2.1", "app 30 IN AAAA 2001:db8::1",
)  # fmt: skip
LINES = (
    "$INCLUDE /etc/passwd", "$GENERATE 1-65535 h$ A 192.0.2.1", "app IN A 256.0.0.1",
    "app IN CNAME app", "( ( (", '"', "app 99999999999 IN A 192.0.2.1", "\\", "$ORIGIN .",
    "app IN TYPE1 \\# 4 c0000201", "*.app IN A 192.0.2.9", "$TTL", "; nothing", "app CH A 1",
)  # fmt: skip


def zone(chance: Random) -> tuple[str, ...]:
    """The lines of a zone file in which anything may stand."""
    lines = list(ZONE)
    for _ in range(chance.randint(0, 3)):
        line = chance.choice(LINES) if chance.random() < 0.7 else mangle.text(chance)
        lines.insert(chance.randrange(len(lines) + 1), line)
    if chance.random() < 0.2:
        lines = lines[chance.randrange(len(lines)) :]
    return tuple(lines)


@contextmanager
def looks() -> Iterator[Case]:
    """Looks of the witness at a zone file and a name server on loopback."""
    with Server() as server:

        def case(chance: Random) -> None:
            server.way, server.chance = chance.choice(WAYS), Random(chance.random())
            waits = server.way in (*DEAF, "truncated", "spoiled", "other name", "alias")
            budget = 0.05 if waits else BUDGET
            at = NameServer(HOST, server.port)
            witness = LinodeWitness(Zone(zone(chance)), (at,), time.monotonic, Threads())
            seen = witness.look(DOMAIN, 7, NAME, budget)
            _check(seen, server.way)

        yield case


def _check(seen: Evidence, way: str) -> None:
    (heard,) = seen.served
    for source in (seen.rendered, heard):
        for address in source.a | source.aaaa:
            ip_address(address)
    if way in DEAF:
        assert heard.said is not Said.ADDRESSES, heard
    if way in HEARD:
        assert (heard.a, heard.aaaa) == ({TRUTH["A"]}, {TRUTH["AAAA"]}), heard
