"""The records at Linode, against an emulator of its API that can be made to misbehave."""

import json
import threading
import time
import traceback
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from failover.adapters.linode.dns import LinodeDns
from failover.errors import DnsRefused, DnsUnavailable, FailoverError, TokenUnavailable
from failover.zone.access import Access, insufficient
from failover.zone.records import Family, Record
from local.linode import LinodeEmulator
from local.linode_faults import HTML_PAGE
from tests.raw_server import RawServer, answer
from tests.support.waiting import LIMIT

DOMAIN = "example.com"
# Enough for every try of a call that is to succeed.
BUDGET = 20.0


class Clock:
    """Real clocks that also jump: sleeping takes no time and moves both of them."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += seconds


class Patient(Clock):
    """Time passes only in sleep: however busy the machine is, a large answer is read to its end."""

    def monotonic(self) -> float:
        return self.ahead


class Tokens:
    """A token source that knows an old token and, when that is refused, a new one."""

    def __init__(self, old: str, new: str | None = None) -> None:
        self.token = old
        self.new = new or old
        self.refused: list[str] = []

    def current(self) -> str:
        return self.token

    def fresh(self, refused: str) -> str:
        self.refused.append(refused)
        self.token = self.new
        return self.token


@pytest.fixture
def linode() -> Iterator[LinodeEmulator]:
    with LinodeEmulator() as emulator:
        emulator.add_domain(DOMAIN)
        yield emulator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dns(linode: LinodeEmulator, clock: Clock) -> LinodeDns:
    return LinodeDns(linode.url, Tokens(linode.token), clock, clock.sleep)


@pytest.fixture
def app(linode: LinodeEmulator) -> int:
    """The id of the record that the tests move."""
    return linode.add_record(DOMAIN, "app", "A", "192.0.2.1", ttl_sec=30)


@pytest.fixture
def domain_id(dns: LinodeDns) -> int:
    return dns.list(DOMAIN, BUDGET).domain_id


def sent(linode: LinodeEmulator, method: str, path: str = "") -> list[Any]:
    return [call for call in linode.requests if call.method == method and path in call.path]


# Reading


def test_a_listing_holds_addresses_and_cnames_with_relative_names(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock
) -> None:
    apex = linode.add_record(DOMAIN, "", "A", "192.0.2.1", ttl_sec=300)
    six = linode.add_record(DOMAIN, "app", "AAAA", "2001:0db8::0001")
    alias = linode.add_record(DOMAIN, "www", "CNAME", "app.example.com")
    linode.add_record(DOMAIN, "", "MX", "mail.example.com")
    before = clock.now()
    zone = dns.list(DOMAIN, BUDGET)
    assert zone.records == (
        Record(apex, "", "A", "192.0.2.1", 300),
        Record(six, "app", "AAAA", "2001:db8::1", 0),
        Record(alias, "www", "CNAME", zone.records[2].address, 0),
    )
    assert zone.records[2].address.startswith("app.example.com")
    assert zone.pages == 1
    assert before <= zone.at <= clock.now()


def test_only_these_types_are_asked_for_in_the_largest_pages(
    linode: LinodeEmulator, dns: LinodeDns
) -> None:
    dns.list(DOMAIN, BUDGET)
    (listing,) = sent(linode, "GET", "/records")
    assert json.loads(listing.filter) == {
        "+or": [{"type": "A"}, {"type": "AAAA"}, {"type": "CNAME"}]
    }
    assert listing.query == {"page": "1", "page_size": "500"}


def test_all_pages_are_read(linode: LinodeEmulator, dns: LinodeDns) -> None:
    ids = [linode.add_record(DOMAIN, f"n{number}", "A", "192.0.2.1") for number in range(1001)]
    zone = dns.list(DOMAIN, BUDGET)
    assert [record.id for record in zone.records] == ids
    assert zone.pages == 3


def test_the_domain_is_looked_up_once(linode: LinodeEmulator, dns: LinodeDns) -> None:
    linode.add_domain("my-example.com")
    first = dns.list(DOMAIN, BUDGET)
    assert dns.list(DOMAIN, BUDGET).domain_id == first.domain_id
    (look_up,) = [call for call in linode.requests if call.path == "/domains"]
    assert json.loads(look_up.filter) == {"domain": DOMAIN}


def test_a_domain_that_is_gone_is_looked_up_anew(linode: LinodeEmulator, dns: LinodeDns) -> None:
    dns.list(DOMAIN, BUDGET)
    linode.fail(path="/records", times=1, status=404)
    with pytest.raises(DnsRefused) as refusal:
        dns.list(DOMAIN, BUDGET)
    assert refusal.value.status == 404
    assert "404 " in str(refusal.value)
    assert f"domain {DOMAIN} is gone, or the token cannot see it" in str(refusal.value)
    dns.list(DOMAIN, BUDGET)
    assert len([call for call in linode.requests if call.path == "/domains"]) == 2


def test_a_domain_that_the_token_cannot_see_is_refused_with_the_cure(dns: LinodeDns) -> None:
    with pytest.raises(DnsRefused) as refusal:
        dns.list("elsewhere.example", BUDGET)
    assert "the token sees no domain elsewhere.example" in str(refusal.value)
    assert "add the domain, give the token's user access to it, or use a token of its account" in (
        str(refusal.value)
    )


def test_one_record_is_read_by_its_id(dns: LinodeDns, domain_id: int, app: int) -> None:
    assert dns.get(domain_id, app, BUDGET) == Record(app, "app", "A", "192.0.2.1", 30)


# Listings that may be older


def test_a_listing_that_is_young_enough_is_not_asked_for_again(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock
) -> None:
    first = dns.list(DOMAIN, BUDGET)
    clock.ahead += 9
    assert dns.list(DOMAIN, BUDGET, max_age=10) is first
    clock.ahead += 2
    assert dns.list(DOMAIN, BUDGET, max_age=10).at > first.at
    dns.list(DOMAIN, BUDGET)
    assert len(sent(linode, "GET", "/records")) == 3


def test_an_own_write_makes_every_listing_too_old(dns: LinodeDns, domain_id: int, app: int) -> None:
    dns.list(DOMAIN, BUDGET)
    dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    (record,) = dns.list(DOMAIN, BUDGET, max_age=600).records
    assert record.address == "192.0.2.2"


def test_so_does_a_write_that_failed(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int
) -> None:
    dns.list(DOMAIN, BUDGET)
    linode.fail(method="PUT", how="drop", applied_after=0)
    with pytest.raises(DnsUnavailable):
        dns.update(domain_id, app, 1.0, address="192.0.2.2", ttl=None)
    (record,) = dns.list(DOMAIN, BUDGET, max_age=600).records
    assert record.address == "192.0.2.2"


def test_services_that_share_a_domain_share_one_reading(
    linode: LinodeEmulator, dns: LinodeDns
) -> None:
    linode.fail(path="/records", times=1, applied_after=0.3)  # slow enough for all to meet
    with ThreadPoolExecutor(10) as pool:
        zones = list(pool.map(lambda _: dns.list(DOMAIN, BUDGET, max_age=60), range(10)))
    assert len(sent(linode, "GET", "/records")) == 1
    assert len(set(map(id, zones))) == 1


def test_so_do_those_that_publish_at_once_and_each_reading_began_after_it_was_asked_for(
    linode: LinodeEmulator, dns: LinodeDns
) -> None:
    """A hundred services that leave one region must not use up the rate limit by reading."""
    linode.fail(path="/records", times=1, applied_after=0.3)
    together = threading.Barrier(10)

    def ask(_: int) -> bool:
        together.wait()
        asked = time.time()
        return dns.list(DOMAIN, BUDGET).at > asked

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(ask, range(10)))
    # The first one's, and one for all who came meanwhile; a busy machine wakes some even later.
    assert len(sent(linode, "GET", "/records")) <= 3


# Writing


def test_an_update_sends_only_what_changes_and_returns_the_reply(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int
) -> None:
    written = dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert written.record == Record(app, "app", "A", "192.0.2.2", 30)
    assert written.certain
    dns.update(domain_id, app, BUDGET, address=None, ttl=120)
    assert [call.body for call in sent(linode, "PUT")] == [
        {"target": "192.0.2.2"},
        {"ttl_sec": 120},
    ]
    assert linode.targets(DOMAIN, "app", "A") == ["192.0.2.2"]


def test_a_ttl_that_linode_rounds_is_returned_as_it_is_now(
    dns: LinodeDns, domain_id: int, app: int
) -> None:
    assert dns.update(domain_id, app, BUDGET, address=None, ttl=100).record.ttl == 120


@pytest.mark.parametrize("name", ["new", ""])
def test_a_record_is_created_at_a_label_or_at_the_apex(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, name: str
) -> None:
    written = dns.create(domain_id, name, Family.AAAA, "2001:db8::1", 30, BUDGET)
    assert written.record == Record(written.record.id, name, "AAAA", "2001:db8::1", 30)
    assert written.certain
    assert linode.targets(DOMAIN, name, "AAAA") == ["2001:db8::1"]


# What is tried again


@pytest.mark.parametrize("status", [429, 500])
def test_passing_errors_are_tried_again_with_growing_pauses(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int, clock: Clock, status: int
) -> None:
    linode.fail(method="PUT", times=4, status=status)
    written = dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert written.record.address == "192.0.2.2"
    assert clock.slept == [0.2, 0.4, 0.8, 1.6]
    assert len(sent(linode, "PUT")) == 5


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_a_write_that_may_still_be_applied_is_sent_three_times_at_the_most(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int, clock: Clock, status: int
) -> None:
    """Each of them may arrive late, and as many are undone."""
    linode.fail(method="PUT", times=2, status=status)
    assert dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None).record
    assert clock.slept == [0.2, 0.4]
    linode.forget_requests()
    linode.fail(method="PUT", times=3, status=status)
    with pytest.raises(DnsUnavailable, match=f"status {status}"):
        dns.update(domain_id, app, BUDGET, address="192.0.2.3", ttl=None)
    assert len(sent(linode, "PUT")) == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"how": "drop"},
        {"status": 502, "body": HTML_PAGE},
        {"status": 200, "body": HTML_PAGE},
        {"status": 200, "body": "[" * 100_000},
        {"status": 200, "body": '"done"'},
        {"status": 200, "body": "{}"},
        {"status": 200, "body": '{"id": 1, "name": "", "type": "A"}'},
        {"status": 400, "body": HTML_PAGE},
        {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
        {"status": 200, "headers": {"Content-Encoding": "gzip"}},
        {"status": 500, "body": '{"errors": [{"field": 7}, 3, {"reason": []}]}'},
        {"status": 500, "body": '{"errors": "none"}'},
        {"status": 500, "body": "7"},
    ],
)
def test_whatever_comes_instead_of_an_answer_is_tried_again(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int, fault: dict[str, Any]
) -> None:
    linode.fail(method="GET", path="/records/", times=2, **fault)
    assert dns.get(domain_id, app, BUDGET).address == "192.0.2.1"


@pytest.mark.parametrize("fault", [{"how": "hang"}, {"how": "drip", "pause": 0.1}])
def test_a_try_that_does_not_end_leaves_time_for_another(
    linode: LinodeEmulator,
    dns: LinodeDns,
    domain_id: int,
    app: int,
    fault: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("failover.adapters.linode.api.TRY_SECONDS", 0.4)
    linode.fail(method="PUT", times=1, **fault)
    assert dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None).record


@pytest.mark.parametrize("fault", [{"how": "hang"}, {"how": "drip", "pause": 0.1}])
def test_the_budget_holds_whatever_the_server_does(
    linode: LinodeEmulator, dns: LinodeDns, fault: dict[str, Any], clock: Clock
) -> None:
    dns.list(DOMAIN, BUDGET)
    linode.fail(**fault)
    """Neither fault ever ends: a call that returns has kept to its budget."""
    with pytest.raises(DnsUnavailable, match="deadline"):
        dns.list(DOMAIN, 0.6)


def test_nobody_listening_is_unavailable(clock: Clock) -> None:
    with RawServer(answer(b"")) as gone:
        pass
    dns = LinodeDns(f"http://127.0.0.1:{gone.port}/v4", Tokens("a-token"), clock, clock.sleep)
    with pytest.raises(DnsUnavailable, match="refused"):
        dns.list(DOMAIN, 1.0)
    assert clock.slept == [0.2, 0.4]


def test_a_list_that_only_watches_is_asked_for_once(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock
) -> None:
    """The next round comes soon, and all vantages together may send 200 lists a minute."""
    dns.list(DOMAIN, BUDGET)
    clock.ahead += 60.0
    before = len(linode.requests)
    linode.fail(status=503)
    with pytest.raises(DnsUnavailable, match=r"status 503 \(tries: 1\)"):
        dns.list(DOMAIN, BUDGET, max_age=30.0)
    assert len(linode.requests) == before + 1
    with pytest.raises(DnsUnavailable, match=r"tries: [3-9]"):
        dns.list(DOMAIN, BUDGET)


def test_retry_after_is_kept_to_where_it_fits(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock
) -> None:
    linode.fail(times=1, status=429, headers={"Retry-After": "7"})
    dns.list(DOMAIN, BUDGET)
    assert clock.slept == [7.0]


@pytest.mark.parametrize("status", [429, 503])
def test_where_it_does_not_fit_the_call_ends_at_once_and_names_the_seconds(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock, status: int
) -> None:
    linode.fail(status=status, headers={"Retry-After": "60"})
    with pytest.raises(DnsUnavailable, match="60 s"):
        dns.list(DOMAIN, BUDGET)
    assert clock.slept == []
    assert len(linode.requests) == 1


def test_on_other_answers_retry_after_means_nothing(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock
) -> None:
    linode.fail(times=1, status=502, headers={"Retry-After": "60"})
    dns.list(DOMAIN, BUDGET)
    assert clock.slept == [0.2]


def test_planned_maintenance_ends_the_call_at_once(
    linode: LinodeEmulator, dns: LinodeDns, clock: Clock
) -> None:
    linode.fail(status=503, headers={"X-MAINTENANCE-MODE": "1", "Retry-After": "1"})
    with pytest.raises(DnsUnavailable, match="maintenance"):
        dns.list(DOMAIN, BUDGET)
    assert len(linode.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [{"how": "drop"}, {"how": "drop", "applied_after": 0}, {"status": 502}, {"status": 429}],
)
def test_a_creation_is_sent_once_whatever_happens(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, fault: dict[str, Any]
) -> None:
    linode.fail(method="POST", **fault)
    with pytest.raises(DnsUnavailable):
        dns.create(domain_id, "new", Family.A, "192.0.2.1", 30, BUDGET)
    assert len(sent(linode, "POST")) == 1


# Whether a write may still take effect


@pytest.mark.parametrize(
    ("fault", "certain"),
    [
        ({"status": 429}, True),
        ({"status": 500}, True),
        ({"status": 502}, False),
        ({"status": 504}, False),
        ({"status": 200, "body": HTML_PAGE}, False),
        ({"how": "drop", "applied_after": 0}, False),
    ],
)
def test_a_write_is_certain_if_every_earlier_try_surely_ended(
    linode: LinodeEmulator,
    dns: LinodeDns,
    domain_id: int,
    app: int,
    fault: dict[str, Any],
    certain: bool,
) -> None:
    linode.fail(method="PUT", times=1, **fault)
    written = dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert written.certain is certain


@pytest.mark.parametrize(
    ("fault", "in_flight"),
    [
        ({"status": 504, "body": HTML_PAGE}, 3),
        ({"how": "drop"}, 3),
        ({"status": 503, "headers": {"X-MAINTENANCE-MODE": "Yes"}}, 1),
        ({"status": 429, "headers": {"Retry-After": "99"}}, 0),
    ],
    ids=["balancer's error", "dropped", "maintenance", "throttled"],
)
def test_a_write_that_failed_tells_how_often_it_may_still_be_applied(
    linode: LinodeEmulator,
    dns: LinodeDns,
    domain_id: int,
    app: int,
    fault: dict[str, Any],
    in_flight: int,
) -> None:
    linode.fail(method="PUT", **fault)
    with pytest.raises(DnsUnavailable) as caught:
        dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert caught.value.in_flight == in_flight


def test_a_refused_write_tells_of_its_earlier_tries(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int
) -> None:
    linode.fail(method="PUT", times=1, how="drop")
    body = json.dumps({"errors": [{"reason": "Unauthorized"}]})
    linode.fail(method="PUT", status=403, body=body)
    with pytest.raises(DnsRefused) as caught:
        dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert caught.value.in_flight == 1


def test_nothing_is_in_flight_where_nobody_listens(clock: Clock) -> None:
    with RawServer(answer(b"")) as gone:
        pass
    dns = LinodeDns(f"http://127.0.0.1:{gone.port}/v4", Tokens("a-token"), clock, clock.sleep)
    with pytest.raises(DnsUnavailable) as caught:
        dns.update(1, 2, 1.0, address="192.0.2.2", ttl=None)
    assert caught.value.in_flight == 0


# What is refused


@pytest.mark.parametrize("status", [400, 403, 404, 405, 422])
def test_a_no_is_final_and_says_what_was_asked_and_why(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int, status: int
) -> None:
    body = json.dumps({"errors": [{"reason": "Not that way", "field": "target"}]})
    linode.fail(method="PUT", status=status, body=body)
    with pytest.raises(DnsRefused) as refusal:
        dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert refusal.value.status == status
    assert f"PUT /domains/{domain_id}/records/{app}" in str(refusal.value)
    assert "target: Not that way" in str(refusal.value)
    assert len(sent(linode, "PUT")) == 1


def test_a_listing_with_too_many_pages_is_unavailable(
    linode: LinodeEmulator, dns: LinodeDns
) -> None:
    dns.list(DOMAIN, BUDGET)
    body = json.dumps({"data": [], "page": 1, "pages": 1_000_000, "results": 500_000_000})
    linode.fail(status=200, body=body)
    with pytest.raises(DnsUnavailable, match="pages"):
        dns.list(DOMAIN, 1.0)


def test_the_record_of_another_id_is_unavailable(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int
) -> None:
    other = dict(linode.records(DOMAIN)[0], id=app + 1)
    linode.fail(status=200, body=json.dumps(other))
    with pytest.raises(DnsUnavailable, match=f"{app + 1} instead of {app}"):
        dns.get(domain_id, app, 1.0)


# The token


def test_a_refused_token_is_asked_for_anew_once_and_the_call_repeated(
    linode: LinodeEmulator, clock: Clock
) -> None:
    tokens = Tokens("revoked", linode.token)
    dns = LinodeDns(linode.url, tokens, clock, clock.sleep)
    assert dns.list(DOMAIN, BUDGET)
    assert tokens.refused == ["revoked"]


def test_a_token_that_stays_refused_is_refused(linode: LinodeEmulator, clock: Clock) -> None:
    tokens = Tokens("revoked", "revoked, too")
    dns = LinodeDns(linode.url, tokens, clock, clock.sleep)
    with pytest.raises(DnsRefused, match="Invalid Token") as refusal:
        dns.list(DOMAIN, BUDGET)
    assert refusal.value.status == 401
    assert len(linode.requests) == 2


def test_the_same_token_is_not_tried_twice(linode: LinodeEmulator, clock: Clock) -> None:
    dns = LinodeDns(linode.url, Tokens("revoked"), clock, clock.sleep)
    with pytest.raises(DnsRefused):
        dns.list(DOMAIN, BUDGET)
    assert len(linode.requests) == 1


def test_without_a_token_nothing_is_sent(linode: LinodeEmulator, clock: Clock) -> None:
    class NoToken(Tokens):
        def current(self) -> str:
            raise TokenUnavailable("none")

    dns = LinodeDns(linode.url, NoToken(""), clock, clock.sleep)
    with pytest.raises(TokenUnavailable):
        dns.list(DOMAIN, BUDGET)
    assert linode.requests == []


def everything_in(error: BaseException | None) -> str:
    """All that a logger could find in an error: its chain, its arguments, its attributes."""
    found = ""
    while error:
        found += "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(error.args)
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 400, "body": '{"errors": [{"reason": "TOKEN", "field": "TOKEN"}]}'},
        {"status": 401, "body": '{"errors": [{"reason": "Bearer TOKEN is bad"}]}'},
        {"status": 500, "body": "TOKEN"},
        {
            "status": 200,
            "body": json.dumps({"id": 1, "name": "", "type": "A", "target": "TOKEN", "ttl_sec": 0}),
        },
        {"status": 200, "headers": {"Content-Encoding": "TOKEN"}},
        {"status": 302, "headers": {"Location": "http://TOKEN/"}},
        {"how": "drop"},
    ],
)
def test_the_token_is_in_no_error_and_in_no_log(
    linode: LinodeEmulator,
    dns: LinodeDns,
    domain_id: int,
    app: int,
    fault: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    told = json.loads(json.dumps(fault).replace("TOKEN", linode.token))
    linode.fail(**told)
    with pytest.raises(FailoverError) as failure:
        dns.update(domain_id, app, 1.0, address="192.0.2.2", ttl=None)
    captured = capfd.readouterr()
    seen = everything_in(failure.value) + caplog.text + captured.out + captured.err
    assert linode.token not in seen


def test_a_token_that_no_header_can_carry_is_not_quoted(
    linode: LinodeEmulator, clock: Clock
) -> None:
    dns = LinodeDns(linode.url, Tokens("top\nsecret"), clock, clock.sleep)
    with pytest.raises(DnsUnavailable) as failure:
        dns.list(DOMAIN, 1.0)
    assert "secret" not in everything_in(failure.value)
    assert linode.requests == []


# The rest


def test_neither_netrc_nor_proxies_take_the_token_away(
    dns: LinodeDns, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert dns.list(DOMAIN, BUDGET).records == ()


def test_no_redirect_takes_the_token_elsewhere(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int
) -> None:
    with RawServer(answer(b"{}")) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/"
        linode.fail(status=307, headers={"Location": location})
        with pytest.raises(DnsUnavailable, match="307"):
            dns.get(domain_id, app, 1.0)
        with pytest.raises(DnsUnavailable, match="307"):
            dns.update(domain_id, app, 1.0, address="192.0.2.2", ttl=None)
    assert elsewhere.connections == 0


def test_requests_name_the_product_and_keep_no_connection(clock: Clock) -> None:
    requests: list[bytes] = []

    def script(peer: Any) -> None:
        requests.append(peer.request())

    with RawServer(script) as server:
        dns = LinodeDns(
            f"http://127.0.0.1:{server.port}/v4/", Tokens("a-token"), clock, clock.sleep
        )
        with pytest.raises(DnsUnavailable):
            dns.list(DOMAIN, 0.1)
    line, *headers = requests[0].decode().lower().split("\r\n")
    assert line == "get /v4/domains?page_size=500 http/1.1"
    assert any(header.startswith("user-agent: linode-region-failover ") for header in headers)
    assert "authorization: bearer a-token" in headers
    assert "accept-encoding: identity" in headers
    assert "connection: close" in headers


def test_an_answer_without_end_is_unavailable() -> None:
    clock = Patient()

    def script(peer: Any) -> None:
        peer.request()
        peer.say(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.flood(b"[" * 65536)

    with RawServer(script) as server:
        dns = LinodeDns(f"http://127.0.0.1:{server.port}/v4", Tokens("a-token"), clock, clock.sleep)
        with pytest.raises(DnsUnavailable, match="too_large"):
            dns.list(DOMAIN, 2.0)


def test_many_threads_can_use_it_at_once(linode: LinodeEmulator, dns: LinodeDns) -> None:
    ids = [linode.add_record(DOMAIN, f"n{number}", "A", "192.0.2.1") for number in range(16)]
    domain_id = dns.list(DOMAIN, BUDGET).domain_id
    together = threading.Barrier(len(ids))

    def move(number: int) -> str:
        together.wait(LIMIT)
        address = f"192.0.2.{100 + number}"
        return dns.update(domain_id, ids[number], BUDGET, address=address, ttl=None).record.name

    with ThreadPoolExecutor(len(ids)) as pool:
        names = list(pool.map(move, range(len(ids))))
    assert names == [f"n{number}" for number in range(len(ids))]
    for number in range(len(ids)):
        assert linode.targets(DOMAIN, f"n{number}", "A") == [f"192.0.2.{100 + number}"]


# What the token may do


def test_the_scopes_of_the_token_are_known_after_any_answer(dns: LinodeDns) -> None:
    assert dns.access() == Access()
    dns.list(DOMAIN, BUDGET)
    assert dns.access() == Access(
        None, frozenset({"domains:read_write", "nodebalancers:read_only"})
    )


def test_a_token_that_may_only_read_is_known_before_a_write(clock: Clock) -> None:
    with LinodeEmulator(scopes="domains:read_only") as linode:
        linode.add_domain(DOMAIN)
        dns = LinodeDns(linode.url, Tokens(linode.token), clock, clock.sleep)
        dns.list(DOMAIN, BUDGET)
    assert insufficient(dns.access(), {"domains:read_write"})


def test_a_refused_write_counts_until_a_write_is_accepted(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int, app: int
) -> None:
    linode.fail(method="PUT", times=1, status=403)
    with pytest.raises(DnsRefused):
        dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    dns.get(domain_id, app, BUDGET)
    refused = dns.access().refused
    assert refused is not None
    assert "403" in refused
    dns.update(domain_id, app, BUDGET, address="192.0.2.2", ttl=None)
    assert dns.access().refused is None


def test_a_record_that_may_not_be_added_says_nothing_about_the_token(
    linode: LinodeEmulator, dns: LinodeDns, domain_id: int
) -> None:
    linode.fail(method="POST", times=1, status=403)
    with pytest.raises(DnsRefused):
        dns.create(domain_id, "new", Family.A, "192.0.2.2", 30, BUDGET)
    assert dns.access().refused is None


def test_a_revoked_token_is_refused_until_a_new_one_is_accepted(
    linode: LinodeEmulator, clock: Clock
) -> None:
    tokens = Tokens(linode.token)
    dns = LinodeDns(linode.url, tokens, clock, clock.sleep)
    new = linode.rotate_token()
    with pytest.raises(DnsRefused):
        dns.list(DOMAIN, BUDGET)
    refused = dns.access().refused
    assert refused is not None
    assert "401" in refused
    assert dns.access().scopes is None
    tokens.new = new
    dns.list(DOMAIN, BUDGET)
    assert dns.access().refused is None


@pytest.mark.parametrize("part", [b"[]", b"{}", b'"a"', b"0"])
def test_an_answer_of_a_thousand_times_a_thousand_parts_is_not_unpacked(part: bytes) -> None:
    """Within its bytes it was a page; in memory it was a hundred times that."""
    clock = Patient()
    body = b'{"data": [' + part + (b"," + part) * 600_000 + b"]}"
    with RawServer(answer(body)) as server:
        url = f"http://127.0.0.1:{server.port}/v4"
        linode = LinodeDns(url, Tokens("a-token"), clock, clock.sleep)
        tracemalloc.start()
        try:
            with pytest.raises(DnsUnavailable, match="too_large"):
                linode.get(7, 101, 1.0)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 16 * 1024 * 1024


def test_the_largest_page_that_linode_makes_is_read(linode: LinodeEmulator, dns: LinodeDns) -> None:
    for number in range(500):
        linode.add_record(DOMAIN, f"n{number}", "A", "192.0.2.1")

    assert len(dns.list(DOMAIN, BUDGET).records) == 500
    assert len(sent(linode, "GET", "/records")) == 1
