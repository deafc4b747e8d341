"""Listings: large zones, odd records, the allowance, and what answers tell about the token."""

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bench.figures import busiest_minute
from failover.adapters.clock import SystemClock
from failover.adapters.linode import dns
from failover.adapters.linode.api import Api
from failover.adapters.linode.balancers import LinodeBalancers
from failover.adapters.linode.budget import Allowance
from failover.adapters.linode.dns import LinodeDns
from failover.adapters.linode.listing import Listing
from failover.adapters.threads import Threads
from failover.errors import DnsRefused, DnsUnavailable
from failover.health import cadence
from failover.zone.access import Access
from failover.zone.records import Family, Zone
from local import linode_wire
from local.linode import LinodeEmulator
from local.linode_filter import filtered
from local.linode_limits import RateLimits
from tests.support.builders import settings_of

DOMAIN = "example.com"
BUDGET = 2.0
ENOUGH = 60.0
"""Seconds, where the test is not about time."""

ROUNDS = 10
"""Listings that are tried one after the other, as rounds do: a busy machine is slow at times."""


class Clock:
    """A clock that a test sets; sleeping moves it."""

    def __init__(self) -> None:
        self.time = time.time()

    def now(self) -> float:
        return self.time

    monotonic = now

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Token:
    """A token source that knows its token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def current(self) -> str:
        return self.token

    def fresh(self, refused: str) -> str:
        return self.token


@pytest.fixture
def linode() -> Iterator[LinodeEmulator]:
    with LinodeEmulator() as emulator:
        emulator.add_domain(DOMAIN)
        emulator.add_record(DOMAIN, "app", "A", "192.0.2.1", ttl_sec=30)
        yield emulator


def adapter(linode: LinodeEmulator, *names: str) -> LinodeDns:
    """The production adapter, which looks for these names."""
    tasks = Threads()
    ours = {DOMAIN: frozenset(names or ("app",))}
    token = Token(linode.token)
    return LinodeDns(linode.url, token, SystemClock(), tasks.sleep, tasks.gather, names=ours)


def fill(linode: LinodeEmulator, count: int) -> None:
    linode.add_records(DOMAIN, (f"host-{number}" for number in range(count)), "A", "192.0.2.9")


def addresses(zone: Zone) -> list[tuple[str, str]]:
    return [(record.name, record.address) for record in zone.records]


def listings(linode: LinodeEmulator) -> list[Any]:
    return [call for call in linode.requests if call.path.endswith("/records")]


def by_name(linode: LinodeEmulator) -> list[Any]:
    return [call for call in listings(linode) if '"name"' in call.filter]


def listed_in_time(dns: LinodeDns) -> Zone:
    for _ in range(ROUNDS):
        try:
            return dns.list(DOMAIN, BUDGET)
        except DnsUnavailable as error:
            last = error
    raise last


# Large zones


@pytest.mark.parametrize(("records", "delay"), [(2600, 0.4), (12_000, 0.08)])
def test_a_large_zone_behind_a_slow_api_is_listed(
    linode: LinodeEmulator, records: int, delay: float
) -> None:
    fill(linode, records - 1)
    linode.fail(method="GET", answered_after=delay)
    dns = adapter(linode)
    assert addresses(listed_in_time(dns)) == [("app", "192.0.2.1")]
    assert addresses(listed_in_time(dns)) == [("app", "192.0.2.1")]


def test_so_is_one_with_a_service_at_its_apex(linode: LinodeEmulator) -> None:
    fill(linode, 2600)
    linode.add_record(DOMAIN, "", "A", "192.0.2.7")
    linode.fail(method="GET", answered_after=0.2)
    dns = adapter(linode, "app", "")
    for _ in range(2):
        assert addresses(listed_in_time(dns)) == [("app", "192.0.2.1"), ("", "192.0.2.7")]
    assert by_name(linode) == []


def test_a_small_zone_is_listed_whole_in_one_request(linode: LinodeEmulator) -> None:
    fill(linode, 300)
    dns = adapter(linode)
    for _ in range(2):
        assert dns.list(DOMAIN, ENOUGH).pages == 1
    assert len(listings(linode)) == 2
    assert by_name(linode) == []


def test_of_a_large_zone_only_our_names_are_asked_for(linode: LinodeEmulator) -> None:
    fill(linode, 1200)
    linode.add_record(DOMAIN, "www", "CNAME", "app.example.com")
    dns = adapter(linode, "app", "www", "new")
    assert dns.list(DOMAIN, ENOUGH).pages == 3
    linode.forget_requests()
    zone = dns.list(DOMAIN, ENOUGH)
    assert [name for name, _ in addresses(zone)] == ["app", "www"]
    assert zone.pages == 1
    (only,) = listings(linode)
    assert {"name": "new"} in json.loads(only.filter)["+and"][1]["+or"]


def test_the_names_of_many_services_share_as_many_requests_as_their_headers_need(
    linode: LinodeEmulator,
) -> None:
    names = [f"host-{number}" for number in range(150)]
    fill(linode, 2600)
    dns = adapter(linode, *names)
    assert len(dns.list(DOMAIN, ENOUGH).records) == 150
    linode.forget_requests()
    zone = dns.list(DOMAIN, ENOUGH)
    assert len(zone.records) == 150
    assert 1 < zone.pages == len(listings(linode)) < 6
    assert max(len(call.filter) for call in listings(linode)) < 5000


def test_what_is_asked_of_a_domain_is_worked_out_once(
    linode: LinodeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filters name all services of a domain, and each of them asks in every round."""
    made: list[str] = []

    class Counted(Listing):
        def __init__(self, api: Api, domain: str, names: frozenset[str] | None) -> None:
            made.append(domain)
            super().__init__(api, domain, names)

    monkeypatch.setattr(dns, "Listing", Counted)
    reader = adapter(linode, "app")
    for _ in range(3):
        reader.list(DOMAIN, ENOUGH)

    assert made == [DOMAIN]


