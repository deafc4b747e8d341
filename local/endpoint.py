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
from local.container import Function, Invoked, Line
from local.relay import Relay, RelayHandler
from local.world import STACK, LocalWorld

CONTROL = "control.handler.handler"
TIMEOUT = 60.0
"""That of the control function in the template."""

_INVOKE = re.compile(r"/2015-03-31/functions/([\w-]+)/invocations")
_LOGS = "Logs_20140328.FilterLogEvents"
_TERM = re.compile(r"\??[^\s?\"]+")

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
        self.functions: dict[str, Invoked] = {"control": self.control}

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
        stack, _, name = function.rpartition("-")
        invoked = self.server.functions.get(name) if stack == self.server.stack else None
        if invoked is None:
            missing = {"Type": "User", "Message": f"Function not found: {function}"}
            headers = {"X-Amzn-Errortype": "ResourceNotFoundException"}
            self._said(404, missing, **headers)
            return
        answer = invoked.invoke(event)
        if answer is None:
            noise = [line for each in self.server.control.containers for line in each.noise[-1:]]
            error = {"errorMessage": " ".join(noise), "errorType": "Runtime.Error"}
            self._said(200, error, **{"X-Amz-Function-Error": "Unhandled"})
            return
        self._said(200, answer)

    def _logged(self, asked: Mapping[str, Any]) -> None:
        """The lines of the monitor since a moment that match a pattern of terms. One that looks
        into the JSON of the lines is not heeded."""
        pattern = asked.get("filterPattern", "")
        terms = [] if pattern.startswith("{") else _TERM.findall(pattern)
        since = asked.get("startTime", 0) / 1000
        monitor = asked["logGroupName"] == f"/aws/lambda/{self.server.stack}-monitor"
        heard = self.server.heard() if monitor else ()
        now = time.time()
        events = [
            {"timestamp": round(at * 1000), "message": json.dumps(line), "ingestionTime": now}
            for at, line in heard
            if at >= since and _matches(json.dumps(line), terms)
        ]
        self._said(200, {"events": events[-10_000:]})

    def _said(self, status: int, answer: object, **headers: str) -> None:
        kind = {"Content-Type": "application/json"}
        self.reply(status, {**kind, **headers}, json.dumps(answer).encode())


def _matches(text: str, terms: Sequence[str]) -> bool:
    """Whether a line has all terms, and of those with a question mark before them any."""
    any_of = [term[1:] for term in terms if term.startswith("?")]
    return all(term in text for term in terms if not term.startswith("?")) and (
        not any_of or any(term in text for term in any_of)
    )
