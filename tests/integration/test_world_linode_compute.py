"""The emulated account rents instances, firewalls, VPCs, reserved addresses and NodeBalancers."""

import pytest
import requests

from local.linode import LinodeEmulator
from local.linode_token import WHOLE_REGIONS
from tests.support.linode_description import described, problems
from tests.support.waiting import LIMIT

REGION = "us-east"
INSTANCE = {
    "region": REGION, "type": "g6-standard-1", "label": "app-1", "image": "linode/debian12",
    "authorized_keys": ["ssh-ed25519 AAAA"],
}  # fmt: skip


class Account:
    """Calls of the API, each answered with success unless `refused` makes it."""

    def __init__(self, linode):
        self.linode = linode
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {linode.token}"

    def call(self, method, path, body=None):
        return self.session.request(method, self.linode.url + path, json=body, timeout=LIMIT)

    def get(self, path):
        return self._good(self.call("GET", path))["data"]

    def post(self, path, **body):
        return self._good(self.call("POST", path, body))

    def refused(self, path, **body):
        reply = self.call("POST", path, body)
        assert reply.status_code == 400
        return [(each.get("field"), each["reason"]) for each in reply.json()["errors"]]

    def _good(self, reply):
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture
def account():
    with LinodeEmulator(0.0, scopes=WHOLE_REGIONS) as linode:
        account = Account(linode)
        yield account
        account.session.close()


def test_whatever_is_made_and_listed_looks_as_linode_describes_it(account):
    with described(account.linode) as seen:
        vpc = account.post("/vpcs", label="app", region=REGION)
        subnet = account.post(f"/vpcs/{vpc['id']}/subnets", label="app", ipv4="10.0.0.0/24")
        inside = {"purpose": "vpc", "subnet_id": subnet["id"], "ipv4": {"vpc": "10.0.0.9"}}
        account.post("/linode/instances", **INSTANCE, interfaces=[inside])
        account.post("/networking/firewalls", label="app", rules=rules())
        address = account.post("/networking/reserved/ips", region=REGION, tags=["app"])["address"]
        balancer = account.post(
            "/nodebalancers", region=REGION, label="app", ipv4=address,
            vpcs=[{"subnet_id": subnet["id"]}],
        )  # fmt: skip
        configs = f"/nodebalancers/{balancer['id']}/configs"
        config = account.post(configs, port=80, check="http", check_interval=5, check_timeout=3)
        nodes = f"{configs}/{config['id']}/nodes"
        account.post(nodes, label="app-1", address="10.0.0.9:80", subnet_id=subnet["id"])
        account.post("/domains", domain="shop.test", type="master", soa_email="a@shop.test")
        for path in (
            "/linode/instances", "/linode/types", "/networking/firewalls", "/vpcs", "/domains",
            f"/vpcs/{vpc['id']}/subnets", "/networking/reserved/ips", "/nodebalancers", configs,
            nodes, "/nodebalancers/types", "/networking/reserved/ips/types", "/regions",
        ):  # fmt: skip
            assert account.get(path), path
    assert balancer["ipv4"] == address
    assert len(set(seen)) == 22


def rules():
    return {"inbound_policy": "DROP", "outbound_policy": "ACCEPT", "inbound": [], "outbound": []}


def test_the_description_sees_what_is_wrong_with_a_call():
    assert problems("POST", "/linode/instances", {**INSTANCE, "lable": "x"}, None)
    assert problems("POST", "/linode/instances", {"label": "app-1"}, None)
    assert problems("POST", "/networking/reserved/ips", {"regoin": REGION}, None)
    assert problems("POST", "/networking/rules", {}, None)
    assert problems("GET", "/vpcs/1/subnets", None, {"data": [{"id": "one"}]})
    assert problems("POST", "/linode/instances", INSTANCE, None) == []


def test_an_instance_is_refused_with_a_label_that_is_taken(account):
    account.post("/linode/instances", **INSTANCE)
    assert account.refused("/linode/instances", **INSTANCE)[0][0] == "label"


@pytest.mark.parametrize(("field", "value"), [("region", "nowhere"), ("type", "g6-none")])
def test_what_linode_does_not_have_cannot_be_ordered(account, field, value):
    assert account.refused("/linode/instances", **{**INSTANCE, field: value})[0][0] == field


def test_every_call_reserves_another_address(account):
    one, two = (account.post("/networking/reserved/ips", region=REGION) for _ in range(2))
    assert one["address"] != two["address"]


def test_a_reserved_address_belongs_to_one_balancer_of_its_region(account):
    address = account.post("/networking/reserved/ips", region="us-west")["address"]
    assert account.refused("/nodebalancers", region=REGION, ipv4=address)[0][0] == "ipv4"
    account.post("/nodebalancers", region="us-west", ipv4=address)
    assert account.refused("/nodebalancers", region="us-west", ipv4=address)[0][0] == "ipv4"


@pytest.mark.parametrize(("kind", "accepted"), [("common", True), ("premium", False)])
def test_premium_balancers_refuse_private_ipv4(account, kind, accepted):
    balancer = account.post("/nodebalancers", region=REGION, type=kind)
    config = account.post(f"/nodebalancers/{balancer['id']}/configs", port=80)
    nodes = f"/nodebalancers/{balancer['id']}/configs/{config['id']}/nodes"
    reply = account.call("POST", nodes, {"label": "app-1", "address": "192.168.130.11:80"})
    assert (reply.status_code == 200) is accepted


def test_a_balancer_counts_the_nodes_that_its_check_found_up(account):
    balancer = account.post("/nodebalancers", region=REGION)
    configs = f"/nodebalancers/{balancer['id']}/configs"
    config = account.post(configs, port=80)
    for number in (11, 12, 13):
        address = f"192.168.130.{number}:80"
        account.post(f"{configs}/{config['id']}/nodes", label=f"app-{number}", address=address)
    first, second, _ = account.linode.compute.nodes
    account.linode.compute.checked(first, True)
    account.linode.compute.checked(second, False)
    assert account.get(configs)[0]["nodes_status"] == {"up": 1, "down": 2}


def test_the_token_of_the_monitor_makes_nothing():
    with LinodeEmulator(0.0) as linode:
        account = Account(linode)
        for path in ("/linode/instances", "/nodebalancers", "/vpcs", "/networking/firewalls"):
            assert account.call("POST", path, {"region": REGION}).status_code == 403
        account.session.close()
