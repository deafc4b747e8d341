"""The runbook as it is typed: its parts, and the state of the embedded world that each is for."""

import contextlib
import io
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from failover.errors import SettingsRefused, StoreUnavailable
from failover.health.probe import Probe
from tests.scenarios.printed.nights import (
    DATA,
    FOREIGN,
    FOREIGN6,
    NEW_REVISION,
    both,
    cut_off,
    deployed,
    down,
    edited,
    nothing,
    ordered,
    pointed,
    vantages,
    well,
)
from tests.scenarios.printed.scene import Scene
from tests.scenarios.printed.shell import ROOT

PAGE = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
STACK = "linode-region-failover"
TABLE = f"{STACK}-ControlTable-1A2B3C"
"""The stack and the table of the page."""

NOT_HERE: Mapping[str, str] = {
    "curl --max-time 5 --resolve app.example.com:443:192.0.2.1 https://app.example.com/health": (
        "an example's name and address, which nobody has"
    ),
    "make check-config": "it checks the deployment of a checkout: tests/artifact has one",
    "make deploy": "it deploys to an AWS account: tests/artifact does so against an emulator",
}
"""The lines that nothing here can follow, and why."""

OR_ELSE = "# or, without that command:\n"


@dataclass(frozen=True)
class Block:
    """Lines that are typed together: with the command, and in the other way where there is one."""

    by_command: tuple[str, ...]
    by_event: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Block":
        first, _, second = text.partition(OR_ELSE)
        return cls(_lines(first), _lines(second))


def _lines(text: str) -> tuple[str, ...]:
    joined = text.replace("\\\n", " ")
    found = [" ".join(line.split()) if "'" not in line else line for line in joined.splitlines()]
    return tuple(line for line in found if line and not line.startswith("#"))


def parts() -> dict[str, list[Block]]:
    """The blocks of each part, by its heading. The first block of the page defines `ask` and
    `logs`."""
    found: dict[str, list[Block]] = {}
    for heading, text in re.findall(
        r"^###? (.+?)\n(.*?)(?=^###? |\Z)", PAGE, re.MULTILINE | re.DOTALL
    ):
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        found[heading] = [Block.of(block) for block in blocks if block != PRELUDE]
    return found


PRELUDE: str = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0]


@dataclass(frozen=True)
class Part:
    """The state that a part of the page is for.

    `shows` is in the output of each line that asks for something, and `logged` in that of each that
    reads the log of the monitor. `first` comes before the lines that act, and `ends` is so in the
    end.
    """

    begins: Callable[[Scene], object] = nothing
    shows: str = ""
    logged: str = ""
    stage: Callable[[Scene], object] = Scene.adopted
    first: Callable[[Scene], object] = nothing
    ends: Callable[[Scene], object] = lambda scene: True


def open_incident(kind: str) -> Callable[[Scene], object]:
    return lambda scene: scene.until(lambda: scene.open(kind), kind)


def new_token(scene: Scene) -> None:
    """Linode refuses the old one; the new one is in the file of the page."""
    token = scene.world.linode.rotate_token()
    (scene.shell.folder / "token.txt").write_text(token)


def never_adopted(scene: Scene) -> None:
    scene.begin()
    pointed(FOREIGN, FOREIGN6)(scene)
    scene.tick()


class Gone:
    """A control table that does not answer."""

    def __getattr__(self, name: str) -> Any:
        def call(*_: object) -> None:
            raise StoreUnavailable("the table did not answer")

        return call


class Faulty:
    """A prober with a fault in it."""

    def probe(self, *_: object) -> Probe:
        raise KeyError("nobody thought of this")

    def reachable(self, *_: object) -> bool:
        return True


def with_port(**ports: Callable[[Any], Any]) -> Callable[[Scene], None]:
    """The monitor runs once with another port; then the next one is deployed again."""

    def begin(scene: Scene) -> None:
        scene.deploy(**ports)
        scene.tick()
        scene.deploy()

    return begin


def refused_settings(scene: Scene) -> None:
    """The functions are started with settings that have an error."""
    file = scene.world.settings_file
    good, printed = file.read_text(encoding="utf-8"), io.StringIO()
    file.write_text(good.replace('"act"', '"perhaps"'), encoding="utf-8")
    with contextlib.redirect_stdout(printed), contextlib.suppress(SettingsRefused):
        scene.vantage("eu-west-1")
    file.write_text(good, encoding="utf-8")
    lines = map(json.loads, printed.getvalue().splitlines())
    scene.heard.shown += [(time.time(), line) for line in lines if "event" in line]


def nobody_is_told(scene: Scene) -> None:
    """The topic is gone, and the region dies."""
    scene.world.aws.client("sns").delete_topic(TopicArn=scene.world.topic)
    down("us-east")(scene)
    scene.until(lambda: scene.serves_from("us-west"), "the failover")


def replicated(scene: Scene) -> None:
    scene.adopted(edited(DATA))


PARTS: Mapping[str, Part] = {
    "Before anything else": Part(),
    "failover": Part(
        both(down("us-east"), lambda s: s.until(lambda: s.serves_from("us-west"), "the failover")),
        "from us-east to us-west",
        first=well,
        ends=lambda scene: scene.serves_from("us-east"),
    ),
    "failover-failed": Part(
        both(new_token, down("us-east"), open_incident("failover_failed")),
        "failover_failed",
        logged="401 Invalid Token",
        ends=lambda scene: scene.serves_from("us-west"),
    ),
    "no-healthy-region": Part(
        both(down("us-east", "us-west"), open_incident("no_healthy_region")), "no_healthy_region"
    ),
    "not-ready": Part(),
    "drift": Part(
        both(pointed(FOREIGN, FOREIGN6), open_incident("drift")),
        "drift",
        ends=lambda scene: not scene.open("drift"),
    ),
    "records-unread": Part(
        both(new_token, open_incident("records_unread")),
        "records_unread",
        ends=lambda scene: not scene.open("records_unread"),
    ),
    "not-adopted": Part(stage=never_adopted, shows=FOREIGN),
    "quorum-lost": Part(
        both(
            deployed(vantages("eu-west-1", "us-west-2", "ap-south-1"), NEW_REVISION),
            open_incident("quorum_lost"),
        ),
        "quorum_lost",
    ),
    "preflight-failed": Part(shows="no_subscriber"),
    "frozen": Part(
        ordered(
            "pin shop us-east --until 1h",
            "pause shop --until 1h",
            "pause --everything --until 1h",
        ),
        "FROZEN",
    ),
    "monitor-failing": Part(both(cut_off, open_incident("blind")), logged="blind"),
    "blind": Part(both(cut_off, open_incident("blind")), "blind"),
    "table-unavailable": Part(with_port(store=lambda _: Gone()), logged="the table did not answer"),
    "settings-refused": Part(refused_settings, logged="perhaps"),
    "round-failed": Part(with_port(prober=lambda _: Faulty()), logged="nobody thought of this"),
    "dead-man": Part(),
    "alert-not-sent": Part(nobody_is_told, "[not sent yet]", logged="NotFound"),
    "replication-age": Part(stage=replicated, shows="us-west-2"),
    "heartbeat-dead-man": Part(stage=replicated, shows="us-west-2"),
}