def test_a_zone_whose_pages_do_not_come_in_time_is_asked_for_our_names(
    linode: LinodeEmulator,
) -> None:
    fill(linode, 1200)
    dns = adapter(linode)

    def hang() -> None:
        linode.fail(path="/records", how="hang")

    linode.fail(path="/records", times=1, meanwhile=hang)
    with pytest.raises(DnsUnavailable):
        dns.list(DOMAIN, 1.0)
    linode.heal()
    linode.forget_requests()
    assert addresses(dns.list(DOMAIN, ENOUGH)) == [("app", "192.0.2.1")]
    assert len(by_name(linode)) == len(listings(linode)) == 1


def test_a_filter_that_is_refused_is_not_asked_for_again(linode: LinodeEmulator) -> None:
    fill(linode, 1200)
    dns = adapter(linode)
    dns.list(DOMAIN, ENOUGH)
    linode.fail(path="/records", times=1, status=400, body='{"errors": [{"reason": "no"}]}')
    for _ in range(2):
        assert addresses(dns.list(DOMAIN, ENOUGH)) == [("app", "192.0.2.1")]
    assert len(by_name(linode)) == 1


def test_a_filter_that_is_ignored_is_not_asked_for_again(
    linode: LinodeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heedless(items: Any, header: str | None, fields: Any) -> Any:
        return list(items) if '"name"' in (header or "") else filtered(items, header, fields)

    fill(linode, 1200)
    dns = adapter(linode)
    dns.list(DOMAIN, ENOUGH)
    monkeypatch.setattr(linode_wire, "filtered", heedless)
    dns.list(DOMAIN, ENOUGH)
    linode.forget_requests()
    assert addresses(dns.list(DOMAIN, ENOUGH)) == [("app", "192.0.2.1")]
    assert by_name(linode) == []


def test_a_filter_that_leaves_out_a_record_of_ours_is_not_believed(linode: LinodeEmulator) -> None:
    fill(linode, 1200)
    linode.add_record(DOMAIN, "Shop", "A", "192.0.2.5")
    dns = adapter(linode, "app", "shop")
    for _ in range(3):
        zone = dns.list(DOMAIN, ENOUGH)
        assert addresses(zone) == [("app", "192.0.2.1"), ("shop", "192.0.2.5")]
    assert len(by_name(linode)) == 1


def test_a_record_that_was_really_deleted_does_not_spoil_the_filter(
    linode: LinodeEmulator,
) -> None:
    fill(linode, 1200)
    www = linode.add_record(DOMAIN, "www", "A", "192.0.2.5")
    dns = adapter(linode, "app", "www")
    dns.list(DOMAIN, ENOUGH)
    linode.delete_record(www)
    for _ in range(2):
        assert addresses(dns.list(DOMAIN, ENOUGH)) == [("app", "192.0.2.1")]
    linode.forget_requests()
    assert dns.list(DOMAIN, ENOUGH).pages == 1


# Odd records


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "A", "target": "192.000.002.001"},
        {"type": "A", "target": None},
        {"type": None},
        {"type": "A", "ttl_sec": -1},
        {"type": "A", "id": "seven"},
        {"name": None},
    ],
)
def test_an_odd_record_of_another_name_hides_nothing(
    linode: LinodeEmulator, odd: dict[str, object]
) -> None:
    dns = adapter(linode)
    (record,) = linode.records(DOMAIN)
    data = [{**record, "id": 1, "name": "odd", **odd}, record, 7]
    body = json.dumps({"data": data, "page": 1, "pages": 1, "results": 3})
    linode.fail(path="/records", status=200, body=body)
    assert addresses(dns.list(DOMAIN, ENOUGH)) == [("app", "192.0.2.1")]


