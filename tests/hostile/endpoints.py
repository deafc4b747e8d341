"""What a health endpoint can do to its prober: on the wire, in TLS, and in the body."""

import gzip
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from ssl import SSLContext

from failover.adapters.http.prober import HttpProber
from failover.health.answer import body_fault, head_fault
from failover.health.probe import Probe, Reason
from failover.settings.model import Service
from local.tls import Authority
from tests.hostile import mangle, stage
from tests.hostile.runner import Case
from tests.raw_server import Peer, RawServer
from tests.support.builders import HEALTH, SHOP

HEALTHY = b'{"status":"healthy","region":"us-east-1"}'
NAME = SHOP.record

BOMB = gzip.compress(b"\0" * 20_000_000)


def assert_fit_for_people(detail: str) -> None:
    """Short printable ASCII."""
    assert len(detail) <= 200, len(detail)
    assert all(" " <= character <= "~" for character in detail), ascii(detail)


@contextmanager
def bodies() -> Iterator[Case]:
    """Heads and bodies, judged in process."""
    good = json.loads(HEALTHY)

    def case(chance: Random) -> None:
        value = mangle.mangled(chance, good) if chance.random() < 0.7 else mangle.junk(chance)
        body = mangle.as_json(chance, value)[:200_000]
        fault = body_fault(HEALTH, "us-east-1", body)
        headers = {
            "location": mangle.text(chance),
            "content-encoding": chance.choice(("", "identity", "gzip", mangle.text(chance))),
        }
        status = chance.choice((200, 204, 302, 503, -1, 10**20))
        for found in (fault, head_fault(HEALTH, status, headers)):
            if found:
                assert_fit_for_people(found.detail)
        if fault is None:
            said = json.loads(body)
            assert said["status"] == "healthy"
            assert said.get("region", "us-east-1") == "us-east-1" or not isinstance(
                said["region"], str
            )

    yield case


@dataclass
class Contexts:
    """The certificates that a region may show."""

    good: SSLContext
    bad: tuple[SSLContext, ...]


