"""The part of DynamoDB's control plane that moto lacks: replicas, and how they come about.

An endpoint in front of moto that follows UpdateTable and DescribeTable as AWS documents them for
global tables, version 2019.11.21: a replica is CREATING for a while, one change at a time, strong
consistency for empty tables and three AWS regions only. The replica is a table of moto's in its own
region; nothing is replicated into it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Self

from local.relay import Relay, RelayHandler

LOOKS = 2
"""So many descriptions show a replica as CREATING before it is ACTIVE."""


@dataclass
class _Group:
    """The replicas of one table: how many more looks each takes, by its AWS region."""

    regions: dict[str, int]
    strong: bool
    witness: str | None = None

    def busy(self) -> bool:
        return any(self.regions.values())


class GlobalTables(Relay):
    """The endpoint, for all AWS regions. A context manager. `changes` are the updates accepted."""

    def __init__(self, aws_url: str) -> None:
        super().__init__(aws_url, _Handler)
        self.groups: dict[str, _Group] = {}
        self.changes: list[str] = []
        self.status: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Handler(RelayHandler):
    server: GlobalTables

    def answer(self, body: bytes) -> None:
        """The two operations by the rules; anything else as moto answers it."""
        _, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        asked: dict[str, Any] = json.loads(body) if operation else {}
        if operation == "DescribeTable":
            self._describe(body, asked["TableName"])
        elif operation == "UpdateTable" and "ReplicaUpdates" in asked:
            self._update(asked)
        else:
            super().answer(body)

    def _describe(self, body: bytes, table: str) -> None:
        status, headers, said = self.passed_on(body)
        group = self.server.groups.get(table)
        if status != 200 or group is None:
            self.reply(status, headers, said)
            return
        told = json.loads(said)
        own = self._region()
        told["Table"]["Replicas"] = [
            {"RegionName": region, "ReplicaStatus": self._status(region, left)}
            for region, left in group.regions.items()
            if region != own
        ]
        told["Table"]["MultiRegionConsistency"] = "STRONG" if group.strong else "EVENTUAL"
        if group.witness:
            witness = {"RegionName": group.witness, "WitnessStatus": "ACTIVE"}
            told["Table"]["GlobalTableWitnesses"] = [witness]
        if group.busy():
            told["Table"]["TableStatus"] = "UPDATING"
        group.regions = {region: max(0, left - 1) for region, left in group.regions.items()}
        kept = {n: v for n, v in headers.items() if n.lower() == "content-type"}  # no checksum
        self.reply(status, kept, json.dumps(told).encode())

    def _status(self, region: str, left: int) -> str:
        return self.server.status.get(region) or ("CREATING" if left else "ACTIVE")

    def _update(self, asked: dict[str, Any]) -> None:
        table, own = asked["TableName"], self._region()
        group = self.server.groups.get(table) or _Group({own: 0}, strong=False)
        new = [each["Create"]["RegionName"] for each in asked["ReplicaUpdates"]]
        witnesses = [
            each["Create"]["RegionName"] for each in asked.get("GlobalTableWitnessUpdates", [])
        ]
        strong = asked.get("MultiRegionConsistency") == "STRONG"
        described = self._operation("DescribeTable", {"TableName": table}, own)["Table"]
        if group.busy():
            self.refuse(400, "ResourceInUseException", f"Table is being updated: {table}")
        elif why := self._refused(group, described, new, witnesses, strong):
            self.refuse(400, "ValidationException", why)
        else:
            self._make(described, new)
            group = _Group(
                {**group.regions, **dict.fromkeys(new, LOOKS)},
                strong or group.strong,
                next(iter(witnesses), group.witness),
            )
            self.server.groups[table] = group
            self.server.changes.append(json.dumps(asked, sort_keys=True))
            self.reply(200, {}, json.dumps({"TableDescription": described}).encode())

    def _refused(
        self,
        group: _Group,
        described: dict[str, Any],
        new: list[str],
        witnesses: list[str],
        strong: bool,
    ) -> str:
        streams = described.get("StreamSpecification", {}).get("StreamViewType")
        items = self._operation("Scan", {"TableName": described["TableName"]}, self._region())
        if set(new) & group.regions.keys():
            return "the replica exists already"
        if group.strong:
            return "no replica can be added to a table with strong consistency"
        if strong and (items["Count"] or len(group.regions) > 1):
            return "strong consistency is for an empty table without replicas"
        if strong and 1 + len(new) + len(witnesses) != 3:
            return "strong consistency takes three Regions"
        if not strong and (len(new) != 1 or witnesses):
            return "one replica at a time"
        if not strong and streams != "NEW_AND_OLD_IMAGES":
            return "the table must have its stream enabled with new and old images"
        return ""

    def _make(self, described: dict[str, Any], regions: list[str]) -> None:
        kept = ("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification")
        definition = {name: described[name] for name in kept if name in described}
        for region in regions:
            self._operation("CreateTable", {**definition, "BillingMode": "PAY_PER_REQUEST"}, region)

    def _operation(self, name: str, asked: dict[str, Any], region: str) -> dict[str, Any]:
        """What moto answers to an operation of our own, in a region."""
        signed = self.headers["Authorization"]
        status, _, said = self.passed_on(
            json.dumps(asked).encode(),
            **{
                "Authorization": signed.replace(f"/{self._region()}/", f"/{region}/"),
                "X-Amz-Target": f"DynamoDB_20120810.{name}",
                "Content-Length": str(len(json.dumps(asked))),
            },
        )
        answer: dict[str, Any] = json.loads(said)
        if status != 200:
            raise RuntimeError(f"moto refused {name} in {region}: {answer}")
        return answer

    def _region(self) -> str:
        found = re.search(r"/([a-z0-9-]+)/dynamodb/", self.headers.get("Authorization", ""))
        return found[1] if found else ""
