"""A shell for printed lines, in which the tools of operators are run by this process.

bash runs each line as it was printed. A process of its own for every `linode-failover` and every
`aws` would take a second each.
"""

import contextlib
import io
import os
import socketserver
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

import click

from cli.main import run
from local.servers import TcpServer
from tests.support import aws_shim
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[3]

_STUB = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{port}
piped=
case " $* " in *" fileb:///dev/stdin "*) piped=$(cat) ;; esac
printf '%s\\0' $# {name} "$PWD" "$piped" {variables} "$@" >&3
IFS= read -r -d '' out <&3
IFS= read -r -d '' err <&3
IFS= read -r -d '' code <&3
printf %s "$out"
printf %s "$err" >&2
exit "$code"
"""
"""What stands for a tool in the shell: it sends its words and what is piped into it."""


_VARIABLES = ("AWS_REGION", "LINODE_FAILOVER_STACK", "LINODE_FAILOVER_REGION")
"""What a tool takes from the environment of the shell."""


def _stub(name: str, port: int) -> str:
    variables = " ".join(f'"${{{variable}-}}"' for variable in _VARIABLES)
    return _STUB.format(port=port, name=name, variables=variables)


@dataclass(frozen=True)
class Done:
    """How a line ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that was printed, as one line."""
        return " ".join((self.out + self.err).split())


class Shell:
    """bash in a folder that has the `events/` of the checkout."""

    def __init__(self, folder: Path, port: int, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.env = {**env, "HOME": str(folder)}
        tools = folder / "tools"
        tools.mkdir()
        for name in TOOLS:
            (tools / name).write_text(_stub(name, port))
            (tools / name).chmod(0o755)
        (folder / "events").symlink_to(ROOT / "events")
        own = Path(sys.executable).parent
        self.env["PATH"] = os.pathsep.join([str(tools), str(own), "/usr/bin", "/bin"])

    def types(self, script: str, **env: str) -> Done:
        """Run lines as they are typed."""
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def opened(folder: Path, env: Mapping[str, str]) -> Iterator[Shell]:
    """A shell, and what serves its tools."""
    server = TcpServer(("127.0.0.1", 0), _Asked)
    server.start()
    try:
        yield Shell(folder, server.server_address[1], env)
    finally:
        server.stop()


class _Asked(socketserver.StreamRequestHandler):
    """One call of a tool."""

    def handle(self) -> None:
        name, folder, piped, *words = self._sent()
        given = dict(zip(_VARIABLES, words, strict=False))
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, {key: value for key, value in given.items() if value}),
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _called(name, words[len(_VARIABLES) :], piped)
        for text in (out.getvalue(), err.getvalue(), str(code)):
            self.wfile.write(text.encode() + b"\0")

    def _sent(self) -> list[str]:
        count = int(self._text()) + 3 + len(_VARIABLES)
        return [self._text() for _ in range(count)]

    def _text(self) -> str:
        found = bytearray()
        while (byte := self.rfile.read(1)) != b"\0":
            assert byte, "the tool has gone"
            found += byte
        return found.decode()


def _called(name: str, words: list[str], piped: str) -> int:
    """Run a tool; its exit code."""
    try:
        return TOOLS[name](words, piped)
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 255


def _aws(words: list[str], piped: str) -> int:
    sys.stdout.write(aws_shim.main(*words, stdin=piped.encode()) + "\n")
    return 0


def _sam(words: list[str], _piped: str) -> int:
    """`sam remote invoke`, whose words are understood by SAM CLI itself."""
    assert words[:2] == ["remote", "invoke"]
    given = _understood_by_sam(words[2:])
    function = given["resource_id"].removesuffix("Function").lower()
    event = given.get("event") or Path(given["event_file"]).read_text(encoding="utf-8")
    client = aws_shim.client_of("lambda", given["region"], os.environ["AWS_ENDPOINT_URL"])
    reply = client.invoke(FunctionName=f"{given['stack_name']}-{function}", Payload=event)
    sys.stdout.write(reply["Payload"].read().decode() + "\n")
    return 0


def _understood_by_sam(words: list[str]) -> Mapping[str, str]:
    command = _sam_command()
    parser = command.make_parser(click.Context(command, resilient_parsing=True))
    given, rest, _ = parser.parse_args(list(words))
    assert not rest
    return given


@cache
def _sam_command() -> click.Command:
    from samcli.commands.remote.invoke.cli import cli  # noqa: PLC0415 - slow, and few need it

    return cli


TOOLS: Mapping[str, Callable[[list[str], str], int]] = {
    "linode-failover": lambda words, _: run(words),
    "aws": _aws,
    "sam": _sam,
}
"""What a printed line may call, beside what every machine has and the real linode-cli."""
