"""The application's global table with eventual consistency: copies in several AWS regions of moto.

Each copy takes reads and writes by itself, and what was written travels to the others: item by
item, the last writer wins, after a delay and over links that can be cut (Amazon DynamoDB Developer
Guide, "How DynamoDB global tables work"). moto keeps a table for each region and replicates
nothing: here it is done from its streams.
"""

import contextlib
import enum
import heapq
import itertools
import json
import re
import select
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from local.aws import AwsServer
from local.relay import Relay, RelayHandler

Key = tuple[str, ...]
Stamp = tuple[float, int, str]
"""Orders writes to one item: when, its number in the stream, the region."""

PUMPS_A_SECOND = 20


class Copies:
    """The table in each region. `lag` is in seconds and `cut` holds links, both by (from, to).

    Nothing travels by itself: `pump` moves what is due, or `pumping` does while a block lasts.
    """

    def __init__(
        self, aws: AwsServer, table: str, regions: Iterable[str], keys: Iterable[str] = ("pk",)
    ) -> None:
        self.table = table
        self.regions = tuple(regions)
        self.lag: dict[tuple[str, str], float] = {}
        self.cut: set[tuple[str, str]] = set()
        self._keys = tuple(keys)
        self._clients = {region: aws.client("dynamodb", region) for region in self.regions}
        self._streams = {region: aws.client("dynamodbstreams", region) for region in self.regions}
        self._iterators = {region: self._created(region) for region in self.regions}
        self._stamps: dict[str, dict[Key, Stamp]] = {region: {} for region in self.regions}
        self._applied: dict[str, list[tuple[Key, str]]] = {region: [] for region in self.regions}
        self._order = itertools.count()
        self._travelling: list[tuple[float, int, str, str, Key, Stamp, Mapping[str, Any]]] = []

    def pump(self) -> None:
        """Send what was written, and deliver what has arrived."""
        for region in self.regions:
            self._read_stream(region)
        kept = []
        while self._travelling and self._travelling[0][0] <= time.monotonic():
            arrived = heapq.heappop(self._travelling)
            _, _, source, target, key, stamp, record = arrived
            if (source, target) in self.cut:
                kept.append(arrived)
            elif stamp > self._stamps[target].get(key, (0.0, 0, "")):
                self._deliver(target, key, stamp, record)
        for waiting in kept:
            heapq.heappush(self._travelling, waiting)

    @contextlib.contextmanager
    def pumping(self, every: float = 1 / PUMPS_A_SECOND) -> Iterator[None]:
        """Pump again after so many seconds for as long as the block takes."""
        over = threading.Event()

        def pump() -> None:
            while not over.wait(every):
                self.pump()

        thread = threading.Thread(target=pump, name="copies")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def item(self, region: str, **key: str) -> Mapping[str, Any] | None:
        """An item as a region shows it."""
        found = self._clients[region].get_item(
            TableName=self.table, Key={name: {"S": text} for name, text in key.items()}
        )
        item: Mapping[str, Any] | None = found.get("Item")
        return item

    def _created(self, region: str) -> str:
        self._clients[region].create_table(
            TableName=self.table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in self._keys
            ],
            KeySchema=[
                {"AttributeName": name, "KeyType": kind}
                for name, kind in zip(self._keys, ("HASH", "RANGE"), strict=False)
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        told = self._clients[region].describe_table(TableName=self.table)["Table"]
        streams, arn = self._streams[region], told["LatestStreamArn"]
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        found = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        return str(found["ShardIterator"])

    def _read_stream(self, region: str) -> None:
        answer = self._streams[region].get_records(ShardIterator=self._iterators[region])
        self._iterators[region] = answer["NextShardIterator"]
        for each in answer["Records"]:
            record = each["dynamodb"]
            key = tuple(record["Keys"][name]["S"] for name in self._keys)
            echo = (key, json.dumps(record.get("NewImage"), sort_keys=True))
            if echo in self._applied[region]:
                self._applied[region].remove(echo)
                continue
            written = record["ApproximateCreationDateTime"].timestamp()
            stamp = (written, int(record["SequenceNumber"]), region)
            self._stamps[region][key] = stamp
            for other in self.regions:
                if other != region:
                    self._send(region, other, key, stamp, record)

    def _send(
        self, source: str, target: str, key: Key, stamp: Stamp, record: Mapping[str, Any]
    ) -> None:
        due = time.monotonic() + self.lag.get((source, target), 0.0)
        travelling = (due, next(self._order), source, target, key, stamp, record)
        heapq.heappush(self._travelling, travelling)

    def _deliver(self, target: str, key: Key, stamp: Stamp, record: Mapping[str, Any]) -> None:
        image = record.get("NewImage")
        self._stamps[target][key] = stamp
        self._applied[target].append((key, json.dumps(image, sort_keys=True)))
        client = self._clients[target]
        if image is None:
            client.delete_item(TableName=self.table, Key=record["Keys"])
        else:
            client.put_item(TableName=self.table, Item=image)


class CopyFault(enum.StrEnum):
    """What can be wrong with one region's copy."""

    HANG = "hang"  # takes the request and says nothing until the fault is over, or the client gone
    DRIP = "drip"  # answers a byte a second
    READ_ONLY = "read_only"
    THROTTLED = "throttled"
    GONE = "gone"  # no such table there


class CopiesEndpoint(Relay):
    """An endpoint of AWS for all regions, in front of moto. A context manager.

    `faults` are by AWS region and hold for requests about one table; all else is passed on.
    """

    def __init__(self, aws_url: str, table: str) -> None:
        super().__init__(aws_url, _Handler)
        self.table = table
        self.faults: dict[str, CopyFault] = {}
        self.asked: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.clear()
        self.stop()


class _Handler(RelayHandler):
    server: CopiesEndpoint

    def answer(self, body: bytes) -> None:
        """A request by the fault of its region."""
        _, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        scope = re.search(r"/([a-z0-9-]+)/dynamodb/", self.headers.get("Authorization", ""))
        if not scope or f'"{self.server.table}"'.encode() not in body:
            self.reply(*self.passed_on(body))
            return
        region = scope[1]
        self.server.asked.append((region, operation))
        match self.server.faults.get(region):
            case CopyFault.HANG:
                self._until_over(region, CopyFault.HANG)
                self.close_connection = True
            case CopyFault.DRIP:
                self._until_over(region, CopyFault.DRIP, b"x")
                self.close_connection = True
            case CopyFault.READ_ONLY if operation in ("PutItem", "UpdateItem", "DeleteItem"):
                self.refuse(400, "AccessDeniedException", "no writes to this replica")
            case CopyFault.THROTTLED:
                self.refuse(400, "ThrottlingException", "slow down")
            case CopyFault.GONE:
                self.refuse(400, "ResourceNotFoundException", "no such table")
            case _:
                self.reply(*self.passed_on(body))

    def _until_over(self, region: str, fault: CopyFault, dripped: bytes = b"") -> None:
        if dripped:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
        while self.server.faults.get(region) is fault:
            if select.select([self.connection], [], [], 0.2)[0]:
                return  # the client has gone
            if dripped:
                self.wfile.write(dripped)
