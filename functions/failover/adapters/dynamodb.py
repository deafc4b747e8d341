"""The Store port: which item each value is, and on what condition it is kept."""

from functools import partial
from typing import TYPE_CHECKING, Any

from failover.adapters import history, items
from failover.adapters.control_table import ControlTable, key
from failover.core.balancers import Lookup
from failover.core.events import Event
from failover.core.orders import Gate
from failover.core.replication import Finding
from failover.core.state import State
from failover.core.votes import Ballot
from failover.errors import StoreUnavailable, StoreUnusable
from failover.ports import Snapshot, Standing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_TRIES = 3
"""How often a read that was answered in part is asked for the rest."""


class DynamoStore:
    """The Store port. Safe to use from many threads at once, as boto3's clients are.

    Besides the errors that the port names, what a person or another release broke raises
    StoreUnusable.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = ControlTable(client, table)

    def take_over(self, vantage: str) -> int:
        """Raise the vantage's runner number by one, atomically, and return it.

        A number is skipped where the reply to boto3's first try was lost: it is only larger.
        """
        answer = self._table.call(
            f"raise the runner number of {vantage}",
            partial(
                self._table.client.update_item,
                TableName=self._table.name,
                Key=key(f"vantage#{vantage}", "runner"),
                UpdateExpression="SET #schema = :schema ADD #runner :one",
                ExpressionAttributeNames={"#runner": "runner", "#schema": "schema"},
                ExpressionAttributeValues={":one": {"N": "1"}, ":schema": {"N": str(items.SCHEMA)}},
                ReturnValues="UPDATED_NEW",
            ),
        )
        return items.from_item(items.Runner, answer["Attributes"]).runner

    def standing(self, vantage: str) -> Standing:
        """The newest runner number of the vantage, its last look-up, the global stop switch."""
        keys = [key(f"vantage#{vantage}", "runner"), key("control", "gate")]
        found: dict[str, items.Item] = {}
        request: Any = {self._table.name: {"Keys": keys, "ConsistentRead": True}}
        for _ in range(MOST_TRIES):
            answer = self._table.call(
                f"read who runs in {vantage} and whether to stop",
                partial(self._table.client.batch_get_item, RequestItems=request),
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
            f"the control table {self._table.name} answered {MOST_TRIES} times in part only: "
            "it is throttled"
        )

    def write_lookup(self, vantage: str, lookup: Lookup) -> None:
        """Keep what was found under labels, unless there is something newer (StoreConflict)."""
        attributes = items.to_item(items.Labels(lookup))
        self._table.call(
            f"write what {vantage} knows of NodeBalancers",
            partial(
                self._table.client.update_item,
                TableName=self._table.name,
                Key=key(f"vantage#{vantage}", "runner"),
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
        for item in self._table.query(f"service#{service}"):
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
        place = key(f"service#{service}", f"vote#{ballot.vantage}")
        self._table.call(
            f"write the votes of {ballot.vantage} on {service}",
            partial(
                self._table.client.put_item,
                TableName=self._table.name,
                Item={**items.to_item(ballot), **place},
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
        place = key(f"service#{service}", f"data#{finding.aws_region}#{finding.vantage}")
        attributes = items.to_item(finding)
        self._table.call(
            f"write what {finding.vantage} knows of the data of {service} in {finding.aws_region}",
            partial(
                self._table.client.put_item,
                TableName=self._table.name,
                Item={**attributes, **place},
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
            key(f"service#{service}", "decision"),
            state,
        )

    def write_gate(self, gate: Gate) -> None:
        """Keep the global stop switch, on the same condition (StoreConflict)."""
        self._write_version("write the global stop switch", key("control", "gate"), gate)

    def record(self, service: str, event: Event) -> None:
        """Keep an event in the history of a service; a repeat does no harm."""
        history.record(self._table, service, event)

    def history(self, service: str, limit: int) -> tuple[Event, ...]:
        """The last events of a service, newest first. What cannot be used is passed over."""
        return history.newest(self._table, service, limit)

    def prune_history(self, service: str, now: float) -> None:
        """Delete some of what is too old, or more than the history keeps."""
        history.prune(self._table, service, now)

    def _write_version(self, doing: str, key: dict[str, Any], value: State | Gate) -> None:
        attributes = items.to_item(value)
        values = {f":{name}": attribute for name, attribute in attributes.items()}
        condition = "attribute_not_exists(#version)"
        if value.version > 1:
            condition = "#version = :before"
            values[":before"] = {"N": str(value.version - 1)}
        self._table.call(
            doing,
            partial(
                self._table.client.update_item,
                TableName=self._table.name,
                Key=key,
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in attributes},
                ExpressionAttributeValues=values,
            ),
        )


def _lookup(runner: items.Item) -> Lookup | None:
    """The last look-up, or None where it cannot be used: the next one replaces it."""
    try:
        return items.from_item(items.Labels, runner).balancers
    except StoreUnusable:
        return None
