"""What the witness makes of name servers that lie, hang up or hang, and of a hostile zone file."""

import socket
import threading
import time

import pytest

from failover.adapters.dns.witness import LinodeWitness
from failover.adapters.threads import Threads
from failover.publication.proof import Said
from failover.settings.environment import NameServer
from tests.hostile import dns


def look(server: dns.Server, lines: tuple[str, ...] = dns.ZONE, budget: float = 5.0):
    """What the witness hears."""
    at = NameServer(dns.HOST, server.port)
    witness = LinodeWitness(dns.Zone(lines), (at,), time.monotonic, Threads())
    return witness.look(dns.DOMAIN, 7, dns.NAME, budget)


@pytest.mark.parametrize("way", ["forged, then truth", "lie, then truth", "garbage, then truth"])
def test_the_true_answer_is_heard_after_a_forged_one(way: str) -> None:
    """Who guesses the port could keep a publication from ever being proved."""
    with dns.Server(way) as server:
        (heard,) = look(server).served
    assert heard is not None
    assert heard.a == {dns.TRUTH["A"]}


@pytest.mark.parametrize("way", ["forged source", "wrong id", "wrong question"])
def test_a_forged_answer_is_not_heard(way: str) -> None:
    with dns.Server(way) as server:
        assert look(server, budget=0.3).served[0].said is Said.SILENT


def test_a_name_server_that_hangs_up_over_tcp_has_nothing_to_say() -> None:
    """EOFError is no OSError: it went through to the schedule and ended the tick."""
    with dns.Server("cut") as server:
        assert look(server).served[0].said is Said.UNUSABLE


def test_a_look_up_of_a_name_server_that_hangs_holds_up_no_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The resolver knows no deadline, and waits for half a minute where nobody answers it."""
    over = threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    at = NameServer("ns1.shop.test", 53)
    witness = LinodeWitness(dns.Zone(), (at,), time.monotonic, Threads())
    try:
        assert witness.look(dns.DOMAIN, 7, dns.NAME, 0.2).served[0].said is Said.SILENT
    finally:
        over.set()


def test_a_zone_file_generates_no_records() -> None:
    """One line would make millions of them, and take the memory of the whole function."""
    with dns.Server() as server:
        seen = look(server, (*dns.ZONE, "$GENERATE 1-100000000 h$ A 192.0.2.1"))
    assert seen.rendered.said is Said.UNUSABLE
    assert seen.unserved is None
