"""The lines that an order prints once it was followed, typed as they stand."""

import re

from cli.trouble import Exit
from tests.scenarios.printed import effects
from tests.scenarios.printed.scene import Scene


def offered(scene: Scene, order: str, label: str) -> str:
    """The line that an order prints under a label."""
    done = scene.types(f"linode-failover {order} {scene.stack}")
    [line] = re.findall(rf"^ +{label}: (.*)$", done.out, re.MULTILINE)
    return line


def test_a_pin_prints_the_line_that_ends_it(scene: Scene) -> None:
    scene.adopted()
    line = offered(scene, "pin shop us-west --until 1h", "to end it")

    effects.pinned(scene, "us-west")
    scene.types(line)
    effects.released(scene, "us-west")


def test_an_order_that_moves_nothing_prints_the_line_that_holds_the_name(scene: Scene) -> None:
    scene.adopted()
    line = offered(scene, "failover shop us-east", "to hold the name there")

    scene.types(line)
    effects.pinned(scene, "us-east")


def test_an_order_that_linode_did_not_take_prints_the_line_that_gives_it_once_more(
    scene: Scene,
) -> None:
    scene.adopted()
    scene.world.linode.fail(method="PUT", status=500)
    done = scene.shell.types(f"linode-failover failover shop us-west --wait 1 {scene.stack}")
    assert done.code == Exit.NOT_SERVED
    [line] = re.findall(r"^ +where no monitor runs: (.*)$", done.out, re.MULTILINE)

    scene.world.linode.heal()
    scene.clock.leap(60.0)  # whoever was writing may have died
    scene.types(line)
    effects.moved(scene, "us-west")


def test_the_reasons_of_a_service_come_with_the_line_that_overrides_each(scene: Scene) -> None:
    scene.adopted()
    scene.types(f"linode-failover pause shop --until 1h {scene.stack}")
    done = scene.types(f"linode-failover why shop {scene.stack}")
    lines = re.findall(r"^ +override: (.*)$", done.out, re.MULTILINE)

    assert lines
    for line in lines:
        scene.types(line)
    effects.resumed(scene, "us-east")
