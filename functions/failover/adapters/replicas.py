"""The application's global table: one client for each AWS region, through that region's endpoint.

Heartbeats are plain updates and eventually consistent reads: what is asked is what the application
would see there, and a replica of a strongly consistent table that is cut off still answers those.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from failover.core.settings import Data
from failover.errors import ReplicaUnavailable
from failover.ports import GlobalTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

LONGEST_REASON = 200

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
        self._lock = threading.Lock()  # making clients is not safe from many threads

    def beat(self, aws_region: str, data: Data, vantage: str, at: float) -> None:
        """Write the heartbeat of that region there. Nothing else in the item is touched."""
        _called(
            self._client(aws_region).update_item,
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
        answer = _called(
            self._client(aws_region).batch_get_item,
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
        told = _called(self._client(aws_region).describe_table, TableName=table)["Table"]
        replicas = {each["RegionName"]: each["ReplicaStatus"] for each in told.get("Replicas", [])}
        replicas.setdefault(aws_region, told["TableStatus"])
        return GlobalTable(
            consistency=str(told.get("MultiRegionConsistency", "EVENTUAL")).lower(),
            replicas=dict(sorted(replicas.items())),
            witnesses=tuple(each["RegionName"] for each in told.get("GlobalTableWitnesses", [])),
        )

    def _client(self, aws_region: str) -> "DynamoDBClient":
        with self._lock:
            if aws_region not in self._clients:
                self._clients[aws_region] = self._connect(aws_region)
            return self._clients[aws_region]


def _called(call: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401 -- any of boto3's
    """The answer to a call; what boto3 raises is translated here and nowhere else."""
    try:
        return call(**arguments)
    except ClientError as error:
        told = error.response.get("Error", {})
        code = told.get("Code", "an error without a name")
        reason = _ADVICE.get(code) or f"{code}: {told.get('Message', '')}"[:LONGEST_REASON]
        raise ReplicaUnavailable(reason) from error
    except BotoCoreError as error:
        raise ReplicaUnavailable(str(error)[:LONGEST_REASON]) from error


def _key(data: Data, aws_region: str) -> dict[str, Any]:
    return {name: {"S": text} for name, text in data.item(aws_region).items()}


def _time(attribute: Mapping[str, str] | None) -> float | None:
    """A heartbeat's time; None where there is none, or something that is none."""
    try:
        return float((attribute or {})["N"])
    except (KeyError, ValueError):
        return None