def test_an_odd_record_at_our_name_is_not_overlooked(linode: LinodeEmulator) -> None:
    dns = adapter(linode)
    (record,) = linode.records(DOMAIN)
    data = [{**record, "target": None}]
    body = json.dumps({"data": data, "page": 1, "pages": 1, "results": 1})
    linode.fail(path="/records", status=200, body=body)
    with pytest.raises(DnsUnavailable, match="target"):
        dns.list(DOMAIN, ENOUGH)


# Zones that Linode does not serve


@pytest.mark.parametrize("status", ["disabled", "edit_mode", "has_errors"])
def test_a_zone_that_is_not_served_is_listed_as_such(linode: LinodeEmulator, status: str) -> None:
    body = {"data": [{"id": 7, "domain": DOMAIN, "status": status}], "page": 1, "pages": 1}
    linode.fail(path="^/domains$", status=200, body=json.dumps({**body, "results": 1}))
    linode.fail(path="/records", status=200, body='{"data":[],"page":1,"pages":1,"results":0}')
    assert adapter(linode).list(DOMAIN, ENOUGH).status == status


def test_a_zone_that_is_disabled_later_is_noticed_while_watching(linode: LinodeEmulator) -> None:
    clock = Clock()
    dns = LinodeDns(linode.url, Token(linode.token), clock, clock.sleep)
    assert dns.list(DOMAIN, ENOUGH, max_age=10).status == "active"
    linode.set_domain(DOMAIN, status="disabled")
    clock.time += 600
    assert dns.list(DOMAIN, ENOUGH, max_age=10).status == "disabled"
    linode.set_domain(DOMAIN, status="active")
    clock.time += 600
    linode.fail(path=r"^/domains/\d+$", status=500)
    assert dns.list(DOMAIN, ENOUGH, max_age=10).status == "disabled"  # nothing new is known
    linode.heal()
    clock.time += 600
    assert dns.list(DOMAIN, ENOUGH, max_age=10).status == "active"


# The allowance


def limited(clock: Clock) -> LinodeEmulator:
    return LinodeEmulator(rate_limits=RateLimits(enforced=True, clock=clock.now))


def allowance(clock: Clock) -> Allowance:
    return Allowance(*cadence.allowance(settings_of()), clock.monotonic)


def test_forty_zones_that_are_listed_again_and_again_stay_below_linodes_limit() -> None:
    """All regions show a maintenance page: each zone is read twice in a round, every 3 seconds."""
    clock = Clock()
    zones = [f"zone-{number}.test" for number in range(40)]
    sent: list[float] = []
    refused: list[str] = []
    with limited(clock) as linode:
        for zone in zones:
            linode.add_domain(zone)
        dns = LinodeDns(linode.url, Token(linode.token), clock, clock.sleep, lists=allowance(clock))
        for _ in range(100):
            for zone, max_age in itertools.product(zones, (48.0, 0.0)):
                try:
                    dns.list(zone, ENOUGH, max_age)
                except DnsUnavailable as error:
                    refused.append(str(error))
            lists = [c for c in linode.requests if c.path.endswith(("/records", "/domains"))]
            assert 429 not in {call.status for call in linode.requests}
            sent += [clock.time] * len(lists)
            linode.forget_requests()
            clock.time += 3.0
    assert 100 < busiest_minute(sent) < 200
    assert all("not sent, because the product may list 120 times" in why for why in refused)


def test_watching_leaves_a_part_for_what_comes_before_a_write(linode: LinodeEmulator) -> None:
    clock = Clock()
    lists = allowance(clock)
    dns = LinodeDns(linode.url, Token(linode.token), clock, clock.sleep, lists=lists)
    dns.list(DOMAIN, ENOUGH)

    def watch() -> None:
        for _ in range(200):
            clock.time += 0.001
            dns.list(DOMAIN, ENOUGH, max_age=0.0005)

    with pytest.raises(DnsUnavailable, match="not sent"):
        watch()
    for _ in range(20):
        dns.list(DOMAIN, ENOUGH)


