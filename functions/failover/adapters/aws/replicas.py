"""The application's global table: one client for each AWS region, through that region's endpoint.

Heartbeats are plain updates and eventually consistent reads: what is asked is what the application
would see there, and a replica of a strongly consistent table that is cut off still answers those.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import reason
from failover.adapters.threads import Bounded
from failover.errors import ReplicaUnavailable
from failover.settings.model import Data
from failover.staleness.global_table import GlobalTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LONGEST_CALL = 6.0
"""Seconds for a call with its second try. The client's own limits are for each wait on the socket:
an answer that comes drop by drop keeps to them for ever."""

MOST_CALLS = 32
"""At the same time, in one AWS region: several tables of many services, or answers without end."""

_ADVICE = {
    "ResourceNotFoundException": "there is no such table there: is this AWS region one of its "
    "replicas (docs/data.md), and is the name in [service.data] right?",
    "AccessDeniedException": "the function's role does not allow it: the template's parameters "
    "DataTables and DataKeys must name the table and the heartbeats' keys (docs/permissions.md)",
}


class AwsReplicas:
    """The Replicas port. Safe to use from many threads at once.

    `connect` makes the client of an AWS region, once for each.
    """

    def __init__(self, connect: Callable[[str], "DynamoDBClient"]) -> None:
        self._connect = connect
        self._clients: dict[str, DynamoDBClient] = {}
        self._calls: dict[str, Bounded] = {}
        self._lock = threading.Lock()  # one client for each AWS region

    def beat(self, aws_region: str, data: Data, vantage: str, at: float) -> None:
        """Write the heartbeat of that region there. Nothing else in the item is touched."""
        self._called(
            aws_region,
            "update_item",
            TableName=data.table,
            Key=_key(data, aws_region),
            UpdateExpression="SET #beat = :at",
            ExpressionAttributeNames={"#beat": data.mark(vantage)},
            ExpressionAttributeValues={":at": {"N": repr(at)}},
        )

    def beats(
        self, aws_region: str, data: Data, vantage: str, sources: Sequence[str]
    ) -> Mapping[str, float]:
        """The heartbeats that this vantage wrote, as that region shows them, by source.

        Whatever was not answered, because the replica is throttled, is not shown.
        """
        keys = {source: _key(data, source) for source in sources}
        answer = self._called(
            aws_region,
            "batch_get_item",
            RequestItems={data.table: {"Keys": list(keys.values())}},
        )
        found = answer["Responses"].get(data.table, [])
        beats = {
            source: _time(item.get(data.mark(vantage)))
            for source, key in keys.items()
            for item in found
            if key.items() <= item.items()
        }
        return {source: at for source, at in beats.items() if at is not None}

    def describe(self, aws_region: str, table: str) -> GlobalTable:
        """What that region says of the table and its replicas; itself is one of them."""
        told = self._called(aws_region, "describe_table", TableName=table)["Table"]
        replicas = {each["RegionName"]: each["ReplicaStatus"] for each in told.get("Replicas", [])}
        replicas.setdefault(aws_region, told["TableStatus"])
        return GlobalTable(
            consistency=str(told.get("MultiRegionConsistency", "EVENTUAL")).lower(),
            replicas=dict(sorted(replicas.items())),
            witnesses=tuple(each["RegionName"] for each in told.get("GlobalTableWitnesses", [])),
            protected=bool(told.get("DeletionProtectionEnabled", False)),
            recoverable=self._recoverable(aws_region, table),
        )

    def _recoverable(self, aws_region: str, table: str) -> bool | None:
        try:
            told = self._called(aws_region, "describe_continuous_backups", TableName=table)
        except ReplicaUnavailable:
            return None
        found = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        return bool(found.get("PointInTimeRecoveryStatus") == "ENABLED")

    def _called(self, aws_region: str, operation: str, **arguments: Any) -> Any:  # noqa: ANN401 -- any of boto3's
        """The answer to a call; what goes wrong is translated here and nowhere else."""
        client, calls = self._client(aws_region)
        try:
            return calls.call(partial(getattr(client, operation), **arguments))
        except (BotoCoreError, ClientError, TimeoutError) as error:
            raise ReplicaUnavailable(reason(error, _ADVICE)) from error

    def _client(self, aws_region: str) -> "tuple[DynamoDBClient, Bounded]":
        with self._lock:
            if aws_region not in self._clients:
                self._clients[aws_region] = self._connect(aws_region)
                self._calls[aws_region] = Bounded(LONGEST_CALL, MOST_CALLS)
            return self._clients[aws_region], self._calls[aws_region]


def _key(data: Data, aws_region: str) -> dict[str, Any]:
    return {name: {"S": text} for name, text in data.item(aws_region).items()}


def _time(attribute: Mapping[str, str] | None) -> float | None:
    """A heartbeat's time; None where there is none, or something that is none."""
    try:
        return float((attribute or {})["N"])
    except (KeyError, ValueError):
        return None
