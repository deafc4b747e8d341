"""The prober against real servers on loopback: every way in which a probe can end."""

import contextlib
import gc
import gzip
import os
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from failover.adapters.http.prober import HttpProber
from failover.health.probe import Probe, Reason
from failover.settings.model import Addresses, Failback, Health, Mode, Region, Routing, Service
from local.tls import Authority
from tests.raw_server import FOR_EVER, Peer, RawServer, answer
from tests.support.builders import HEALTH, SHOP
from tests.support.waiting import LIMIT

NAME = "app.example.com"
HEALTHY = b'{"status":"healthy","region":"us-east-1"}'
REGION = Region("newark", "us-east-1", Addresses("127.0.0.1"))
# The timeout where a test waits for it. A server that drips would take many times as long.
SHORT = 0.6
DRIP = b" " * FOR_EVER


def service(port: int, **health: Any) -> Service:
    asked: dict[str, Any] = {
        "scheme": "http",
        "path": "/health",
        "status": frozenset({200}),
        "json": {"status": "healthy"},
        "timeout": LIMIT,
        "interval": 30.0,
        "confirm_interval": 15.0,
        "failure_threshold": 3,
        "clear_threshold": 3,
        "recovery_threshold": 6,
    }
    return Service(
        name="shop",
        domain="example.com",
        record=NAME,
        mode=Mode.ACT,
        routing=Routing.FAILOVER,
        ttl=30,
        failback=Failback.MANUAL,
        failback_after=600.0,
        flip_budget=4,
        rto_target=None,
        health=Health(port=port, **asked | health),
        regions=(REGION,),
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def prober(authority: Authority) -> HttpProber:
    return HttpProber(time.monotonic, str(authority.ca_file))


@pytest.fixture
def probe(prober: HttpProber) -> Callable[..., Probe]:
    """Probe a server that follows the script."""

    def run(
        script: Callable[[Peer], None], context: ssl.SSLContext | None = None, **health: Any
    ) -> Probe:
        if context:
            health = {"scheme": "https"} | health
        with RawServer(script, context) as server:
            return prober.probe(service(server.port, **health), REGION.aws_region, "127.0.0.1")

    return run


def after_request(data: bytes) -> Callable[[Peer], None]:
    """A server that reads the request, says this, and closes."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.say(data)

    return script


# What a good probe does


def test_a_healthy_answer_is_ok(probe: Callable[..., Probe]) -> None:
    result = probe(answer(HEALTHY))
    assert result.ok
    assert result.detail == ""
    assert result.took > 0


def test_the_request_names_the_record_and_the_product(prober: HttpProber) -> None:
    requests: list[bytes] = []

    def script(peer: Peer) -> None:
        requests.append(peer.request())

    with RawServer(script) as server:
        prober.probe(service(server.port), REGION.aws_region, "127.0.0.1")
    line, *headers = requests[0].decode().lower().split("\r\n")
    assert line == "get /health http/1.1"
    assert f"host: {NAME}:{server.port}" in headers
    assert "accept-encoding: identity" in headers
    assert "user-agent: linode-region-failover" in headers


def test_over_tls_the_record_is_the_name_that_is_asked_for_and_checked(
    probe: Callable[..., Probe], authority: Authority
) -> None:
    names: list[str] = []
    context = authority.server_context(NAME)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    assert probe(answer(HEALTHY), context).ok
    assert names == [NAME]


def test_an_ipv6_address_can_be_probed(prober: HttpProber) -> None:
    with RawServer(answer(HEALTHY), host="::1") as server:
        assert prober.probe(service(server.port), REGION.aws_region, "::1").ok


def test_each_probe_makes_a_connection_of_its_own(prober: HttpProber) -> None:
    def script(peer: Peer) -> None:
        while peer.request():  # would keep the connection for the next request
            peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(HEALTHY) + HEALTHY)

    with RawServer(script) as server:
        for _ in range(3):
            assert prober.probe(service(server.port), REGION.aws_region, "127.0.0.1").ok
    assert server.connections == 3


def test_neither_proxies_nor_netrc_of_the_environment_are_used(
    prober: HttpProber, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    requests: list[bytes] = []
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {NAME} login someone password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    def script(peer: Peer) -> None:
        requests.append(peer.request())
        peer.say(b"HTTP/1.1 200 OK\r\n\r\n" + HEALTHY)

    with RawServer(script) as server:
        assert prober.probe(service(server.port), REGION.aws_region, "127.0.0.1").ok
    assert b"authorization" not in requests[0].lower()


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        % (len(HEALTHY), HEALTHY),
        b"HTTP/1.0 200 OK\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" * 3
        + b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n"
        + HEALTHY,
        b"HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n" + HEALTHY + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\nContent-Length: 41\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41 , 41\r\n\r\n" + HEALTHY,
    ],
    ids=[
        "chunked",
        "until closed",
        "after 100 Continue",
        "after 103 Early Hints",
        "after 102 and 100",
        "identity",
        "the same Content-Length twice",
        "the same Content-Length as a list",
    ],
)
def test_every_framing_of_http_is_understood(probe: Callable[..., Probe], sent: bytes) -> None:
    assert probe(after_request(sent)).ok


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nContent-Length: 99\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99, 99\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a",
    ],
    ids=["lengths twice", "lengths in a list", "after a 103", "within a 103"],
)
def test_what_ends_too_soon_after_that_is_reset(probe: Callable[..., Probe], sent: bytes) -> None:
    assert probe(after_request(sent)).reason is Reason.RESET


def test_of_a_repeated_length_no_more_than_that_is_read(probe: Callable[..., Probe]) -> None:
    """Whoever keeps the connection open has answered all the same."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 41, 41\r\n\r\n" + HEALTHY)
        peer.hang()

    assert probe(script).ok


