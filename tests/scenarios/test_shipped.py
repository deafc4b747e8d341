"""The shipped handlers in processes of their own: killed, misconfigured, searched for secrets."""

import json
import subprocess
from pathlib import Path

import pytest

from local.container import ROOT, Line
from local.region import RegionFault
from local.schedule import Invocation, invoke
from local.tls import Authority
from local.world import RECORD, TABLE, LocalWorld
from tests.scenarios.night import BRISK
from tests.support.waiting import LIMIT, until

MONITOR = "monitor.handler.handler"
CONTROL = "control.handler.handler"
TICK = ROOT / "events" / "tick.json"
STATUS = ROOT / "events" / "status.json"


class Heard(list[Line]):
    """The lines that an invocation has printed."""

    def has(self, event: str, **facts: object) -> bool:
        """Whether a line about this event has these facts."""
        return any(
            line.get("event") == event and all(line.get(k) == v for k, v in facts.items())
            for line in self
        )


@pytest.mark.essential
def test_a_monitor_killed_in_the_middle_of_a_write_is_followed_by_one_that_finishes(
    world: LocalWorld,
) -> None:
    """How soon, whichever call it dies at, is in tests/exploration/test_exploration.py."""
    heard = Heard()
    first = Invocation(MONITOR, TICK, world.env, 190, heard.append)
    try:
        until(lambda: heard.has("decided", action="adopt"), "adoption")
        world.linode.fail(method="PUT", how="hang", times=1)
        world.regions["us-east"].fault = RegionFault.REFUSE
        until(lambda: any(c.method == "PUT" for c in world.linode.requests), "the write")
    finally:
        first.kill()
    world.linode.heal()
    second = Invocation(MONITOR, TICK, world.env, 190, heard.append)
    try:
        until(lambda: world.targets() == ["198.18.0.2"], "the record at the healthy region")
        until(lambda: heard.has("published", active=["us-west"]), "published")
    finally:
        second.kill()
    assert world.targets("AAAA") == ["fd00::31:2"]


def test_settings_with_five_errors_name_all_five_and_change_nothing(world: LocalWorld) -> None:
    """One answer with every problem; no probe, no write, no item."""
    good = world.settings_file.read_text()
    bad = (
        good.replace("revision = 1", "revision = 0")
        .replace('mode = "act"', 'mode = "maybe"')
        .replace("ttl = 30", "ttl = 60")
        .replace('ipv4 = "198.18.0.2"', 'ipv4 = "nowhere"')
        .replace('timeout = "1s"', 'timeout = "4 seconds"')
    )
    world.settings_file.write_text(bad)
    probes = world.regions["us-east"].requests
    for handler, event in ((MONITOR, TICK), (CONTROL, STATUS)):
        returned, lines, noise = invoke(handler, event, world.env)
        assert returned is None
        refused = next(line for line in lines if line.get("event") == "settings_refused")
        named = " ".join(refused["problems"])
        for field in ("revision", "mode", "ttl", "ipv4", "timeout"):
            assert field in named
        assert len(refused["problems"]) == 5
        assert any("SettingsRefused" in text for text in noise)
    assert world.regions["us-east"].requests == probes
    assert [c for c in world.linode.requests if c.method != "GET"] == []
    assert world.aws.client("dynamodb").scan(TableName=TABLE)["Items"] == []


def test_the_example_settings_probe_and_write_nothing(world: LocalWorld) -> None:
    """What ships is recognised: the answer says what to fill in."""
    world.settings_file.write_text(
        (ROOT / "layers" / "config" / "failover.example.toml").read_text()
    )
    returned, lines, _ = invoke(MONITOR, TICK, world.env)
    assert returned is None
    refused = next(line for line in lines if line.get("event") == "settings_refused")
    assert "ipv4" in " ".join(refused["problems"])
    assert world.linode.requests == []


