"""Answers of the Linode emulator can come late, tell of the past, or be overtaken by others."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.linode import LinodeEmulator
from local.linode_faults import EMPTY_PAGE, MAINTENANCE
from tests.support.waiting import LIMIT, until

LATE = 0.05
"""Seconds of a delay that ends by itself."""

FOREVER = 3600.0
"""Seconds of a delay that only healing ends."""


@pytest.fixture
def linode():
    with LinodeEmulator() as emulator:
        yield emulator


@pytest.fixture
def zone(linode):
    return linode.add_domain("shop.test")


@pytest.fixture
def records(linode, zone):
    """The ids of two records, app and www, both at 192.0.2.1."""
    return [linode.add_record("shop.test", name, "A", "192.0.2.1") for name in ("app", "www")]


@pytest.fixture
def send(linode, zone):
    """One request about a record, or about the list of them: the reply."""

    def request(method, record=None, *, target=None, query=""):
        path = f"/domains/{zone}/records" + (f"/{record}" if record else "") + query
        headers = {"Authorization": f"Bearer {linode.token}"}
        body = target and {"type": "A", "name": "new", "target": target}
        if record and target:
            body = {"target": target}
        return requests.request(
            method, linode.url + path, json=body, headers=headers, timeout=LIMIT
        )

    return request


def listed(reply):
    return [record["target"] for record in reply.json()["data"]]


def app(linode):
    return linode.targets("shop.test", "app", "A")


@pytest.mark.parametrize("when", ["applied_after", "answered_after"])
def test_every_answer_can_be_slow(linode, send, records, when):
    linode.fail(**{when: LATE})
    assert send("GET").status_code == 200
    assert send("PUT", records[0], target="192.0.2.2").json()["target"] == "192.0.2.2"


def test_only_some_answers_can_be_slow(linode, send, records):
    slow = linode.fail(method="PUT", path=r"/records/\d+$", answered_after=LATE)
    send("GET", records[0])
    send("POST", target="192.0.2.9")
    assert slow.hits == 0
    send("PUT", records[0], target="192.0.2.2")
    assert slow.hits == 1


def test_the_api_can_be_slow_before_it_acts(linode, send, records):
    fault = linode.fail(method="PUT", applied_after=FOREVER)
    with ThreadPoolExecutor(1) as other:
        put = other.submit(send, "PUT", records[0], target="192.0.2.2")
        until(lambda: fault.hits, "the request")
        assert (app(linode), linode.requests[-1].applied) == (["192.0.2.1"], False)
        linode.heal()
        assert put.result(LIMIT).json()["target"] == "192.0.2.2"
    assert app(linode) == ["192.0.2.2"]


def test_the_api_can_be_slow_after_it_has_acted(linode, send, records):
    linode.fail(method="PUT", answered_after=FOREVER)
    with ThreadPoolExecutor(1) as other:
        put = other.submit(send, "PUT", records[0], target="192.0.2.2")
        until(lambda: app(linode) == ["192.0.2.2"], "the write")
        assert not put.done()
        linode.heal()
        assert put.result(LIMIT).json()["target"] == "192.0.2.2"


def test_a_slow_api_can_also_refuse(linode, send, records):
    slow = linode.fail(applied_after=LATE)
    linode.fail(method="PUT", status=500)
    assert send("PUT", records[0], target="192.0.2.2").status_code == 500
    assert slow.hits == 1
    assert app(linode) == ["192.0.2.1"]
    assert send("GET", records[0]).status_code == 200


def test_a_scripted_answer_can_be_slow(linode, send, records):
    fault = linode.fail(status=503, answered_after=FOREVER)
    with ThreadPoolExecutor(1) as other:
        reply = other.submit(send, "GET")
        until(lambda: fault.hits, "the request")
        assert not reply.done()
        linode.heal()
        assert reply.result(LIMIT).status_code == 503


def test_maintenance_is_announced_and_nothing_is_done(linode, send, records):
    linode.fail(**MAINTENANCE, times=1)
    reply = send("PUT", records[0], target="192.0.2.2")
    assert (reply.status_code, reply.headers["X-MAINTENANCE-MODE"]) == (503, "Yes")
    assert app(linode) == ["192.0.2.1"]
    assert "X-MAINTENANCE-MODE" not in send("GET").headers


def test_maintenance_may_be_announced_with_a_true_answer(linode, send, records):
    linode.fail(headers={"X-MAINTENANCE-MODE": "Yes"})
    reply = send("GET", records[0])
    assert (reply.status_code, reply.headers["X-MAINTENANCE-MODE"]) == (200, "Yes")
    assert reply.json()["target"] == "192.0.2.1"


def test_after_a_put_a_read_can_be_stale_so_many_times(linode, send, records):
    stale = linode.fail(stale_for=math.inf, times=2)
    assert send("GET", records[0]).json()["target"] == "192.0.2.1"
    assert stale.hits == 0
    send("PUT", records[0], target="192.0.2.2")
    seen = [send("GET", records[0]).json()["target"] for _ in range(3)]
    assert seen == ["192.0.2.1", "192.0.2.1", "192.0.2.2"]
    assert stale.hits == 2


def test_after_a_put_reads_can_be_stale_for_so_many_seconds(linode, send, records):
    linode.fail(stale_for=LATE)
    send("PUT", records[0], target="192.0.2.2")
    until(lambda: send("GET", records[0]).json()["target"] == "192.0.2.2", "a read of the new one")


def test_stale_reads_show_what_was_there_and_what_is_there_is_written(linode, send, records):
    linode.fail(stale_for=FOREVER)
    assert send("PUT", records[0], target="192.0.2.2").json()["target"] == "192.0.2.2"
    assert send("GET", records[0]).json()["target"] == "192.0.2.1"
    assert app(linode) == ["192.0.2.2"]
    linode.heal()
    assert send("GET", records[0]).json()["target"] == "192.0.2.2"


def test_every_record_is_stale_however_many_were_written(linode, send, records):
    linode.fail(stale_for=FOREVER)
    for record in records:
        send("PUT", record, target="192.0.2.2")
    assert listed(send("GET")) == ["192.0.2.1", "192.0.2.1"]


@pytest.mark.parametrize("stale", ["list", "id"])
def test_lists_and_reads_by_id_can_be_stale_alone(linode, send, records, stale):
    linode.fail(path=r"/records$" if stale == "list" else r"/records/\d+$", stale_for=FOREVER)
    send("PUT", records[0], target="192.0.2.2")
    old_list, old_read = stale == "list", stale == "id"
    assert listed(send("GET"))[0] == ("192.0.2.1" if old_list else "192.0.2.2")
    assert send("GET", records[0]).json()["target"] == ("192.0.2.1" if old_read else "192.0.2.2")


def test_a_new_record_is_not_there_yet_and_a_deleted_one_still_is(linode, send, records):
    linode.fail(stale_for=FOREVER)
    created = send("POST", target="192.0.2.9").json()["id"]
    send("DELETE", records[1])
    assert send("GET", created).status_code == 404
    assert [record["id"] for record in send("GET").json()["data"]] == records


def test_a_domain_is_stale_too(linode, zone):
    linode.fail(stale_for=FOREVER)
    headers = {"Authorization": f"Bearer {linode.token}"}
    url = f"{linode.url}/domains/{zone}"
    requests.put(url, json={"ttl_sec": 30}, headers=headers, timeout=LIMIT)
    late = linode.add_domain("late.test")
    assert requests.get(url, headers=headers, timeout=LIMIT).json()["ttl_sec"] == 300
    domains = requests.get(f"{linode.url}/domains", headers=headers, timeout=LIMIT).json()["data"]
    assert [(domain["id"], domain["ttl_sec"]) for domain in domains] == [(zone, 300)]
    assert (
        requests.get(f"{linode.url}/domains/{late}", headers=headers, timeout=LIMIT).status_code
        == 404
    )


def test_all_reads_can_fail_while_writes_work(linode, send, records):
    linode.fail(method="GET", status=500)
    assert [send("GET").status_code, send("GET", records[0]).status_code] == [500, 500]
    assert send("PUT", records[0], target="192.0.2.2").status_code == 200
    assert send("POST", target="192.0.2.9").status_code == 200
    assert app(linode) == ["192.0.2.2"]


def test_a_list_without_entries_is_one_empty_page(linode, send, zone):
    assert send("GET").json() == {"data": [], "page": 1, "pages": 1, "results": 0}


def test_a_list_can_be_shown_empty_though_it_is_not(linode, send, records):
    linode.fail(method="GET", path=r"/records$", status=200, body=EMPTY_PAGE, times=1)
    assert send("GET").json() == {"data": [], "page": 1, "pages": 1, "results": 0}
    assert len(send("GET").json()["data"]) == 2


def test_a_list_can_lose_a_page_between_two_of_them(linode, send, zone):
    ids = [linode.add_record("shop.test", f"n{n}", "A", "192.0.2.1") for n in range(51)]
    gone = iter(ids)
    linode.fail(path="/records$", times=1, meanwhile=lambda: linode.delete_record(next(gone)))
    first, second = (send("GET", query=f"?page_size=25&page={page}").json() for page in (1, 2))
    assert [(page["pages"], page["results"]) for page in (first, second)] == [(3, 51), (2, 50)]
    seen = {record["id"] for page in (first, second) for record in page["data"]}
    assert ids[25] not in seen  # it has moved to the page that was read already
    assert send("GET", query="?page_size=25&page=3").status_code == 400


def test_somebody_can_act_between_the_answer_and_the_next_request(linode, send, records):
    by_hand = threading.Event()

    def person():
        linode.set_target(records[0], "192.0.2.7")
        by_hand.set()

    linode.fail(method="GET", path=r"/records/\d+$", times=1, meanwhile=person)
    assert send("GET", records[0]).json()["target"] == "192.0.2.1"
    assert by_hand.is_set()
    assert send("GET", records[0]).json()["target"] == "192.0.2.7"
