"""The witness against a Linode account and its name servers on loopback."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from failover.adapters.clock import SystemClock
from failover.adapters.dns.witness import LinodeWitness
from failover.adapters.linode.dns import LinodeDns
from failover.adapters.threads import Threads
from failover.publication.proof import Evidence, Heard, Said
from failover.settings.environment import NameServer
from failover.zone.statement import Statement
from local.linode import LinodeEmulator
from tests.support.tokens import KnownToken
from tests.support.waiting import until

RECORD = "app.shop.test"


@pytest.fixture
def linode() -> Iterator[LinodeEmulator]:
    """A zone with one name, served by two name servers."""
    with LinodeEmulator(render_delay=0, name_servers=2) as linode:
        linode.add_domain("shop.test")
        linode.add_record("shop.test", "app", "A", "127.0.1.1", ttl_sec=30)
        linode.add_record("shop.test", "app", "AAAA", "fd00::1", ttl_sec=30)
        yield linode


@dataclass
class Looking:
    """One witness of this account, as a container has it."""

    linode: LinodeEmulator
    zone_file_age: float = 0.0

    def __post_init__(self) -> None:
        clock, tasks = SystemClock(), Threads()
        adapter = LinodeDns(self.linode.url, KnownToken(self.linode.token), clock, tasks.sleep)
        servers = [NameServer(*_split(server)) for server in self.linode.nameservers]
        self.witness = LinodeWitness(adapter, servers, clock.monotonic, tasks, self.zone_file_age)
        self.domain_id = adapter.list("shop.test", 2.0).domain_id

    def look(self, record: str = RECORD, budget: float = 2.0, max_age: float = 0.0) -> Evidence:
        return self.witness.look("shop.test", self.domain_id, record, budget, max_age)


def look(linode: LinodeEmulator, record: str = RECORD, budget: float = 2.0) -> Evidence:
    """One look at this account."""
    return Looking(linode).look(record, budget)


def zone_files(linode: LinodeEmulator) -> int:
    """How many zone files were fetched so far."""
    return sum(call.path.endswith("/zone-file") for call in linode.requests)


def _split(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return host, int(port)


def test_the_rendered_zone_and_every_server_are_heard(linode: LinodeEmulator) -> None:
    seen = look(linode)
    for heard in (seen.rendered, *seen.served):
        assert heard.said is Said.ADDRESSES
        assert heard.a == {"127.0.1.1"}
        assert heard.aaaa == {"fd00::1"}
    assert [heard.source for heard in seen.served] == linode.nameservers
    assert seen.unserved is None


def test_the_apex_is_heard_too(linode: LinodeEmulator) -> None:
    linode.add_record("shop.test", "", "A", "127.0.1.7", ttl_sec=30)
    seen = look(linode, "shop.test")
    assert [heard.a for heard in (seen.rendered, *seen.served)] == [{"127.0.1.7"}] * 3


def test_a_name_without_records_is_an_answer_without_addresses(linode: LinodeEmulator) -> None:
    seen = look(linode, "nothing.shop.test")
    for heard in (seen.rendered, *seen.served):
        assert (heard.said, heard.a) == (Said.ADDRESSES, frozenset())


@pytest.mark.parametrize(
    ("fault", "said", "detail"),
    [
        ("silent", Said.SILENT, "no answer within 0.8 s"),
        ("wrong_id", Said.SILENT, "no answer within 0.8 s"),
        ("servfail", Said.REFUSED, "SERVFAIL"),
        ("refused", Said.REFUSED, "REFUSED"),
    ],
)
def test_a_server_in_trouble_is_named_with_what_it_said(
    linode: LinodeEmulator, fault: str, said: Said, detail: str
) -> None:
    linode.dns[1].fault = fault
    seen = look(linode, budget=0.8)
    assert Heard(linode.nameservers[1], said=said, detail=detail) in seen.served
    [silent] = seen.unserved.servers
    assert silent == Statement(linode.nameservers[1], None, detail)
    assert not seen.unserved.refused


def test_a_disabled_zone_is_rendered_and_served_by_nobody(linode: LinodeEmulator) -> None:
    linode.set_domain("shop.test", status="disabled")
    seen = look(linode)
    assert seen.rendered.said is Said.UNRENDERED
    assert [heard.said for heard in seen.served] == [Said.REFUSED] * 2
    assert seen.unserved.refused


def test_a_truncated_answer_is_asked_for_by_tcp(linode: LinodeEmulator) -> None:
    linode.dns[0].fault = "truncated"
    assert [heard.a for heard in look(linode).served] == [{"127.0.1.1"}] * 2


def test_a_change_is_heard_when_each_server_has_it(linode: LinodeEmulator) -> None:
    linode.dns[1].render_delay.seconds = 60
    linode.set_target(linode.records("shop.test")[0]["id"], "127.0.1.2")
    first, second = look(linode).served
    assert (first.a, second.a) == ({"127.0.1.2"}, {"127.0.1.1"})


def test_an_api_in_trouble_does_not_keep_the_servers_from_being_heard(
    linode: LinodeEmulator,
) -> None:
    linode.fail(path="zone-file", status=500)
    seen = look(linode, budget=0.5)
    assert seen.rendered.said is Said.UNUSABLE
    assert "500" in seen.rendered.detail
    assert seen.unserved is None


def test_all_services_of_a_zone_share_one_fetch_of_its_zone_file(linode: LinodeEmulator) -> None:
    names = [f"svc-{number}" for number in range(20)]
    linode.add_records("shop.test", names, "A", "127.0.1.9")
    looking = Looking(linode, zone_file_age=60.0)
    with ThreadPoolExecutor(len(names)) as pool:
        seen = list(pool.map(lambda name: looking.look(f"{name}.shop.test"), names))
    assert [each.rendered.a for each in seen] == [{"127.0.1.9"}] * len(names)
    assert zone_files(linode) == 1


def test_a_fetch_that_failed_is_shared_as_well(linode: LinodeEmulator) -> None:
    linode.fail(path="zone-file", status=403)
    looking = Looking(linode, zone_file_age=60.0)
    assert [looking.look().rendered.said for _ in range(3)] == [Said.UNUSABLE] * 3
    assert zone_files(linode) == 1


def test_an_old_zone_file_is_fetched_anew(linode: LinodeEmulator) -> None:
    looking = Looking(linode, zone_file_age=0.2)
    looking.look()
    linode.set_target(linode.records("shop.test")[0]["id"], "127.0.1.2")
    until(lambda: looking.look().rendered.a == {"127.0.1.2"}, "the new zone file")


def test_the_servers_are_not_asked_again_before_their_answers_are_too_old(
    linode: LinodeEmulator,
) -> None:
    looking = Looking(linode)
    first = looking.look()
    for server in linode.dns:
        server.fault = "refused"
    assert looking.look(max_age=600.0).served == first.served
    assert looking.look(max_age=0.0).unserved is not None


@pytest.mark.parametrize(
    "odd", ["odd IN A 256.0.0.1", "odd IN CNAME", 'x IN TXT unclosed" (', "odd 1w IN TYPE1"]
)
def test_what_stands_at_another_name_of_the_zone_file_is_not_even_parsed(
    linode: LinodeEmulator, odd: str
) -> None:
    lines = ["$TTL 300", "@ IN SOA a. b. 1 2 3 4 5", "app 30 IN A 127.0.1.1", odd]
    linode.fail(path="zone-file", status=200, body=json.dumps({"zone_file": lines}))
    assert look(linode).rendered.a == {"127.0.1.1"}
