"""AWS as the operator's command reaches it in `make local`: moto, and the functions beside it.

moto runs no handlers and has no lines of theirs. Here Lambda invokes the shipped control function,
and CloudWatch Logs shows what the monitor has printed.
"""

import contextlib
import dataclasses
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

from cli.target import Target, local_file
from local.container import Function, Line
from local.relay import Relay, RelayHandler
from local.world import STACK, LocalWorld

CONTROL = "control.handler.handler"
TIMEOUT = 60.0
"""That of the control function in the template."""

_INVOKE = re.compile(r"/2015-03-31/functions/([\w-]+)/invocations")
_LOGS = "Logs_20140328.FilterLogEvents"

Heard = Callable[[], Sequence[tuple[float, Line]]]
"""The lines of the monitor so far, each with when it was heard (Unix seconds)."""


class Endpoint(Relay):
    """A context manager. While it is open, `linode-failover --local` finds it. `stack` is the name
    of the stack that it has."""

    def __init__(self, world: LocalWorld, heard: Heard = tuple, stack: str = STACK) -> None:
        super().__init__(world.aws.url, _Handler)
        self._world = world
        self.stack = stack
        self.heard = heard
        self.control = Function(world.env, CONTROL, TIMEOUT)

    @property
    def target(self) -> Target:
        """How a command reaches this world."""
        env = self._world.aws.env()
        keys = {name.lower(): env[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        nameserver = self._world.linode.nameserver
        return Target(self.stack, self._world.aws.region, self.url, keys, nameserver)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.control.__exit__()

    @contextlib.contextmanager
    def found(self) -> Iterator[None]:
        """Commands with --local find it while the block lasts."""
        file, target = local_file(), self.target
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(dataclasses.asdict(target)), encoding="utf-8")
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


class _Handler(RelayHandler):
    server: Endpoint

    def answer(self, body: bytes) -> None:
        """An invocation of the control function, a look at a log, or whatever moto answers."""
        if match := _INVOKE.fullmatch(self.path):
            self._invoked(match[1], json.loads(body or b"null"))
        elif self.headers.get("X-Amz-Target") == _LOGS:
            self._logged(json.loads(body))
        else:
            self.reply(*self.passed_on(body))

    def _invoked(self, function: str, event: object) -> None:
        if function != f"{self.server.stack}-control":
            missing = {"Type": "User", "Message": f"Function not found: {function}"}
            headers = {"X-Amzn-Errortype": "ResourceNotFoundException"}
            self._said(404, missing, **headers)
            return
        answer = self.server.control.invoke(event)
        if answer is None:
            noise = [line for each in self.server.control.containers for line in each.noise[-1:]]
            error = {"errorMessage": " ".join(noise), "errorType": "Runtime.Error"}
            self._said(200, error, **{"X-Amz-Function-Error": "Unhandled"})
            return
        self._said(200, answer)

    def _logged(self, asked: Mapping[str, Any]) -> None:
        """The lines of the monitor since a moment; `filterPattern` is not heeded."""
        since = asked.get("startTime", 0) / 1000
        monitor = asked["logGroupName"] == f"/aws/lambda/{self.server.stack}-monitor"
        heard = self.server.heard() if monitor else ()
        now = time.time()
        events = [
            {"timestamp": round(at * 1000), "message": json.dumps(line), "ingestionTime": now}
            for at, line in heard
            if at >= since
        ]
        self._said(200, {"events": events[-10_000:]})

    def _said(self, status: int, answer: object, **headers: str) -> None:
        kind = {"Content-Type": "application/json"}
        self.reply(status, {**kind, **headers}, json.dumps(answer).encode())