def test_a_change_of_protocols_is_no_answer(probe: Callable[..., Probe]) -> None:
    """What follows a 101 is not HTTP any more (RFC 9110, section 15.2.2)."""
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    result = probe(after_request(switched + b"HTTP/1.1 200 OK\r\n\r\n" + HEALTHY))
    assert result.reason is Reason.STATUS


def test_more_informational_responses_than_anybody_needs_are_protocol(
    probe: Callable[..., Probe],
) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100
    result = probe(after_request(hints + b"HTTP/1.1 200 OK\r\n\r\n" + HEALTHY))
    assert result.reason is Reason.PROTOCOL
    assert "informational" in result.detail


def test_any_allowed_status_is_good(probe: Callable[..., Probe]) -> None:
    moved = answer(HEALTHY, "302 Found", "Location: /elsewhere\r\n")
    assert probe(moved, status=frozenset({200, 302})).ok


# The connection cannot be made


def test_a_closed_port_is_refused(prober: HttpProber) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = prober.probe(service(port), REGION.aws_region, "127.0.0.1")
    assert result.reason is Reason.REFUSED
    assert "ConnectionRefusedError" in result.detail


@pytest.fixture
def full_queue() -> Iterator[int]:
    """The port of a listener that accepts nobody and whose queue is full: SYNs are dropped."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_no_answer_to_the_connection_is_connect_timeout(
    prober: HttpProber, full_queue: int
) -> None:
    result = prober.probe(service(full_queue, timeout=SHORT), REGION.aws_region, "127.0.0.1")
    assert result.reason is Reason.CONNECT_TIMEOUT


# TLS


def test_a_certificate_for_another_name_is_tls(
    probe: Callable[..., Probe], authority: Authority
) -> None:
    result = probe(answer(HEALTHY), authority.server_context("other.example.com"))
    assert result.reason is Reason.TLS
    assert "app.example.com" in result.detail


def test_a_name_only_in_the_common_name_is_tls_as_in_browsers(
    probe: Callable[..., Probe], authority: Authority
) -> None:
    result = probe(answer(HEALTHY), authority.server_context(NAME, common_name_only=True))
    assert result.reason is Reason.TLS
    assert NAME in result.detail


def test_an_expired_certificate_is_tls(probe: Callable[..., Probe], authority: Authority) -> None:
    result = probe(answer(HEALTHY), authority.server_context(NAME, expired=True))
    assert result.reason is Reason.TLS
    assert "expired" in result.detail


def self_signed(name: str, folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    both = folder / "self-signed.pem"
    both.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


def test_a_self_signed_certificate_is_tls(probe: Callable[..., Probe], tmp_path: Path) -> None:
    result = probe(answer(HEALTHY), self_signed(NAME, tmp_path))
    assert result.reason is Reason.TLS
    assert "self-signed" in result.detail


def test_an_authority_that_nobody_added_is_not_trusted(authority: Authority) -> None:
    with RawServer(answer(HEALTHY), authority.server_context(NAME)) as server:
        result = HttpProber(time.monotonic).probe(
            service(server.port, scheme="https"), REGION.aws_region, "127.0.0.1"
        )
    assert result.reason is Reason.TLS


@pytest.mark.parametrize(
    "sent",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28"],
    ids=["plain HTTP on the port", "handshake refused"],
)
def test_no_handshake_is_tls(probe: Callable[..., Probe], sent: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.sock.recv(4096)
        peer.say(sent)
        peer.sock.recv(4096)

    assert probe(script, scheme="https").reason is Reason.TLS


# The time runs out


def test_silence_after_the_connection_is_deadline(probe: Callable[..., Probe]) -> None:
    assert probe(Peer.hang, timeout=SHORT).reason is Reason.DEADLINE


def test_a_silent_handshake_is_deadline(probe: Callable[..., Probe]) -> None:
    assert probe(Peer.hang, timeout=SHORT, scheme="https").reason is Reason.DEADLINE


def dripping_handshake(peer: Peer) -> None:
    peer.drip(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03" + DRIP)


def dripping_headers(peer: Peer) -> None:
    peer.request()
    peer.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + DRIP)


def dripping_body(peer: Peer) -> None:
    peer.request()
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n")
    peer.drip(DRIP)


def dripping_chunks(peer: Peer) -> None:
    peer.request()
    peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.drip(b"1\r\n \r\n" * FOR_EVER)


@pytest.mark.parametrize(
    ("script", "scheme"),
    [
        (dripping_handshake, "https"),
        (dripping_headers, "http"),
        (dripping_body, "http"),
        (dripping_chunks, "http"),
    ],
)
def test_a_dripping_server_cannot_stretch_the_deadline(
    probe: Callable[..., Probe], script: Callable[[Peer], None], scheme: str
) -> None:
    result = probe(script, timeout=SHORT, scheme=scheme)
    assert result.reason is Reason.DEADLINE


def dripping_record(peer: Peer) -> None:
    """Within one TLS record, one read of the client's is many reads of its socket."""
    peer.request()
    with socket.socket(fileno=os.dup(peer.sock.fileno())) as beneath:
        Peer(beneath, peer.closing).drip(b"\x17\x03\x03\x3f\xff" + DRIP)


