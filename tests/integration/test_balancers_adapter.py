"""The NodeBalancers of an account, against an emulator of Linode's API that misbehaves at will."""

import time
from collections.abc import Iterator

import pytest

from failover.adapters.linode.api import Api
from failover.adapters.linode.balancers import LinodeBalancers
from failover.decision.balancers import Balancer
from failover.errors import DnsRefused, DnsUnavailable, FailoverError, TokenUnavailable
from failover.settings.model import Addresses
from local.linode import LinodeEmulator
from local.linode_faults import HTML_PAGE

# Enough for every try of a call that is to succeed.
BUDGET = 20.0


class Clock:
    """Real clocks that also jump: sleeping takes no time and moves both of them."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds


class Token:
    """The token of the emulator, or none."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        if not self._token:
            raise TokenUnavailable("no token was ever read")
        return self._token

    def fresh(self, refused: str) -> str:
        return self.current()


@pytest.fixture
def linode() -> Iterator[LinodeEmulator]:
    with LinodeEmulator() as emulator:
        emulator.add_nodebalancer("lb-us-east", "us-east", "192.0.2.1", "2001:db8::1")
        yield emulator


@pytest.fixture
def account(linode: LinodeEmulator) -> LinodeBalancers:
    return at(linode, linode.token)


def at(linode: LinodeEmulator, token: str) -> LinodeBalancers:
    clock = Clock()
    return LinodeBalancers(Api(linode.url, Token(token), clock.monotonic, clock.sleep))


EAST = Balancer("lb-us-east", Addresses("192.0.2.1", "2001:db8::1"), "us-east")


def test_a_balancer_has_its_label_and_bare_addresses(account: LinodeBalancers) -> None:
    assert account.list(BUDGET) == (EAST,)


def test_a_balancer_without_ipv6_has_none(linode: LinodeEmulator, account: LinodeBalancers) -> None:
    linode.add_nodebalancer("lb-eu-west", "eu-west", "192.0.2.2")
    assert account.list(BUDGET)[1] == Balancer("lb-eu-west", Addresses("192.0.2.2"), "eu-west")


def test_all_pages_are_read(linode: LinodeEmulator, account: LinodeBalancers) -> None:
    """500 fit on a page."""
    for number in range(500):
        linode.add_nodebalancer(f"lb-{number}", "us-east", f"198.51.{number // 250}.{number % 250}")
    linode.forget_requests()
    found = account.list(BUDGET)
    assert len(found) == 501
    assert found[-1].label == "lb-499"
    assert len(linode.requests) == 2


def test_an_account_without_any_has_none(linode: LinodeEmulator, account: LinodeBalancers) -> None:
    (only,) = account.list(BUDGET)
    linode.delete_nodebalancer(linode.add_nodebalancer("gone", "us-east", "192.0.2.3"))
    assert account.list(BUDGET) == (only,)


def test_nothing_is_ever_written(linode: LinodeEmulator, account: LinodeBalancers) -> None:
    account.list(BUDGET)
    assert {call.method for call in linode.requests} == {"GET"}


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 502, "body": HTML_PAGE}, {"status": 429}, {"how": "drop"}],
    ids=str,
)
def test_what_goes_away_by_itself_is_tried_again(
    linode: LinodeEmulator, account: LinodeBalancers, fault: dict[str, object]
) -> None:
    linode.fail(path="^/nodebalancers", times=2, **fault)
    assert account.list(BUDGET) == (EAST,)


@pytest.mark.parametrize(
    "body",
    [HTML_PAGE, '{"data": 7}', '{"data": [7], "page": 1, "pages": 1, "results": 1}'],
    ids=str,
)
def test_an_odd_answer_is_no_empty_account(
    linode: LinodeEmulator, account: LinodeBalancers, body: str
) -> None:
    """All balancers missing at once would alarm everybody."""
    linode.fail(path="^/nodebalancers", status=200, body=body)
    with pytest.raises(DnsUnavailable):
        account.list(3.0)


def test_a_token_that_may_not_look_is_told_the_scope(
    linode: LinodeEmulator, account: LinodeBalancers
) -> None:
    linode.fail(path="^/nodebalancers", status=403)
    with pytest.raises(DnsRefused, match="nodebalancers:read_only") as refused:
        account.list(BUDGET)
    assert refused.value.status == 403


def test_a_restricted_user_sees_what_it_was_granted(linode: LinodeEmulator) -> None:
    linode.add_nodebalancer("secret", "us-east", "192.0.2.9")
    linode.restrict({"lb-us-east": "read_only"})
    assert at(linode, linode.token).list(BUDGET) == (EAST,)


@pytest.mark.parametrize("token", ["", "revoked"])
def test_without_a_good_token_there_is_no_answer_and_no_token_in_the_message(
    linode: LinodeEmulator, token: str
) -> None:
    with pytest.raises(FailoverError) as error:
        at(linode, token).list(3.0)
    assert "revoked" not in str(error.value)


def test_a_silent_api_costs_no_more_than_the_budget(
    linode: LinodeEmulator, account: LinodeBalancers
) -> None:
    linode.fail(path="^/nodebalancers", how="hang")
    with pytest.raises(DnsUnavailable):
        account.list(0.5)
