"""`linode-failover` as an operator runs it, against the embedded world: the shipped functions
answer, records move, and the command follows them to the name server."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.target import local_file
from local.region import RegionFault
from local.world import LocalWorld
from tests.scenarios.operator import Operator, on_duty
from tests.scenarios.test_demo import ENV, Terminal
from tests.support.waiting import until


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalWorld]:
    """One world for all tests."""
    with on_duty(tmp_path_factory.mktemp("caches")) as world:
        yield world


@pytest.fixture
def operator(whole: LocalWorld, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Both regions healthy, nothing pinned or paused, the name at the first region."""
    for region in whole.regions.values():
        region.fault = None
    operator = Operator(whole, capsys.readouterr)
    operator.types("linode-failover status --quiet --local")
    if operator.code == 3:
        for order in ("resume --everything", "resume shop", "release shop"):
            operator.types(f"linode-failover {order} --by ana --reason x --local")

    until(operator.sees_all_healthy, "both regions are healthy")
    if whole.targets() != [whole.places[0].ipv4]:
        operator.types("linode-failover failback shop --by ana --reason x --local")
        assert operator.code == 0, operator.err
    return operator


@pytest.mark.essential
def test_the_status_begins_with_one_word_and_is_the_view_of_make_local(operator: Operator) -> None:
    said = operator.types("linode-failover status --local")
    assert re.match(r"(OK|DEGRADED) app\.shop\.test ", said)
    assert re.search(r"▸ us-east +••R +healthy", said)
    assert "R refused" in said
    assert re.search(r"records +198\.18\.0\.1 +fd00::31:1 +30 s +us-east", said)
    assert re.search(r"DNS answer +198\.18\.0\.1 +fd00::31:1 +30 s +us-east", said)


@pytest.mark.essential
def test_a_failover_is_followed_until_every_name_server_serves_it(operator: Operator) -> None:
    said = operator.types("linode-failover failover shop us-west --by ana --reason test --local")
    assert operator.code == 0, operator.err
    assert re.search(r"served by every name server \d+\.\d s after the order", said)
    assert operator.world.ask("A")[0] == ["198.18.0.2"]
    assert "ana" in operator.types("linode-failover history shop --local")


def test_without_a_name_the_aws_identity_asks(operator: Operator) -> None:
    operator.types("linode-failover pause shop --until 1h --reason test --local")
    assert operator.code == 0, operator.err
    pause = operator.facts("linode-failover status shop --local")["services"]["shop"]["pause"]
    assert pause["by"] == "moto"
    assert operator.code == 3


def test_without_a_reason_nothing_is_sent(operator: Operator) -> None:
    operator.types("linode-failover failover shop us-west --by ana --local")
    assert operator.code == 64
    assert "--reason" in operator.err
    assert operator.world.targets() == ["198.18.0.1"]


def test_a_dry_run_tells_the_effect_and_changes_nothing(operator: Operator) -> None:
    said = operator.types("linode-failover failover shop --by ana --reason test --dry-run --local")
    assert "app.shop.test would point at us-west" in said
    assert operator.code == 0
    assert operator.world.targets() == ["198.18.0.1"]


def test_a_refusal_names_the_hold_and_the_command_that_passes_it(operator: Operator) -> None:
    operator.types("linode-failover pin shop us-east --until 1h --by ana --reason test --local")
    said = operator.types("linode-failover failover shop us-west --by ben --reason test --local")
    assert operator.code == 4
    assert "[pin]" in said
    (release,) = re.findall(r"override: (linode-failover .*)", said)
    operator.types(release)
    assert operator.code == 0, operator.err
    assert operator.facts("linode-failover status --local")["services"]["shop"]["pin"] is None


def test_a_dead_region_is_an_outage_only_if_the_name_stays_there(operator: Operator) -> None:
    operator.types("linode-failover pause --everything --until 1h --by ana --reason x --local")
    operator.world.regions["us-east"].fault = RegionFault.REFUSE
    until(
        lambda: operator.types("linode-failover status --local").startswith("OUTAGE"), "an outage"
    )
    assert operator.code == 2
    said = operator.types("linode-failover why shop --local")
    (resume,) = re.findall(r"override: (linode-failover resume .*)", said)
    operator.types(f"{resume} --by ana --reason over")
    assert operator.code == 0, operator.err
    until(lambda: operator.world.targets() == ["198.18.0.2"], "the name moves")


