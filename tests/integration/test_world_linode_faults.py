"""The troubles of the Linode API can be had on demand, and end when told to."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from local.linode import LinodeEmulator
from local.linode_faults import HTML_PAGE
from tests.support.waiting import LIMIT, until

SHORT = 0.3
"""Seconds after which a client gives up on an answer that never comes."""


@pytest.fixture
def linode():
    with LinodeEmulator() as emulator:
        yield emulator


@pytest.fixture
def send(linode):
    """One request about the one record there is, or about the list of it."""
    records = f"{linode.url}/domains/{linode.add_domain('shop.test')}/records"
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1", ttl_sec=30)

    def request(method, *, one=True, timeout=LIMIT, body=None):
        return requests.request(
            method,
            f"{records}/{record}" if one else records,
            json=body,
            headers={"Authorization": f"Bearer {linode.token}"},
            timeout=timeout,
        )

    def put(timeout=LIMIT):
        return request("PUT", body={"target": "192.0.2.2"}, timeout=timeout)

    request.put = put
    return request


def target(linode):
    return linode.targets("shop.test", "app", "A")


def test_server_errors_come_as_often_as_asked_and_change_nothing(linode, send):
    fault = linode.fail(method="PUT", path=r"/records/", times=4, status=500)
    assert [send.put().status_code for _ in range(4)] == [500] * 4
    assert target(linode) == ["192.0.2.1"]
    assert send("GET").status_code == 200
    assert send.put().status_code == 200
    assert (fault.hits, target(linode)) == (4, ["192.0.2.2"])


def test_faults_follow_one_another_in_the_order_they_were_added(linode, send):
    linode.fail(times=1, status=503)
    linode.fail(times=2, status=408)
    assert [send("GET").status_code for _ in range(4)] == [503, 408, 408, 200]


def test_throttling_says_when_to_come_back(linode, send):
    linode.fail(status=429, headers={"Retry-After": "7"})
    reply = send("GET")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert reply.json() == {"errors": [{"reason": "Too many requests"}]}


@pytest.mark.parametrize("status", [200, 502])
def test_a_balancer_in_front_answers_html(linode, send, status):
    linode.fail(status=status, body=HTML_PAGE)
    reply = send.put()
    assert (reply.status_code, reply.headers["Content-Type"]) == (status, "text/html")
    assert reply.text == HTML_PAGE
    assert target(linode) == ["192.0.2.1"]


def test_a_hanging_request_gets_nothing_until_it_is_let_go(linode, send):
    linode.fail(method="PUT", how="hang")
    with pytest.raises(requests.ReadTimeout):
        send.put(timeout=SHORT)
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(send.put, timeout=LIMIT)
        until(lambda: len(linode.requests) == 2, "two requests")
        assert not waiting.done()
        linode.heal()
        assert isinstance(waiting.exception(timeout=LIMIT), requests.ConnectionError)
    assert target(linode) == ["192.0.2.1"]
    assert send.put().status_code == 200


def test_a_dripping_answer_is_the_true_one_byte_by_byte(linode, send):
    linode.fail(how="drip", pause=0.0005)
    assert send("GET").json()["target"] == "192.0.2.1"
    linode.heal()
    linode.fail(how="drip", pause=60)
    with pytest.raises(requests.ReadTimeout):
        send("GET", timeout=SHORT)


def test_a_dropped_connection_leaves_the_request_unheard(linode, send):
    linode.fail(method="PUT", times=1, how="drop")
    with pytest.raises(requests.ConnectionError):
        send.put()
    assert target(linode) == ["192.0.2.1"]
    assert [(call.status, call.applied) for call in linode.requests] == [(None, False)]


def test_a_put_can_be_applied_and_its_reply_lost(linode, send):
    linode.fail(method="PUT", times=1, how="drop", applied_after=0)
    with pytest.raises(requests.ConnectionError):
        send.put()
    assert target(linode) == ["192.0.2.2"]
    assert [(call.status, call.applied) for call in linode.requests] == [(None, True)]


def test_a_put_without_a_reply_can_be_applied_much_later_even_over_a_newer_one(linode, send):
    linode.fail(method="PUT", times=1, how="drop", applied_after=0.5)
    with pytest.raises(requests.ConnectionError):
        send.put()
    assert target(linode) == ["192.0.2.1"]
    linode.heal()
    send("PUT", body={"target": "192.0.2.3"})
    until(lambda: target(linode) == ["192.0.2.2"], "the write takes effect")


def test_an_error_can_be_told_about_a_put_that_was_applied(linode, send):
    linode.fail(method="PUT", status=504, applied_after=0)
    assert send.put().status_code == 504
    assert target(linode) == ["192.0.2.2"]


def test_lists_can_be_refused_while_single_records_work(linode, send):
    linode.fail(method="GET", path=r"/records$", status=500)
    assert send("GET", one=False).status_code == 500
    assert send("GET").status_code == 200
    assert send.put().status_code == 200


def test_a_restricted_token_may_change_records_and_create_none(linode, send):
    linode.fail(method="POST", path=r"/records$", status=403)
    reply = send("POST", one=False, body={"type": "A", "target": "192.0.2.9"})
    assert (reply.status_code, reply.json()) == (403, {"errors": [{"reason": "Unauthorized"}]})
    assert send.put().status_code == 200


def test_healing_ends_every_fault(linode, send):
    linode.fail(status=500)
    linode.fail(how="drop")
    linode.heal()
    assert send("GET").status_code == 200


def test_a_fault_that_makes_no_sense_is_refused(linode):
    with pytest.raises(ValueError, match="sulk"):
        linode.fail(how="sulk")


def test_closing_waits_for_nobody_and_leaves_no_thread(send):
    before = set(threading.enumerate())
    with LinodeEmulator() as linode, ThreadPoolExecutor(3) as clients:
        linode.fail(path="hang", how="hang")
        linode.fail(path="later", how="drop", applied_after=3600)
        idle = requests.Session()
        idle.get(f"{linode.url}/profile", timeout=LIMIT)
        urls = [f"{linode.url}/{path}" for path in ("hang", "later")]
        waiting = [clients.submit(requests.get, url, timeout=LIMIT) for url in urls]
        until(lambda: len(linode.requests) == 3, "three requests")
        linode.__exit__()
        assert all(isinstance(done.exception(LIMIT), requests.ConnectionError) for done in waiting)
        idle.close()
    assert set(threading.enumerate()) <= before
