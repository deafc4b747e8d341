"""The Ruby application as a region of the embedded world: a real Puma before a real replica.

`examples/ruby-app` runs as it is, but for the gem that talks to AWS, in whose place stands
`examples/ruby-app/test/sdk`.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import IO, Self

from local.aws import AwsServer
from local.copies import Copies, CopiesEndpoint, CopyFault
from local.region import free_port
from local.world import LocalWorld, Place

_ROOT = Path(__file__).parent.parent
APP = _ROOT / "examples" / "ruby-app"
SDK = APP / "test" / "sdk"
TABLE = "app-data"

_NEEDED = ("rack", "puma", "minitest")
_ELSEWHERE = "eu-north-1"
_PATIENCE = 300.0
"""Seconds that Puma may take to start on a machine that is busy."""

_TRAVELS_EVERY = 1.0
"""Seconds after which a heartbeat arrives in the other regions, as is usual."""


class RubyFault(StrEnum):
    """What can be wrong with a region that runs the Ruby application."""

    REFUSE = "refuse"  # the process is dead
    HANG = "hang"  # the process is stopped: connections are accepted, and nothing is said
    NO_WRITES = "no_writes"  # the replica answers reads and refuses writes
    DATA_HANGS = "data_hangs"  # the replica takes every call and answers none
    WRONG_REGION = "wrong_region"  # it was started with another region's AWS_REGION


_REPLICA = {
    RubyFault.NO_WRITES: CopyFault.READ_ONLY,
    RubyFault.DATA_HANGS: CopyFault.HANG,
}


class RubyRegion:
    """A region with a process and a replica of its own. A context manager.

    Where it is given the `copies` of the table, what is written there travels for as long as it
    lasts. `fault` may be set at any time: None or the text of a RubyFault. The process ends with
    the block, and with this process, however that ends.
    """

    faults = RubyFault

    def __init__(
        self,
        address: str,
        port: int,
        aws_region: str,
        aws: AwsServer,
        copies: Copies | None = None,
    ) -> None:
        self.address = address
        self.port = port
        self.aws_region = aws_region
        self._aws = aws
        self._copies = copies
        self._fault: RubyFault | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._open = contextlib.ExitStack()

    @property
    def fault(self) -> RubyFault | None:
        """What is wrong with the region now."""
        return self._fault

    @fault.setter
    def fault(self, fault: str | None) -> None:
        new = RubyFault(fault) if fault is not None else None
        self._let_go(self._fault)
        self._fault = new
        self.replica.faults.clear()
        if new in _REPLICA:
            self.replica.faults[self.aws_region] = _REPLICA[new]
        self._take(new)

    @property
    def pid(self) -> int | None:
        """The process; None while there is none."""
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            self._output: IO[bytes] = starting.enter_context(tempfile.TemporaryFile())
            # The kernel ends the child with the *thread* that started it, so that thread stays.
            self._keeper = starting.enter_context(ThreadPoolExecutor(1, "puma-keeper"))
            create_app_table(self._aws, self.aws_region)
            if self._copies:
                starting.enter_context(self._copies.pumping(_TRAVELS_EVERY))
            self.replica = starting.enter_context(CopiesEndpoint(self._aws.url, TABLE))
            starting.callback(self._end)
            self._start(self.aws_region)
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _take(self, fault: RubyFault | None) -> None:
        """Do to the process what a fault says."""
        if fault is RubyFault.REFUSE:
            self._end()
        elif fault is RubyFault.HANG:
            assert self._process
            self._process.send_signal(signal.SIGSTOP)
        elif fault is RubyFault.WRONG_REGION:
            self._end()
            create_app_table(self._aws, _ELSEWHERE)
            self._start(_ELSEWHERE)

    def _let_go(self, fault: RubyFault | None) -> None:
        """Undo what a fault has done to the process."""
        if fault is RubyFault.HANG:
            assert self._process
            self._process.send_signal(signal.SIGCONT)
        elif fault in (RubyFault.REFUSE, RubyFault.WRONG_REGION):
            self._end()
            self._start(self.aws_region)

    def _start(self, aws_region: str) -> None:
        """Start Puma and wait until it listens. Raises RuntimeError."""
        env = {
            **os.environ,
            **self._aws.env(),
            "AWS_ENDPOINT_URL": self.replica.url,
            "AWS_REGION": aws_region,
            "APP_TABLE": TABLE,
            "BIND": f"tcp://{self.address}:{self.port}",
        }
        command = [sys.executable, "-m", "local.child", *puma()]
        self._process = self._keeper.submit(
            subprocess.Popen, command, cwd=_ROOT, env=env, stdin=subprocess.DEVNULL,
            stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True,
        ).result()  # fmt: skip
        deadline = time.monotonic() + _PATIENCE
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the Ruby application did not start:\n{self.printed()}")
            time.sleep(0.05)

    def printed(self) -> str:
        """The end of what the process has printed."""
        self._output.flush()
        size = self._output.seek(0, os.SEEK_END)
        text = os.pread(self._output.fileno(), 4000, max(0, size - 4000))
        return text.decode(errors="replace")

    def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection((self.address, self.port), timeout=1).close()
            return True
        return False

    def _end(self) -> None:
        if self._process:
            self._process.kill()  # stopped or not
            self._process.wait()
            self._process = None


def serve(world: LocalWorld, place: Place) -> RubyRegion:
    """A region of a LocalWorld with the Ruby application in it; the first one makes the table."""
    copies = None
    if place is world.places[0]:
        regions = dict.fromkeys(each.aws_region for each in world.places)
        copies = Copies(world.aws, TABLE, regions, ("pk", "sk"))
    port = free_port(["127.0.0.1"])
    return RubyRegion("127.0.0.1", port, place.aws_region, world.aws, copies)


def puma() -> list[str]:
    """The command that runs the application with the stand-in for the gem."""
    return ["ruby", "-I", str(SDK), "-S", "puma", "--dir", str(APP), "--quiet",
            "--config", str(APP / "config" / "puma.rb"), str(APP / "config.ru")]  # fmt: skip


def create_app_table(aws: AwsServer, region: str) -> None:
    """Make the application's table in an AWS region, once."""
    dynamodb = aws.client("dynamodb", region)
    if TABLE not in dynamodb.list_tables()["TableNames"]:
        aws.create_control_table(TABLE, region)


def missing() -> str | None:
    """What keeps the Ruby application from running here, as a sentence; None if nothing does."""
    needs = f"Ruby with {', '.join(_NEEDED)} is needed"
    install = "on Debian: apt-get install ruby ruby-rack puma ruby-minitest"
    if not shutil.which("ruby"):
        return f"{needs} and there is no ruby; {install}"
    check = ["ruby", "-e", "ARGV.each { |name| gem name }", *_NEEDED]
    tried = subprocess.run(check, capture_output=True, timeout=_PATIENCE, check=False)
    return f"{needs} and a gem is missing; {install}" if tried.returncode else None
