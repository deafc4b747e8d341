"""The Linode emulator answers as the real API was recorded to answer."""

import json
import re

import pytest
import requests

from local.linode import LinodeEmulator
from tests.support.waiting import LIMIT

KEYS = {
    "id", "type", "name", "target", "priority", "weight", "port", "service", "protocol",
    "ttl_sec", "tag", "created", "updated",
}  # fmt: skip


@pytest.fixture
def linode():
    with LinodeEmulator(render_delay=0) as emulator:
        yield emulator


@pytest.fixture
def zone(linode):
    return linode.add_domain("shop.test")


@pytest.fixture
def call(linode):
    """One request with the valid token: its status and JSON."""
    with requests.Session() as session:
        session.trust_env = False

        def send(method, path, body=None, *, x_filter=None, token=linode.token):
            headers = {"Authorization": f"Bearer {token}"}
            if x_filter is not None:
                headers["X-Filter"] = json.dumps(x_filter)
            reply = session.request(
                method, linode.url + path, json=body, headers=headers, timeout=LIMIT
            )
            send.headers = reply.headers
            return reply.status_code, reply.json()

        yield send


def reasons(errors):
    return [error["reason"] for error in errors["errors"]]


def test_a_record_has_exactly_the_thirteen_recorded_keys_and_a_null_tag(linode, zone, call):
    linode.add_record("shop.test", "app", "A", "192.0.2.1", ttl_sec=30)
    status, found = call("GET", f"/domains/{zone}/records")
    record = found["data"][0]
    assert status == 200
    assert record.keys() == KEYS
    assert (record["tag"], record["service"], record["priority"]) == (None, None, 0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", record["updated"])


def test_creating_and_deleting_answer_200_and_deleting_answers_an_empty_object(zone, call):
    body = {"type": "A", "name": "app", "target": "192.0.2.1", "ttl_sec": 30}
    status, record = call("POST", f"/domains/{zone}/records", body)
    assert status == 200
    assert record.keys() == KEYS
    path = f"/domains/{zone}/records/{record['id']}"
    assert call("DELETE", path) == (200, {})
    assert call("GET", path) == (404, {"errors": [{"reason": "Not found"}]})


def test_a_put_changes_what_it_names_and_answers_the_whole_record(linode, zone, call):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1", ttl_sec=30)
    status, changed = call("PUT", f"/domains/{zone}/records/{record}", {"target": "192.0.2.2"})
    assert status == 200
    assert (changed["name"], changed["target"], changed["ttl_sec"]) == ("app", "192.0.2.2", 30)


def test_the_type_of_a_record_never_changes(linode, zone, call):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1")
    call("PUT", f"/domains/{zone}/records/{record}", {"type": "TXT", "target": "192.0.2.2"})
    assert [(r["type"], r["target"]) for r in linode.records("shop.test")] == [("A", "192.0.2.2")]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("app", "app"),
        ("app.shop.test", "app"),
        ("a.b.shop.test.", "a.b"),
        ("shop.test", ""),
        ("", ""),
    ],
)
def test_names_may_be_sent_in_full_and_come_back_relative(zone, call, sent, kept):
    body = {"type": "A", "name": sent, "target": "192.0.2.1"}
    assert call("POST", f"/domains/{zone}/records", body)[1]["name"] == kept


def test_the_apex_is_an_omitted_name_and_an_at_sign_is_refused_twice(zone, call):
    body = {"type": "A", "target": "192.0.2.1"}
    assert call("POST", f"/domains/{zone}/records", body)[1]["name"] == ""
    status, errors = call("POST", f"/domains/{zone}/records", body | {"name": "@"})
    assert status == 400
    assert errors["errors"] == [
        {"reason": "Name contains invalid characters", "field": "name"},
        {"reason": "Invalid hostname", "field": "name"},
    ]


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("nearest", {0: 0, 30: 30, 60: 30, 80: 120, 299: 300, 10**9: 2419200}),
     ("upward", {0: 0, 30: 30, 60: 120, 80: 120, 299: 300, 10**9: 2419200})],
)  # fmt: skip
def test_a_ttl_is_rounded_without_a_word(rounding, expected):
    with LinodeEmulator(ttl_rounding=rounding) as linode:
        linode.add_domain("shop.test")
        for ttl in expected:
            linode.add_record("shop.test", f"t{ttl}", "A", "192.0.2.1", ttl_sec=ttl)
        kept = {int(r["name"][1:]): r["ttl_sec"] for r in linode.records("shop.test")}
    assert kept == expected


