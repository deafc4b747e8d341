"""What the Linode API says about NodeBalancers, as values."""

from typing import Any

import pytest

from failover.adapters.linode.answers import Page, Unusable, balancers
from failover.decision.balancers import Balancer
from failover.settings.model import Addresses

# As the real API shows one.
REAL = {
    "id": 1774413,
    "label": "lb-us-east",
    "region": "us-east",
    "type": "common",
    "hostname": "192-0-2-1.ip.linodeusercontent.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "created": "2018-01-02T03:04:05",
    "updated": "2018-01-02T03:04:05",
    "client_conn_throttle": 20,
    "client_udp_sess_throttle": 0,
    "lke_cluster": None,
    "tags": [],
    "transfer": {"in": None, "out": None, "total": None},
}


def listing(*items: Any, number: int = 1, pages: int = 1, results: int | None = None) -> Page:
    return Page(items, number, pages, len(items) if results is None else results)


def test_a_balancer_of_the_real_api_is_understood() -> None:
    (found,) = balancers((listing(REAL),))
    assert found == Balancer("lb-us-east", Addresses("192.0.2.1", "2001:db8::1"), "us-east")


def test_addresses_are_kept_in_canonical_text() -> None:
    (found,) = balancers((listing(REAL | {"ipv6": "2001:0DB8:0::1"}),))
    assert found.addresses.ipv6 == "2001:db8::1"


def test_a_balancer_without_ipv6_has_none() -> None:
    (found,) = balancers((listing(REAL | {"ipv6": None}),))
    assert found.addresses == Addresses("192.0.2.1")


def test_a_balancer_without_a_public_address_is_passed_over() -> None:
    """One whose front end is in a VPC must not cost the others their look-up."""
    private = REAL | {"label": "inside", "ipv4": None, "ipv6": None}
    assert [b.label for b in balancers((listing(private, REAL),))] == ["lb-us-east"]


def test_an_account_without_balancers_has_none() -> None:
    assert balancers((listing(),)) == ()


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        REAL | {"label": None},
        REAL | {"label": 7},
        REAL | {"ipv4": 7},
        REAL | {"ipv4": ""},
        REAL | {"ipv4": "2001:db8::1"},
        REAL | {"ipv4": "192.0.2.1/24"},
        REAL | {"ipv6": ""},
        REAL | {"ipv6": "2001:db8::1/128"},
        REAL | {"ipv6": "192.0.2.1"},
        REAL | {"ipv6": 7},
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_meant_is_unusable_as_a_whole(odd: Any) -> None:
    with pytest.raises(Unusable):
        balancers((listing(REAL | {"label": "other"}, odd),))


def test_one_label_twice_is_a_list_that_changed_meanwhile() -> None:
    with pytest.raises(Unusable, match="listed twice"):
        balancers((listing(REAL, REAL | {"ipv4": "192.0.2.2"}),))


def test_pages_that_do_not_add_up_are_unusable() -> None:
    """Half a list would make the other half look missing."""
    with pytest.raises(Unusable, match="do not add up"):
        balancers((listing(REAL, pages=2, results=2), listing(number=2, pages=2, results=2)))
