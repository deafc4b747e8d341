"""The Store port: which item each value is, and on what condition it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from failover.adapters.aws import history, items
from failover.adapters.aws.attributes import typed
from failover.adapters.aws.control_table import ControlTable, key
from failover.decision.balancers import Lookup
from failover.errors import StoreConflict, StoreUnavailable, StoreUnusable
from failover.health.beats import Beat, Sign, Turn
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

    def take_over(self, vantage: str, at: float, beat: Beat | None = None, shard: int = 0) -> Turn:
        """Give the new tick of a vantage's shard its number (`health.numbers`), atomically.

        A seed skips a number where the reply to boto3's first try was lost: it is only larger.
        Raises StoreConflict for a beat that is not newer.
        """
        change = partial(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=_runner(vantage, shard),
            ReturnValues="ALL_NEW",
        )
        call = partial(self._table.call, f"raise the runner number of {vantage}")
        if beat:
            answer = call(partial(change, **_by_beat(beat, at)))
        else:
            try:
                answer = call(partial(change, **_by_seed(int(at))))
            except StoreConflict:
                answer = call(partial(change, **_ONE_MORE))
        own = answer["Attributes"]
        return Turn(items.from_item(items.Runner, own).runner, items.beat_at_of(own))

    def standing(self, vantage: str, shard: int = 0) -> Standing:
        """The newest runner number of the shard, its last look-up, the global stop switch."""
        keys = [_runner(vantage, shard), key("control", "gate")]
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
                own = found.get(keys[0]["sk"]["S"], {})
                runner = items.from_item(items.Runner, own).runner
                if "gate" not in found:
                    return Standing(runner, None, items.lookup_of(own))
                gate, broken = items.gate_of(found["gate"])
                return Standing(runner, gate, items.lookup_of(own), broken)
        raise StoreUnavailable(
            f"the control table {self._table.name} answered {MOST_TRIES} times in part only: "
            "it is throttled"
        )

    def write_lookup(self, vantage: str, seed: int, lookup: Lookup, shard: int = 0) -> None:
        """Keep what a tick of that seed has found under labels, unless a newer seed has taken over
        (StoreConflict). The clocks of the two have no say in it."""
        attributes = items.to_item(items.Labels(lookup))
        self._table.call(
            f"write what {vantage} knows of NodeBalancers",
            partial(
                self._table.client.update_item,
                TableName=self._table.name,
                Key=_runner(vantage, shard),
                UpdateExpression="SET #balancers = :balancers, #schema = :schema",
                ConditionExpression=_not_outranked("<=", "#seed"),
                ExpressionAttributeNames={
                    "#balancers": "balancers",
                    "#seed": "seed",
                    "#schema": "schema",
                },
                ExpressionAttributeValues={
                    **_rank(seed),
                    ":balancers": attributes["balancers"],
                    ":schema": attributes["schema"],
                },
            ),
        )

    def sign(self, vantage: str, shard: int, sign: Sign) -> None:
        """Keep a shard's sign of life."""
        item = {**items.to_item(sign), **key(f"signs#{vantage}", f"{_SHARD}{shard}")}
        self._table.call(
            f"write the sign of life of shard {shard} in {vantage}",
            partial(self._table.client.put_item, TableName=self._table.name, Item=item),
        )

    def signs(self, vantage: str) -> Mapping[int, Sign]:
        """The last sign of life of each shard that has given one. What cannot be used is none."""
        found: dict[int, Sign] = {}
        for item in self._table.query(f"signs#{vantage}"):
            with suppress(StoreUnusable, ValueError):
                found[int(item["sk"]["S"].removeprefix(_SHARD))] = items.from_item(Sign, item)
        return found

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

    def write_ballot(self, service: str, ballot: Ballot, after: Ballot | None) -> None:
        """Keep a vantage's votes, unless those of a newer tick are there, or of an older one that
        wrote them since `after` was read (StoreConflict).

        The item is replaced as a whole: what this ballot does not say, its vantage says no more.
        What cannot be read as a ballot is written over.
        """
        condition, names = _not_outranked("<="), {"#runner": "runner"}
        values = _rank(ballot.runner)
        if after:
            known = "#runner = :mine OR (#runner = :runner_after AND #at = :after)"
            condition, names = f"({condition}) AND ({known})", names | {"#at": "at"}
            values |= {":runner_after": typed(after.runner), ":after": typed(after.at)}
        place = key(f"service#{service}", f"vote#{ballot.vantage}")
        self._table.call(
            f"write the votes of {ballot.vantage} on {service}",
            partial(
                self._table.client.put_item,
                TableName=self._table.name,
                Item={**items.to_item(ballot), **place},
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
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


_SHARD = "shard#"


def _runner(vantage: str, shard: int) -> dict[str, Any]:
    """The key of the item that says who runs. The first shard's is that of a vantage without."""
    return key(f"vantage#{vantage}", f"runner#{shard}" if shard else "runner")


_SCHEMA = {":schema": {"N": str(items.SCHEMA)}}

_ONE_MORE: Any = {
    "UpdateExpression": "SET #schema = :schema, #seed = #runner + :one, #runner = #runner + :one",
    "ExpressionAttributeNames": {"#runner": "runner", "#seed": "seed", "#schema": "schema"},
    "ExpressionAttributeValues": {**_SCHEMA, ":one": {"N": "1"}},
}
"""The change by a seed whose second has a number already."""


def _by_seed(number: int) -> dict[str, Any]:
    """The change by a seed that takes its number from the time."""
    return {
        "UpdateExpression": "SET #schema = :schema, #runner = :mine, #seed = :mine",
        "ConditionExpression": _not_outranked("<"),
        "ExpressionAttributeNames": {"#runner": "runner", "#seed": "seed", "#schema": "schema"},
        "ExpressionAttributeValues": {**_SCHEMA, **_rank(number)},
    }


def _by_beat(beat: Beat, at: float) -> dict[str, Any]:
    """The change by a beat, on the condition that it is newer (`health.beats.newer`).

    boto3's second try passes where the reply to the first one was lost: nobody else writes that
    number and time.
    """
    newest = f"({_not_outranked('<=', '#seed', 'seed')}) AND ({_not_outranked('<')})"
    return {
        "UpdateExpression": "SET #schema = :schema, #runner = :mine, #seed = :seed, #at = :at",
        "ConditionExpression": f"({newest}) OR (#runner = :mine AND #at = :at)",
        "ExpressionAttributeNames": {
            "#runner": "runner",
            "#seed": "seed",
            "#schema": "schema",
            "#at": "beat_at",
        },
        "ExpressionAttributeValues": {
            **_SCHEMA,
            **_rank(beat.number),
            **_rank(beat.seed, "seed"),
            ":at": typed(at),
        },
    }


def _not_outranked(relation: str, number: str = "#runner", mine: str = "mine") -> str:
    """The condition that a number which an item has is not that of a newer tick
    (`health.numbers.outranks`). What is not a number outranks nobody."""
    ahead = f"{number} > :far_ahead_of_{mine}"
    return f"NOT attribute_type({number}, :number) OR {number} {relation} :{mine} OR {ahead}"


def _rank(number: int, mine: str = "mine") -> dict[str, Any]:
    """The values of that condition."""
    return {
        f":{mine}": {"N": str(number)},
        f":far_ahead_of_{mine}": {"N": str(number + FAR_AHEAD)},
        ":number": {"S": "N"},
    }
