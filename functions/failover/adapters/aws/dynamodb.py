"""The Store port: which item each value is, and on what condition it is kept."""

from functools import partial
from typing import TYPE_CHECKING, Any

from failover.adapters.aws import history, items
from failover.adapters.aws.control_table import ControlTable, key
from failover.decision.balancers import Lookup
from failover.errors import StoreConflict, StoreUnavailable, StoreUnusable
from failover.health.numbers import FAR_AHEAD
from failover.health.votes import Ballot
from failover.notify.events import Event
from failover.ports import Snapshot, Standing
from failover.publication.orders import Gate
from failover.publication.state import State
from failover.staleness.replication import Finding

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

    def take_over(self, vantage: str, at: float) -> int:
        """Give the vantage's newest tick its number (`health.numbers`), atomically, and return it.

        A number is skipped where the reply to boto3's first try was lost: it is only larger.
        """
        change = partial(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=key(f"vantage#{vantage}", "runner"),
            ExpressionAttributeNames={"#runner": "runner", "#schema": "schema"},
            ReturnValues="UPDATED_NEW",
        )
        schema = {":schema": {"N": str(items.SCHEMA)}}
        number = int(at)
        from_time = partial(
            change,
            UpdateExpression="SET #schema = :schema, #runner = :mine",
            ConditionExpression=_not_outranked("<"),
            ExpressionAttributeValues={**schema, **_rank(number)},
        )
        one_more = partial(
            change,
            UpdateExpression="SET #schema = :schema ADD #runner :one",
            ExpressionAttributeValues={**schema, ":one": {"N": "1"}},
        )
        doing = f"raise the runner number of {vantage}"
        try:
            answer = self._table.call(doing, from_time)
        except StoreConflict:
            answer = self._table.call(doing, one_more)
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
                if "gate" not in found:
                    return Standing(runner, None, items.lookup_of(own))
                gate, broken = items.gate_of(found["gate"])
                return Standing(runner, gate, items.lookup_of(own), broken)
        raise StoreUnavailable(
            f"the control table {self._table.name} answered {MOST_TRIES} times in part only: "
            "it is throttled"
        )

    def write_lookup(self, vantage: str, runner: int, lookup: Lookup) -> None:
        """Keep what the tick of that number has found under labels, unless a newer tick has taken
        over (StoreConflict). The clocks of the two have no say in it."""
        attributes = items.to_item(items.Labels(lookup))
        self._table.call(
            f"write what {vantage} knows of NodeBalancers",
            partial(
                self._table.client.update_item,
                TableName=self._table.name,
                Key=key(f"vantage#{vantage}", "runner"),
                UpdateExpression="SET #balancers = :balancers, #schema = :schema",
                ConditionExpression=_not_outranked("<="),
                ExpressionAttributeNames={
                    "#balancers": "balancers",
                    "#runner": "runner",
                    "#schema": "schema",
                },
                ExpressionAttributeValues={
                    **_rank(runner),
                    ":balancers": attributes["balancers"],
                    ":schema": attributes["schema"],
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
        """Keep a vantage's votes, unless those of a newer tick are there (StoreConflict).

        The item is replaced as a whole: what this ballot does not say, its vantage says no more.
        """
        place = key(f"service#{service}", f"vote#{ballot.vantage}")
        self._table.call(
            f"write the votes of {ballot.vantage} on {service}",
            partial(
                self._table.client.put_item,
                TableName=self._table.name,
                Item={**items.to_item(ballot), **place},
                ConditionExpression=_not_outranked("<="),
                ExpressionAttributeNames={"#runner": "runner"},
                ExpressionAttributeValues=_rank(ballot.runner),
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

        Records that a newer release has added to the item stay as they are; what it has added to
        one that this release knows is gone with this write.
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
        condition = "NOT attribute_type(#version, :number)"
        if value.version > 1:
            condition = "#version = :before"
            values[":before"] = {"N": str(value.version - 1)}
        else:
            values[":number"] = {"S": "N"}
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


def _not_outranked(relation: str) -> str:
    """The condition that the number which an item has is not that of a newer tick
    (`health.numbers.outranks`). What is not a number outranks nobody."""
    return (
        f"NOT attribute_type(#runner, :number) OR #runner {relation} :mine OR #runner > :far_ahead"
    )


def _rank(mine: int) -> dict[str, Any]:
    """The values of that condition."""
    return {
        ":mine": {"N": str(mine)},
        ":far_ahead": {"N": str(mine + FAR_AHEAD)},
        ":number": {"S": "N"},
    }
