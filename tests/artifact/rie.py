"""Runs a function in AWS's own Lambda runtime emulator: the binary that SAM CLI brings, with the
Lambda runtime client in front of the handler. Real timeouts, context and start-up errors; memory
limits are not enforced, and start-up counts against the timeout.

The function sees its own folder, its layers and what the runtime brings (boto3), and no other
package of the development environment: a dependency that the layer lacks is missing here too.
Code and layers are read-only in /var/task and /opt, as in Lambda, in a mount namespace of the
function alone; on a machine that allows none, they are used where they are.
"""

import contextlib
import functools
import http.client
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from local import network
from local.network import VARIABLE
from tests.support.waiting import LIMIT

_INVOKE = "/2015-03-31/functions/function/invocations"

_TASK, _OPT = Path("/var/task"), Path("/opt")

# Overlays without an upper layer are read-only. What else lies in /var and /opt stays visible: an
# interpreter, for one.
_MOUNT = """
mount -t overlay -o "lowerdir=$1/var:/var" none /var
mount -t overlay -o "lowerdir=$2:$1/var/task" none /var/task
mount -t overlay -o "lowerdir=$3:/opt" none /opt
cd /var/task
shift 3
exec "$@"
"""

# What the Python runtime of Lambda has in /var/runtime.
_CLIENT = "awslambdaric"
_RUNTIME = (_CLIENT, "boto3")


class FunctionFailed(AssertionError):
    """The function raised, timed out, or could not be started. `kind` is Lambda's error type."""

    def __init__(self, kind: str, message: str, log: str) -> None:
        super().__init__(f"{kind}: {message}\n{log}")
        self.kind = kind
        self.message = message


class Function:
    """One execution environment of one function, alive inside a `with` block.

    `folder` is the code, `layers` the folders that lie in /opt, `log` the file that takes
    what the function writes. `environment` is all the function gets beside Lambda's own variables.
    With `mounted` off, code and layers are used where they are in any case. Where the environment
    names a network of the embedded world, the function is part of it.
    """

    def __init__(
        self,
        folder: Path,
        handler: str,
        scratch: Path,
        *,
        layers: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        timeout: int = 30,
        memory: int = 512,
        mounted: bool = True,
    ) -> None:
        self._folder = folder
        mounted = mounted and mountable()
        self._mounts = mounts(folder, layers, scratch) if mounted else []
        seen = [_TASK, _OPT] if mounted else [folder, *layers]
        self._handler = handler
        self._log = scratch / "function.log"
        self._environment = {
            **_lambda_variables(seen[0], timeout, memory),
            "PYTHONPATH": os.pathsep.join(
                str(path)
                for path in (seen[0], *(each / "python" for each in seen[1:]), _runtime(scratch))
            ),
            **(environment or {}),
        }
        self._runtime = (
            [str(_joining(scratch))] if VARIABLE in self._environment else ["-m", _CLIENT]
        )
        self._timeout = timeout
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        deadline = time.monotonic() + LIMIT
        while not self._start(deadline):
            # Somebody took a port between our asking for a free one and its use.
            if time.monotonic() > deadline:
                raise FunctionFailed("NotStarted", "the emulator did not listen", self.log)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def invoke(self, event: object) -> Any:
        """The handler's answer to one event. Raises FunctionFailed.

        Calls wait for each other: the emulator dies of two at once.
        """
        with self._one_at_a_time:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=self._timeout + LIMIT
            )
            with contextlib.closing(connection):
                connection.request("POST", _INVOKE, json.dumps(event))
                body = connection.getresponse().read().decode()
        # Errors come with status 200, a timeout as plain text: only the body tells.
        try:
            answer = json.loads(body or "null")
        except ValueError:
            raise FunctionFailed("Timeout", body, self.log) from None
        if isinstance(answer, dict) and "errorMessage" in answer:
            raise FunctionFailed(
                answer.get("errorType", "Unknown"), answer["errorMessage"], self.log
            )
        return answer

    @property
    def log(self) -> str:
        """Everything that the function and the emulator have written so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def lines(self) -> Iterator[dict[str, Any]]:
        """The log lines that are JSON objects: structured logs and metrics."""
        for line in self.log.splitlines():
            with contextlib.suppress(ValueError):
                parsed = json.loads(line)
                if isinstance(parsed, dict):
                    yield parsed

    def processes(self) -> list[int]:
        """Every living process of this environment, whoever its parent is by now."""
        return _of_session(self._emulator.pid)

    def kill(self) -> None:
        """End it at once, in the middle of anything. An invocation that runs raises OSError or
        FunctionFailed."""
        self._end()

    def signal(self, number: int) -> None:
        """Send a signal to the function's own processes: SIGSTOP freezes it, as Lambda does."""
        for pid in self.processes():
            if pid != self._emulator.pid:
                os.kill(pid, number)

    def _start(self, deadline: float) -> bool:
        self._port, api = _free_ports()
        command = [
            *self._mounts,
            *(str(emulator()), "--log-level", "error"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
            *("--runtime-api-address", f"127.0.0.1:{api}"),
            # No site-packages (-S): PYTHONPATH is all there is.
            *(getattr(sys, "_base_executable", sys.executable), "-S", *self._runtime),
            self._handler,
        ]
        with self._log.open("ab") as log:
            self._emulator = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # All its children can be found by this session, orphans too.
                start_new_session=True,
            )
        try:
            while self._emulator.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", self._port), 1).close()
                    return True
                time.sleep(0.01)
        except BaseException:
            self._end()
            raise
        self._end()
        return False

    def _end(self) -> None:
        deadline = time.monotonic() + LIMIT
        while living := self.processes():
            for pid in living:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._emulator.poll()
            if time.monotonic() > deadline:
                raise FunctionFailed("NotEnded", f"still alive: {living}", self.log)
            time.sleep(0.01)
        self._emulator.wait(LIMIT)


