"""Every line of every alert, typed as it was sent: it runs, and does what it is there for."""

import pytest

from failover.notify.catalogue import NOTICES
from failover.notify.kinds import Kind
from failover.notify.notice import Reach
from tests.scenarios.printed import effects
from tests.scenarios.printed.alert import Alert, Line
from tests.scenarios.printed.nights import NEWER, NIGHTS, Night, about, well
from tests.scenarios.printed.scene import BY, REASON, Scene

PLACES = {"you": BY, "why": REASON}


def test_every_alert_has_its_night() -> None:
    alerts = {each for each, row in NOTICES.items() if row.reach is not Reach.HISTORY}
    assert {about(name) for name in NIGHTS} == alerts | {NEWER}


@pytest.mark.parametrize("name", NIGHTS)
def test_the_lines_of_an_alert_do_what_they_are_there_for(scene: Scene, name: str) -> None:
    night = NIGHTS[name]
    night.stage(scene, night)
    night.begins(scene)
    [text, *_] = scene.until(lambda: scene.sent(about(name)), f"the alert {name}")
    alert = Alert(text)

    shown(scene, name, night, alert)
    night.first(scene)
    for line in alert.removes:
        scene.types(line.text, **scene.linode_cli)
    followed(scene, night, alert)
    if night.ends and (alert.orders or alert.removes) and name in set(Kind):
        scene.until(lambda: not scene.open(name), f"the end of {name}")


def test_the_lines_of_an_alert_about_the_end_show_that_it_is_over(scene: Scene) -> None:
    scene.adopted()
    kind = Kind.NO_HEALTHY_REGION
    NIGHTS[kind].begins(scene)
    scene.until(lambda: scene.open(kind), "the incident")
    well(scene)
    _, text = scene.until(lambda: len(sent := scene.sent(about(kind))) > 1 and sent, "its end")

    command, event = Alert(text).see
    assert scene.shell.types(command.text).out.startswith("OK")
    assert effects.answer(scene.types(event.text))["headline"] == "OK"


def shown(scene: Scene, name: str, night: Night, alert: Alert) -> None:
    """The lines that help to understand tell of what the alert is about."""
    command, *events = alert.see
    assert [line.tool for line in events] == ["printf", "sam"]
    done = scene.shell.types(command.text)
    effects.well_ended(scene, command.command, done)
    assert (f"[{name}]" if name in set(Kind) else night.says) in done.text
    for line in events:
        facts = effects.answer(scene.types(line.text))["services"]["shop"]
        if name in set(Kind):
            assert facts["incidents"][name]["raised"]
        else:
            assert facts["points_at"] == scene.status()["points_at"]


def followed(scene: Scene, night: Night, alert: Alert) -> None:
    """What acts does so, whichever tool is used; the last of them stays done."""
    last = len(alert.orders) - 1
    for place, (tool, lines) in enumerate(alert.orders.items()):
        if place == last:
            OF_TOOLS[tool](scene, night, lines)
            return
        with scene.undone():
            OF_TOOLS[tool](scene, night, lines)


def by_command(scene: Scene, night: Night, lines: list[Line]) -> None:
    """`linode-failover`, which asks for what is left open: here the environment tells."""
    for line in lines:
        done = scene.shell.types(line.text)
        effects.well_ended(scene, line.command, done)
        assert night.told in done.text
    kept(scene, night, lines[0], lines[0].command)


def by_event(scene: Scene, night: Night, lines: list[Line]) -> None:
    """An event, once a person has filled in whose order it is, and why."""
    for line in lines:
        if "<" in line.text:
            refused = effects.answer(scene.types(line.text))
            assert refused["refused"]
            assert "your own words" in str(refused["problems"])
        filled = line.filled(**PLACES, region=night.region)
        answer = effects.answer(scene.types(filled.text))
        assert night.told in str(answer["summary"])
        assert answer.get("changed", True), answer
    kept(scene, night, filled, filled.event["command"])


def kept(scene: Scene, night: Night, line: Line, command: str) -> None:
    """What the command promises is so."""
    if check := effects.OF_ORDERS.get(command):
        check(scene, line.region or night.region)


def by_aws(scene: Scene, _night: Night, lines: list[Line]) -> None:
    """A new token is stored where the stack reads it."""
    token = scene.shell.folder / "token.txt"
    token.write_text(scene.world.linode.token)
    for line in lines:
        scene.types(line.text)


OF_TOOLS = {
    "linode-failover": by_command,
    "printf": by_event,
    "sam": by_event,
    "aws": by_aws,
}
