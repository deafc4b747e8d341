"""The control table: single-item conditional writes and strongly consistent reads, nothing else.

Transactions, TTL, local indexes and scans are not used: a global table with multi-Region strong
consistency has no transactions, TTL and local indexes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters import items
from failover.core.state import State, Stop
from failover.core.votes import Ballot
from failover.errors import StoreConflict, StoreUnavailable, StoreUnusable
from failover.ports import Snapshot, Standing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

MOST_PAGES = 5
MOST_TRIES = 3

_ADVICE = {
    "ResourceNotFoundException": "the table is not there: is CONTROL_TABLE right?",
    "AccessDeniedException": "the function's role may not do this: see docs/permissions.md",
}


def client_config() -> Config:
    """No call to AWS may stall a round: it connects within 1 s, reads within 2 s, tries twice."""
    return Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=100,
        user_agent_extra="linode-region-failover",
    )


class DynamoStore:
    """The Store port. Safe to use from many threads at once, as boto3's clients are.

    A conditional write that is refused may be our own: boto3 tries twice, and the reply to a first
    try that was written can be lost. Whoever depends on it reads back.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take_over(self, vantage: str) -> int:
        """Raise the vantage's runner number by one, atomically, and return it."""
        answer = self._call(
            "take over",
            lambda: self._client.update_item(
                TableName=self._table,
                Key=_key(f"vantage#{vantage}", "runner"),
                UpdateExpression="ADD #runner :one",
                ExpressionAttributeNames={"#runner": "runner"},
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValues="UPDATED_NEW",
            ),
        )
        return int(answer["Attributes"]["runner"]["N"])

    def standing(self, vantage: str) -> Standing:
        """The newest runner number of the vantage, and the global stop switch."""
        keys = [_key(f"vantage#{vantage}", "runner"), _key("control", "gate")]
        found: dict[str, Mapping[str, Any]] = {}
        for _ in range(MOST_TRIES):
            request: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call("read", partial(self._client.batch_get_item, RequestItems=request))
            for item in answer["Responses"].get(self._table, []):
                found[item["sk"]["S"]] = item
            left: Any = answer.get("UnprocessedKeys", {}).get(self._table)
            if not left:
                break
            keys = left["Keys"]
        else:
            raise StoreUnavailable(f"the table {self._table} is throttled")
        runner = found.get("runner", {}).get("runner", {"N": "0"})
        gate = items.value(Stop, found["gate"]) if "gate" in found else None
        return Standing(runner=int(runner["N"]), gate=gate)

    def read(self, service: str) -> Snapshot:
        """The decision and the votes of a service. A ballot that cannot be used is passed over."""
        state: State | None = None
        ballots: list[Ballot] = []
        broken: list[str] = []
        for item in self._query(f"service#{service}"):
            kind = item["sk"]["S"]
            if kind == "decision":
                state = items.value(State, item)
            elif kind.startswith("vote#"):
                try:
                    ballots.append(items.value(Ballot, item))
                except StoreUnusable as error:
                    broken.append(str(error))
        return Snapshot(state, tuple(ballots), tuple(broken))

    def write_ballot(self, service: str, ballot: Ballot) -> None:
        """Keep a vantage's votes, unless a newer tick has written already (StoreConflict)."""
        self._set(
            _key(f"service#{service}", f"vote#{ballot.vantage}"),
            items.attributes(ballot),
            "attribute_not_exists(#runner) OR #runner <= :runner",
            {},
        )

    def write_state(self, service: str, state: State) -> None:
        """Keep a decision if the table still holds the version before it (StoreConflict)."""
        key = _key(f"service#{service}", "decision")
        attributes = items.attributes(state)
        if state.version == 1:
            self._set(key, attributes, "attribute_not_exists(#version)", {})
        else:
            before = {":before": {"N": str(state.version - 1)}}
            self._set(key, attributes, "#version = :before", before)

    def _set(
        self,
        key: dict[str, Any],
        attributes: Mapping[str, Any],
        condition: str,
        values: Mapping[str, Any],
    ) -> None:
        """Set these attributes and leave others alone: they may be a newer release's."""
        names = sorted(attributes)
        self._call(
            "write",
            lambda: self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in names),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in names},
                ExpressionAttributeValues={
                    **{f":{name}": attributes[name] for name in names},
                    **values,
                },
            ),
        )

    def _query(self, pk: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        start: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            answer = self._call(
                "read",
                partial(
                    self._client.query,
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                    ConsistentRead=True,
                    **start,
                ),
            )
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        raise StoreUnusable(f"the items {pk} fill more than {MOST_PAGES} pages")

    def _call(self, doing: str, call: Callable[[], T]) -> T:
        """Translate what boto3 raises, here and nowhere else.

        ReplicatedWriteConflictException is raised where another region wrote the same item at the
        same time. It is not a refused condition: the outcome is not known until it is read back.
        """
        try:
            return call()
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "ConditionalCheckFailedException":
                raise StoreConflict("somebody else wrote first") from error
            what = _ADVICE.get(code, code or "unknown error")
            raise StoreUnavailable(f"cannot {doing} in table {self._table}: {what}") from error
        except BotoCoreError as error:
            text = f"cannot {doing} in table {self._table}: {type(error).__name__}"
            raise StoreUnavailable(text) from error


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
