"""What probes send besides their own headers: to real servers, secrets from a store of ours."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from failover import wiring
from failover.adapters.http.prober import HttpProber
from failover.errors import TokenUnavailable
from failover.health.probe import Probe, Reason
from failover.settings.model import Service
from local.aws import AwsServer
from local.linode_token import new_secret
from local.tls import Authority
from tests.raw_server import Peer, RawServer, answer
from tests.support.builders import SHOP
from tests.support.settings_file import HEALTH, good, having, toml

HEALTHY = b'{"status":"healthy"}'
PARAMETER = "/failover/probe/gate-key"
GATED = {"secret_headers": {"X-Gate-Key": PARAMETER}}


@dataclass
class Kept:
    """A secret as a container keeps it. `stored` is what a fresh read finds."""

    secret: str | None
    stored: str = ""
    refused: list[str] = field(default_factory=list)

    def current(self) -> str:
        if self.secret is None:
            raise TokenUnavailable(f"{PARAMETER} cannot be read")
        return self.secret

    def fresh(self, refused: str) -> str:
        self.refused.append(refused)
        self.secret = self.stored
        return self.current()


def service(port: int, **health: Any) -> Service:
    asked = {"scheme": "http", "port": port, "json": {}, "timeout": 10.0} | health
    return replace(SHOP, health=replace(SHOP.health, **asked))


def probed(server: RawServer, kept: Kept | None = None, **health: Any) -> Probe:
    secrets = {PARAMETER: kept} if kept else {}
    return HttpProber(time.monotonic, secrets=secrets).probe(
        service(server.port, **health), None, "127.0.0.1"
    )


@contextmanager
def listening(says: bytes = b"HTTP/1.1 200 OK\r\n\r\n{}") -> Iterator[tuple[RawServer, list[str]]]:
    """A server that answers so, and the lines of what it was asked."""
    lines: list[str] = []

    def script(peer: Peer) -> None:
        lines.extend(peer.request().decode().split("\r\n"))
        peer.say(says)

    with RawServer(script) as server:
        yield server, lines


def test_the_headers_of_the_settings_arrive_beside_those_of_the_probe() -> None:
    with listening() as (server, lines):
        assert probed(server, headers={"X-Monitor": "failover, of ours"}).ok
    assert "X-Monitor: failover, of ours" in lines
    assert "User-Agent: linode-region-failover" in lines


def test_a_secret_header_arrives_with_its_value() -> None:
    kept = Kept(new_secret())
    with listening() as (server, lines):
        assert probed(server, kept, **GATED).ok
    arrived = f"X-Gate-Key: {kept.secret}" in lines  # the report of a failure must not show it
    assert arrived


def test_host_is_the_host_header() -> None:
    with listening() as (server, lines):
        assert probed(server, host="internal.shop.test").ok
    assert f"Host: internal.shop.test:{server.port}" in lines


def test_tls_goes_by_the_name_that_users_visit_whatever_the_host(tmp_path: Any) -> None:
    authority = Authority(tmp_path)
    asked: list[str] = []
    prober = HttpProber(time.monotonic, str(authority.ca_file))

    def outcome(certified: str) -> Probe:
        context = authority.server_context(certified)
        context.sni_callback = lambda _sock, name, _context: asked.append(name)
        with RawServer(answer(HEALTHY), context) as server:
            its = service(server.port, scheme="https", host="internal.shop.test")
            return prober.probe(its, None, "127.0.0.1")

    assert outcome(SHOP.record).ok
    assert outcome("internal.shop.test").reason is Reason.TLS
    assert asked == [SHOP.record] * 2


def test_a_probe_without_its_secret_is_not_sent_and_blames_nobody() -> None:
    with listening() as (server, lines):
        found = probed(server, Kept(None), **GATED)
    assert (found.reason, found.detail) == (Reason.UNSENT, f"{PARAMETER} cannot be read")
    assert lines == []


@pytest.mark.parametrize("status", [b"401 Unauthorized", b"403 Forbidden"])
def test_a_refused_secret_is_read_again_for_the_next_probe(status: bytes) -> None:
    old, new = new_secret(), new_secret()
    kept = Kept(old, stored=new)
    with listening(b"HTTP/1.1 %b\r\n\r\n" % status) as (server, lines):
        assert probed(server, kept, **GATED).reason is Reason.STATUS
        assert probed(server, kept, **GATED).reason is Reason.STATUS
    values = [line.removeprefix("X-Gate-Key: ") for line in lines if "X-Gate-Key" in line]
    in_turn, read_again = values == [old, new], kept.refused == [old, new]
    assert in_turn
    assert read_again


def test_another_failure_reads_no_secret_again() -> None:
    kept = Kept(new_secret())
    with listening(b"HTTP/1.1 503 Unavailable\r\n\r\n") as (server, _):
        assert probed(server, kept, **GATED).reason is Reason.STATUS
    assert kept.refused == []


REPEATED = {
    "as it is": "{}",
    "cut off": "padding of some length {}",
    "in capitals": "KEY {}",
    "twice": "{0} {0}",
}


@pytest.mark.parametrize("where", ["Location", "body", "value", "header"])
@pytest.mark.parametrize("how", REPEATED, ids=str)
def test_a_server_that_repeats_the_secret_cannot_make_the_monitor_tell_it(
    where: str, how: str
) -> None:
    secret = new_secret()
    said = REPEATED[how].format(secret.upper() if how == "in capitals" else secret)
    says = {
        "Location": f"HTTP/1.1 302 Found\r\nLocation: /login?{said}\r\n\r\n",
        "body": f"HTTP/1.1 200 OK\r\n\r\n{said}",
        "value": f'HTTP/1.1 200 OK\r\n\r\n{{"status": "{said}"}}',
        "header": f"HTTP/1.1 200 OK\r\nContent-Encoding: {said}\r\n\r\n",
    }[where]
    with listening(says.encode()) as (server, _):
        found = probed(server, Kept(secret), json={"status": "healthy"}, **GATED)
    assert not found.ok
    hidden = secret[:6] not in found.detail.lower()
    assert hidden
    assert "[secret]" in found.detail


@pytest.mark.parametrize(
    ("secret", "repeated"),
    [
        ("Bearer abcd+efgh/ijkl", "Bearer abcd+efgh/ijkl"),
        ("Bearer abcd+efgh/ijkl", "token=abcd+efgh/ijkl"),
        ("Bearer abcd+efgh/ijkl", "token=abcd%2Befgh%2Fijkl"),
        ('abc"def"ghi', 'abc"def"ghi'),
        ("[secret]", "[secret] [secret]"),
    ],
)
def test_a_secret_is_hidden_in_each_of_its_forms(secret: str, repeated: str) -> None:
    says = f"HTTP/1.1 302 Found\r\nLocation: {repeated}\r\n\r\n"
    with listening(says.encode()) as (server, _):
        found = probed(server, Kept(secret), **GATED)
    for part in ("abcd", "efgh", "ijkl", "def", "ghi"):
        assert part not in found.detail
    assert "[secret]" in found.detail


# With a store, as a function is wired


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsServer]:
    with AwsServer() as server:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "embedded")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "world")
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield server


@pytest.fixture
def container(aws: AwsServer, tmp_path: Any) -> wiring.Container:
    file = tmp_path / "failover.toml"
    file.write_text(toml(having(good(), *HEALTH, GATED)))
    return wiring.build(
        {
            "FAILOVER_CONFIG": str(file),
            "CONTROL_TABLE": "control",
            "LINODE_TOKEN_PARAMETER": "/token",
            "AWS_REGION": aws.region,
            "VANTAGE": good()["vantages"][0],
        }
    )


def store(aws: AwsServer, secret: str) -> None:
    aws.client("ssm").put_parameter(
        Name=PARAMETER, Type="SecureString", Value=secret, Overwrite=True
    )


def asks(container: wiring.Container, port: int) -> Probe:
    (its,) = container.settings.services
    health = replace(its.health, scheme="http", port=port, json={})
    return container.world.prober.probe(replace(its, health=health), None, "127.0.0.1")


def test_a_function_sends_what_its_store_has_and_goes_on_while_the_store_is_away(
    aws: AwsServer, container: wiring.Container
) -> None:
    secret = new_secret()
    store(aws, secret)
    with listening() as (server, lines):
        assert asks(container, server.port).ok
        with aws.frozen():
            assert asks(container, server.port).ok
    sent_twice = lines.count(f"X-Gate-Key: {secret}") == 2
    assert sent_twice


def test_a_function_says_which_secret_is_missing(container: wiring.Container) -> None:
    with listening() as (server, lines):
        found = asks(container, server.port)
    assert found.reason is Reason.UNSENT
    assert f"cannot be read from the SSM parameter {PARAMETER}" in found.detail
    assert "aws ssm put-parameter" in found.detail
    assert lines == []


@pytest.mark.parametrize("unusable", ["short", "two\nlines of it", "gr\u00fcn und lang genug"])
def test_a_value_that_no_header_can_have_is_not_sent(
    aws: AwsServer, container: wiring.Container, unusable: str
) -> None:
    store(aws, unusable)
    with listening() as (server, lines):
        found = asks(container, server.port)
    assert found.reason is Reason.UNSENT
    assert unusable not in found.detail
    assert lines == []


def test_no_log_line_has_a_secret_that_was_read(
    aws: AwsServer, container: wiring.Container, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which the watch over all output sees, too."""
    secret = new_secret()
    store(aws, secret)
    with listening() as (server, _):
        assert asks(container, server.port).ok
    container.world.telemetry.problem("probe_failed", detail=f"found {secret}")
    hidden = secret not in (shown := capsys.readouterr().out)
    assert "probe_failed" in shown
    assert hidden
