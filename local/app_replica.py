"""A region's way to its DynamoDB replica, with faults that can be switched."""

import http.client
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from local.servers import TcpServer

_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
_REFUSED = b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"refused"}'
_PATIENCE = 30.0


class AppReplicaFault(StrEnum):
    """What can be wrong with a replica."""

    NO_WRITES = "no_writes"  # reads are answered, writes refused
    HANG = "hang"  # every call is taken and none is answered, until the fault is switched


class AppReplica(TcpServer):
    """Hands every call on to DynamoDB at `upstream`, as long as no `fault` is set.

    A server on a free port of 127.0.0.1; `start` and `stop` it. `calls` are the actions asked for.
    """

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.upstream = urlsplit(upstream).netloc
        self.calls: list[str] = []
        self._fault: AppReplicaFault | None = None

    @property
    def fault(self) -> AppReplicaFault | None:
        """What is wrong now."""
        return self._fault

    @fault.setter
    def fault(self, fault: AppReplicaFault | None) -> None:
        self._fault = fault
        self.cut()  # what hangs ends with the fault that was


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: AppReplica

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.server.calls.append(action)
        if self.server.fault is AppReplicaFault.HANG:
            self.rfile.read(1)  # until the client goes, or the connection is cut
            self.close_connection = True
        elif self.server.fault is AppReplicaFault.NO_WRITES and action in _WRITES:
            self._send(500, _REFUSED)
        else:
            self._send(*self._handed_on(body))

    def _handed_on(self, body: bytes) -> tuple[int, bytes]:
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=_PATIENCE)
        try:
            upstream.request("POST", self.path, body, dict(self.headers))
            reply = upstream.getresponse()
            return reply.status, reply.read()
        finally:
            upstream.close()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        """Nothing to the terminal."""
