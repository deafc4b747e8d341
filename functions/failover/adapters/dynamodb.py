"""The control table: single-item conditional writes and strongly consistent reads, nothing else.

Transactions, TTL, local indexes and scans are not used: a global table with multi-Region strong
consistency has no transactions, TTL and local indexes.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters import items
from failover.adapters.boto_errors import code_of, reason
from failover.core.balancers import Lookup
from failover.core.events import Event, moment
from failover.core.orders import Gate
from failover.core.replication import Finding
from failover.core.state import State
from failover.core.votes import Ballot
from failover.errors import StoreConflict, StoreUnavailable, StoreUnusable
from failover.ports import Snapshot, Standing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

MOST_PAGES = 5
"""A page is 1 MB. A service has a decision and a few votes: far less than one page."""

MOST_TRIES = 3
"""How often a read that was answered in part is asked for the rest."""

MOST_HISTORY = 500
HISTORY_SECONDS = 90 * 24 * 3600.0
PRUNED_AT_ONCE = 25

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


class DynamoStore:
    """The Store port. Safe to use from many threads at once, as boto3's clients are.

    Besides the errors that the port names, what a person or another release broke raises
    StoreUnusable.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def take_over(self, vantage: str) -> int:
        """Raise the vantage's runner number by one, atomically, and return it.

        A number is skipped where the reply to boto3's first try was lost: it is only larger.
        """
        answer = self._call(
            f"raise the runner number of {vantage}",
            partial(
                self._client.update_item,
                TableName=self._table,
                Key=_key(f"vantage#{vantage}", "runner"),
                UpdateExpression="SET #schema = :schema ADD #runner :one",
                ExpressionAttributeNames={"#runner": "runner", "#schema": "schema"},
                ExpressionAttributeValues={":one": {"N": "1"}, ":schema": {"N": str(items.SCHEMA)}},
                ReturnValues="UPDATED_NEW",
            ),
        )
        return items.from_item(items.Runner, answer["Attributes"]).runner

    def standing(self, vantage: str) -> Standing:
        """The newest runner number of the vantage, its last look-up, the global stop switch."""
        keys = [_key(f"vantage#{vantage}", "runner"), _key("control", "gate")]
        found: dict[str, items.Item] = {}
        request: Any = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(MOST_TRIES):
            answer = self._call(
                f"read who runs in {vantage} and whether to stop",
                partial(self._client.batch_get_item, RequestItems=request),
            )
            for page in answer["Responses"].values():
                found |= {item["sk"]["S"]: item for item in page}
            request = answer.get("UnprocessedKeys")
            if not request:
                own = found.get("runner", {})
                runner = items.from_item(items.Runner, own).runner
                gate = items.from_item(Gate, found["gate"]) if "gate" in found else None
                return Standing(runner, gate, _lookup(own))
        raise StoreUnavailable(
            f"the control table {self._table} answered {MOST_TRIES} times in part only: "
            "it is throttled"
        )

    def write_lookup(self, vantage: str, lookup: Lookup) -> None:
        """Keep what was found under labels, unless there is something newer (StoreConflict)."""
        attributes = items.to_item(items.Labels(lookup))
        self._call(
            f"write what {vantage} knows of NodeBalancers",
            partial(
                self._client.update_item,
                TableName=self._table,
                Key=_key(f"vantage#{vantage}", "runner"),
                UpdateExpression="SET #balancers = :balancers, #schema = :schema",
                ConditionExpression="NOT attribute_type(#balancers.#at, :number) "
                "OR #balancers.#at < :at",
                ExpressionAttributeNames={
                    "#balancers": "balancers",
                    "#schema": "schema",
                    "#at": "at",
                },
                ExpressionAttributeValues={
                    ":balancers": attributes["balancers"],
                    ":schema": attributes["schema"],
                    ":at": attributes["balancers"]["M"]["at"],
                    ":number": {"S": "N"},
                },
            ),
        )

    def read(self, service: str) -> Snapshot:
        """The decision and the votes of a service, and the findings about its data.

        A ballot or a finding that cannot be used is passed over: it must not cost the others their
        say.
        """
        state: State | None = None
        ballots: list[Ballot] = []
        findings: list[Finding] = []
        broken: list[str] = []
        for item in self._query(f"service#{service}"):
            kind = item["sk"]["S"]
            if kind == "decision":
                state = items.from_item(State, item)
                continue
            try:
                if kind.startswith("vote#"):
                    ballots.append(items.from_item(Ballot, item))
                elif kind.startswith("data#"):
                    findings.append(items.from_item(Finding, item))
            except StoreUnusable as error:
                broken.append(str(error))
        return Snapshot(state, tuple(ballots), tuple(broken), tuple(findings))

    def write_ballot(self, service: str, ballot: Ballot) -> None:
        """Keep a vantage's votes, unless a newer tick has written already (StoreConflict).

        The item is replaced as a whole: what this ballot does not say, its vantage says no more.
        So it is where its runner number is not even a number.
        """
        key = _key(f"service#{service}", f"vote#{ballot.vantage}")
        self._call(
            f"write the votes of {ballot.vantage} on {service}",
            partial(
                self._client.put_item,
                TableName=self._table,
                Item={**items.to_item(ballot), **key},
                ConditionExpression="attribute_not_exists(#runner) "
                "OR NOT attribute_type(#runner, :number) OR #runner <= :runner",
                ExpressionAttributeNames={"#runner": "runner"},
                ExpressionAttributeValues={
                    ":runner": {"N": str(ballot.runner)},
                    ":number": {"S": "N"},
                },
            ),
        )

    def write_finding(self, service: str, finding: Finding) -> None:
        """Keep a vantage's finding, unless there is a newer one (StoreConflict).

        A run that was frozen for minutes must not put what it saw over what is so now.
        """
        key = _key(f"service#{service}", f"data#{finding.aws_region}#{finding.vantage}")
        attributes = items.to_item(finding)
        self._call(
            f"write what {finding.vantage} knows of the data of {service} in {finding.aws_region}",
            partial(
                self._client.put_item,
                TableName=self._table,
                Item={**attributes, **key},
                ConditionExpression="NOT attribute_type(#at, :number) OR #at <= :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": attributes["at"], ":number": {"S": "N"}},
            ),
        )

    def write_state(self, service: str, state: State) -> None:
        """Keep a decision if the table still holds the version before it (StoreConflict).

        That conflict may be with ourselves: boto3 tries twice, and finds what its first try wrote
        where only the reply to that was lost. Whoever needs to know reads back.

        Attributes that a newer release has added to the item stay as they are.
        """
        self._write_version(
            f"write version {state.version} of the decision on {service}",
            _key(f"service#{service}", "decision"),
            state,
        )

    def write_gate(self, gate: Gate) -> None:
        """Keep the global stop switch, on the same condition (StoreConflict)."""
        self._write_version("write the global stop switch", _key("control", "gate"), gate)

    def record(self, service: str, event: Event) -> None:
        """Keep an event in the history of a service; a repeat does no harm."""
        at = moment(event.at).isoformat(timespec="milliseconds")
        key = _key(f"log#{service}", f"{at.removesuffix('+00:00')}Z#{event.id}")
        self._call(
            f"write the history of {service}",
            partial(
                self._client.put_item, TableName=self._table, Item={**items.to_item(event), **key}
            ),
        )

    def history(self, service: str, limit: int) -> tuple[Event, ...]:
        """The last events of a service, newest first. What cannot be used is passed over."""
        answer = self._call(
            f"read the history of {service}",
            partial(
                self._client.query,
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"log#{service}"}},
                ScanIndexForward=False,
                Limit=limit,
                ConsistentRead=True,
            ),
        )
        events: list[Event] = []
        for item in answer["Items"]:
            with suppress(StoreUnusable):
                events.append(items.from_item(Event, item))
        return tuple(events)

    def prune_history(self, service: str, now: float) -> None:
        """Delete the oldest entries where there are more than 500 or they are older than 90 days.

        A few at a time: every tick that adds to the history prunes it, too.
        """
        pk = f"log#{service}"
        kept = [item["sk"]["S"] for item in self._query(pk, ProjectionExpression="sk")]
        oldest = moment(now - HISTORY_SECONDS).isoformat()
        surplus = len(kept) - MOST_HISTORY
        gone = [sk for i, sk in enumerate(kept) if i < surplus or sk < oldest]
        for sk in gone[:PRUNED_AT_ONCE]:
            self._call(
                f"delete {sk} from the history of {service}",
                partial(self._client.delete_item, TableName=self._table, Key=_key(pk, sk)),
            )

    def _write_version(self, doing: str, key: dict[str, Any], value: State | Gate) -> None:
        attributes = items.to_item(value)
        values = {f":{name}": attribute for name, attribute in attributes.items()}
        condition = "attribute_not_exists(#version)"
        if value.version > 1:
            condition = "#version = :before"
            values[":before"] = {"N": str(value.version - 1)}
        self._call(
            doing,
            partial(
                self._client.update_item,
                TableName=self._table,
                Key=key,
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in attributes},
                ExpressionAttributeValues=values,
            ),
        )

    def _query(self, pk: str, **narrowed: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        start: Any = {}
        extra: Any = narrowed
        for _ in range(MOST_PAGES):
            answer = self._call(
                f"read the items {pk}",
                partial(
                    self._client.query,
                    TableName=self._table,
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
            f"the items {pk} of the control table {self._table} fill more than {MOST_PAGES} MB: "
            "something else writes there"
        )

    def _call(self, doing: str, call: Callable[[], T]) -> T:
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
                f"cannot {doing} in the control table {self._table}: {why}"
            ) from error


def _lookup(runner: items.Item) -> Lookup | None:
    """The last look-up, or None where it cannot be used: the next one replaces it."""
    try:
        return items.from_item(items.Labels, runner).balancers
    except StoreUnusable:
        return None


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