@pytest.mark.parametrize(
    "script", [dripping_headers, dripping_body, dripping_chunks, dripping_record]
)
def test_nor_can_it_within_tls(
    probe: Callable[..., Probe], authority: Authority, script: Callable[[Peer], None]
) -> None:
    result = probe(script, authority.server_context(NAME), timeout=SHORT)
    assert result.reason is Reason.DEADLINE


# The peer goes away


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Cut",
        b"HTTP/1.1 200 OK\r\nX-Whole: 1\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
    ids=["at once", "in a header", "between headers", "in the body", "in a chunk", "no last chunk"],
)
def test_closed_before_the_end_is_reset(probe: Callable[..., Probe], said: bytes) -> None:
    assert probe(after_request(said)).reason is Reason.RESET


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])
def test_a_connection_that_is_reset_is_reset(probe: Callable[..., Probe], said: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.say(said)
        peer.reset()

    assert probe(script).reason is Reason.RESET


@pytest.mark.parametrize("how", [lambda peer: peer.sock.recv(4096), Peer.reset])
def test_closed_within_the_handshake_is_reset(
    probe: Callable[..., Probe], how: Callable[[Peer], None]
) -> None:
    assert probe(how, scheme="https").reason is Reason.RESET


# It is not HTTP, or not in measure


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 healthy\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\nContent-Length: 2\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41, 2\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41,\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41;41\r\n\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + HEALTHY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n" + HEALTHY,
    ],
    ids=[
        "another protocol",
        "HTTP/2",
        "no status",
        "binary",
        "too many headers",
        "too long a header",
        "Content-Length is a word",
        "Content-Length is negative",
        "two Content-Lengths",
        "two in a list",
        "a list with a gap",
        "no list",
        "a broken chunk",
        "a negative chunk",
    ],
)
def test_what_is_not_http_is_protocol(probe: Callable[..., Probe], said: bytes) -> None:
    assert probe(after_request(said)).reason is Reason.PROTOCOL


def test_a_compressed_answer_is_protocol_and_is_not_unpacked(probe: Callable[..., Probe]) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    result = probe(answer(bomb, headers="Content-Encoding: gzip\r\n"))
    assert result.reason is Reason.PROTOCOL
    assert "gzip" in result.detail


