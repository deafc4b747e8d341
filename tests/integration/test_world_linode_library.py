"""Linode's own library works with the emulator as it does with the real API."""

import pytest
from linode_api4 import ApiError, Domain, DomainRecord, LinodeClient

from local.linode import LinodeEmulator


@pytest.fixture
def linode():
    with LinodeEmulator(render_delay=0) as emulator:
        yield emulator


@pytest.fixture
def zone(linode):
    return linode.add_domain("shop.test")


@pytest.fixture
def client(linode):
    client = LinodeClient(linode.token, base_url=linode.url, retry=False)
    client.session.trust_env = False
    yield client
    client.session.close()


def test_it_finds_changes_and_creates_records(linode, zone, client):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1", ttl_sec=30)
    domain = client.domains(Domain.domain == "shop.test").only()
    assert [(r.name, r.target, r.ttl_sec) for r in domain.records] == [("app", "192.0.2.1", 30)]
    changed = DomainRecord(client, record, zone)
    changed.target = "192.0.2.2"
    changed.save()
    assert linode.requests[-1].body == {"target": "192.0.2.2"}
    assert linode.targets("shop.test", "app", "A") == ["192.0.2.2"]
    created = domain.record_create("AAAA", name="app", target="2001:db8::1", ttl_sec=60)
    assert created.ttl_sec == 30
    domain.ttl_sec = 120
    domain.save()
    assert client.load(Domain, zone).ttl_sec == 120
    with pytest.raises(ApiError) as refused:
        domain.record_create("A", name="@", target="192.0.2.1")
    assert refused.value.status == 400


def test_it_reads_all_pages_and_nodebalancers(linode, zone, client):
    for number in range(120):
        linode.add_record("shop.test", f"n{number}", "A", "192.0.2.1")
    linode.add_nodebalancer("lb", "us-east", "192.0.2.1")
    assert len(list(Domain(client, zone).records)) == 120
    assert [balancer.ipv4.address for balancer in client.nodebalancers()] == ["192.0.2.1"]
