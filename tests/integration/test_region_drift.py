"""`linode-failover region` where regions exist: what differs, what is put right, what is left."""

import tomllib
from pathlib import Path

import pytest

from cli.trouble import Exit
from local.linode import LinodeEmulator
from local.linode_token import WHOLE_REGIONS
from local.tls import Authority
from tests.support import region_file
from tests.support.linode_description import described
from tests.support.region_file import ONE, applied, planned, region, steps, writes, written


@pytest.fixture
def linode(monkeypatch):
    """An empty account. Every call of the test is compared with Linode's description."""
    with LinodeEmulator(0.0, scopes=WHOLE_REGIONS) as linode, described(linode):
        monkeypatch.setenv("LINODE_API_URL", linode.url)
        monkeypatch.setenv("LINODE_TOKEN", linode.token)
        yield linode


@pytest.fixture
def made(linode, tmp_path) -> Path:
    """The file of one region that exists."""
    file = written(tmp_path, regions=ONE)
    assert applied(file) == Exit.OK
    linode.forget_requests()
    return file


def the(things: dict) -> dict:
    (thing,) = things.values()
    return thing


def put_right(linode, file, capsys) -> list[tuple[str, str, str]]:
    """The steps of the plan; after apply there is none."""
    found = steps(planned(file, capsys))
    assert applied(file) == Exit.OK
    assert steps(planned(file, capsys)) == []
    return found


def test_a_check_that_somebody_changed_is_set_right(linode, made, capsys):
    config = the(linode.compute.account.configs)
    linode.set_config(config["id"], check="none", check_interval=31)
    assert put_right(linode, made, capsys) == [("update", "port", "app-us-east:80")]
    config = the(linode.compute.account.configs)
    assert (config["check"], config["check_interval"]) == ("http_body", 5)


def test_rules_that_somebody_opened_are_closed(linode, made, capsys):
    the(linode.compute.firewalls)["rules"]["inbound"][0]["addresses"] = {"ipv4": ["0.0.0.0/0"]}
    assert put_right(linode, made, capsys) == [("update", "firewall", "app-us-east")]
    rules = the(linode.compute.firewalls)["rules"]
    assert rules["inbound"][0]["addresses"] == {"ipv4": ["10.0.0.248/30"]}


def test_what_has_the_label_and_not_the_tag_is_adopted(linode, made, capsys):
    the(linode.compute.firewalls)["tags"] = ["mine"]
    assert put_right(linode, made, capsys) == [("update", "firewall", "app-us-east")]
    assert the(linode.compute.firewalls)["tags"] == ["mine", "failover-app"]


def test_a_record_keeps_its_target_and_gets_its_ttl(linode, made, capsys):
    record = linode.records("shop.test")[0]
    linode.set_target(record["id"], "198.18.77.7")
    domain = linode.compute.account.named("shop.test")
    domain.records[record["id"]]["ttl_sec"] = 300
    assert put_right(linode, made, capsys) == [("update", "record", "app.shop.test A")]
    assert (linode.records("shop.test")[0]["target"]) == "198.18.77.7"
    assert (linode.records("shop.test")[0]["ttl_sec"]) == 30


def test_what_linode_cannot_change_in_place_is_only_reported(linode, made, capsys):
    made.write_text(made.read_text().replace("g6-standard-1", "g6-standard-2"))
    plan = planned(made, capsys)
    assert plan["steps"] == []
    assert len(plan["notices"]) == 2
    assert "has type g6-standard-1, and the file says g6-standard-2" in plan["notices"][0]


def test_an_instance_too_many_is_left_alone_until_it_is_named(linode, tmp_path, capsys):
    file = written(tmp_path, top="count = 3\n", regions=ONE)
    applied(file)
    file.write_text(file.read_text().replace("count = 3", "count = 2"))
    plan = planned(file, capsys)
    assert plan["steps"] == []
    assert "--delete app-us-east-3" in plan["notices"][0]
    plan = planned(file, capsys, "--delete", "app-us-east-3")
    names = [("delete", "node", "app-us-east-3"), ("delete", "instance", "app-us-east-3")]
    assert steps(plan) == names
    assert applied(file, "--delete", "app-us-east-3") == Exit.OK
    assert len(linode.compute.instances) == len(linode.compute.nodes) == 2


def test_what_is_in_the_file_is_not_deleted(linode, made, capsys):
    assert applied(made, "--delete", "app-us-east-1") == Exit.REFUSED
    assert writes(linode) == []
    assert "app-us-east-1 is in the file" in capsys.readouterr().err


def test_what_is_not_its_own_is_not_deleted(linode, made, capsys):
    firewalls = linode.compute.firewalls
    firewalls[7] = the(firewalls) | {"id": 7, "label": "theirs", "tags": ["theirs"]}
    plan = planned(made, capsys, "--delete", "theirs")
    assert plan["steps"] == []
    assert plan["notices"] == ["There is no theirs with the tag failover-app: nothing to delete."]


