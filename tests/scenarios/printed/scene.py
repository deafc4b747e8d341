"""The embedded world of one test: the monitor runs when the test lets time pass, and the shell has
what operators have. The functions are the shipped ones, in this process, on clocks that leap."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import control.handler
import monitor.handler
from cli import looking
from failover import wiring
from failover.notify.kinds import Kind
from failover.publication.state import State
from failover.wiring import Container
from local.endpoint import Endpoint
from local.invoke import Context
from local.world import DOMAIN, STACK, TABLE, TOKEN_PARAMETER, LocalWorld
from tests.scenarios.operator import signs_in
from tests.scenarios.printed.shell import Done, Shell, opened
from tests.support.leaping import Leaping
from tests.support.world import MemoryTelemetry

HEALTH = {
    "timeout": '"2s"', "interval": '"60s"', "confirm_interval": '"10s"', "recovery_threshold": "3",
}  # fmt: skip
"""As few rounds as a night can do with."""

LIMIT_OF_A_TICK = 160.0
"""Seconds that a tick may use: it stays for as long as it does without beats, 130 s."""
MOST_TICKS = 40
VANTAGE = "eu-west-1"
MOST_REQUESTS = 25
"""Those that DynamoDB takes at once."""
BY, REASON = "ana", "the night of the test"

Lines = list[tuple[float, Mapping[str, Any]]]


class Heard(MemoryTelemetry):
    """The telemetry of the functions. `lines` are also what the log of the monitor shows."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: Lines = []

    def forget(self) -> None:
        """Begin anew."""
        for kept in (self.lines, self.values, self.shown):
            kept.clear()

    def log(self, event: str, **facts: object) -> None:
        super().log(event, **facts)
        self.shown.append(
            (time.time(), json.loads(json.dumps({"event": event, **facts}, default=str)))
        )

    def problem(self, event: str, **facts: object) -> None:
        self.log(event, **facts)


@dataclass
class Here:
    """A function of the stack, which runs in this process."""

    scene: "Scene"
    handler: Callable[[Any, Any], Any]
    timeout: float

    def invoke(self, event: object) -> Any:
        with self.scene.clock.at_work():
            answer = self.handler(event, Context(self.timeout))
        return json.loads(json.dumps(answer, allow_nan=False))


