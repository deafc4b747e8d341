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
from typing import Any, Self

from local.relay import Relay, RelayHandler

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
        return self._members[region].url

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


class _Member(Relay):
    """The endpoint of one region."""

    def __init__(self, aws_url: str, home: str, replicas: Replicas) -> None:
        super().__init__(aws_url, _Handler)
        self.home = home
        self.replicas = replicas
        self.cut_off = False


class _Handler(RelayHandler):
    server: _Member

    def answer(self, body: bytes) -> None:
        """A DynamoDB operation by the rules of the table; anything else as moto answers it."""
        target = self.headers.get("X-Amz-Target", "")
        service, _, operation = target.partition(".")
        if not service.startswith("DynamoDB"):
            self.reply(*self._at_home(body))
        elif operation in LACKING or b"LocalSecondaryIndexes" in body:
            self.refuse(400, "ValidationException", f"{operation} is not supported")
        elif self.server.cut_off and (operation in WRITES or _consistent(operation, body)):
            self.refuse(500, "InternalServerError", "no quorum of the members can be reached")
        elif operation in WRITES:
            self._write(body)
        else:
            self.reply(*self._at_home(body))

    def _write(self, body: bytes) -> None:
        with self.server.replicas.writing(self.server, _item(body)) as alone:
            if alone:
                time.sleep(ROUND_TRIP)
                answer = self._at_home(body)
        if alone:  # only now: whoever has heard that a write is over may begin another one
            self.reply(*answer)
            return
        told = "an item in this request is being modified in another Region"
        self.refuse(400, "ReplicatedWriteConflictException", told)

    def _at_home(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """What moto answers in the region where it keeps the table."""
        signed = self.headers.get("Authorization", "")
        home = re.sub(r"/[a-z0-9-]+/dynamodb/", f"/{self.server.home}/dynamodb/", signed)
        return self.passed_on(body, **({"Authorization": home} if signed else {}))


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
