"""`linode-failover preflight --settings`: what a laptop can check before there is a stack."""

import json
from pathlib import Path

import pytest

from cli.main import run
from cli.trouble import Exit
from failover.preflight.finding import OF_A_STACK
from local.region import RegionFault
from local.world import DOMAIN, LocalWorld
from tests.support.waiting import until


@pytest.fixture
def laptop(world: LocalWorld, monkeypatch: pytest.MonkeyPatch) -> LocalWorld:
    """A world without AWS, whose zone is rendered, and the token of a person."""
    until(lambda: world.ask()[0], "the name servers answer")
    for name in ("LINODE_API_URL", "NAMESERVERS"):
        monkeypatch.setenv(name, world.env[name])
    monkeypatch.setenv("PUBLIC_RESOLVERS", "")
    monkeypatch.setenv("LINODE_TOKEN", world.linode.token)
    return world


def preflight(world: LocalWorld, *words: str) -> int:
    return run(["preflight", *words, "--settings", str(world.settings_file)])


def test_what_needs_no_stack_is_checked_and_the_rest_is_said_not_to_be(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    laptop.linode.forget_requests()
    preflight(laptop, "--json")
    out = capsys.readouterr().out
    findings = json.loads(out)["findings"]
    wrong = {each["check"] for each in findings if each["level"] != "not checked"}
    undeployed = {each["check"] for each in findings if each["saw"] == "nothing is deployed yet"}
    assert wrong - {"region_ipv6"} == {"token_too_wide"}, "no test may connect to their IPv6"
    assert undeployed == OF_A_STACK
    assert {call.method for call in laptop.linode.requests} == {"GET"}
    assert laptop.linode.token not in out


def test_a_dead_standby_and_a_day_long_ttl_are_found_before_anything_is_deployed(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    laptop.regions["us-west"].fault = RegionFault.REFUSE
    for number in laptop.record_ids():
        laptop.linode.delete_record(number)
    for kind, address in (("A", laptop.places[0].ipv4), ("AAAA", laptop.places[0].ipv6)):
        laptop.linode.add_record(DOMAIN, "app", kind, address, ttl_sec=86400)
    assert preflight(laptop) == Exit.NOT_READY
    said = capsys.readouterr().out
    assert "error region_unhealthy (shop us-west)" in said
    assert "error ttl_differs (shop 198.18.0.1)" in said


def test_a_token_that_linode_refuses_is_an_error(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINODE_TOKEN", "not-the-right-one")
    assert preflight(laptop) == Exit.NOT_READY
    said = capsys.readouterr().out
    assert "error token_refused (deployment)" in said
    assert "not-the-right-one" not in said


def test_settings_that_are_refused_are_refused_here_too(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "failover.toml"
    file.write_text("revision = 1\n")
    assert run(["preflight", "--settings", str(file)]) == Exit.REFUSED
    err = capsys.readouterr().err
    assert "vantages" in err
    assert f"linode-failover check {file}" in err


def test_without_a_token_and_a_terminal_the_next_step_is_said(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LINODE_TOKEN")
    assert preflight(laptop) == Exit.USAGE
    assert "set LINODE_TOKEN" in capsys.readouterr().err


def test_a_service_that_is_not_in_the_file_is_refused_with_those_that_are(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preflight(laptop, "blog") == Exit.REFUSED
    assert "name one of: shop" in capsys.readouterr().err


def test_regions_behind_a_secret_header_are_said_not_to_be_probed_from_here(
    laptop: LocalWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    text = laptop.settings_file.read_text().replace('scheme = "http"', 'scheme = "https"')
    gated = '[service.health]\nsecret_headers = { "X-Key" = "/failover/probe/key" }\n'
    assert text.count("[service.health]\n") == 1
    laptop.settings_file.write_text(text.replace("[service.health]\n", gated))
    preflight(laptop, "--json")
    findings = json.loads(capsys.readouterr().out)["findings"]
    said = [each for each in findings if each["check"] == "region_unhealthy"]
    assert {each["level"] for each in said} == {"not checked"}
    assert {each["about"] for each in said} == set(laptop.regions)
    assert all("/failover/probe/key, which only a stack reads" in each["saw"] for each in said)