def test_a_listing_that_cannot_be_ended_is_not_begun() -> None:
    """One of many shards may list four times a minute: requests that lead to nothing would use up
    what a listing of several pages needs, over and over."""
    clock = Clock()
    with LinodeEmulator() as linode:
        linode.add_domain(DOMAIN)
        linode.add_records(DOMAIN, (f"x-{n}" for n in range(3600)), "A", "192.0.2.9")
        lists = Allowance(26, 4, clock.monotonic)
        dns = LinodeDns(linode.url, Token(linode.token), clock, clock.sleep, lists=lists)
        listed_at = {dns.list(DOMAIN, ENOUGH).at}  # one request for its id, and eight pages
        for _ in range(60):
            clock.time += 10.0
            with contextlib.suppress(DnsUnavailable):
                listed_at.add(dns.list(DOMAIN, ENOUGH, max_age=60.0).at)
        records = [call for call in linode.requests if call.path.endswith("/records")]
    assert len(listed_at) >= 5
    assert len(records) == 8 * len(listed_at)


def test_nodebalancers_are_listed_from_the_same_allowance(linode: LinodeEmulator) -> None:
    clock = Clock()
    lists = Allowance(2, 1, clock.monotonic)
    token = Token(linode.token)
    dns = LinodeDns(linode.url, token, clock, clock.sleep, lists=lists)
    dns.list(DOMAIN, ENOUGH)  # the domain's id, and its records
    balancers = LinodeBalancers(Api(linode.url, token, clock.monotonic, clock.sleep, lists=lists))
    with pytest.raises(DnsUnavailable, match="not sent"):
        balancers.list(ENOUGH)
    clock.time += 60
    assert balancers.list(ENOUGH) == ()


@pytest.mark.parametrize("vantages", [("v1",), ("v1", "v2"), ("v1", "v2", "v3")])
def test_all_vantages_together_stay_below_linodes_limit(vantages: tuple[str, ...]) -> None:
    at_once, a_minute = cadence.allowance(settings_of(vantages=vantages))
    assert len(vantages) * (at_once + a_minute) < 200


# The token


def test_the_scopes_are_those_of_the_newest_answer(linode: LinodeEmulator) -> None:
    dns = adapter(linode)
    assert dns.access() == Access()
    dns.list(DOMAIN, ENOUGH)
    assert dns.access().scopes == {"domains:read_write", "nodebalancers:read_only"}
    linode.fail(path="/records", headers={"X-OAuth-Scopes": "domains:read_only"})
    dns.list(DOMAIN, ENOUGH)
    assert dns.access().scopes == {"domains:read_only"}


def test_a_refused_token_is_told_until_a_success(linode: LinodeEmulator) -> None:
    token = Token("revoked")
    clock = SystemClock()
    dns = LinodeDns(linode.url, token, clock, time.sleep)
    with pytest.raises(DnsRefused):
        dns.list(DOMAIN, ENOUGH)
    refused = dns.access().refused
    assert refused is not None
    assert "401 Invalid Token" in refused
    assert dns.access().scopes is None
    token.token = linode.token
    dns.list(DOMAIN, ENOUGH)
    assert dns.access().refused is None


def test_a_refused_change_is_told_until_a_change_succeeds(linode: LinodeEmulator) -> None:
    dns = adapter(linode)
    zone = dns.list(DOMAIN, ENOUGH)
    (record,) = zone.records
    linode.restrict({DOMAIN: "read_only"})
    with pytest.raises(DnsRefused):
        dns.update(zone.domain_id, record.id, ENOUGH, address="192.0.2.2", ttl=None)
    dns.list(DOMAIN, ENOUGH)
    assert "PUT" in (dns.access().refused or "")
    linode.restrict({DOMAIN: "read_write"})
    dns.update(zone.domain_id, record.id, ENOUGH, address="192.0.2.2", ttl=None)
    assert dns.access().refused is None


def test_a_refused_change_says_nothing_about_the_next_token(linode: LinodeEmulator) -> None:
    token = Token(linode.token)
    dns = LinodeDns(linode.url, token, SystemClock(), time.sleep)
    zone = dns.list(DOMAIN, ENOUGH)
    (record,) = zone.records
    linode.restrict({DOMAIN: "read_only"})
    with pytest.raises(DnsRefused):
        dns.update(zone.domain_id, record.id, ENOUGH, address="192.0.2.2", ttl=None)
    linode.restrict({DOMAIN: "read_write"})
    token.token = linode.rotate_token()
    dns.list(DOMAIN, ENOUGH)
    assert dns.access().refused is None


def test_an_addition_that_is_not_allowed_is_no_refused_token(linode: LinodeEmulator) -> None:
    dns = adapter(linode)
    zone = dns.list(DOMAIN, ENOUGH)
    linode.restrict()
    with pytest.raises(DnsRefused):
        dns.create(zone.domain_id, "new", Family.A, "192.0.2.2", 30, ENOUGH)
    assert dns.access().refused is None
