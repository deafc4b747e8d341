"""The Linode API on a socket: the true answers, and the faults that are in force."""

import io
import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.linode_api import PREFIX, Api
from local.linode_faults import Fault, Faults, How
from local.linode_wire import Reply, Request, errors_body
from local.servers import TcpServer

_REASONS = {401: "Invalid Token", 403: "Unauthorized", 404: "Not found", 429: "Too many requests"}


@dataclass
class Call:
    """One request in the log. The token is never in it.

    `status` is None as long as, or if ever, no answer was sent; `applied` tells whether the API
    acted on the request, which with a lost answer is another thing. `at` is monotonic time.
    """

    method: str
    path: str
    query: dict[str, str]
    filter: str | None
    body: Any
    at: float
    status: int | None = None
    applied: bool = False


class ApiServer(TcpServer):
    """Serves the API on a free port of 127.0.0.1 and keeps the log."""

    def __init__(self, api: Api, faults: Faults, last_write: Callable[[], float]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}{PREFIX}"
        self.faults = faults
        self.closing = threading.Event()
        self._api = api
        self._last_write = last_write
        self._calls: list[Call] = []
        self._later: list[threading.Thread] = []

    @property
    def calls(self) -> list[Call]:
        """The log so far, oldest first."""
        return list(self._calls)

    def forget(self) -> None:
        """Begin the log anew."""
        self._calls.clear()

    def stop(self) -> None:
        """Let go what hangs, forget what was to be applied later, and close."""
        self.closing.set()
        self.faults.heal()
        super().stop()
        for thread in self._later:
            thread.join()

    def log(self, request: Request) -> Call:
        """Put a request that has arrived into the log."""
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            body = request.body.decode(errors="replace")
        call = Call(
            request.method, request.path, dict(request.query), request.headers.get("x-filter"),
            body, time.monotonic(),
        )  # fmt: skip
        self._calls.append(call)
        return call

    def meet(self, request: Request) -> list[Fault]:
        """The faults that a request meets."""
        return self.faults.take(request.method, request.path, self._last_write())

    def apply(self, request: Request, call: Call) -> Reply:
        """Let the API act on a request."""
        call.applied = True
        return self._api.answer(request)

    def in_background(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something so many seconds from now, unless the server has closed by then."""

        def wait_and_act() -> None:
            if not self.closing.wait(seconds):
                action()

        thread = threading.Thread(target=wait_and_act, name="linode-applied-later")
        self._later.append(thread)
        thread.start()


class _Handler(BaseHTTPRequestHandler):
    server: ApiServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing: the log is the emulator's `requests`."""

    def _serve(self) -> None:
        request = self._request()
        call = self.server.log(request)
        faults = self.server.meet(request)
        reply = self._act(request, call, faults)
        for fault in faults:
            if fault.meanwhile:
                fault.meanwhile()
            fault.healed.wait(fault.answered_after)
        if reply:
            self._send(call, reply, next((f for f in faults if f.how is How.DRIP), None))
            return
        if faults[-1].how is How.HANG:
            faults[-1].healed.wait()
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names

    def _act(self, request: Request, call: Call, faults: list[Fault]) -> Reply | None:
        """Let the API act as the faults have it, and return what the client is told, if anything.

        Only the last fault can be one that keeps the true answer back.
        """
        for fault in faults:
            if not fault.answers_truly:
                self._act_unseen(request, call, fault)
                return _scripted(fault)
            fault.healed.wait(fault.applied_after or 0.0)
        as_of = min((fault.as_of for fault in faults), default=math.inf)
        reply = self.server.apply(replace(request, as_of=as_of), call)
        added = {name: value for fault in faults for name, value in fault.headers.items()}
        return replace(reply, headers={**reply.headers, **added})

    def _act_unseen(self, request: Request, call: Call, fault: Fault) -> None:
        if fault.applied_after == 0:
            self.server.apply(request, call)
        elif fault.applied_after is not None:
            self.server.in_background(fault.applied_after, lambda: self.server.apply(request, call))

    def _request(self) -> Request:
        url = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        return Request(
            method=self.command,
            path=url.path.removeprefix(PREFIX) if url.path.startswith(PREFIX + "/") else "",
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(size),
        )

    def _send(self, call: Call, reply: Reply, drip: Fault | None) -> None:
        call.status = reply.status
        connection, self.wfile = self.wfile, io.BytesIO()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        data = self.wfile.getvalue() + reply.body
        self.wfile = connection
        if drip:
            self._drip(data, drip)
        else:
            self.wfile.write(data)

    def _drip(self, data: bytes, fault: Fault) -> None:
        for byte in data:
            if fault.healed.wait(fault.pause):  # ends in the middle, as DROP does
                self.close_connection = True
                return
            self.wfile.write(bytes((byte,)))


def _scripted(fault: Fault) -> Reply | None:
    if fault.status is None or fault.how not in (How.ANSWER, How.DRIP):
        return None
    body = fault.body
    if body is None:
        body = errors_body([(_REASONS.get(fault.status, "An error occurred"), None)])
    kind = "text/html" if body.lstrip().startswith("<") else "application/json"
    return Reply(fault.status, body.encode(), {"Content-Type": kind} | dict(fault.headers))