@pytest.mark.parametrize("line", [b"X: " + b"a" * 60_000 + b"\r\n", b"HTTP/1.1 100 Go on\r\n\r\n"])
def test_headers_without_end_are_protocol(probe: Callable[..., Probe], line: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        if not line.startswith(b"HTTP"):
            peer.say(b"HTTP/1.1 200 OK\r\n")
        peer.flood(line)

    assert probe(script).reason is Reason.PROTOCOL


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"\r\n", b"a" * 4096),
        (b"Content-Length: 1000000000\r\n\r\n", b"a" * 4096),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"a" * 4096 + b"\r\n"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"a" * 4096 + b"\r\na\r\n"),
        (b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"a" * 4096),
    ],
    ids=["until closed", "by length", "chunked", "chunks with extensions", "a chunk of -1"],
)
def test_a_body_without_end_is_too_large(
    probe: Callable[..., Probe], head: bytes, body: bytes
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.say(b"HTTP/1.1 200 OK\r\n" + head)
        peer.flood(body)

    assert probe(script).reason is Reason.TOO_LARGE


def test_a_body_of_exactly_the_limit_is_read(probe: Callable[..., Probe]) -> None:
    assert probe(answer(HEALTHY.ljust(65536))).ok
    assert probe(answer(HEALTHY.ljust(65537))).reason is Reason.TOO_LARGE


# It is an answer, but not the one that was asked for


def test_another_status_is_status_and_its_body_is_not_waited_for(
    probe: Callable[..., Probe],
) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.say(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4096\r\n\r\n")
        peer.hang()

    result = probe(script)
    assert result.reason is Reason.STATUS
    assert result.detail == "503, expected 200"


def test_a_redirect_is_reported_and_not_followed(probe: Callable[..., Probe]) -> None:
    with RawServer(answer(HEALTHY)) as elsewhere:
        location = f"Location: http://127.0.0.1:{elsewhere.port}/health\r\n"
        result = probe(answer(b"", "301 Moved Permanently", location))
    assert result.reason is Reason.REDIRECT
    assert str(elsewhere.port) in result.detail
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"OK", Reason.NOT_JSON),
        (b'{"status":"unhealthy","message":"table"}', Reason.BODY),
        (b'{"status":"healthy","region":"eu-west-1"}', Reason.WRONG_REGION),
    ],
)
def test_the_body_is_judged(probe: Callable[..., Probe], body: bytes, reason: Reason) -> None:
    assert probe(answer(body)).reason is reason


# Whatever it is


def test_what_the_server_sends_is_short_and_printable_in_the_detail(
    probe: Callable[..., Probe],
) -> None:
    nasty = b"\x1b[2J\x00\x85" + "\N{RIGHT-TO-LEFT OVERRIDE}".encode() * 500
    for said in (
        nasty + b"\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: " + nasty + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + nasty + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + nasty + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + nasty,
    ):
        detail = probe(after_request(said)).detail
        assert 0 < len(detail) <= 200
        assert all(" " <= character <= "~" for character in detail)


@pytest.mark.parametrize(
    "said",
    [
        b"west is unhealthy; bad status\r\n",
        b"HTTP/1.1 west is unhealthy;\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: west is unhealthy;\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: west is unhealthy;\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: west is unhealthy;\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwest is unhealthy;\r\n",
    ],
    ids=["no HTTP", "status", "length", "lengths", "location", "chunk"],
)
def test_what_the_server_sends_stands_in_quotes(probe: Callable[..., Probe], said: bytes) -> None:
    """Otherwise it could pass for a sentence of ours in an alert."""
    detail = probe(after_request(said)).detail
    assert detail
    outside = re.sub('"[^"]*"', "", detail)
    assert "west" not in outside
    assert ";" not in outside


def test_a_malformed_header_is_not_repeated_in_the_log(
    probe: Callable[..., Probe], caplog: pytest.LogCaptureFixture
) -> None:
    probe(after_request(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n" + HEALTHY))
    assert caplog.text == ""


def test_a_mangled_answer_always_gives_a_result(prober: HttpProber) -> None:
    """Good answers with bytes changed, lost and doubled, the same ones in each run."""
    chance = random.Random(20261123)
    good = [
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-A: b\r\n\r\n" % len(HEALTHY) + HEALTHY,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n%b\r\n0\r\n\r\n" % HEALTHY,
    ]

    def mangled() -> bytes:
        data = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            match chance.randrange(3):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    del data[at : at + chance.randint(1, 20)]
                case _:
                    data[at:at] = data[at : at + chance.randint(1, 20)]
        return bytes(data)

    def script(peer: Peer) -> None:
        after_request(mangled())(peer)

    with RawServer(script) as server:
        asked = service(server.port)
        results = [prober.probe(asked, REGION.aws_region, "127.0.0.1") for _ in range(400)]
    assert {result.reason for result in results} > {None, Reason.PROTOCOL, Reason.RESET}


@pytest.mark.parametrize("head", ["Content-Length: 3\r\nContent-Length: 4", "Content-Length: many"])
def test_an_answer_that_is_given_up_leaves_no_connection_open(head: str) -> None:
    """One for each probe, until the garbage collector comes by."""
    health = replace(HEALTH, scheme="http", timeout=LIMIT)
    with RawServer(answer(b"", headers=f"{head}\r\n")) as server:
        asked = replace(SHOP, health=replace(health, port=server.port))
        gc.disable()
        try:
            found = HttpProber(time.monotonic).probe(asked, "us-east-1", "127.0.0.1")
            sockets = [o for o in gc.get_objects() if isinstance(o, socket.socket)]
            left = [s for s in sockets if s.fileno() >= 0 and connected_to(s) == server.port]
        finally:
            gc.enable()
    assert found.reason is Reason.PROTOCOL
    assert not left


def connected_to(sock: socket.socket) -> int | None:
    """The port at the other end, where that is an address of the Internet."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        return int(sock.getpeername()[1])
    except OSError:
        return None
