"""An operator at a shell: `linode-failover` against the embedded world, its monitor at work."""

import contextlib
import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cli import target
from cli.main import run
from failover.notify.metrics import Metric
from local.endpoint import Endpoint
from local.world import STACK, LocalWorld
from tests.scenarios.night import BRISK, Night
from tests.support import aws_shim
from tests.support.world import MemoryTelemetry


@dataclass
class Operator:
    """An operator at a shell. The last command line left `code`, `out` and `err`."""

    world: LocalWorld
    read: Callable[[], Any]
    code: int = 0
    out: str = ""
    err: str = ""

    def types(self, line: str) -> str:
        """Runs a command line, such as one that was printed; what it prints."""
        name, *words = shlex.split(line)
        assert name == "linode-failover"
        self.read()
        self.code = run(words)
        self.out, self.err = self.read()
        return self.out

    def facts(self, line: str) -> Any:
        return json.loads(self.types(f"{line} --json"))

    def sees_all_healthy(self) -> bool:
        shop = self.facts("linode-failover status --local")["services"]["shop"]
        return all(region["verdict"] == "healthy" for region in shop["regions"].values())


@contextlib.contextmanager
def on_duty(caches: Path, stack: str = STACK) -> Iterator[LocalWorld]:
    """A world with its monitor at work, where commands with --local find it."""
    with pytest.MonkeyPatch.context() as patch, LocalWorld(health=BRISK, render_delay=0.1) as world:
        patch.setenv("XDG_CACHE_HOME", str(caches))
        night = Night(world)
        silent = replace(night.monitor.world, telemetry=MemoryTelemetry())
        night.monitor = replace(night.monitor, world=silent)  # what is printed is the command's
        with Endpoint(world, heard, stack) as endpoint, endpoint.found(), night.watched():
            yield world


def heard() -> list[tuple[float, dict[str, object]]]:
    """The log of the monitor, as far as it is about single probes: two good, one refused."""
    about = {"app": "shop", "region": "us-east"}
    failed = {**about, "event": "probe_failed", "reason": "refused"}
    good = {**about, Metric.PROBE_LATENCY: [3.0]}
    return [(time.time() - 9 + i, line) for i, line in enumerate((good, good, failed))]


def signs_in(patch: pytest.MonkeyPatch) -> None:
    """From now on any shell reaches the AWS of this world, by credentials in its environment. Who
    orders and why is there as well, as nobody sits at a terminal."""
    target._client.cache_clear()  # another world had another endpoint
    reached = target.local()
    assert reached.endpoint
    patch.setenv("AWS_ENDPOINT_URL", reached.endpoint)
    for key, value in reached.keys.items():
        patch.setenv(key.upper(), value)
    patch.setenv("LINODE_FAILOVER_BY", "ana")
    patch.setenv("LINODE_FAILOVER_REASON", "the night of the test")


def in_a_shell(line: str, folder: Path) -> None:
    """A line for bash, where `aws` is an AWS CLI."""
    aws_shim.install(folder)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    subprocess.run(["bash", "-c", line], cwd=folder, env={**os.environ, "PATH": path}, check=True)
