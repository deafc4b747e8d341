"""The calls that the control table is asked with: single-item conditional writes and strongly
consistent reads, nothing else.

Transactions, TTL, local indexes and scans are not used: a global table with multi-Region strong
consistency has no transactions, TTL and local indexes.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import code_of, reason
from failover.errors import StoreConflict, StoreUnavailable, StoreUnusable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

MOST_PAGES = 5
"""A page is 1 MB. A service has a decision and a few votes: far less than one page."""

MOST_TRIES = 3
"""How often a read that was answered in part is asked for the rest."""

_CONDITION_FAILED = "ConditionalCheckFailedException"
_ADVICE = {
    "ResourceNotFoundException": "there is no such table in this region: is the stack deployed, "
    "and does CONTROL_TABLE name its table?",
    "AccessDeniedException": "the function's role does not allow it: docs/permissions.md lists "
    "what it needs",
}


def client_config() -> Config:
    """No call to AWS may stall a round: it connects within 1 s, reads within 2 s, tries twice."""
    return Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"total_max_attempts": 2, "mode": "standard"},
        max_pool_connections=100,  # every service calls at the same time
        user_agent_extra="linode-region-failover",
    )


def key(pk: str, sk: str) -> dict[str, Any]:
    """The key of an item, in DynamoDB's typed form."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class ControlTable:
    """A table and the client that asks it. What boto3 raises is translated here."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    def query(self, pk: str, **narrowed: str) -> list[Mapping[str, Any]]:
        """Every item of a partition."""
        found: list[Mapping[str, Any]] = []
        start: Any = {}
        extra: Any = narrowed
        for _ in range(MOST_PAGES):
            answer = self.call(
                f"read the items {pk}",
                partial(
                    self.client.query,
                    TableName=self.name,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                    ConsistentRead=True,
                    **extra,
                    **start,
                ),
            )
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        raise StoreUnusable(
            f"the items {pk} of the control table {self.name} fill more than {MOST_PAGES} MB: "
            "something else writes there"
        )

    def get(self, doing: str, *keys: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
        """Those of a few items that are there, by their sort keys."""
        found: dict[str, Mapping[str, Any]] = {}
        request: Any = {self.name: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(MOST_TRIES):
            answer = self.call(doing, partial(self.client.batch_get_item, RequestItems=request))
            for page in answer["Responses"].values():
                found |= {item["sk"]["S"]: item for item in page}
            request = answer.get("UnprocessedKeys")
            if not request:
                return found
        raise StoreUnavailable(
            f"the control table {self.name} answered {MOST_TRIES} times in part only: "
            "it is throttled"
        )

    def call(self, doing: str, call: Callable[[], T]) -> T:
        """The answer to a call; what boto3 raises is translated here and nowhere else.

        ReplicatedWriteConflictException (another region writes the same item at this moment) says
        that this try wrote nothing, and boto3 tries again. When the second try ends so, too, the
        first may have ended otherwise, its reply lost: like a timeout, it leaves the outcome open.
        """
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and code_of(error) == _CONDITION_FAILED:
                raise StoreConflict(f"cannot {doing}: somebody else was first") from error
            why = reason(error, _ADVICE)
            raise StoreUnavailable(
                f"cannot {doing} in the control table {self.name}: {why}"
            ) from error