@contextmanager
def certificates() -> Iterator[tuple[Path, Contexts]]:
    """An authority, a good certificate, and those for another name, expired and of a stranger."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        authority, stranger = Authority(Path(ours)), Authority(Path(theirs))
        good = authority.server_context(NAME)
        bad = (
            authority.server_context("other.shop.test"),
            authority.server_context(NAME, expired=True),
            stranger.server_context(NAME),
        )
        yield authority.ca_file, Contexts(good, bad)


@dataclass
class Act:
    """What the server does with one connection: say this, then end in this way."""

    said: bytes
    ending: str
    context: SSLContext | None = None
    before: bytes = b""

    @property
    def waits(self) -> bool:
        """Whether the probe can only end by its deadline."""
        return self.ending in ("stall", "drip") or self.before == b"stall"

    def run(self, peer: Peer, over: threading.Event) -> None:
        """Do it, until the case is over."""
        if self.before == b"stall":
            over.wait()
            return
        if self.before:
            peer.say(self.before)
        if self.context:
            peer = Peer(self.context.wrap_socket(peer.sock, server_side=True), over)
        with peer.sock:
            peer.request()
            peer.say(self.said)
            match self.ending:
                case "reset":
                    peer.reset()
                case "stall":
                    over.wait()
                case "drip":
                    Peer(peer.sock, over).drip(b"x" * 100, 0.01)
                case "flood":
                    Peer(peer.sock, over).flood(self.said[-4096:] or b"x" * 4096)


def answered(chance: Random) -> bytes:
    """An answer in every state from good to nonsense."""
    body = HEALTHY
    if chance.random() < 0.4:
        body = mangle.as_json(chance, mangle.mangled(chance, json.loads(HEALTHY)))
    head = chance.choice((b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 503 No", b"HTTP/9 1"))
    headers = [chance.choice(_HEADERS)(chance) for _ in range(chance.randint(0, 3))]
    match chance.randrange(6):
        case 0:
            headers.append(b"Transfer-Encoding: chunked")
            body = _chunked(chance, body)
        case 1:
            headers += [b"Content-Encoding: gzip", b"Content-Length: %d" % len(BOMB)]
            body = BOMB
        case 2:
            pass  # until it is closed
        case _:
            headers.append(b"Content-Length: %d" % len(body))
    whole = b"\r\n".join((head, *headers, b"", body))
    return mangle.spoiled(chance, whole) if chance.random() < 0.4 else whole


def _chunked(chance: Random, body: bytes) -> bytes:
    sizes = (
        b"%x" % len(body),
        b"-1",
        b"ffffffffffffffff",
        b"zz",
        b"",
        b"0",
        b"%x;ext=\x00" % len(body),
    )
    size = chance.choice(sizes) if chance.random() < 0.5 else sizes[0]
    return (
        size + b"\r\n" + body + b"\r\n" + chance.choice((b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b""))
    )


_HEADERS: tuple[Callable[[Random], bytes], ...] = (
    lambda chance: b"X-A: " + mangle.text(chance).encode("utf-8", "surrogatepass")[:100_000],
    lambda chance: b"X: y\r\n" * chance.choice((1, 99, 101, 5_000)) + b"X: z",
    lambda chance: b"Content-Length: " + str(mangle.number(chance)).encode()[:500],
    lambda _: b"Content-Length: 3\r\nContent-Length: 4",
    lambda _: b"Transfer-Encoding: gzip, chunked",
    lambda _: b"no colon",
    lambda _: b" folded: yes",
    lambda _: b"Location: http://127.0.0.1:1/",
    lambda _: b"\x00\xff: \x80",
    lambda _: b"Connection: keep-alive\r\nUpgrade: h2c",
)


def act(chance: Random, contexts: Contexts) -> tuple[Act, str]:
    """One connection and the scheme under which it is probed."""
    ending = chance.choices(("close", "reset", "stall", "drip", "flood"), (80, 8, 4, 4, 4))[0]
    script = Act(answered(chance), ending)
    if chance.random() < 0.8:
        return script, "http"
    match chance.randrange(5):
        case 0:
            script.context = chance.choice(contexts.bad)
        case 1:
            script.before = chance.choice(
                (
                    b"stall",
                    b"\x15\x03\x03\x00\x02\x02\x28",
                    b"\x16\x03\x03\xff\xff" + b"\0" * 99,
                    b"no",
                )
            )
        case 2:
            pass  # plain text where TLS is asked for
        case _:
            script.context = contexts.good
    return script, "https"


@contextmanager
def probes() -> Iterator[Case]:
    """Probes of a server on loopback."""
    current: list[tuple[Act, threading.Event]] = []

    def serve(peer: Peer) -> None:
        script, over = current[-1]
        script.run(peer, over)

    with certificates() as (ca_file, contexts), RawServer(serve) as server:
        prober = HttpProber(time.monotonic, str(ca_file))

        def case(chance: Random) -> None:
            script, scheme = act(chance, contexts)
            over = threading.Event()
            current[:] = [(script, over)]
            timeout = 0.08 if script.waits else 0.3
            health = replace(HEALTH, scheme=scheme, port=server.port, timeout=timeout)
            try:
                found = prober.probe(replace(SHOP, health=health), "us-east-1", "127.0.0.1")
            finally:
                over.set()
            assert found.reason is None or found.reason in Reason
            assert_fit_for_people(found.detail)
            if found.ok:
                assert b"healthy" in script.said.replace(b"\0", b"")  # in UTF-16 it is as well
                assert scheme == "http" or script.context is contexts.good

        yield case


@dataclass
class OneOrTheOther:
    """Probes the service of this name over the wire, and all others as told."""

    name: str
    wire: HttpProber
    told: Callable[[Service, str | None, str], Probe]

    def probe(self, service: Service, aws_region: str | None, address: str) -> Probe:
        """One probe."""
        prober = self.wire.probe if service.name == self.name else self.told
        return prober(service, aws_region, address)

    def reachable(self, url: str, budget: float) -> bool:
        """The references answer."""
        return True


@contextmanager
def ticks() -> Iterator[Case]:
    """Whole ticks: one region of one service is hostile, in each probe in another way."""
    current: list[tuple[Random, threading.Event]] = []

    def hostile(peer: Peer) -> None:
        chance, over = current[-1]
        script = Act(answered(chance), chance.choice(("close", "close", "reset", "flood")))
        script.run(peer, over)

    east, west = (region.addresses.ipv4 for region in stage.PREY.regions)
    with RawServer(hostile, host=east) as server, RawServer(healthy, host=west, port=server.port):
        health = replace(HEALTH, scheme="http", port=server.port, timeout=2.0)
        prey = replace(stage.PREY, health=health)

        def case(chance: Random) -> None:
            scene = stage.Stage(prey)
            scene.prober.down[stage.EAST.ipv4] = Reason.REFUSED
            wire = HttpProber(scene.hub.monotonic)
            over = threading.Event()
            current[:] = [(Random(chance.random()), over)]
            try:
                prober = OneOrTheOther("prey", wire, scene.prober.probe)
                scene.ticks(1, prober=prober)
            finally:
                over.set()
            scene.assert_unharmed()
            for facts in scene.telemetry.told("probe_failed"):
                assert_fit_for_people(str(facts["detail"]))

        yield case


def healthy(peer: Peer) -> None:
    """A region as it should be."""
    peer.request()
    body = b'{"status":"healthy","region":"us-west-2"}'
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
