"""The Linode emulator counts requests as Linode does, and refuses when told to."""

import math

import pytest
import requests

from local.linode import LinodeEmulator
from local.linode_limits import RateLimits
from tests.support.waiting import LIMIT


class Clock:
    """Seconds since the epoch, moved by hand."""

    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def linode(clock):
    limits = RateLimits(enforced=True, lists=3, others=5, clock=clock)
    with LinodeEmulator(rate_limits=limits) as emulator:
        emulator.add_domain("shop.test")
        yield emulator


@pytest.fixture
def get(linode):
    with requests.Session() as session:
        session.trust_env = False

        def send(path, token=None):
            headers = {"Authorization": f"Bearer {token or linode.token}"}
            return session.get(linode.url + path, headers=headers, timeout=LIMIT)

        yield send


def statuses(get, path, times):
    return [get(path).status_code for _ in range(times)]


def test_the_numbers_are_the_published_ones_and_nothing_is_refused_unless_asked_for():
    with LinodeEmulator() as linode, requests.Session() as session:
        limits = linode.rate_limits
        assert (limits.lists, limits.others, limits.window) == (200, 1600, 60.0)
        limits.lists = 1
        headers = {"Authorization": f"Bearer {linode.token}"}
        replies = [session.get(f"{linode.url}/domains", headers=headers) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200] * 3
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["0", "0", "0"]


def test_one_list_too_many_is_refused_until_the_window_ends(get, clock):
    assert statuses(get, "/domains", 4) == [200, 200, 200, 429]
    clock.now += 59.9
    assert statuses(get, "/domains", 1) == [429]
    clock.now += 0.1
    assert statuses(get, "/domains", 4) == [200, 200, 200, 429]


def test_a_refusal_says_when_the_window_ends(get, clock):
    began = clock.now
    statuses(get, "/domains", 3)
    clock.now += 12.5
    refused = get("/domains")
    assert refused.json() == {"errors": [{"reason": "Too many requests"}]}
    assert refused.headers["Retry-After"] == "48"
    assert refused.headers["X-RateLimit-Reset"] == str(math.ceil(began + 60))
    assert refused.headers["X-RateLimit-Limit"] == "3"
    assert refused.headers["X-RateLimit-Remaining"] == "0"


def test_ordinary_answers_count_down(get):
    remaining = [get("/domains").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]


@pytest.mark.parametrize(
    "path", ["/domains", "/domains/{zone}/records", "/nodebalancers", "/nodebalancers/{lb}/configs"]
)
def test_lists_have_a_limit_of_their_own_that_other_requests_do_not_touch(linode, get, path):
    found = get("/domains").json()["data"][0]["id"]
    balancer = linode.add_nodebalancer("lb", "us-east", "192.0.2.1")
    assert statuses(get, "/profile", 6) == [200] * 5 + [429]
    assert statuses(get, path.format(zone=found, lb=balancer), 3) == [200, 200, 429]


def test_writes_and_reads_by_id_share_the_wider_limit(linode, get):
    zone = get("/domains").json()["data"][0]["id"]
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1")
    url = f"{linode.url}/domains/{zone}/records/{record}"
    headers = {"Authorization": f"Bearer {linode.token}"}
    assert statuses(get, f"/domains/{zone}/records/{record}", 4) == [200] * 4
    puts = [requests.put(url, json={"target": f"192.0.2.{n}"}, headers=headers) for n in (2, 3)]
    assert [put.status_code for put in puts] == [200, 429]
    assert linode.targets("shop.test", "app", "A") == ["192.0.2.2"]


def test_every_token_has_its_own_window(linode, get):
    assert statuses(get, "/domains", 4)[-1] == 429
    linode.rotate_token()
    assert statuses(get, "/domains", 1) == [200]


def test_limits_may_be_enforced_and_lifted_while_it_runs(linode, get):
    assert statuses(get, "/domains", 4)[-1] == 429
    linode.rate_limits.enforced = False
    assert statuses(get, "/domains", 1) == [200]
    linode.rate_limits.enforced = True
    assert statuses(get, "/domains", 1) == [429]
