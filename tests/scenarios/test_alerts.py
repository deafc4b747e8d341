"""Alerts of the shipped handlers: sent, lost on the way, and sent all the same."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.region import RegionFault
from local.schedule import Invocation, invoke
from local.world import STACK, TABLE, LocalWorld
from tests.scenarios.gate import Block, SnsGate
from tests.scenarios.test_shipped import CONTROL, MONITOR, TICK, Heard
from tests.support.waiting import until

MOVED = "published/unhealthy"


def about(world: LocalWorld, kind: str) -> list[Mapping[str, Any]]:
    """The events of one kind that people were told of, as machines get them."""
    sent = [json.loads(alert["attributes"]["event"]["Value"]) for alert in world.alerts()]
    return [event for event in sent if event["about"] == kind]


def history(world: LocalWorld) -> list[str]:
    """The sort keys of the shop's history."""
    items = world.aws.client("dynamodb").scan(TableName=TABLE)["Items"]
    return [item["sk"]["S"] for item in items if item["pk"]["S"] == "log#shop"]


def pasted(text: str, tmp_path: Path) -> Any:
    """What the control function answers to the first command line of an alert."""
    line = next(line for line in text.splitlines() if line.startswith("  or: printf %s"))
    words = shlex.split(line.removeprefix("  or: "))
    assert words[words.index("--function-name") + 1] == f"{STACK}-control"
    file = tmp_path / "event.json"
    file.write_text(words[2])
    return file


def test_a_failover_is_told_once_with_a_command_that_answers(
    world: LocalWorld, tmp_path: Path
) -> None:
    heard = Heard()
    monitor = Invocation(MONITOR, TICK, world.env, 190, heard.append)
    try:
        until(lambda: heard.has("decided", action="adopt"), "adoption")
        world.regions["us-east"].fault = RegionFault.REFUSE
        until(lambda: about(world, MOVED), "the alert")
        until(lambda: len(history(world)) >= 2, "the history")
        [alert] = world.alerts()
        event = pasted(alert["message"], tmp_path)
        answer, _, _ = invoke(CONTROL, event, world.env)
    finally:
        monitor.kill()
    assert alert["subject"] == "[shop] app.shop.test failover from us-east to us-west is written"
    assert "us-east is unhealthy since" in alert["message"]
    assert "last failure: refused" in alert["message"]
    assert "points at us-west for" in answer["summary"][0]


@pytest.mark.parametrize("where", Block)
def test_killed_while_it_sends_the_next_tick_tells_it(world: LocalWorld, where: Block) -> None:
    """After the mark has run out: once if nothing had arrived, and else twice under one id."""
    heard = Heard()
    with SnsGate(world.aws.url) as gate:
        env = {**world.env, "AWS_ENDPOINT_URL_SNS": gate.url}
        gate.block = where
        first = Invocation(MONITOR, TICK, env, 190, heard.append)
        try:
            until(lambda: heard.has("decided", action="adopt"), "adoption")
            world.regions["us-east"].fault = RegionFault.REFUSE
            until(lambda: gate.caught, "an alert on its way")
        finally:
            first.kill()
        gate.open()
        arrived_before = len(about(world, MOVED))
        second = Invocation(MONITOR, TICK, env, 190, heard.append)
        try:
            until(lambda: len(about(world, MOVED)) > arrived_before, "the alert")
        finally:
            second.kill()
    events = about(world, MOVED)
    assert len(events) == (1 if where is Block.BEFORE_ARRIVAL else 2)
    assert len({event["id"] for event in events}) == 1


def test_a_topic_that_does_not_answer_delays_no_failover_and_gets_it_later(
    world: LocalWorld,
) -> None:
    heard = Heard()
    with SnsGate(world.aws.url) as gate:
        gate.block = Block.BEFORE_ARRIVAL
        env = {**world.env, "AWS_ENDPOINT_URL_SNS": gate.url}
        monitor = Invocation(MONITOR, TICK, env, 190, heard.append)
        try:
            until(lambda: heard.has("decided", action="adopt"), "adoption")
            world.regions["us-east"].fault = RegionFault.REFUSE
            until(lambda: heard.has("alert_not_sent"), "a failure to send")
            world.regions["us-east"].fault = None
            world.regions["us-west"].fault = RegionFault.REFUSE
            until(lambda: world.targets() == ["198.18.0.1"], "the second failover")
            assert world.alerts() == []
            gate.open()
            until(lambda: len(about(world, MOVED)) == 2, "both alerts")
        finally:
            monitor.kill()
    events = sorted(about(world, MOVED), key=lambda event: str(event["at"]))
    assert [event["facts"]["to"] for event in events] == ["us-west", "us-east"]


def test_the_dead_mans_switch_is_asked_by_the_shipped_monitor(world: LocalWorld) -> None:
    """Once in a tick; nobody answers there, and the rounds go on."""
    heard = Heard()
    world.aws.put_token("/heartbeat-url", f"http://127.0.0.1:{world.reference.port}/alive\n")
    env = {**world.env, "HEARTBEAT_URL_PARAMETER": "/heartbeat-url"}
    before = world.reference.requests
    monitor = Invocation(MONITOR, TICK, env, 190, heard.append)
    try:
        until(lambda: world.reference.requests > before, "the sign of life")
        until(lambda: heard.has("decided", action="adopt"), "adoption")
    finally:
        monitor.kill()
    assert world.reference.requests == before + 1