def test_a_deletion_whose_reply_was_lost_is_not_missed(linode, tmp_path):
    file = written(tmp_path, top="count = 3\n", regions=ONE)
    applied(file)
    file.write_text(file.read_text().replace("count = 3", "count = 2"))
    linode.fail(method="DELETE", how="drop", applied_after=0, times=1)
    assert applied(file, "--delete", "app-us-east-3") == Exit.NO_ANSWER
    assert applied(file, "--delete", "app-us-east-3") == Exit.OK
    assert applied(file, "--delete", "app-us-east-3") == Exit.OK
    assert len(linode.compute.instances) == len(linode.compute.nodes) == 2


def test_a_balancer_that_the_name_points_at_is_not_deleted(linode, tmp_path, capsys):
    applied(written(tmp_path))
    file = written(tmp_path, regions=region_file.REGIONS[1:])
    linode.forget_requests()
    assert applied(file, "--delete", "app-us-east") == Exit.REFUSED
    assert writes(linode) == []
    assert "The name points at app-us-east" in capsys.readouterr().err


def test_another_certificate_is_brought_to_the_balancer_and_no_key_is_printed(
    linode, tmp_path, capsys
):
    balancer = '\n[balancer]\ncertificate = "chain.pem"\nkey = "key.pem"\n'
    file = tmp_path / "regions.toml"
    whole = region_file.text(regions=ONE).replace(region_file.BALANCER, balancer)
    file.write_text(whole)
    first, second = (certificate(tmp_path / name) for name in ("first", "second"))
    for pem, key in (first, second):
        (tmp_path / "chain.pem").write_text(pem)
        (tmp_path / "key.pem").write_text(key)
        assert region("apply", file, "--yes") == Exit.OK
        assert key.splitlines()[1] not in "".join(capsys.readouterr())
    (changed,) = (call for call in linode.requests if call.method == "PUT")
    assert changed.path.endswith(f"/configs/{the(linode.compute.account.configs)['id']}")
    assert steps(planned(file, capsys)) == []


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate and its key, in PEM."""
    folder.mkdir()
    key = f"-----BEGIN PRIVATE KEY-----\nof-{folder.name}\n-----END PRIVATE KEY-----\n"
    return Authority(folder).ca_file.read_text(), key


def test_only_one_region_is_made_and_not_the_name(linode, tmp_path, capsys):
    file = written(tmp_path)
    assert applied(file, "--only", "us-west") == Exit.OK
    assert {each["region"] for each in linode.compute.instances.values()} == {"us-west"}
    assert linode.compute.account.domains == {}
    assert {step["region"] for step in planned(file, capsys)["steps"]} == {"us-east", None}


def test_a_region_that_is_not_in_the_file_is_refused(linode, made, capsys):
    assert applied(made, "--only", "eu-west") == Exit.USAGE
    assert "it has us-east" in capsys.readouterr().err


def test_a_zone_that_is_not_there_needs_an_address_for_it(linode, tmp_path, capsys):
    record = region_file.RECORD.replace('soa_email = "admin@shop.test"\n', "")
    assert applied(written(tmp_path, record=record)) == Exit.REFUSED
    assert writes(linode) == []
    assert "soa_email" in capsys.readouterr().err


def test_an_account_that_may_not_reserve_addresses_gets_no_total(linode, tmp_path, capsys):
    linode.fail(path="/networking/reserved/ips/types", status=404)
    assert planned(written(tmp_path), capsys)["monthly"] is None


def test_nothing_is_done_where_nobody_can_be_asked(linode, tmp_path, capsys):
    assert region("apply", written(tmp_path)) == Exit.USAGE
    assert writes(linode) == []


def test_a_refused_token_is_not_shown_and_its_scopes_are_named(
    linode, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("LINODE_TOKEN", "not-the-right-one")
    assert region("plan", written(tmp_path)) == Exit.NO_ANSWER
    err = capsys.readouterr().err
    assert "401" in err
    assert "nodebalancers" in err
    assert "not-the-right-one" not in err


def test_the_plan_is_read_like_that_of_terraform(linode, made, capsys):
    linode.set_config(the(linode.compute.account.configs)["id"], check_interval=31)
    capsys.readouterr()
    region("plan", made)
    lines = capsys.readouterr().out.splitlines()
    assert "  ~ port app-us-east:80" in lines
    assert "      check_interval: 31 -> 5" in lines
    assert lines[-1] == (
        "0 to create, 1 to change, 0 to delete. All regions of the file, each month: $36.00."
    )


def test_add_prints_lines_that_the_settings_take(linode, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("cli.region.commands.verify", lambda *_: Exit.OK)
    file = written(tmp_path)
    applied(file, "--only", "us-east")
    capsys.readouterr()
    assert region("add", file, "us-west", "--service", "shop", "--yes") == Exit.OK
    out = capsys.readouterr().out
    assert {each["region"] for each in linode.compute.instances.values()} == {"us-east", "us-west"}
    (lines,) = tomllib.loads(out[out.index("[[service.region]]") : out.index("\nThen:")])[
        "service"
    ]["region"]
    assert lines == {
        "name": "us-west", "aws_region": "us-west-2", "nodebalancer": "app-us-west",
    }  # fmt: skip
    assert "linode-failover preflight shop" in out
