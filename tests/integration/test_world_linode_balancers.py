"""The NodeBalancers of the Linode emulator have the recorded shape and a person may change them."""

import json

import pytest
import requests
from linode_api4 import LinodeClient
from linode_api4 import NodeBalancer as Balancer

from local.linode import LinodeEmulator
from tests.support.waiting import LIMIT

CONFIG_KEYS = {
    "id", "port", "protocol", "algorithm", "stickiness", "check", "check_interval",
    "check_timeout", "check_attempts", "check_path", "check_body", "check_passive",
    "proxy_protocol", "cipher_suite", "nodebalancer_id", "ssl_commonname", "ssl_fingerprint",
    "ssl_cert", "ssl_key", "nodes_status", "udp_check_port", "udp_session_timeout",
}  # fmt: skip


@pytest.fixture
def linode():
    with LinodeEmulator() as emulator:
        yield emulator


@pytest.fixture
def get(linode):
    with requests.Session() as session:
        session.trust_env = False

        def send(path, x_filter=None):
            headers = {"Authorization": f"Bearer {linode.token}"}
            if x_filter is not None:
                headers["X-Filter"] = json.dumps(x_filter)
            reply = session.get(linode.url + path, headers=headers, timeout=LIMIT)
            return reply.status_code, reply.json()

        yield send


@pytest.fixture
def balancer(linode):
    return linode.add_nodebalancer("lb-us-east", "us-east", "192.0.2.1")


def test_a_nodebalancer_has_bare_addresses_and_no_status(linode, get):
    linode.add_nodebalancer("lb-us-east", "us-east", "192.0.2.1", "2001:db8::1", tags=["shop"])
    (found,) = get("/nodebalancers")[1]["data"]
    assert (found["ipv4"], found["ipv6"], found["type"]) == ("192.0.2.1", "2001:db8::1", "common")
    assert found["hostname"] == "192-0-2-1.ip.linodeusercontent.com"
    assert "status" not in found
    assert get(f"/nodebalancers/{found['id']}")[1] == found


def test_a_nodebalancer_without_ipv6_says_null(get, balancer):
    found = get(f"/nodebalancers/{balancer}")[1]
    assert "ipv6" in found
    assert found["ipv6"] is None


@pytest.mark.parametrize(
    ("x_filter", "labels"),
    [
        ({"label": "lb-us-east"}, ["lb-us-east"]),
        ({"region": "eu-west"}, ["lb-eu-west", "spare"]),
        ({"tags": "shop"}, ["lb-us-east", "lb-eu-west"]),
        ({"+and": [{"tags": "shop"}, {"region": "eu-west"}]}, ["lb-eu-west"]),
        ({"ipv4": "192.0.2.3"}, ["spare"]),
        ({"label": "lb-nowhere"}, []),
    ],
)
def test_nodebalancers_are_found_by_label_region_tag_and_address(linode, get, x_filter, labels):
    linode.add_nodebalancer("lb-us-east", "us-east", "192.0.2.1", tags=["shop", "web"])
    linode.add_nodebalancer("lb-eu-west", "eu-west", "192.0.2.2", tags=["shop"])
    linode.add_nodebalancer("spare", "eu-west", "192.0.2.3")
    assert [nb["label"] for nb in get("/nodebalancers", x_filter)[1]["data"]] == labels


def test_a_nodebalancer_cannot_be_found_by_ipv6(get, balancer):
    status, errors = get("/nodebalancers", {"ipv6": "2001:db8::1"})
    assert (status, errors["errors"][0]["reason"]) == (400, "Cannot filter on ipv6")


def test_more_nodebalancers_than_fit_come_in_two_pages(linode, get):
    for number in range(101):
        linode.add_nodebalancer(f"lb-{number}", "us-east", f"192.0.2.{number}")
    pages = [get(f"/nodebalancers?page={page}")[1] for page in (1, 2)]
    assert [len(page["data"]) for page in pages] == [100, 1]
    assert {(page["pages"], page["results"]) for page in pages} == {(2, 101)}
    assert get("/nodebalancers", {"label": "lb-100"})[1]["data"] == pages[1]["data"]


def test_a_config_has_the_recorded_keys_and_counts_its_nodes(linode, get, balancer):
    config = linode.add_config(balancer, 443, up=2, down=1)
    status, found = get(f"/nodebalancers/{balancer}/configs")
    assert (status, found["page"], found["pages"], found["results"]) == (200, 1, 1, 1)
    (shown,) = found["data"]
    assert shown.keys() == CONFIG_KEYS
    assert (shown["port"], shown["nodebalancer_id"]) == (443, balancer)
    assert (shown["nodes_status"], shown["check"]) == ({"up": 2, "down": 1}, "none")
    assert get(f"/nodebalancers/{balancer}/configs/{config}")[1] == shown


def test_the_nodes_of_a_config_may_go_down(linode, get, balancer):
    config = linode.add_config(balancer, up=2)
    linode.set_config(config, check="http", nodes_status={"up": 0, "down": 2})
    shown = get(f"/nodebalancers/{balancer}/configs/{config}")[1]
    assert (shown["check"], shown["nodes_status"]) == ("http", {"up": 0, "down": 2})


def test_configs_belong_to_one_nodebalancer(linode, get, balancer):
    other = linode.add_nodebalancer("other", "us-east", "192.0.2.2")
    config = linode.add_config(other)
    assert get(f"/nodebalancers/{balancer}/configs")[1]["data"] == []
    assert get(f"/nodebalancers/{balancer}/configs/{config}")[0] == 404
    assert get("/nodebalancers/1/configs")[0] == 404


def test_a_person_changes_the_address_and_the_label(linode, get, balancer):
    linode.set_nodebalancer(balancer, ipv4="192.0.2.7", label="renamed")
    found = get(f"/nodebalancers/{balancer}")[1]
    assert (found["ipv4"], found["label"], found["region"]) == ("192.0.2.7", "renamed", "us-east")
    assert found["hostname"] == "192-0-2-7.ip.linodeusercontent.com"
    assert get("/nodebalancers", {"label": "lb-us-east"})[1]["results"] == 0


def test_a_field_that_a_nodebalancer_does_not_have_cannot_be_set(linode, balancer):
    with pytest.raises(KeyError, match="status"):
        linode.set_nodebalancer(balancer, status="down")


def test_a_deleted_nodebalancer_is_gone_with_its_configs(linode, get, balancer):
    linode.add_config(balancer)
    linode.delete_nodebalancer(balancer)
    assert get("/nodebalancers")[1]["data"] == []
    assert get(f"/nodebalancers/{balancer}")[0] == 404
    assert get(f"/nodebalancers/{balancer}/configs")[0] == 404


def test_the_nodebalancer_api_can_fail_alone(linode, get, balancer):
    zone = linode.add_domain("shop.test")
    linode.fail(path="^/nodebalancers", status=500)
    assert get("/nodebalancers")[0] == 500
    assert get(f"/nodebalancers/{balancer}/configs")[0] == 500
    assert get(f"/domains/{zone}/records")[0] == 200


def test_linodes_own_library_reads_a_nodebalancer_and_its_configs(linode, balancer):
    linode.add_config(balancer, up=1, down=2)
    client = LinodeClient(linode.token, base_url=linode.url, retry=False)
    client.session.trust_env = False
    with client.session:
        found = client.nodebalancers(Balancer.label == "lb-us-east").only()
        assert (found.ipv4.address, found.ipv6, found.region.id) == ("192.0.2.1", None, "us-east")
        (config,) = found.configs
        assert (config.nodes_status.up, config.nodes_status.down) == (1, 2)
