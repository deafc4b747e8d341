"""Whether anything answers at a reference outside, against real servers on loopback."""

import time
from collections.abc import Callable

import pytest

from failover.adapters.http.prober import HttpProber
from tests.raw_server import Peer, RawServer


def answering(status: str, heard: list[bytes]) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        heard.append(peer.request())
        peer.say(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return script


def reachable(server: RawServer, path: str = "/", budget: float = 5.0) -> bool:
    return HttpProber(time.monotonic).reachable(f"http://127.0.0.1:{server.port}{path}", budget)


@pytest.mark.parametrize("status", ["200 OK", "301 Moved", "404 Not Found", "503 Busy"])
def test_whatever_answers_is_there(status: str) -> None:
    with RawServer(answering(status, [])) as server:
        assert reachable(server)


@pytest.mark.parametrize(("path", "target"), [("", "/"), ("/a?b=1", "/a?b=1"), ("?b=1", "/?b=1")])
def test_the_url_is_asked_as_it_was_given(path: str, target: str) -> None:
    heard: list[bytes] = []
    with RawServer(answering("200 OK", heard)) as server:
        assert reachable(server, path)
    assert heard[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())


def test_nobody_there_is_no_answer() -> None:
    with RawServer(answering("200 OK", [])) as server:
        gone = server
    assert not reachable(gone)


def test_one_that_says_nothing_is_given_up_at_the_deadline() -> None:
    def silent(peer: Peer) -> None:
        peer.request()
        peer.hang()

    with RawServer(silent) as server:
        assert not reachable(server, budget=0.3)
