"""`linode-failover region`: from one file to regions, whatever fails on the way."""

import base64
from collections import Counter
from collections.abc import Iterator

import pytest

from cli.trouble import Exit
from local.linode import LinodeEmulator
from local.linode_faults import Fault
from local.linode_token import WHOLE_REGIONS
from tests.support.linode_description import described
from tests.support.region_file import ONE, applied, planned, writes, written


@pytest.fixture
def linode(monkeypatch: pytest.MonkeyPatch) -> Iterator[LinodeEmulator]:
    """An empty account. Every call of the test is compared with Linode's description."""
    with LinodeEmulator(0.0, scopes=WHOLE_REGIONS) as linode, described(linode):
        monkeypatch.setenv("LINODE_API_URL", linode.url)
        monkeypatch.setenv("LINODE_TOKEN", linode.token)
        yield linode


def inventory(linode: LinodeEmulator) -> Counter[tuple[str, str]]:
    """Everything in the account, by kind and label."""
    compute, account = linode.compute, linode.compute.account
    found = [("instance", each["label"]) for each in compute.instances.values()]
    found += [("firewall", each["label"]) for each in compute.firewalls.values()]
    found += [("vpc", each["label"]) for each in compute.vpcs.values()]
    found += [("subnet", s["label"]) for vpc in compute.vpcs.values() for s in vpc["subnets"]]
    found += [("address", each["region"]) for each in compute.reserved.values()]
    found += [("nodebalancer", each["label"]) for each in account.nodebalancers.values()]
    found += [("port", str(each["port"])) for each in account.configs.values()]
    found += [("node", each["label"]) for each in compute.nodes.values()]
    for domain in account.domains.values():
        found += [("record", f"{r['name']} {r['type']}") for r in domain.records.values()]
    return Counter(found)


def test_a_plan_changes_nothing_and_says_what_everything_costs(linode, tmp_path, capsys):
    plan = planned(written(tmp_path), capsys)
    assert writes(linode) == []
    assert len(plan["steps"]) == 23
    assert plan["monthly"] == 2 * (2 * 12 + 10 + 2)


def test_a_region_with_prices_of_its_own_costs_those(linode, tmp_path, capsys):
    file = written(tmp_path, regions=(("br-gru", "sa-east-1"),))
    assert planned(file, capsys)["monthly"] == pytest.approx(1.4 * (2 * 12 + 10 + 2))


def test_after_apply_the_plan_is_empty(linode, tmp_path, capsys):
    file = written(tmp_path)
    assert applied(file) == Exit.OK
    plan = planned(file, capsys)
    assert (plan["steps"], plan["notices"]) == ([], [])
    linode.forget_requests()
    assert applied(file) == Exit.OK
    assert writes(linode) == []


@pytest.mark.parametrize(
    "top", ['backends = "vpc"\n', 'backends = "ipv6"\n', 'backends = "private"\n']
)
def test_every_kind_of_back_end_becomes_a_region(linode, tmp_path, capsys, top):
    file = written(tmp_path, top=top, regions=ONE)
    assert applied(file) == Exit.OK
    assert planned(file, capsys)["steps"] == []
    (firewall,) = linode.compute.firewalls.values()
    (source,) = firewall["rules"]["inbound"][0]["addresses"].values()
    hosts = {each["address"].rpartition(":")[0] for each in linode.compute.nodes.values()}
    expected = {
        "vpc": (["10.0.0.248/30"], {"10.0.0.10", "10.0.0.11"}),
        "private": (["192.168.255.0/24"], {"192.168.130.11", "192.168.130.12"}),
    }
    if "ipv6" in top:
        (balancer,) = linode.compute.account.nodebalancers.values()
        assert source == [balancer["backend_ipv6_prefix"]]
        assert all(host.startswith("[fd00::40:") for host in hosts)
    else:
        assert (source, hosts) == expected[top.split('"')[1]]


def test_a_balancer_keeps_an_address_that_outlives_it(linode, tmp_path):
    applied(written(tmp_path, regions=ONE))
    (balancer,) = linode.compute.account.nodebalancers.values()
    assert balancer["ipv4"] in linode.compute.reserved


def test_instances_are_told_their_aws_region_and_no_secret(linode, tmp_path):
    applied(written(tmp_path))
    said = [base64.b64decode(each).decode() for each in linode.compute.user_data.values()]
    assert ["us-east-1" in each for each in said] == [True, True, False, False]
    assert not any("SECRET" in each for each in said)


class Nth(Fault):
    """A fault that only the call after so many others meets."""

    def __init__(self, others: int, **what: object) -> None:
        super().__init__(times=1, **what)
        self.others = others

    def matches(self, method: str, path: str, last_write: float) -> bool:
        self.others -= 1
        return self.others < 0 and super().matches(method, path, last_write)


@pytest.fixture(scope="module")
def goal(tmp_path_factory) -> tuple[int, Counter]:
    """What one undisturbed `apply` makes of nothing, and with how many calls."""
    file = written(tmp_path_factory.mktemp("goal"), regions=ONE)
    with pytest.MonkeyPatch.context() as patch, LinodeEmulator(0.0, scopes=WHOLE_REGIONS) as linode:
        patch.setenv("LINODE_API_URL", linode.url)
        patch.setenv("LINODE_TOKEN", linode.token)
        assert applied(file) == Exit.OK
        return len(linode.requests), inventory(linode)


LOST = {"how": "drop", "applied_after": 0}
NOT_DONE = {"status": 500}


@pytest.mark.parametrize("fault", [NOT_DONE, LOST], ids=["not done", "done, and the reply lost"])
def test_whichever_call_fails_the_second_apply_finishes_and_nothing_exists_twice(
    goal, tmp_path, monkeypatch, fault
):
    calls, whole = goal
    assert calls > len(whole)
    file = written(tmp_path, regions=ONE)
    for failing in range(calls):
        with LinodeEmulator(0.0, scopes=WHOLE_REGIONS) as linode:
            monkeypatch.setenv("LINODE_API_URL", linode.url)
            monkeypatch.setenv("LINODE_TOKEN", linode.token)
            linode._faults.add(Nth(failing, **fault))
            assert applied(file) == Exit.NO_ANSWER, failing
            met = linode.requests[-1]
            assert applied(file) == Exit.OK, met
            assert inventory(linode) == whole, met
            linode.forget_requests()
            assert applied(file) == Exit.OK
            assert writes(linode) == [], met
