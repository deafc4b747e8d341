"""From a cold invocation of the built monitor to the first probe that it sends.

usage: python -m bench.cold [--quick] [--save]
Both functions run in AWS's Lambda runtime emulator, each start in a new process, one after the
other in turn: the monitor as `sam build` makes it, and a bare handler that imports boto3 and
requests and makes one client, with the same layer. Takes two minutes, --quick half of one.
"""

import contextlib
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from bench.figures import Spread, ratio, spread
from bench.report import MEASURED, ROOT, circumstances, options, table, tell
from local.aws import AwsServer
from local.linode import LinodeEmulator
from local.region import RegionServer, free_port
from tests.artifact.build import Build, sam_build
from tests.artifact.rie import Function

WANTED = 1.6
STARTS, QUICK = 21, 7
PATIENCE = 60.0
ADDRESS, SECOND = "127.0.31.1", "127.0.31.2"
INTERVAL = 10.0
"""Seconds that a new tick leaves between its first round and the last one on record."""
TICK = json.loads((ROOT / "events" / "tick.json").read_text())
BEAT = {"Records": [{"eventSource": "aws:sqs", "body": json.dumps({"seed": 1, "place": 1})}]}
TABLE = "control"
TOKEN_PARAMETER = "/linode-region-failover/token"

BARE = """
import time

import boto3
import requests

client = boto3.client("dynamodb")


def handler(event, context):
    return time.monotonic()
"""

SETTINGS = """
revision = 1
vantages = ["eu-west-1"]
references = ["https://127.0.0.1:9/"]

[[service]]
name = "shop"
domain = "shop.test"
record = "app.shop.test"
mode = "observe"
ttl = 30

[service.health]
scheme = "{scheme}"
port = {port}

[[service.region]]
name = "us-east"
aws_region = "us-east-1"
ipv4 = "127.0.31.1"

[[service.region]]
name = "us-west"
aws_region = "us-west-2"
ipv4 = "127.0.31.2"
"""


class Target:
    """A region that notes when the first byte of a probe arrives, and never answers.

    A context manager. The times are monotonic, which processes share.
    """

    def __enter__(self) -> Self:
        self._arrived = threading.Event()
        self._listener = socket.create_server((ADDRESS, 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Also wakes the thread that is listening.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def first(self, invocation: Future[object]) -> float:
        """When the first byte arrived. Raises what ended the invocation before that."""
        deadline = time.monotonic() + PATIENCE
        while not self._arrived.wait(0.5):
            if invocation.done() or time.monotonic() > deadline:
                raise RuntimeError(f"no probe was sent: {invocation.result(0)}")
        return self._at

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._listener.accept()[0] as connection:
            connection.recv(1)
            self._at = time.monotonic()
            self._arrived.set()


class Stage:
    """The world in which functions are started: AWS, Linode, and the build."""

    def __init__(self, build: Build, scratch: Path, aws: AwsServer, linode: LinodeEmulator) -> None:
        self._build = build
        self._scratch = scratch
        self._layers = [build.layer("DependenciesLayer")]
        self._env = {
            **aws.env(),
            "CONTROL_TABLE": TABLE,
            "LINODE_TOKEN_PARAMETER": TOKEN_PARAMETER,
            "LINODE_API_URL": linode.url,
            "NAMESERVERS": linode.nameserver,
        }
        self._bare = scratch / "bare"
        self._bare.mkdir()
        (self._bare / "app.py").write_text(BARE)

    def bare(self) -> float:
        """Seconds from the invocation of the bare handler until it has its client."""
        with Function(
            self._bare, "app.handler", self._scratch, layers=self._layers, mounted=False
        ) as function:
            started = time.monotonic()
            return float(function.invoke({})) - started

    def monitor(self, scheme: str) -> float:
        """Seconds from the invocation of the monitor until its first probe arrives."""
        with (
            ThreadPoolExecutor() as pool,
            Target() as target,
            self._started(scheme, target.port) as function,
        ):
            started = time.monotonic()
            return target.first(pool.submit(function.invoke, TICK)) - started

    def one_round(self) -> None:
        """Let a beat leave in the control table what every later start reads."""
        port = free_port([ADDRESS, SECOND])
        with (
            RegionServer(ADDRESS, port, "us-east-1"),
            RegionServer(SECOND, port, "us-west-2"),
            self._started("http", port) as function,
        ):
            function.invoke(BEAT)
        time.sleep(INTERVAL)

    def _started(self, scheme: str, port: int) -> Function:
        settings = self._scratch / "failover.toml"
        settings.write_text(SETTINGS.format(scheme=scheme, port=port))
        return Function(
            self._build.code("MonitorFunction"),
            self._build.functions["MonitorFunction"]["Handler"],
            self._scratch,
            layers=self._layers,
            environment={**self._env, "FAILOVER_CONFIG": str(settings)},
            timeout=self._build.functions["MonitorFunction"]["Timeout"],
            mounted=False,
        )


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """The stage, with the control table and the token in place."""
    with (
        tempfile.TemporaryDirectory() as folder,
        AwsServer("eu-west-1") as aws,
        LinodeEmulator() as linode,
    ):
        aws.create_control_table(TABLE)
        aws.put_token(TOKEN_PARAMETER, linode.token)
        linode.add_domain("shop.test")
        linode.add_record("shop.test", "app", "A", ADDRESS, ttl_sec=30)
        scratch = Path(folder)
        yield Stage(sam_build(ROOT, scratch / "build"), scratch, aws, linode)


def row(what: str, found: Spread | None, bare: Spread | None) -> list[object]:
    """One line of the table, in milliseconds."""
    assert found is not None
    times = f"{found.median:.0f} ({found.least:.0f}-{found.most:.0f})"
    than = ratio(found, bare)
    return [what, found.count, times, f"**{than:.2f}**" if found is not bare else "1"]


def told(times: dict[str, list[float]]) -> str:
    """The result, for docs/measured.md."""
    spreads = {what: spread([1000 * each for each in found]) for what, found in times.items()}
    bare = spreads["bare"]
    rows = [
        row("bare handler, until it has its client", bare, bare),
        row("monitor, first probe over HTTP", spreads["http"], bare),
        row("monitor, first probe over HTTPS", spreads["https"], bare),
    ]
    return f"""\
Measured {circumstances()}. Milliseconds from a cold invocation in AWS's Lambda runtime emulator,
at full speed and without Lambda's own preparations: median (least-most). The bare handler imports
boto3 and requests and makes one client; the monitor reads its settings, takes over in the control
table and sends its first probe. Wanted: at most {WANTED} times the bare handler.

{table(("what", "starts", "ms", "ratio"), rows)}
"""


def main() -> None:
    """Measure and tell."""
    quick, page = options("bench.cold", __doc__ or "", f"{QUICK} starts of each", MEASURED)
    times: dict[str, list[float]] = {"bare": [], "http": [], "https": []}
    with stage() as running:
        running.one_round()
        for _ in range(QUICK if quick else STARTS):
            times["bare"].append(running.bare())
            times["http"].append(running.monitor("http"))
            times["https"].append(running.monitor("https"))
    tell("Cold start", told(times), page)


if __name__ == "__main__":
    main()