def test_the_token_is_in_no_output_and_in_no_item(world: LocalWorld) -> None:
    """At the lowest log level, with every kind of answer from the API that quotes its request."""
    env = {**world.env, "LOG_LEVEL": "DEBUG"}
    quoted = json.dumps({"errors": [{"reason": f"Invalid Token {world.linode.token}"}]})
    heard = Heard()
    monitor = Invocation(MONITOR, TICK, env, 190, heard.append)
    try:
        until(lambda: heard.has("decided", action="adopt"), "adoption")
        world.linode.fail(method="PUT", status=401, body=quoted, times=2)
        world.linode.fail(method="PUT", status=400, body=quoted, times=1)
        world.linode.fail(method="PUT", status=500, body=world.linode.token, times=1)
        world.linode.fail(method="GET", path="/records", status=403, body=quoted, times=2)
        world.regions["us-east"].fault = RegionFault.UNAVAILABLE
        until(lambda: world.targets() == ["198.18.0.2"], "the record at the healthy region")
        until(lambda: heard.has("published", active=["us-west"]), "published")
        answer, lines, noise = invoke(CONTROL, STATUS, env)
    finally:
        monitor.kill()
    items = world.aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    until(world.alerts, "an alert")
    said = [*heard, *monitor.noise, answer, *lines, *noise, *items, *world.alerts()]
    assert heard.has("not_published")
    assert items
    assert world.linode.token not in json.dumps(said, default=str)


def test_status_explains_what_is_and_what_would_happen_next(world: LocalWorld) -> None:
    """One command, also with the monitor stopped, and it says when the votes are old."""
    heard = Heard()
    monitor = Invocation(MONITOR, TICK, world.env, 190, heard.append)
    try:
        until(lambda: heard.has("decided", action="hold"), "a second round")
        answer, _, _ = invoke(CONTROL, STATUS, world.env)
    finally:
        monitor.kill()
    assert f"shop: {RECORD} points at us-east for" in answer["summary"][0]
    assert "us-east healthy, us-west healthy" in "\n".join(answer["summary"])
    shop = answer["services"]["shop"]
    assert shop["next"]["action"] == "hold"
    assert shop["next"]["why"]
    assert shop["decision"]["generation"] == 1


def test_every_line_of_a_tick_has_its_request_its_number_and_whether_it_was_a_cold_start(
    world: LocalWorld,
) -> None:
    heard = Heard()
    monitor = Invocation(MONITOR, TICK, world.env, 190, heard.append)
    try:
        until(lambda: heard.has("decided", action="hold"), "a second round")
    finally:
        monitor.kill()
    said = [line for line in heard if "event" in line]
    assert len({line["request_id"] for line in said}) == 1
    assert {line["cold_start"] for line in said} == {True}
    assert len({line["tick"] for line in said if line["event"] == "decided"}) == 1


def test_a_command_that_does_not_exist_gets_one_clear_answer(
    world: LocalWorld, tmp_path: Path
) -> None:
    """What is allowed is in the answer, and nothing is changed."""
    for event in ({"command": "explode"}, {}, [], {"command": "status", "service": "nobody"}):
        file = tmp_path / "event.json"
        file.write_text(json.dumps(event))
        answer, _, _ = invoke(CONTROL, file, world.env)
        assert answer["refused"]
        assert answer["allowed"]["services"] == ["shop"]
    assert world.aws.client("dynamodb").scan(TableName=TABLE)["Items"] == []


def test_https_regions_are_probed_with_their_certificates_checked(tmp_path: Path) -> None:
    """The name's certificate is verified at the address that would be published."""
    authority = Authority(tmp_path)
    context = authority.server_context(RECORD)
    with LocalWorld(health=BRISK, render_delay=0.1, tls=context) as world:
        env = {**world.env, "PROBE_CA_FILE": str(authority.ca_file)}
        heard = Heard()
        monitor = Invocation(MONITOR, TICK, env, 190, heard.append)
        try:
            until(lambda: heard.has("decided", action="adopt"), "adoption")
            world.regions["us-east"].fault = RegionFault.UNHEALTHY
            until(lambda: world.targets() == ["198.18.0.2"], "the healthy region")
        finally:
            monitor.kill()


def test_check_config_prints_the_promise_of_these_settings(world: LocalWorld) -> None:
    """The sum is the one that the settings make."""
    done = subprocess.run(
        ["make", "check-config", f"FILE={world.settings_file}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    assert "shop" in done.stdout
    assert "55.3 s" in done.stdout