def test_a_domain_merges_too_rounds_upward_and_takes_null_lists(zone, call):
    status, domain = call("PUT", f"/domains/{zone}", {"ttl_sec": 60, "master_ips": None})
    assert status == 200
    assert (domain["ttl_sec"], domain["master_ips"], domain["domain"]) == (120, [], "shop.test")
    assert (domain["errors"], domain["group"], domain["status"]) == ("", "", "active")
    assert {"created", "updated"} <= domain.keys()


def test_every_fault_of_a_body_is_named_at_once(zone, call):
    body = {"type": "AAAA", "name": "a b", "target": "192.0.2.1", "ttl_sec": "soon"}
    status, errors = call("POST", f"/domains/{zone}/records", body)
    assert status == 400
    assert {error["field"] for error in errors["errors"]} == {"name", "target", "ttl_sec"}


@pytest.mark.parametrize(
    ("body", "field"),
    [({"target": "192.0.2.1"}, "type"), ({"type": "A"}, "target"), ({"type": "SOA"}, "type")],
)
def test_a_record_needs_a_known_type_and_a_target(zone, call, body, field):
    status, errors = call("POST", f"/domains/{zone}/records", body)
    assert (status, errors["errors"][0]["field"]) == (400, field)


def test_duplicates_are_accepted(linode, zone, call):
    body = {"type": "A", "name": "app", "target": "192.0.2.1"}
    ids = {call("POST", f"/domains/{zone}/records", body)[1]["id"] for _ in range(3)}
    assert len(ids) == 3
    assert linode.targets("shop.test", "app", "A") == ["192.0.2.1"] * 3


@pytest.mark.parametrize(("first", "second"), [("A", "CNAME"), ("CNAME", "A"), ("CNAME", "CNAME")])
def test_a_cname_shares_its_name_with_nothing(zone, call, first, second):
    target = {"A": "192.0.2.1", "CNAME": "www.example.com"}
    path = f"/domains/{zone}/records"
    body = {"type": first, "name": "app", "target": target[first]}
    assert call("POST", path, body)[0] == 200
    status, errors = call("POST", path, {"type": second, "name": "app", "target": target[second]})
    assert (status, reasons(errors)) == (400, ["Record conflict - CNAMES must be unique"])


def test_an_unknown_token_is_told_nothing(zone, call):
    status, errors = call("GET", f"/domains/{zone}", token="0" * 64)
    assert (status, errors) == (401, {"errors": [{"reason": "Invalid Token"}]})
    assert call.headers["X-OAuth-Scopes"] == "unknown"


def test_a_token_finds_its_scopes_with_the_profile(linode, call):
    assert call("GET", "/profile")[0] == 200
    assert call.headers["X-OAuth-Scopes"] == "domains:read_write nodebalancers:read_only"


def test_a_scope_that_is_missing_is_a_403():
    with LinodeEmulator(scopes="domains:read_only") as linode:
        zone = linode.add_domain("shop.test")
        headers = {"Authorization": f"Bearer {linode.token}"}
        path = f"{linode.url}/domains/{zone}/records"
        body = {"type": "A", "target": "192.0.2.1"}
        assert requests.get(path, headers=headers, timeout=LIMIT).status_code == 200
        refused = requests.post(path, json=body, headers=headers, timeout=LIMIT)
        assert refused.status_code == 403
        assert refused.headers["X-Accepted-OAuth-Scopes"] == "domains:read_write"
        balancers = requests.get(f"{linode.url}/nodebalancers", headers=headers, timeout=LIMIT)
        assert balancers.status_code == 403


def test_what_is_not_there_is_a_404(zone, call):
    not_found = (404, {"errors": [{"reason": "Not found"}]})
    assert call("GET", "/domains/1") == not_found
    assert call("PUT", f"/domains/{zone}/records/1", {"target": "192.0.2.1"}) == not_found
    assert call("GET", "/nothing") == not_found