def mounts(folder: Path, layers: Sequence[Path], scratch: Path) -> list[str]:
    """The beginning of a command that shall see this code in /var/task and these layers in /opt.

    The last of the layers hides what the others have under the same name, as in Lambda.
    """
    (scratch / "var" / "task").mkdir(parents=True, exist_ok=True)
    (scratch / "nothing").mkdir(exist_ok=True)
    below = ":".join(map(str, [*reversed(layers), scratch / "nothing"]))
    shell = ["sh", "-e", "-c", _MOUNT, "sh", str(scratch), str(folder), below]
    return ["unshare", "--map-root-user", "--mount", *shell]


@functools.cache
def mountable() -> bool:
    """Whether this machine allows a mount namespace to whoever runs this."""
    with tempfile.TemporaryDirectory() as scratch:
        code, layer = Path(scratch, "code"), Path(scratch, "layer")
        code.mkdir()
        layer.mkdir()
        try:
            command = [*mounts(code, [layer], Path(scratch)), "true"]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False


def emulator() -> Path:
    """The emulator's binary for this machine, whether it is there or not."""
    spec = find_spec("samcli")
    assert spec is not None
    assert spec.origin is not None
    machine = platform.machine().replace("aarch64", "arm64")
    return Path(spec.origin).parent / f"local/rapid/aws-lambda-rie-{machine}"


def _lambda_variables(folder: Path, timeout: int, memory: int) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_TASK_ROOT": str(folder),
        # In Lambda the code is read-only. Where it is not mounted so, it is somebody's build.
        **({} if folder == _TASK else {"PYTHONDONTWRITEBYTECODE": "1"}),
    }


def _runtime(scratch: Path) -> Path:
    """A folder that shows the packages of Lambda's runtime and no others."""
    folder = scratch / "runtime"
    folder.mkdir(parents=True, exist_ok=True)
    for name in _with_requirements(_RUNTIME):
        for file in metadata.files(name) or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (folder / top).exists():
                (folder / top).symlink_to(metadata.distribution(name).locate_file(top))
    return folder


def _joining(scratch: Path) -> Path:
    """A program that runs the runtime client in a process that has joined its network."""
    program = scratch / "joining.py"
    program.write_text(
        Path(network.__file__).read_text()
        + f"\nimport runpy\njoin()\nrunpy.run_module({_CLIENT!r}, run_name='__main__')\n"
    )
    return program


def _with_requirements(names: Sequence[str]) -> set[str]:
    """These distributions and, in turn, what they always require."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for line in metadata.requires(name) or ():
                requirement, _, marker = line.partition(";")
                if "extra" not in marker:
                    waiting.append(_bare(requirement))
    return found


def _bare(requirement: str) -> str:
    end = next((i for i, c in enumerate(requirement) if c in " <>=!~[("), len(requirement))
    return requirement[:end]


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        for each in (first, second):
            each.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _of_session(session: int) -> list[int]:
    """Living processes of one session (proc(5): the sixth field of stat; Z is dead)."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, _, owner = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(owner) == session and state != "Z":
                    found.append(int(folder.name))
    return found
