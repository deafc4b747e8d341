"""A token of the Linode emulator may do what its scopes and grants say, and can be replaced."""

import pytest
import requests

from local.linode import LinodeEmulator
from tests.support.waiting import LIMIT

NOT_FOUND = (404, {"errors": [{"reason": "Not found"}]})
UNAUTHORIZED = (403, {"errors": [{"reason": "Unauthorized"}]})


@pytest.fixture
def linode():
    with LinodeEmulator() as emulator:
        yield emulator


@pytest.fixture
def zones(linode):
    return {name: linode.add_domain(name) for name in ("shop.test", "other.test")}


@pytest.fixture
def call(linode):
    with requests.Session() as session:
        session.trust_env = False

        def send(method, path, body=None, *, token=None):
            headers = {"Authorization": f"Bearer {token or linode.token}"}
            url = linode.url + path
            reply = session.request(method, url, json=body, headers=headers, timeout=LIMIT)
            return reply.status_code, reply.json()

        yield send


def test_a_rotated_token_is_refused_and_the_new_one_works_at_once(linode, call):
    old = linode.token
    new = linode.rotate_token()
    assert (new == linode.token, new == old, len(new)) == (True, False, 64)
    assert call("GET", "/profile", token=old) == (401, {"errors": [{"reason": "Invalid Token"}]})
    assert call("GET", "/profile", token=new)[0] == 200


def test_a_rotated_token_may_do_what_the_old_one_might(linode, zones, call):
    linode.restrict({"shop.test": "read_write"})
    linode.rotate_token()
    assert call("GET", f"/domains/{zones['shop.test']}")[0] == 200
    assert call("GET", f"/domains/{zones['other.test']}") == NOT_FOUND


def test_a_token_for_one_domain_finds_no_other_in_lists(linode, zones, call):
    linode.restrict({"shop.test": "read_write"})
    found = call("GET", "/domains")[1]
    assert [domain["domain"] for domain in found["data"]] == ["shop.test"]
    assert (found["results"], found["pages"]) == (1, 1)


@pytest.mark.parametrize(
    ("method", "below"),
    [("GET", ""), ("PUT", ""), ("GET", "/records"), ("GET", "/zone-file"), ("POST", "/records")],
)
def test_to_a_token_for_one_domain_the_others_are_not_there(linode, zones, call, method, below):
    linode.restrict({"shop.test": "read_write"}, creates_records=True)
    body = {"type": "A", "target": "192.0.2.1"} if method == "POST" else {}
    assert call(method, f"/domains/{zones['other.test']}{below}", body) == NOT_FOUND
    assert call(method, f"/domains/{zones['shop.test']}{below}", body)[0] == 200


def test_to_a_token_for_one_domain_records_elsewhere_are_out_of_reach(linode, zones, call):
    record = linode.add_record("other.test", "app", "A", "192.0.2.1")
    linode.restrict({"shop.test": "read_write"})
    path = f"/domains/{zones['other.test']}/records/{record}"
    assert call("PUT", path, {"target": "192.0.2.2"}) == NOT_FOUND
    assert call("DELETE", path) == NOT_FOUND
    assert linode.targets("other.test", "app", "A") == ["192.0.2.1"]


def test_a_grant_to_read_is_none_to_write(linode, zones, call):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1")
    linode.restrict({"shop.test": "read_only"})
    path = f"/domains/{zones['shop.test']}/records/{record}"
    assert call("GET", path)[0] == 200
    assert call("PUT", path, {"target": "192.0.2.2"}) == UNAUTHORIZED
    assert linode.targets("shop.test", "app", "A") == ["192.0.2.1"]


def test_a_restricted_token_changes_records_and_creates_none(linode, zones, call):
    record = linode.add_record("shop.test", "app", "A", "192.0.2.1")
    linode.restrict()
    records = f"/domains/{zones['shop.test']}/records"
    assert call("POST", records, {"type": "A", "target": "192.0.2.9"}) == UNAUTHORIZED
    assert call("PUT", f"{records}/{record}", {"target": "192.0.2.2"})[0] == 200
    assert [r["target"] for r in linode.records("shop.test")] == ["192.0.2.2"]
    linode.restrict(creates_records=True)
    assert call("POST", records, {"type": "A", "target": "192.0.2.9"})[0] == 200


def test_nodebalancers_are_seen_only_if_granted(linode, call):
    mine = linode.add_nodebalancer("lb-us-east", "us-east", "192.0.2.1")
    other = linode.add_nodebalancer("lb-other", "us-east", "192.0.2.2")
    linode.restrict({"lb-us-east": "read_only"})
    assert [nb["id"] for nb in call("GET", "/nodebalancers")[1]["data"]] == [mine]
    assert call("GET", f"/nodebalancers/{mine}/configs")[0] == 200
    assert call("GET", f"/nodebalancers/{other}") == NOT_FOUND


def test_the_profile_says_whether_the_user_is_restricted(linode, call):
    assert call("GET", "/profile")[1]["restricted"] is False
    linode.restrict({"shop.test": "read_write"})
    assert call("GET", "/profile")[1]["restricted"] is True


def test_a_permission_that_does_not_exist_is_refused(linode):
    with pytest.raises(ValueError, match=r"shop\.test: 'all'"):
        linode.restrict({"shop.test": "all"})
