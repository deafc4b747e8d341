"""What the Linode API, or whoever stands in its way, can answer."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from failover.adapters.linode import answers
from failover.adapters.linode.api import Api
from failover.adapters.linode.balancers import LinodeBalancers
from failover.adapters.linode.dns import LinodeDns
from failover.errors import DnsRefused, DnsUnavailable
from failover.health.probe import Reason
from failover.publication.proof import Evidence, Heard, Said
from failover.zone.records import Family, Record, Written, Zone
from local.linode import LinodeEmulator
from local.linode_api import PREFIX
from local.linode_token import new_secret
from local.linode_wire import Reply, Request
from tests.hostile import mangle, stage
from tests.hostile.runner import Case
from tests.raw_server import Peer, RawServer
from tests.support.tokens import KnownToken

DOMAIN = "shop.test"
DOMAINS_OF_THE_STAGE = tuple(service.domain for service in (stage.PREY, stage.SHOP))
MOST_MESSAGE = 1500
MOST_REQUESTS = 60
LARGEST = 2**53

RECORD = {
    "id": 101, "type": "A", "name": "app", "target": "192.0.2.1", "priority": 0, "weight": 0,
    "port": 0, "service": None, "protocol": None, "ttl_sec": 30, "tag": None,
    "created": "2026-01-01T00:00:00", "updated": "2026-01-01T00:00:00",
}  # fmt: skip
RECORDS = (
    RECORD,
    {**RECORD, "id": 102, "type": "AAAA", "target": "2001:db8::1"},
    {**RECORD, "id": 103, "name": "www", "type": "CNAME", "target": "app.shop.test"},
    {**RECORD, "id": 104, "name": "app.shop.test"},
)
BALANCER = {
    "id": 7, "label": "lb-us-east", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
    "region": "us-east", "hostname": "nb-7.ip.linodeusercontent.com", "tags": [], "transfer": {},
}  # fmt: skip


def page_of(*items: object) -> dict[str, object]:
    """A page of a listing, as it should be."""
    return {"data": list(items), "page": 1, "pages": 1, "results": len(items)}


LISTING = page_of(*RECORDS)
DOMAINS = page_of({"id": 7, "domain": DOMAIN, "type": "master", "status": "active"})
ZONE_FILE = {"zone_file": ["$ORIGIN shop.test.", "$TTL 300", "app 30 IN A 192.0.2.1"]}


def assert_sound(record: Record) -> None:
    """A record that can be kept in an item and shown to a person."""
    assert 0 <= record.id <= LARGEST
    assert 0 <= record.ttl <= LARGEST
    for text in (record.name, record.type, record.address):
        assert len(text) <= 300, len(text)
        assert all(" " <= character <= "~" for character in text), ascii(text)


@contextmanager
def values() -> Iterator[Case]:
    """JSON values that come instead of what was asked for."""

    def case(chance: Random) -> None:
        good = chance.choice((LISTING, DOMAINS, ZONE_FILE, RECORD, page_of(BALANCER)))
        value = mangle.mangled(chance, good)
        with suppress(answers.Unusable):
            listed = answers.listed_domain(value, DOMAIN)
            assert listed is None or 0 <= listed.id <= LARGEST
        with suppress(answers.Unusable):
            assert_sound(answers.record(value, DOMAIN))
        with suppress(answers.Unusable):
            for line in answers.zone_file(value):
                assert isinstance(line, str)
        with suppress(answers.Unusable):
            pages = (answers.page(value),)
            with suppress(answers.Unusable):
                for record in answers.records(pages, DOMAIN):
                    assert_sound(record)
            with suppress(answers.Unusable):
                for balancer in answers.balancers(pages):
                    assert len(balancer.label) <= 300

    yield case


class Clock:
    """Stands still but for sleeps: what it costs to wait is counted, and nobody waits."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def now(self) -> float:
        """Unix time in seconds."""
        return self.time

    def monotonic(self) -> float:
        """The same."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


def reply(chance: Random, body: bytes, secret: str) -> bytes:
    """One HTTP answer with this body, or something like it."""
    status = chance.choices(
        (b"200 OK", b"400 Bad", b"401 No", b"403 No", b"404 No", b"429 Slow", b"500 Oh", b"503 Off",
         b"302 There", b"204 None", b"200 " + secret.encode(), b"999 What"),
        (60, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3),
    )[0]  # fmt: skip
    if not status.startswith(b"200") and chance.random() < 0.7:
        errors: Any = [{"reason": f"Invalid Token {secret}", "field": secret}]
        body = mangle.as_json(chance, mangle.mangled(chance, {"errors": errors}))
    headers = [
        chance.choice((
            b"Retry-After: 1", b"Retry-After: 999999999", b"Retry-After: \xff",
            b"X-A: " + secret.encode(),
            b"X-Maintenance-Mode: Yes", b"Content-Encoding: gzip", b"Location: http://127.0.0.1:1/",
            b"Content-Type: text/html",
        ))
        for _ in range(chance.choice((0, 0, 1, 2)))
    ]  # fmt: skip
    if chance.random() < 0.9:
        headers.append(b"Content-Length: %d" % len(body))
    whole = b"\r\n".join((b"HTTP/1.1 " + status, *headers, b"", body))
    return mangle.spoiled(chance, whole) if chance.random() < 0.15 else whole


def said(chance: Random, method: str, path: str, secret: str) -> bytes:
    """What a hostile API answers to one request."""
    if _ends_with(path, "/zone-file"):
        good: Any = ZONE_FILE
    elif _ends_with(path, "/records"):
        good = RECORD if method == "POST" else LISTING
    elif "/records/" in path:
        good = RECORD
    else:
        good = page_of(BALANCER) if "nodebalancers" in path else DOMAINS
    if chance.random() < 0.5:
        good = mangle.mangled(chance, good)
    if chance.random() < 0.1:
        good = {**RECORD, "target": secret, "name": secret}
    return reply(chance, mangle.as_json(chance, good), secret)


def _ends_with(path: str, end: str) -> bool:
    """Whether the path without its query ends so."""
    return path.partition("?")[0].endswith(end)


@contextmanager
def calls() -> Iterator[Case]:
    """Every call of the Dns and Balancers ports against a server on loopback."""
    current: list[tuple[Random, list[str]]] = []
    secret = new_secret()

    def serve(peer: Peer) -> None:
        chance, asked = current[-1]
        request = peer.request().decode("latin-1")
        if request:  # or else the client has gone away
            method, path, _ = request.split(" ", 2)
            asked.append(method)
            peer.say(said(chance, method, path, secret))

    with RawServer(serve) as server:

        def case(chance: Random) -> None:
            clock, asked = Clock(), []
            current[:] = [(Random(chance.random()), asked)]
            url = f"http://127.0.0.1:{server.port}/v4"
            dns = LinodeDns(url, KnownToken(secret), clock, clock.sleep)
            balancers = LinodeBalancers(Api(url, KnownToken(secret), clock.monotonic, clock.sleep))
            whole: dict[str, Callable[[], object]] = {
                "list": lambda: dns.list(DOMAIN, 2.0),
                "get": lambda: dns.get(7, 101, 2.0),
                "update": lambda: dns.update(7, 101, 8.0, address="192.0.2.2", ttl=30),
                "create": lambda: dns.create(7, "app", Family.A, "192.0.2.2", 30, 8.0),
                "zone_file": lambda: dns.zone_file(7, 1.5),
                "balancers": lambda: balancers.list(10.0),
            }
            name = chance.choice(list(whole))
            try:
                found = whole[name]()
            except (DnsUnavailable, DnsRefused) as refused:
                told = str(refused)
                assert secret not in told
                assert len(told) <= MOST_MESSAGE, len(told)
                assert all(" " <= character <= "~" for character in told), ascii(told)
            else:
                _check(name, found)
            assert len(asked) <= MOST_REQUESTS
            assert asked.count("POST") <= 1

        yield case


def _check(name: str, found: object) -> None:
    if isinstance(found, Zone):
        assert 0 <= found.domain_id <= LARGEST
        for record in found.records:
            assert_sound(record)
    if isinstance(found, Written | Record):
        record = found.record if isinstance(found, Written) else found
        assert_sound(record)
        assert name == "create" or record.id == 101


class Silent:
    """A witness that has nothing to say: what was published is looked for again and again."""

    def look(
        self, domain: str, domain_id: int, record: str, budget: float, max_age: float = 0.0
    ) -> Evidence:
        """Nothing is heard."""
        silent = Heard("ns1", said=Said.SILENT)
        return Evidence(silent, (silent,))


@contextmanager
def ticks() -> Iterator[Case]:
    """Two ticks with a hostile API, then one with an honest one: the names end where they must."""
    current: list[tuple[Random, LinodeEmulator, list[bool]]] = []

    def serve(peer: Peer) -> None:
        chance, linode, honest = current[-1]
        request = _request(peer)
        if request.method != "GET" and not honest[0] and chance.random() < 0.3:
            peer.say(reply(chance, b"", linode.token))
            return
        answer = linode._api.answer(request)
        if not honest[0] and chance.random() < 0.4:
            with suppress(ValueError):
                value = mangle.mangled(chance, json.loads(answer.body))
                peer.say(reply(chance, mangle.as_json(chance, value), linode.token))
                return
        peer.say(_plainly(answer))

    with RawServer(serve) as server:

        def case(chance: Random) -> None:
            scene = stage.Stage()
            scene.prober.down[stage.EAST.ipv4] = Reason.REFUSED
            linode, honest = LinodeEmulator(), [False]
            for domain in DOMAINS_OF_THE_STAGE:
                linode.add_domain(domain)
            for record in scene.dns.records.values():
                domain = f"{record.name}.test" if record.name == "prey" else DOMAIN
                linode.add_record(domain, record.name, record.type, record.address, ttl_sec=30)
            current[:] = [(Random(chance.random()), linode, honest)]
            url = f"http://127.0.0.1:{server.port}/v4"
            dns = LinodeDns(url, KnownToken(linode.token), scene.hub, scene.hub.sleep)
            scene.ticks(2, dns=dns, witness=Silent())
            _take_over_records(scene, linode)
            scene.assert_nothing_wrong()
            honest[0] = True
            scene.ticks(2, dns=dns, witness=Silent())
            _take_over_records(scene, linode)
            scene.assert_unharmed()
            assert linode.token not in repr(scene.telemetry)
            assert linode.token not in repr(scene.store)

        yield case


def _take_over_records(scene: stage.Stage, linode: LinodeEmulator) -> None:
    """Let the scene's own zone show what the account's says."""
    listed = [record for domain in DOMAINS_OF_THE_STAGE for record in linode.records(domain)]
    found = [Record(r["id"], r["name"], r["type"], r["target"], r["ttl_sec"]) for r in listed]
    scene.dns.records = {record.id: record for record in found}
    scene.neighbour = next(record.id for record in found if record.name == "www")


def _request(peer: Peer) -> Request:
    head, _, body = peer.request().partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    headers = {name.lower(): value for name, _, value in (h.partition(": ") for h in rest)}
    missing = int(headers.get("content-length", 0)) - len(body)
    while missing > 0:
        piece = peer.sock.recv(missing)
        body, missing = body + piece, missing - len(piece)
    url = urlsplit(target)
    query = dict(parse_qsl(url.query))
    return Request(method, url.path.removeprefix(PREFIX), query, headers, body, math.inf)


def _plainly(answer: Reply) -> bytes:
    head = f"HTTP/1.1 {answer.status} X\r\nContent-Length: {len(answer.body)}\r\n\r\n"
    return head.encode() + answer.body
