"""The witness against a Linode account and its name servers on loopback."""

from collections.abc import Iterator

import pytest

from failover.adapters.clock import SystemClock
from failover.adapters.linode import LinodeDns
from failover.adapters.threads import Threads
from failover.adapters.witness import LinodeWitness
from failover.core.proof import Evidence
from failover.environment import NameServer
from local.linode import LinodeEmulator

RECORD = "app.shop.test"


class Token:
    """A token source that knows its token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def fresh(self, refused: str) -> str:
        return refused


@pytest.fixture
def linode() -> Iterator[LinodeEmulator]:
    """A zone with one name, served by two name servers."""
    with LinodeEmulator(render_delay=0, name_servers=2) as linode:
        linode.add_domain("shop.test")
        linode.add_record("shop.test", "app", "A", "127.0.1.1", ttl_sec=30)
        linode.add_record("shop.test", "app", "AAAA", "fd00::1", ttl_sec=30)
        yield linode


def look(linode: LinodeEmulator, record: str = RECORD, budget: float = 2.0) -> Evidence:
    """One look at this account."""
    clock, tasks = SystemClock(), Threads()
    adapter = LinodeDns(linode.url, Token(linode.token), clock, tasks.sleep)
    servers = [NameServer(*_split(server)) for server in linode.nameservers]
    witness = LinodeWitness(adapter, servers, clock.monotonic, tasks)
    domain_id = adapter.list("shop.test", 2.0).domain_id
    return witness.look("shop.test", domain_id, record, budget)


def _split(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return host, int(port)


def test_the_rendered_zone_and_every_server_are_heard(linode: LinodeEmulator) -> None:
    seen = look(linode)
    for heard in (seen.rendered, *seen.served):
        assert heard is not None
        assert heard.a == {"127.0.1.1"}
        assert heard.aaaa == {"fd00::1"}
    assert len(seen.served) == 2


def test_the_apex_is_heard_too(linode: LinodeEmulator) -> None:
    linode.add_record("shop.test", "", "A", "127.0.1.7", ttl_sec=30)
    seen = look(linode, "shop.test")
    assert [heard and heard.a for heard in (seen.rendered, *seen.served)] == [{"127.0.1.7"}] * 3


def test_a_name_without_records_is_an_answer_without_addresses(linode: LinodeEmulator) -> None:
    seen = look(linode, "nothing.shop.test")
    assert [heard and heard.a for heard in seen.served] == [frozenset()] * 2


@pytest.mark.parametrize("fault", ["silent", "servfail", "refused", "wrong_id"])
def test_a_server_in_trouble_says_nothing(linode: LinodeEmulator, fault: str) -> None:
    linode.dns[1].fault = fault
    first, second = look(linode, budget=0.8).served
    assert first is not None
    assert second is None


def test_a_truncated_answer_is_asked_for_by_tcp(linode: LinodeEmulator) -> None:
    linode.dns[0].fault = "truncated"
    assert all(heard and heard.a == {"127.0.1.1"} for heard in look(linode).served)


def test_a_change_is_heard_when_each_server_has_it(linode: LinodeEmulator) -> None:
    linode.dns[1].render_delay.seconds = 60
    linode.set_target(linode.records("shop.test")[0]["id"], "127.0.1.2")
    first, second = look(linode).served
    assert first is not None
    assert second is not None
    assert (first.a, second.a) == ({"127.0.1.2"}, {"127.0.1.1"})


def test_an_api_in_trouble_says_nothing(linode: LinodeEmulator) -> None:
    linode.fail(path="zone-file", status=500)
    seen = look(linode, budget=0.5)
    assert seen.rendered is None
    assert all(seen.served)
