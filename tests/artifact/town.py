"""The deployed stack in a whole world: its functions in the runtime emulator, each with the role
that the template gives it, beside real regions and an emulated Linode."""

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from local.aws import AwsServer
from local.copies import Copies, CopiesEndpoint
from local.network import VARIABLE
from local.world import TOKEN_PARAMETER, LocalWorld
from tests.artifact.build import Build
from tests.artifact.deployment import MODULE, REGION, Stack, events
from tests.artifact.gate import Gate
from tests.artifact.rie import Function
from tests.support.waiting import until

HEALTH = {"timeout": '"1s"', "interval": '"6s"', "confirm_interval": '"1100ms"'}
TICK = events()["tick"]
DATA = {"table": '"orders"'}
DATA_TABLES = "arn:aws:dynamodb:*:123456789012:table/orders"


class Town:
    """One stack of the build, deployed once; `gate` is what its functions take for AWS."""

    def __init__(self, build: Build, world: LocalWorld, stack: Stack, gate: Gate) -> None:
        self.build = build
        self.world = world
        self.stack = stack
        self.gate = gate
        self.functions = stack.functions()
        self.table = stack.outputs()["ControlTableName"]

    def started(
        self,
        function: str,
        scratch: Path,
        *,
        timeout: int | None = None,
        environment: dict[str, str] | None = None,
        settings: Path | None = None,
    ) -> Function:
        """A function as it was deployed: environment, timeout and role, unless told otherwise.

        `settings` is the folder of another failover.toml than the world's.
        """
        configured = self.functions[function]
        scratch = scratch / function
        scratch.mkdir(parents=True, exist_ok=True)
        return Function(
            self.build.code(function),
            configured["Handler"],
            scratch,
            layers=[
                self.build.layer("DependenciesLayer"),
                settings or self.world.settings_file.parent,
            ],
            environment={
                **configured["Environment"]["Variables"],
                **self.world.aws.env(),
                "AWS_ENDPOINT_URL": self.gate.url,
                "AWS_ACCESS_KEY_ID": function,
                "LINODE_API_URL": self.world.linode.url,
                "NAMESERVERS": self.world.linode.nameserver,
                VARIABLE: self.world.env[VARIABLE],
                **(environment or {}),
            },
            timeout=timeout or configured["Timeout"],
        )

    def reset(self) -> None:
        """Everything healthy, the first records, the token in its place, an empty table."""
        self.world.reset()
        self.world.write_settings()
        self.world.aws.put_token(TOKEN_PARAMETER, self.world.linode.token)
        for item in self.items():
            key = {name: item[name] for name in ("pk", "sk")}
            self._dynamodb.delete_item(TableName=self.table, Key=key)

    def tick(self, monitor: Function) -> Any:
        """One tick of the schedule where beats arrive: it ends by itself."""
        self.beats_arrive()
        return monitor.invoke(TICK)

    def beats_arrive(self) -> None:
        """From now on, and for some seconds, a tick of the schedule need not stay awake."""
        key = {"pk": {"S": f"vantage#{REGION}"}, "sk": {"S": "runner"}}
        self.put({**key, "beat_at": {"N": repr(time.time())}})

    def wait_for(self, happened: Callable[[], object], invocation: Future[Any]) -> None:
        """Return when something is so. Raises what the invocation ended in, if that comes first."""

        def goes_on() -> None:
            if invocation.done():
                ended = invocation.result()
                raise AssertionError(f"it ended: {ended}; refused: {self.gate.refused}")

        until(happened, "what this waits for in the town", goes_on)

    def items(self) -> list[dict[str, Any]]:
        """What the control table holds."""
        found: list[dict[str, Any]] = self._dynamodb.scan(TableName=self.table)["Items"]
        return found

    def decision(self) -> dict[str, Any]:
        """The item with the decision on the one service."""
        [item] = [item for item in self.items() if item["sk"] == {"S": "decision"}]
        return item

    def publication(self) -> dict[str, Any]:
        """What that item says of the decision that is under way, or was published last."""
        found: dict[str, Any] = self.decision()["publication"]["M"]
        return found

    def decided(self) -> bool:
        """Whether there is a decision, and nothing of it is still to be written."""
        decisions = (item for item in self.items() if item["sk"] == {"S": "decision"})
        item = next(decisions, None)
        return item is not None and item["publication"]["M"]["phase"] != {"S": "publishing"}

    def put(self, item: dict[str, Any]) -> None:
        """Write an item, as a person might."""
        self._dynamodb.put_item(TableName=self.table, Item=item)

    @property
    def _dynamodb(self) -> Any:
        return self.world.aws.client("dynamodb")


def emitted(function: Function, metric: str) -> list[float]:
    """What was emitted of a metric in the series that the alarms read."""
    found: list[float] = []
    for line in function.lines():
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if (
                ["service"] in directive["Dimensions"]
                and line.get("service") == "linode-region-failover"
                and metric in {each["Name"] for each in directive["Metrics"]}
            ):
                values = line[metric]
                found += values if isinstance(values, list) else [values]
    return found


@contextlib.contextmanager
def founded(build: Build) -> Iterator[Town]:
    """The world, the stack in it, and the gate between them."""
    world = LocalWorld(health=HEALTH, render_delay=0.1, data=DATA)
    world.aws = AwsServer(REGION, MODULE)
    with world, CopiesEndpoint(world.aws.url, "orders") as endpoint:
        stack = Stack(world.aws, build.folder.parents[1], "town")
        stack.deploy(DataTables=DATA_TABLES)
        roles = {name: stack.grants(name) for name in stack.functions()}
        regions = [place.aws_region for place in world.places]
        copies = Copies(world.aws, "orders", regions, ("pk", "sk"))
        with copies.pumping(), Gate(endpoint.url, roles) as gate:
            yield Town(build, world, stack, gate)
