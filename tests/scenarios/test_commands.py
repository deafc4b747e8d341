"""The event files as they ship, sent to the handler as it ships, in the embedded world."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from control.handler import handler
from failover import wiring
from local.invoke import Context
from local.region import RegionFault
from local.world import LocalWorld
from tests.scenarios.night import Night
from tests.support.shipped import event, every

FOREIGN, FOREIGN6 = "203.0.113.9", "2001:db8:9::9"


@pytest.fixture
def night(whole: LocalWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    """Both regions healthy; the monitor has adopted the first one, and has died since."""
    whole.reset()
    for name, value in whole.env.items():
        monkeypatch.setenv(name, value)
    wiring.container.cache_clear()
    night = Night(whole)
    with night.watched():
        night.adopted()
        night.until(lambda: "us-west healthy" in said(send({"command": "status"})), "both healthy")
    yield night
    wiring.container.cache_clear()


def send(event: object) -> dict[str, Any]:
    """One invocation of the control function."""
    answer = handler(event, Context(55.0))
    return json.loads(json.dumps(answer, allow_nan=False))


def shipped(name: str, **changes: object) -> dict[str, Any]:
    """One invocation with an event file."""
    return send({**event(name), **changes})


def said(answer: dict[str, Any]) -> str:
    """The lines that a person reads first."""
    return "\n".join(answer["summary"])


@pytest.mark.essential
def test_failover_and_failback_move_both_families(night: Night) -> None:
    answer = shipped("failover")
    assert "shop: app.shop.test now points at us-west; written after" in said(answer)
    assert "every name server answers so after" in said(answer)
    assert (night.world.ask("A")[0], night.world.ask("AAAA")[0]) == (
        ["198.18.0.2"],
        ["fd00::31:2"],
    )
    assert night.writes() == ["PUT", "PUT"]
    assert "now points at us-east" in said(shipped("failback"))
    assert night.world.targets() == ["198.18.0.1"]


def test_failover_is_held_by_a_dead_region_and_its_own_words_get_past_it(night: Night) -> None:
    night.world.regions["us-west"].fault = RegionFault.REFUSE
    with night.watched():
        night.until(lambda: "us-west unhealthy" in said(send({"command": "status"})), "unhealthy")
    refused = shipped("failover")
    assert refused["refused"]
    assert night.writes() == []
    (event,) = re.findall(r"event: (\{.*\})", said(refused))
    assert "us-west is held until" in said(send(json.loads(event)))
    assert night.world.targets() == ["198.18.0.2"]


def test_a_pin_is_published_and_its_release_moves_nobody(night: Night) -> None:
    assert "now points at us-west" in said(shipped("pin"))
    status = shipped("status")
    assert "pinned us-west" in said(status)
    assert status["services"]["shop"]["regions"]["us-west"]["forced"] == "pinned"
    assert "released the pin on us-west" in said(shipped("release"))
    assert night.world.targets() == ["198.18.0.2"]


@pytest.mark.parametrize("suffix", ["", "-everything"])
def test_a_pause_holds_the_monitor_until_it_is_ended(night: Night, suffix: str) -> None:
    assert "until" in said(shipped(f"pause{suffix}"))
    night.world.regions["us-east"].fault = RegionFault.REFUSE
    with night.watched():
        night.until(lambda: "us-east unhealthy" in said(shipped("status")), "unhealthy")
        assert night.world.targets() == ["198.18.0.1"]
        assert "resumed" in said(shipped(f"resume{suffix}"))
        night.moved()


def test_foreign_records_are_taken_over(night: Night) -> None:
    for record, address in zip(night.world.record_ids(), (FOREIGN, FOREIGN6), strict=True):
        night.world.linode.set_target(record, address)
    answer = shipped("takeover")
    assert f"records before: A {FOREIGN}, AAAA {FOREIGN6}" in said(answer)
    assert "after: A 198.18.0.1, AAAA fd00::31:1" in said(answer)
    assert night.world.targets() == ["198.18.0.1"]


def test_the_history_tells_it_all_newest_first(night: Night) -> None:
    shipped("pause")
    shipped("resume")
    shipped("pause-everything")
    lines = shipped("history")["summary"]
    orders = [line for line in lines if " order: " in line]
    assert [re.sub(r"^\S+ | until \S+|\(before.*?\) ", "", line) for line in orders] == [
        "shop order: ana: resumed (a test) [not sent yet]",
        "shop order: ana: paused (a test) [not sent yet]",
        "everything order: ana: paused everything (a test)",
    ]


def test_every_event_file_is_understood(night: Night) -> None:
    for name, given in every().items():
        if "command" in given:
            assert "problems" not in send(given), name


def test_the_token_is_in_no_answer(night: Night) -> None:
    night.world.linode.fail(method="PUT", status=401, body=night.world.linode.token, times=9)
    answers = [shipped("failover"), shipped("status"), shipped("history")]
    assert answers[0]["publication"]["error"]
    assert night.world.linode.token not in json.dumps(answers)
