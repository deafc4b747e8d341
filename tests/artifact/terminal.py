"""Somebody who deploys: a clone of the project, a terminal, and nothing but the Enter key.

What is deployed runs, by the shipped monitor, so that a stack that is there votes, as on AWS.
"""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from botocore.exceptions import ClientError

from failover import wiring
from failover.errors import FailoverError
from failover.wiring import Container
from local.aws import AwsServer
from local.world import LocalWorld
from tests.artifact.build import ROOT
from tests.artifact.deployment import layer_files
from tests.support import aws_shim

PATIENCE = 900.0
"""Seconds until a command counts as one that never ends."""

_ENTER_EVERY = 0.5


@dataclass
class Finished:
    """A command that has ended, and everything that it showed."""

    status: int
    shown: str


@dataclass
class Clone:
    """A clone of the project with the virtual environment of this checkout.

    What is exported stays so, as in one shell.
    """

    folder: Path
    env: dict[str, str]
    exports: list[str] = field(default_factory=list)

    def run(self, command: str) -> Finished:
        """Type a command into a terminal, and Enter whenever it may be waiting. What it showed."""
        session = "\n".join([*self.exports, command])
        if command.startswith("export "):
            self.exports.append(command)
        return at_a_terminal(["bash", "-c", session], self.folder, self.env)

    def must(self, command: str) -> str:
        """The same for a command that has to succeed."""
        done = self.run(command)
        assert done.status == 0, f"{command} ended with {done.status}:\n{done.shown}"
        return done.shown

    def git(self, *arguments: str) -> str:
        """What git printed."""
        return git(self.folder, *arguments)


def upstream(folder: Path) -> Path:
    """A repository with what this checkout would commit."""
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "A release")
    return folder


def commit(folder: Path, message: str) -> None:
    """Commit everything that is not ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody who has a name and no settings of their own."""
    who = {f"GIT_{role}_{what}": "tests@shop.test" for role in ("AUTHOR", "COMMITTER")
           for what in ("NAME", "EMAIL")}  # fmt: skip
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clone(origin: Path, folder: Path, aws: AwsServer, scratch: Path) -> Clone:
    """Clone a repository, with all that `make` would set up, and an AWS CLI."""
    git(origin, "clone", "--quiet", str(origin), str(folder))
    venv = folder / ".venv"
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(Path(sys.prefix).resolve() / name)
    for pins in folder.glob("requirements*.txt"):
        shutil.copyfile(pins, venv / pins.name)
    scratch.mkdir()
    aws_shim.install(scratch)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "AWS_", "SAM_", "PYTHON"))
    }
    env = {
        **inherited,
        **aws.env(),
        # moto finds the bucket in the URL of the template only under this host name.
        "AWS_ENDPOINT_URL": aws.url.replace("127.0.0.1", "localhost"),
        "SAM_CLI_POLL_DELAY": "0.2",
        "SAM_CLI_TELEMETRY": "0",
        "PATH": os.pathsep.join([str(scratch), str(venv / "bin"), os.environ["PATH"]]),
    }
    # The region comes from the files, and is nowhere else.
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        env.pop(name)
    return Clone(folder, env)


def at_a_terminal(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> Finished:
    """Run a command at a terminal where somebody presses Enter again and again."""
    terminal, inner = pty.openpty()
    silent = termios.tcgetattr(inner)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(inner, termios.TCSANOW, silent)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**env, "TERM": "dumb"},
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    shown = bytearray()
    limit = time.monotonic() + PATIENCE
    try:
        while _read(terminal, shown):
            if time.monotonic() > limit:
                raise AssertionError(f"it never ends:\n{shown[-3000:].decode(errors='replace')}")
            with contextlib.suppress(OSError):
                os.write(terminal, b"\n")
        return Finished(process.wait(), shown.decode(errors="replace").replace("\r\n", "\n"))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(terminal)


def _read(terminal: int, shown: bytearray) -> bool:
    """Add what is shown within half a second. False when nobody can show anything any more."""
    ready, _, _ = select.select([terminal], [], [], _ENTER_EVERY)
    if not ready:
        return True
    try:
        part = os.read(terminal, 65536)
    except OSError:  # as Linux says that the last one who had it open is gone
        return False
    shown.extend(part)
    return bool(part)


@dataclass
class Schedules:
    """EventBridge Scheduler: starts the monitor of every stack in these regions, again and again.

    A context manager. `muted` are regions whose schedule starts nothing.
    """

    world: LocalWorld
    regions: Sequence[str]
    folder: Path
    muted: set[str] = field(default_factory=set)
    _containers: dict[str, Container] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(2.0):
            for region in self.regions:
                # What a stack consists of may be gone again while it is looked at.
                with contextlib.suppress(ClientError, FailoverError):
                    for function in self._monitors(region):
                        self._tick(region, function)

    def _monitors(self, region: str) -> list[dict[str, Any]]:
        """The functions that a schedule starts, but those of heartbeats."""
        scheduler = self.world.aws.client("scheduler", region)
        names = [each["Name"] for each in scheduler.list_schedules()["Schedules"]]
        arns = {scheduler.get_schedule(Name=name)["Target"]["Arn"] for name in names}
        found = self.world.aws.client("lambda", region).list_functions()["Functions"]
        return [
            each
            for each in found
            if each["FunctionArn"] in arns and each["FunctionName"].endswith("-monitor")
        ]

    def _tick(self, region: str, function: Mapping[str, Any]) -> None:
        if region in self.muted:
            return
        [layer] = [each["Arn"] for each in function["Layers"] if "-config:" in each["Arn"]]
        deployed = repr((region, layer, function["Environment"]))
        if deployed not in self._containers:
            settings = self.folder / f"{region}.toml"
            settings.write_bytes(layer_files(self.world.aws, layer, region)["failover.toml"])
            self._containers[deployed] = wiring.build(
                {
                    **self.world.env,
                    **function["Environment"]["Variables"],
                    "AWS_REGION": region,
                    "VANTAGE": region,
                    "FAILOVER_CONFIG": str(settings),
                }
            )
        # A beat is a tick that ends by itself.
        body = json.dumps({"seed": int(time.time()), "place": 1})
        self._containers[deployed].tick(lambda: 60.0, {"Records": [{"body": body}]})


def blocks(page: Path, heading: str) -> list[str]:
    """The shell blocks below a heading of a page, up to the next heading of its kind or above."""
    text = page.read_text(encoding="utf-8")
    level = heading.partition(" ")[0]
    [after] = re.findall(
        rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^ *```sh\n(.*?)^ *```$", after, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    """The commands of a block, in order, without their comments."""
    joined = re.sub(r"\\\n\s*", "", block)
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in lines if line]
