"""Every refusal of an order: the line that it prints is typed, and the order is followed then."""

import json
import re
import shlex

import pytest

from cli.trouble import Exit
from failover.decision.guard import Hold
from failover.decision.holds import HOLDS, Binds
from tests.scenarios.printed import effects
from tests.scenarios.printed.refusals import REFUSALS, Refusal
from tests.scenarios.printed.scene import BY, REASON, Scene
from tests.scenarios.printed.shell import Done

WAY = re.compile(r"^ +override: (.*)$", re.MULTILINE)
BY_HAND = re.compile(r"linode-cli domains records-delete \d+ \d+")
EVENT = re.compile(r"^ +event: (\{.*\})$", re.MULTILINE)


def test_every_hold_that_binds_people_has_its_refusal() -> None:
    binding = {hold for hold, row in HOLDS.items() if row.binds is not Binds.AUTOMATION}
    assert {hold for hold, _ in REFUSALS} == binding


@pytest.mark.parametrize(("hold", "case"), REFUSALS)
def test_the_line_of_a_refusal_passes_it(scene: Scene, hold: Hold, case: str) -> None:
    refusal = REFUSALS[hold, case]
    scene.control.timeout = 60.0
    refusal.stage(scene)
    refusal.begins(scene)

    refused = scene.shell.types(f"linode-failover {refusal.order} {scene.stack}")
    assert refused.code == Exit.REFUSED, refused
    assert f"[{hold}]" in refused.out
    if refusal.advice is not None:
        assert refusal.advice in "".join(WAY.findall(refused.out))
        assert ": linode-failover " not in refused.out
        if by_hand := BY_HAND.findall(refused.out):
            for line in by_hand:
                scene.types(line, **scene.linode_cli)
            scene.types(f"linode-failover {refusal.order} {scene.stack}")
            effects.moved(scene, "us-west")
        return

    [line] = WAY.findall(refused.out)
    [event] = sent(scene, refusal)
    refusal.then(scene)
    with scene.undone():
        by_command(scene, line)
        followed(scene, refusal, line)
    answer = effects.answer(scene.types(by_aws(event)))
    assert answer["changed"], answer
    followed(scene, refusal, line)


def sent(scene: Scene, refusal: Refusal) -> list[str]:
    """The events that the control function prints when it refuses the order as an event."""
    words = shlex.split(refusal.order)
    event = {"command": words[0], "service": words[1], "by": BY, "reason": REASON}
    rest = words[2:]
    if rest and not rest[0].startswith("--"):
        event["region"] = rest.pop(0)
    if "--until" in rest:
        event["until"] = rest[rest.index("--until") + 1]
    asked = json.dumps({**event, **({"force": True} if "--force" in rest else {})})
    answer = effects.answer(scene.types(by_aws(asked)))
    assert answer["refused"]
    return EVENT.findall("\n".join(answer["summary"]))


def by_aws(event: str) -> str:
    """How a page without the command has it sent."""
    return (
        f"printf %s {shlex.quote(event)} | aws lambda invoke --region eu-west-1"
        " --function-name embedded-control --payload fileb:///dev/stdin /dev/stdout"
    )


def by_command(scene: Scene, line: str) -> Done:
    assert line.startswith("linode-failover ")
    return scene.types(line)


def followed(scene: Scene, refusal: Refusal, line: str) -> None:
    """What the line promised is so: by the command, and by where the name points then."""
    _, command, _, *rest = shlex.split(line)
    region = next((word for word in rest[:1] if not word.startswith("--")), "us-west")
    if refusal.to is None and command in ("failover", "takeover"):
        assert scene.status()["points_at"] == [region]
        return
    effects.OF_ORDERS[command](scene, region)
    if refusal.to:
        assert scene.status()["points_at"] == [refusal.to]