def test_ordinary_answers_carry_rate_limits_and_even_retry_after(zone, call):
    call("GET", f"/domains/{zone}/records")
    assert (call.headers["X-RateLimit-Limit"], call.headers["Retry-After"]) == ("200", "60")
    call("GET", f"/domains/{zone}")
    assert call.headers["X-RateLimit-Limit"] == "1600"


@pytest.mark.parametrize(
    ("x_filter", "names"),
    [
        ({"name": "app"}, {"app"}),
        ({"type": "AAAA"}, {"app"}),
        ({"+and": [{"type": "A"}, {"name": "www"}]}, {"www"}),
        ({"+or": [{"name": "www"}, {"target": "192.0.2.3"}]}, {"www", "mail"}),
        ({"name": {"+contains": "a"}, "type": {"+neq": "AAAA"}}, {"app", "mail"}),
        ({"name": "nobody"}, set()),
    ],
)
def test_lists_can_be_filtered(linode, zone, call, x_filter, names):
    linode.add_record("shop.test", "app", "A", "192.0.2.1")
    linode.add_record("shop.test", "app", "AAAA", "2001:db8::1")
    linode.add_record("shop.test", "www", "A", "192.0.2.2")
    linode.add_record("shop.test", "mail", "A", "192.0.2.3")
    found = call("GET", f"/domains/{zone}/records", x_filter=x_filter)[1]
    assert {record["name"] for record in found["data"]} == names


def test_a_filtered_list_can_be_ordered(linode, zone, call):
    for name in ("b", "c", "a"):
        linode.add_record("shop.test", name, "A", "192.0.2.1")
    order = {"+order_by": "name", "+order": "desc"}
    found = call("GET", f"/domains/{zone}/records", x_filter=order)[1]
    assert [record["name"] for record in found["data"]] == ["c", "b", "a"]


@pytest.mark.parametrize("field", ["ttl_sec", "id"])
def test_a_field_that_cannot_be_filtered_is_refused(zone, call, field):
    status, errors = call("GET", f"/domains/{zone}/records", x_filter={field: 1})
    expected = {"reason": f"Cannot filter on {field}", "field": "X-Filter"}
    assert (status, errors["errors"]) == (400, [expected])


def test_lists_come_in_pages(linode, zone, call):
    for number in range(60):
        linode.add_record("shop.test", f"n{number}", "A", "192.0.2.1")
    path = f"/domains/{zone}/records"
    pages = [call("GET", f"{path}?page={page}&page_size=25")[1] for page in (1, 2, 3)]
    assert [len(page["data"]) for page in pages] == [25, 25, 10]
    assert {(page["pages"], page["results"]) for page in pages} == {(3, 60)}
    assert len(call("GET", path)[1]["data"]) == 60
    for wrong in ("page=0", "page=4&page_size=25", "page_size=24", "page_size=501", "page=x"):
        assert call("GET", f"{path}?{wrong}")[0] == 400


def test_the_zone_file_is_the_last_rendered_one_and_empty_before(linode, call):
    linode.render_delay = 3600
    zone = linode.add_domain("late.test")
    assert call("GET", f"/domains/{zone}/zone-file") == (200, {"zone_file": []})
    linode.add_record("late.test", "app", "A", "192.0.2.1", ttl_sec=30)
    linode.render_delay = 0
    lines = call("GET", f"/domains/{zone}/zone-file")[1]["zone_file"]
    assert lines[:2] == [f"; late.test [{zone}]", "$TTL 300"]
    assert lines[-1].split() == ["app", "30", "A", "192.0.2.1"]


def test_the_log_has_every_request_and_never_the_token(linode, zone, call):
    call("GET", f"/domains/{zone}/records?page=1", x_filter={"type": "A"})
    call("POST", f"/domains/{zone}/records", {"type": "A"})
    read, write = linode.requests
    assert (read.method, read.path, read.query) == (
        "GET",
        f"/domains/{zone}/records",
        {"page": "1"},
    )
    assert (read.filter, read.status, read.applied) == ('{"type": "A"}', 200, True)
    assert (write.body, write.status) == ({"type": "A"}, 400)
    assert read.at <= write.at
    assert linode.token not in repr(linode.requests)