def test_what_is_not_there_is_refused_with_what_is(operator: Operator) -> None:
    operator.types("linode-failover failover shop us-middle --by ana --reason x --local")
    assert operator.code == 4
    assert "us-east, us-west" in operator.err
    operator.types("linode-failover status nope --local")
    assert operator.code == 4
    assert "shop" in operator.err


def test_a_preflight_names_what_is_wrong_and_says_by_its_code_that_it_is(
    operator: Operator,
) -> None:
    operator.world.regions["us-west"].fault = RegionFault.REFUSE
    said = operator.types("linode-failover preflight --local")

    assert operator.code == 8
    assert said.startswith("NOT READY: ")
    assert "region_unhealthy (shop us-west)" in said


def test_alerts_are_those_of_the_history_that_operators_got(operator: Operator) -> None:
    operator.types("linode-failover failover shop us-west --by ana --reason test --local")
    said = operator.types("linode-failover alerts --local")
    assert "change from us-east to us-west is written" in said
    assert "settled" not in said


def test_quiet_prints_nothing_and_json_the_facts_alone(operator: Operator) -> None:
    assert operator.types("linode-failover history --quiet --local") == ""
    assert operator.code == 0
    assert operator.facts("linode-failover history --local")["events"]
    said = operator.facts("linode-failover failover shop us-west --by ana --reason test --local")
    assert said["seconds_until_served"] > 0
    assert "\x1b" not in operator.out


def test_the_token_is_in_no_output(operator: Operator) -> None:
    token = operator.world.linode.token
    operator.world.linode.fail(method="PUT", status=401, body=token, times=9)
    try:
        for line in (
            "failover shop us-west --by ana --reason x --wait 1 --local",
            "status --local",
            "status --json --local",
            "history --json --local",
            "logs shop --local",
        ):
            operator.types(f"linode-failover {line}")
            assert token not in operator.out + operator.err
    finally:
        operator.world.linode.heal()
    until(lambda: operator.world.targets() == ["198.18.0.2"], "the monitor finishes the order")


def at_a_terminal(*words: str) -> Terminal:
    """The command in a terminal of its own, which finds the same world."""
    env = {**ENV, "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    return Terminal(*words, module="cli.main", env=env)


def test_on_a_terminal_it_asks_why_and_whether(operator: Operator) -> None:
    terminal = at_a_terminal("failover", "shop", "--local")
    try:
        terminal.until("Why failover?")
        terminal.press("us-east loses packets\r")
        terminal.until("would point at us-west")
        terminal.until("go on? [y/N]")
        assert operator.world.targets() == ["198.18.0.1"]
        terminal.press("y\r")
        terminal.until("served by every name server")
        assert terminal.end() == 0
    finally:
        terminal.close()
    assert "us-east loses packets" in operator.types("linode-failover history --local")


def test_who_does_not_confirm_changes_nothing(operator: Operator) -> None:
    terminal = at_a_terminal("failover", "shop", "--reason", "x", "--local")
    try:
        terminal.until("go on? [y/N]")
        terminal.press("\r")
        assert terminal.end() == 7
    finally:
        terminal.close()
    assert operator.world.targets() == ["198.18.0.1"]


def test_watch_follows_until_ctrl_c_and_leaves_the_terminal_as_it_was(operator: Operator) -> None:
    terminal = at_a_terminal("status", "--watch", "--local")
    try:
        terminal.until("app.shop.test")
        operator.types("linode-failover pause shop --until 1h --by ana --reason x --local")
        terminal.until("FROZEN")
        assert terminal.interrupt() == 3
        terminal.assert_as_before()
        assert "Traceback" not in terminal.written
    finally:
        terminal.close()


def test_when_make_local_is_gone_the_next_step_is_said(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert local_file().is_file()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    operator.types("linode-failover status --local")
    assert operator.code == 5
    assert "make local" in operator.err
