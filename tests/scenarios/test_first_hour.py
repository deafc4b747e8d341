"""One night on call, as a person lives through it: every step from the alert before it, each
answer against what the pages promise. The monitor is the shipped one, started by a schedule."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from failover import wiring
from local.container import Function
from local.play import Play
from local.region import RegionFault
from local.schedule import Schedule
from local.world import LocalWorld
from tests.scenarios.night import BRISK
from tests.scenarios.test_commands import FOREIGN, FOREIGN6, said, send, shipped
from tests.support.waiting import until

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "alerts.md").read_text(encoding="utf-8")
RUNBOOK = (DOCS / "runbook.md").read_text(encoding="utf-8")
SHORTEST_PIN = "60s"

Alert = Mapping[str, Any]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalWorld]:
    """Two healthy regions, the name at the first, and a monitor that ticks."""
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        for name, value in world.env.items():
            monkeypatch.setenv(name, value)
        wiring.container.cache_clear()
        with Function(world.env) as monitor, Schedule(monitor, every=30.0):
            until(lambda: "us-west healthy" in status(), "both regions healthy")
            yield world
        wiring.container.cache_clear()


def status() -> str:
    """What `events/status.json` answers."""
    return said(shipped("status"))


def told(world: LocalWorld, about: str, what: str) -> Alert:
    """Wait for an alert; it, and a check that the page has its row."""

    def found() -> Alert | None:
        events = ((alert, json.loads(alert["attributes"]["event"]["Value"])) for alert in sent())
        return next((a for a, e in events if (e["about"], e["what"]) == (about, what)), None)

    def sent() -> list[Alert]:
        return world.alerts()

    alert = until(found, f"the alert {about}")
    assert alert is not None
    assert len(alert["subject"]) < 100
    return alert


def row(about: str) -> list[str]:
    """The cells of an event's row on the page."""
    (line,) = re.findall(rf"^\| `{re.escape(about)}` \|.*\|$", PAGE, re.MULTILINE)
    return [cell.strip() for cell in line.strip("|").split("|")]


def commands(alert: Alert) -> list[dict[str, Any]]:
    """The events in the command lines of an alert: to see more, and to act."""
    lines = (line.strip() for line in alert["message"].splitlines())
    words = [shlex.split(line[4:]) for line in lines if line.startswith("or: printf %s")]
    return [json.loads(each[2]) for each in words]


def pasted(alert: Alert, about: str, by: str, section: str) -> str:
    """What the command that acts answers, once the person has put in who and why. The page of the
    alerts and the section of the runbook advise the same."""
    see, act = commands(alert)
    assert row(about)[5] == f"`{act['command']}`"
    advice = RUNBOOK.partition(f"# {section}\n")[2].partition("\n##")[0]
    assert f'"command": "{act["command"]}"' in advice
    assert see == {"command": "status", "service": "shop"}
    return said(send({**act, "by": by, "reason": "the night of the test"}))


def test_a_night_on_call(world: LocalWorld) -> None:
    # The primary dies. The alert says what happened, and its first command explains.
    world.regions["us-east"].fault = RegionFault.REFUSE
    moved = told(world, "published/unhealthy", "published")
    assert moved["subject"] == "[shop] app.shop.test failover from us-east to us-west is written"
    assert "last failure: refused" in moved["message"]
    assert moved["message"] in Play(world).do("alerts")
    see, _ = commands(moved)
    explained = Play(world).do(f"send {shlex.quote(json.dumps(see))}")
    assert "points at us-west for" in explained
    assert "us-east unhealthy: refused, us-west healthy" in explained
    assert world.targets() == ["198.18.0.2"]

    # Ana holds the name where it is, for the shortest time there is. Ben pauses the service.
    answer = said(shipped("pin", until=SHORTEST_PIN, by="ana"))
    assert "us-west is held until" in answer
    assert "paused until" in said(shipped("pause", by="ben"))
    explained = status()
    assert explained.startswith("FROZEN shop: ")
    assert re.search(r"ana pinned us-west for another .* \(until \S+\)", explained)
    assert re.search(r"ben paused this service for another .* \(until \S+\)", explained)

    # The primary is back. The pin runs out by itself, and nobody is moved by that.
    world.regions["us-east"].fault = None
    until(lambda: "pinned" not in status(), "the end of the pin")
    until(lambda: "us-east healthy" in status(), "the recovery")
    assert "resumed" in said(shipped("resume", by="ben"))
    assert world.targets() == ["198.18.0.2"]
    assert "failback" in status()

    # Failback by hand, with the command of the first alert. Everybody is told.
    assert "app.shop.test now points at us-east" in pasted(
        moved, "published/unhealthy", "ana", "failover"
    )
    assert world.targets() == ["198.18.0.1"]
    ordered = told(world, "published/operator", "published")
    assert "By: ana" in ordered["message"]
    assert 'Reason: "the night of the test"' in ordered["message"]

    # Somebody puts a foreign address there. It is left alone until a person takes it over.
    for record, address in zip(world.record_ids(), (FOREIGN, FOREIGN6), strict=True):
        world.linode.set_target(record, address)
    drift = told(world, "incident/drift", "incident_began")
    assert FOREIGN in drift["message"]
    assert world.targets() == [FOREIGN]
    assert "after: A 198.18.0.1" in pasted(drift, "incident/drift", "ben", "drift")
    until(lambda: re.search(r"\[drift\]: it began .* and ended", status()), "the end of it")
    assert world.targets() == ["198.18.0.1"]

    # In the morning the history has it all, with who asked for what; and nobody was paged twice.
    told_of = [alert["attributes"]["id"]["Value"] for alert in world.alerts()]
    assert len(told_of) == len(set(told_of))
    until(lambda: "[not sent yet]" not in said(shipped("history")), "the history")
    lines = list(reversed(shipped("history", limit=50)["summary"]))
    night = [
        r"adopted: .* is managed from now on; it points at us-east",
        r"published: .* failover from us-east to us-west is written",
        r"order: ana: pin to us-west",
        r"order: ben: paused until",
        r"order: ben: resumed",
        r"order: ana: failback to us-east .*the night of the test",
        r"published: ana: .* change from us-west to us-east is written, as ordered",
        r"incident_began: .* its records were changed by somebody else",
        r"order: ben: takeover",
    ]
    found = [next(i for i, line in enumerate(lines) if re.search(want, line)) for want in night]
    assert found == sorted(found)