class Scene:
    """A world, the functions of its stack, and an operator at a shell."""

    def __init__(self, world: LocalWorld, clock: Leaping, stack: str) -> None:
        self.world = world
        self.clock = clock
        self.shell: Shell
        self.stack = f"--stack {stack} --region {VANTAGE}"
        self.control = Here(self, control.handler.handler, 60.0)
        self.heard = Heard()
        self.container: Container
        self._built: dict[tuple[str, str], Container] = {}
        self.beside: list[Container] = []
        self.balancers: dict[str, int] = {}

    # What happens in the world.

    def begin(self, settings: Callable[[str], str] = str, **ports: Any) -> None:
        """Everything as at the start, under settings that differ by an edit of their text."""
        self.clock.leap(7200.0)  # what the functions remember is too old to matter
        self.world.reset()
        self.world.write_settings()
        self._as_at_the_start()
        self.heard.forget()
        self.deploy(settings, **ports)

    def _as_at_the_start(self) -> None:
        """What the reset of the world leaves: a token without limits that the stack knows, an
        active domain that is rendered at once, and one vantage."""
        linode = self.world.linode
        linode.render_delay = 0.0
        linode.restrict(creates_records=True)
        linode.set_domain(DOMAIN, status="active")
        self.world.aws.put_token(TOKEN_PARAMETER, linode.token)
        self.beside.clear()
        for balancer in self.balancers.values():
            linode.delete_nodebalancer(balancer)
        self.balancers.clear()

    def adopted(self, settings: Callable[[str], str] = str, **ports: Any) -> None:
        """The same, with the name adopted, where it is, and all regions healthy."""
        self.begin(settings, **ports)
        self.until(self.is_adopted, "the name is adopted")

    def deploy(self, edit: Callable[[str], str] = str, **ports: Any) -> None:
        """Deploy settings that differ from those at hand by an edit of their text."""
        file = self.world.settings_file
        text = file.read_text(encoding="utf-8")
        edited = edit(text)
        assert edit is str or edited != text
        file.write_text(edited, encoding="utf-8")
        self.container = self.vantage(VANTAGE, **ports)

    def vantage(self, name: str, **ports: Any) -> Container:
        """The functions of one vantage, with some ports of another kind."""
        text = self.world.settings_file.read_text(encoding="utf-8")
        if (name, text) not in self._built:
            self._built[name, text] = self._build(name)
        built = self._built[name, text]
        made = {name: make(built.world) for name, make in ports.items()}
        return replace(built, world=replace(built.world, telemetry=self.heard, **made))

    def _build(self, name: str) -> Container:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", self.world.aws.url)
            patch.setattr(wiring, "SystemClock", lambda: self.clock)
            patch.setattr(wiring, "Threads", lambda: self.clock)
            return wiring.build(self.world.env | {"VANTAGE": name, "CONTROL_TABLE_KIND": "strong"})

    def tick(self, seconds: float = LIMIT_OF_A_TICK) -> None:
        """One tick of the monitor of each vantage, side by side."""
        ends = self.clock.monotonic() + seconds

        def run(container: Container) -> None:
            container.tick(lambda: ends - self.clock.monotonic())

        with self.clock.at_work():
            self.clock.gather([partial(run, each) for each in (self.container, *self.beside)])

    def until(self, happened: Callable[[], Any], what: str) -> Any:
        """Let ticks run until something is so."""
        for _ in range(MOST_TICKS):
            if found := happened():
                return found
            self.tick()
        raise AssertionError(f"this never happened: {what}; {self.state()}")

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """What happens in this block is undone: to the control table and the records."""
        table = self.world.aws.client("dynamodb")
        items = table.scan(TableName=TABLE)["Items"]
        records = {record["id"]: record["target"] for record in self._records()}
        yield
        now = table.scan(TableName=TABLE)["Items"]
        gone = [i for i in now if not any(_key(i) == _key(each) for each in items)]
        requests = [{"DeleteRequest": {"Key": _key(item)}} for item in gone]
        requests += [{"PutRequest": {"Item": item}} for item in items if item not in now]
        for first in range(0, len(requests), MOST_REQUESTS):
            some = requests[first : first + MOST_REQUESTS]
            table.batch_write_item(RequestItems={TABLE: some})
        for record in self._records():
            if record["id"] not in records:
                self.world.linode.delete_record(record["id"])
            elif record["target"] != records[record["id"]]:
                self.world.linode.set_target(record["id"], records[record["id"]])
        assert {record["id"] for record in self._records()} == records.keys()

    def _records(self) -> list[dict[str, Any]]:
        return [r for r in self.world.linode.records("shop.test") if r["name"] == "app"]

    # What is so.

    def state(self) -> State | None:
        """The decision as the control table has it."""
        return self.container.world.store.read("shop").state

    def status(self) -> Mapping[str, Any]:
        """The facts of the service, as the control function has them."""
        return self._answer()["services"]["shop"]

    def stopped(self) -> Any:
        """Who stopped everything, if somebody did."""
        return self._answer()["stopped"]

    def _answer(self) -> Mapping[str, Any]:
        return Here(self, control.handler.handler, 60.0).invoke({"command": "status"})

    def settled(self) -> bool:
        state = self.state()
        return state is not None and state.publication.phase == "settled"

    def is_adopted(self) -> bool:
        return self.settled() and self.all_healthy()

    def all_healthy(self) -> bool:
        return all(r["verdict"] == "healthy" for r in self.status()["regions"].values())

    def serves_from(self, name: str) -> bool:
        """Whether records and name server say that region, for both families."""
        place = next(place for place in self.world.places if place.name == name)
        found = [self.world.targets(kind) for kind in ("A", "AAAA")]
        asked = [self.world.ask(kind)[0] for kind in ("A", "AAAA")]
        return found == asked == [[place.ipv4], [place.ipv6]]

    def stored(self, parameter: str) -> str:
        """The value of a parameter."""
        client = self.world.aws.client("ssm")
        found = client.get_parameter(Name=parameter, WithDecryption=True)
        return str(found["Parameter"]["Value"])

    def open(self, kind: str) -> bool:
        """Whether an incident of this kind is open."""
        state = self.state()
        found = state.notices.incidents.get(Kind(kind)) if state else None
        return bool(found and found.raised and not found.over)

    def sent(self, about: str) -> list[str]:
        """The alerts about something since the beginning."""
        return [
            alert["message"]
            for alert in self.world.alerts()
            if json.loads(alert["attributes"]["event"]["Value"])["about"] == about
        ]

    # What the operator does.

    @property
    def linode_cli(self) -> dict[str, str]:
        """The environment in which the real linode-cli finds this world."""
        url = urlsplit(self.world.linode.url)
        return {
            "LINODE_CLI_TOKEN": self.world.linode.token,
            "LINODE_CLI_API_SCHEME": url.scheme,
            "LINODE_CLI_API_HOST": url.netloc,
            "LINODE_CLI_API_VERSION": url.path.strip("/"),
        }

    def types(self, line: str, **env: str) -> Done:
        """A line as it was printed; it must end well."""
        done = self.shell.types(line, **env)
        assert done.code == 0, (line, done)
        return done


def _key(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"pk": item["pk"], "sk": item["sk"]}


@contextlib.contextmanager
def on_stage(folder: Path, stack: str = STACK) -> Iterator[Scene]:
    """A scene, whose stack any shell finds by what a line names."""
    clock = Leaping()
    with contextlib.ExitStack() as stage:
        patch = stage.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("XDG_CACHE_HOME", str(folder))
        patch.setattr(looking, "PATIENCE", 0.05)  # of a resolver that knows nothing of this world
        made = stage.enter_context(LocalWorld(health=HEALTH, render_delay=0.0))
        for name, value in made.env.items():
            patch.setenv(name, value)
        scene = Scene(made, clock, stack)
        endpoint = stage.enter_context(Endpoint(made, lambda: scene.heard.shown, stack))
        endpoint.functions |= {
            "control": scene.control,
            "monitor": Here(scene, monitor.handler.handler, 190.0),
        }
        stage.enter_context(endpoint.found())
        signs_in(patch)
        patch.setenv("LINODE_FAILOVER_REASON", REASON)
        patch.setattr(wiring, "container", lambda: scene.container)
        scene.shell = stage.enter_context(opened(folder, {"AWS_REGION": VANTAGE}))
        yield scene
