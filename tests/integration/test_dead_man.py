"""The sign of life for a switch outside, against real servers on loopback."""

import time
from collections.abc import Callable

import pytest

from failover.adapters.http.deadman import DeadManUrl
from failover.errors import DeadManUnheard, TokenUnavailable
from tests.raw_server import FOR_EVER, Peer, RawServer

SECRET = "f2b1"


def answering(status: str, heard: list[bytes]) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        heard.append(peer.request())
        peer.say(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return script


def ping(server: RawServer, budget: float = 5.0) -> None:
    url = f"http://127.0.0.1:{server.port}/{SECRET}?a=1"
    DeadManUrl(lambda: url, time.monotonic).ping(budget)


def test_the_url_is_asked_as_it_was_given() -> None:
    heard: list[bytes] = []
    with RawServer(answering("200 OK", heard)) as server:
        ping(server)
    assert heard[0].startswith(f"GET /{SECRET}?a=1 HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "301 Moved"])
def test_any_other_answer_than_success_is_a_failure(status: str) -> None:
    with RawServer(answering(status, [])) as server, pytest.raises(DeadManUnheard) as failed:
        ping(server)
    assert status[:3] in str(failed.value)
    assert SECRET not in str(failed.value)


def test_one_that_drips_is_given_up_at_the_deadline() -> None:
    def drip(peer: Peer) -> None:
        peer.request()
        peer.drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * FOR_EVER)

    with RawServer(drip) as server, pytest.raises(DeadManUnheard) as failed:
        ping(server, budget=0.6)
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize("value", [f"ftp://ping.test/{SECRET}", f"https://me:{SECRET}@ping.test"])
def test_a_secret_that_is_no_url_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(DeadManUnheard) as failed:
        DeadManUrl(lambda: value, time.monotonic).ping(5.0)
    assert "HEARTBEAT_URL_PARAMETER" in str(failed.value)
    assert SECRET not in str(failed.value)


def test_a_url_that_cannot_be_read_is_a_sign_of_life_that_was_not_given() -> None:
    def unread() -> str:
        raise TokenUnavailable("the parameter store is away")

    with pytest.raises(DeadManUnheard, match="the parameter store is away"):
        DeadManUrl(unread, time.monotonic).ping(5.0)
