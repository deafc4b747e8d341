"""Five nights, each from its alert alone: at most two commands to understand what is wrong and one
to act, run as the alert prints them, none edited.

Who asks and why comes from the environment, because nobody sits at a terminal here. The stack is
found as from any shell: by the name and the AWS region in the command line.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.region import RegionFault
from local.world import LocalWorld
from tests.scenarios.operator import Operator, in_a_shell, on_duty, signs_in
from tests.scenarios.test_commands import FOREIGN, FOREIGN6
from tests.support.waiting import until

MOST_TO_UNDERSTAND, TO_ACT = 2, 1


@pytest.fixture
def operator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    """Asleep: both regions are healthy, and the name points at the first."""
    with on_duty(tmp_path) as world:
        signs_in(monkeypatch)
        operator = Operator(world, capsys.readouterr)
        until(operator.sees_all_healthy, "both regions are healthy")
        yield operator


@dataclass(frozen=True)
class Alert:
    """What woke the operator."""

    text: str

    @property
    def see(self) -> list[str]:
        """Its command lines that help to understand."""
        return self._lines("See more:", "What to do:")

    @property
    def act(self) -> list[str]:
        """Its command lines that act."""
        return self._lines("What to do:", "\nEvent ")

    def _lines(self, begin: str, end: str) -> list[str]:
        part = self.text.partition(begin)[2].partition(end)[0]
        return re.findall(r"^  ((?:linode-failover|aws) .*)$", part, re.MULTILINE)


def woken_by(world: LocalWorld, about: str) -> Alert:
    """Wait for the alert about something. Its commands are few enough."""

    def sent() -> list[str]:
        return [
            alert["message"]
            for alert in world.alerts()
            if json.loads(alert["attributes"]["event"]["Value"])["about"] == about
        ]

    alert = Alert(until(sent, f"the alert {about}")[0])
    assert 0 < len(alert.see) <= MOST_TO_UNDERSTAND
    assert len(alert.act) <= TO_ACT
    return alert


def understood(operator: Operator, alert: Alert) -> str:
    """What the commands that help to understand print, as one line."""
    return " ".join(" ".join(operator.types(line) for line in alert.see).split())


def acted(operator: Operator, alert: Alert) -> str:
    """What the command that acts prints."""
    [line] = alert.act
    return operator.types(line)


def serves_from(world: LocalWorld, name: str) -> bool:
    """Whether the records and the name server say that region, and it is healthy."""
    place = next(place for place in world.places if place.name == name)
    at = [place.ipv4], [place.ipv6]
    healthy = world.regions[name].fault is None
    return healthy and (world.targets("A"), world.targets("AAAA")) == at == (
        world.ask("A")[0],
        world.ask("AAAA")[0],
    )


def test_a_region_hangs_and_is_back_in_the_morning(operator: Operator) -> None:
    world = operator.world
    world.regions["us-east"].fault = RegionFault.HANG
    alert = woken_by(world, "published/unhealthy")

    assert "unhealthy: us-east" in understood(operator, alert)
    until(lambda: serves_from(world, "us-west"), "users are served by the other region")
    acted(operator, alert)
    assert operator.code == 4
    assert "us-east is unhealthy" in operator.out
    assert serves_from(world, "us-west")

    world.regions["us-east"].fault = None
    until(operator.sees_all_healthy, "the region is back")
    assert "served by every name server" in acted(operator, alert)
    assert serves_from(world, "us-east")


def test_linode_refuses_the_token_while_the_region_is_dead(
    operator: Operator, tmp_path: Path
) -> None:
    world = operator.world
    new = world.linode.rotate_token()
    world.regions["us-east"].fault = RegionFault.REFUSE
    alert = woken_by(world, "incident/token_refused")

    until(lambda: "unhealthy: us-east" in understood(operator, alert), "the region is dead")
    assert "401 Invalid Token" in understood(operator, alert)
    (tmp_path / "token.txt").write_text(new)
    [line] = alert.act
    in_a_shell(line, tmp_path)
    until(lambda: serves_from(world, "us-west"), "the failover goes on with the new token")


def test_somebody_pointed_the_name_elsewhere_and_the_region_dies(operator: Operator) -> None:
    world = operator.world
    for record, address in zip(world.record_ids(), (FOREIGN, FOREIGN6), strict=True):
        world.linode.set_target(record, address)
    world.regions["us-east"].fault = RegionFault.REFUSE
    alert = woken_by(world, "incident/drift_blocks_failover")

    seen = understood(operator, alert)
    assert re.search(rf"records {FOREIGN} {FOREIGN6} 30 s not ours", seen)
    assert "▸ us-east" not in seen
    assert "served by every name server" in acted(operator, alert)
    assert serves_from(world, "us-west")


def test_everything_is_paused_and_the_region_dies(operator: Operator) -> None:
    world = operator.world
    operator.types("linode-failover pause --everything --until 1h --local")
    world.regions["us-east"].fault = RegionFault.REFUSE
    alert = woken_by(world, "incident/paused_unhealthy")

    assert re.search("ana paused everything for another .*: the night", understood(operator, alert))
    acted(operator, alert)
    assert operator.code == 0, operator.err
    until(lambda: serves_from(world, "us-west"), "automation goes on")


def test_all_regions_are_dead_until_one_is_back(operator: Operator) -> None:
    world = operator.world
    for region in world.regions.values():
        region.fault = RegionFault.REFUSE
    alert = woken_by(world, "incident/no_healthy_region")

    assert alert.act == []
    assert "Bring one region back; the name follows automatically." in alert.text
    seen = understood(operator, alert)
    assert operator.code == 2
    assert re.search("OUTAGE .*us-east .*unhealthy .*us-west .*unhealthy", seen)
    assert "no region is healthy, so the records stay as they are" in seen
    world.regions["us-west"].fault = None
    until(lambda: serves_from(world, "us-west"), "the name follows")
