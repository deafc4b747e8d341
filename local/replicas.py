"""One control table with an endpoint in each of several AWS regions, consistent across them.

A DynamoDB global table with multi-Region strong consistency (MRSC), as far as its clients can tell:
all members answer from the same items, two members that write one item at the same moment do not
both succeed, and a member that is cut off from the others takes no write and no strongly consistent
read (Amazon DynamoDB Developer Guide, "How DynamoDB global tables work"). What a member that is cut
off answers is not documented: here it is InternalServerError.

Behind the endpoints is one table of moto's, in one region. All other requests pass through.
"""

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

import urllib3

from local.servers import TcpServer

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem"})
LACKING = frozenset({"TransactWriteItems", "TransactGetItems", "UpdateTimeToLive"})

ROUND_TRIP = 0.02
"""Seconds that a write takes on its way to the nearest other member."""


class Replicas:
    """A context manager: the members of the table, by AWS region. `home` is where moto keeps it."""

    def __init__(self, aws_url: str, home: str, regions: Iterable[str]) -> None:
        self._members = {region: _Member(aws_url, home, self) for region in regions}
        self._lock = threading.Lock()
        self._writing: dict[str, _Member] = {}
        self.conflicts = 0
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        for member in self._members.values():
            member.start()
            self._open.callback(member.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def url(self, region: str) -> str:
        """The endpoint of AWS in a region, for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._members[region].server_address[1]}"

    @contextlib.contextmanager
    def cut_off(self, region: str) -> Iterator[None]:
        """That member does not reach the others for as long as the block takes."""
        member = self._members[region]
        member.cut_off = True
        try:
            yield
        finally:
            member.cut_off = False

    @contextlib.contextmanager
    def writing(self, member: "_Member", item: str) -> Iterator[bool]:
        """Whether no other member writes this item; none can as long as the block takes."""
        with self._lock:
            alone = self._writing.setdefault(item, member) is member
            self.conflicts += not alone
        try:
            yield alone
        finally:
            if alone:
                with self._lock:
                    self._writing.pop(item, None)


class _Member(TcpServer):
    """The endpoint of one region."""

    def __init__(self, aws_url: str, home: str, replicas: Replicas) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.aws_url = aws_url
        self.home = home
        self.replicas = replicas
        self.cut_off = False
        self.pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=30.0)

    def stop(self) -> None:
        """Close the endpoint and its own connections."""
        super().stop()
        self.pool.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Member

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at the clients."""

    def do_GET(self) -> None:
        """Whatever moto answers."""
        self._reply(*self._passed_on(b""))

    def do_POST(self) -> None:
        """A DynamoDB operation by the rules of the table; anything else as moto answers it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target", "")
        service, _, operation = target.partition(".")
        if not service.startswith("DynamoDB"):
            self._reply(*self._passed_on(body))
        elif operation in LACKING or b"LocalSecondaryIndexes" in body:
            self._refuse(400, "ValidationException", f"{operation} is not supported")
        elif self.server.cut_off and (operation in WRITES or _consistent(operation, body)):
            self._refuse(500, "InternalServerError", "no quorum of the members can be reached")
        elif operation in WRITES:
            self._write(body)
        else:
            self._reply(*self._passed_on(body))

    def _write(self, body: bytes) -> None:
        with self.server.replicas.writing(self.server, _item(body)) as alone:
            if alone:
                time.sleep(ROUND_TRIP)
                self._reply(*self._passed_on(body))
                return
        told = "an item in this request is being modified in another Region"
        self._refuse(400, "ReplicatedWriteConflictException", told)

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        if "dynamodb" in headers.get("Authorization", ""):
            headers["Authorization"] = re.sub(
                r"/[a-z0-9-]+/dynamodb/", f"/{self.server.home}/dynamodb/", headers["Authorization"]
            )
        answer = self.server.pool.request(
            self.command, self.server.aws_url + self.path, body=body, headers=headers
        )
        kept = {n: v for n, v in answer.headers.items() if n.lower().startswith(("x-am", "conte"))}
        return answer.status, kept, answer.data

    def _refuse(self, status: int, code: str, message: str) -> None:
        body = json.dumps(
            {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
        )
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        self._reply(status, headers, body.encode())

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _consistent(operation: str, body: bytes) -> bool:
    """Whether a read asks to be strongly consistent."""
    asked: dict[str, Any] = json.loads(body or b"{}")
    parts = asked.get("RequestItems", {}).values() if operation == "BatchGetItem" else [asked]
    return operation in READS and any(part.get("ConsistentRead") for part in parts)


def _item(body: bytes) -> str:
    """What a write writes: the table and the key."""
    asked: dict[str, Any] = json.loads(body)
    key = asked.get("Key") or {name: asked["Item"][name] for name in ("pk", "sk")}
    return json.dumps([asked["TableName"], key], sort_keys=True)
