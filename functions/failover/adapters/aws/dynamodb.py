"""The Store port: which item each value is, and on what condition it is kept."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from failover.adapters.aws import history, items, turns
from failover.adapters.aws.control_table import ControlTable, key
from failover.adapters.threads import Shared
from failover.decision.balancers import Lookup
from failover.errors import StoreConflict, StoreUnusable
from failover.health.beats import Beat, Sign, Turn
from failover.health.votes import Ballot
from failover.notify.events import Event
from failover.preflight.report import Report
from failover.publication.orders import Gate
from failover.publication.state import State
from failover.staleness.replication import Finding
from failover.store import Snapshot, Standing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_VANTAGES: Mapping[str, type] = {"vote": Ballot, "data": Finding, "preflight": Report}
"""What each vantage writes of a service, by how its sort key begins."""


class DynamoStore:
    """The Store port. Safe to use from many threads at once, as boto3's clients are.

    Besides the errors that the port names, what a person or another release broke raises
    StoreUnusable.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = ControlTable(client, table)
        self._standings: dict[tuple[str, int], Shared[Standing]] = {}

    def take_over(self, vantage: str, at: float, beat: Beat | None = None, shard: int = 0) -> Turn:
        """Give the new tick of a vantage's shard its number (`health.numbers`), atomically.

        A seed skips a number where the reply to boto3's first try was lost: it is only larger.
        Raises StoreConflict for a beat that is not newer.
        """
        change = partial(
            self._table.client.update_item,
            TableName=self._table.name,
            Key=turns.runner(vantage, shard),
            ReturnValues="ALL_NEW",
        )
        call = partial(self._table.call, f"raise the runner number of {vantage}")
        if beat:
            answer = call(partial(change, **turns.by_beat(beat, at)))
        else:
            try:
                answer = call(partial(change, **turns.by_seed(int(at))))
            except StoreConflict:
                answer = call(partial(change, **turns.ONE_MORE))
        own = answer["Attributes"]
        return Turn(items.from_item(items.Runner, own).runner, items.beat_at_of(own))

    def standing(self, vantage: str, shard: int = 0) -> Standing:
        """The newest runner number of the shard, its last look-up, the global stop switch. All
        services of a shard ask for them at the same time."""
        read = Shared(partial(self._standing, vantage, shard))
        return self._standings.setdefault((vantage, shard), read).ask()

    def _standing(self, vantage: str, shard: int) -> Standing:
        its, gate = turns.runner(vantage, shard), key("control", "gate")
        found = self._table.get(f"read who runs in {vantage} and whether to stop", its, gate)
        own = found.get(its["sk"]["S"], {})
        runner = items.from_item(items.Runner, own).runner
        stop, broken = items.gate_of(found["gate"]) if "gate" in found else (None, ())
        return Standing(runner, stop, items.lookup_of(own), broken)

    def write_lookup(self, vantage: str, seed: int, lookup: Lookup, shard: int = 0) -> None:
        """Keep what a tick of that seed has found under labels, unless a newer seed has taken over
        (StoreConflict). The clocks of the two have no say in it."""
        attributes = items.to_item(items.Labels(lookup))
        self._table.call(
            f"write what {vantage} knows of NodeBalancers",
            partial(
                self._table.client.update_item,
                TableName=self._table.name,
                Key=turns.runner(vantage, shard),
                UpdateExpression="SET #balancers = :balancers, #schema = :schema",
                ConditionExpression=turns.not_outranked("<=", "#seed"),
                ExpressionAttributeNames={f"#{n}": n for n in (*attributes, "seed")},
                ExpressionAttributeValues={
                    **turns.rank(seed),
                    **{f":{name}": value for name, value in attributes.items()},
                },
            ),
        )

    def sign(self, vantage: str, shard: int, sign: Sign) -> None:
        """Keep a shard's sign of life."""
        item = {**items.to_item(sign), **key(f"signs#{vantage}", f"{turns.SHARD}{shard}")}
        self._table.call(
            f"write the sign of life of shard {shard} in {vantage}",
            partial(self._table.client.put_item, TableName=self._table.name, Item=item),
        )

    def signs(self, vantage: str) -> Mapping[int, Sign]:
        """The last sign of life of each shard that has given one. What cannot be used is none."""
        found: dict[int, Sign] = {}
        for item in self._table.query(f"signs#{vantage}"):
            with suppress(StoreUnusable, ValueError):
                found[int(item["sk"]["S"].removeprefix(turns.SHARD))] = items.from_item(Sign, item)
        return found

    def read(self, service: str) -> Snapshot:
        """The decision and the votes of a service, and what was found about it.

        A ballot, a finding or a report that cannot be used is passed over: it must not cost the
        others their say.
        """
        state: State | None = None
        found: dict[str, list[Any]] = {kind: [] for kind in BY_VANTAGES}
        broken: list[str] = []
        for item in self._table.query(f"service#{service}"):
            kind = item["sk"]["S"].partition("#")[0]
            if kind == "decision":
                state = items.from_item(State, item)
            elif kind in BY_VANTAGES:
                try:
                    found[kind].append(items.from_item(BY_VANTAGES[kind], item))
                except StoreUnusable as error:
                    broken.append(str(error))
        ballots, findings, preflights = map(tuple, found.values())
        return Snapshot(state, ballots, tuple(broken), findings, preflights)

    def write_ballot(self, service: str, ballot: Ballot, after: Ballot | None) -> None:
        """Keep a vantage's votes, unless those of a newer tick are there, or of an older one that
        wrote them since `after` was read (StoreConflict).

        The item is replaced as a whole: what this ballot does not say, its vantage says no more.
        What cannot be read as a ballot is written over.
        """
        condition, names, values = turns.on_top_of(after, ballot.runner)
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
        self._write_newest(
            f"write what {finding.vantage} knows of the data of {service} in {finding.aws_region}",
            key(f"service#{service}", f"data#{finding.aws_region}#{finding.vantage}"),
            finding,
        )

    def write_preflight(self, service: str, report: Report) -> None:
        """Keep what a vantage's preflight found, on the same condition (StoreConflict)."""
        self._write_newest(
            f"write what the preflight of {report.vantage} found of {service}",
            key(f"service#{service}", f"preflight#{report.vantage}"),
            report,
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

    def _write_newest(self, doing: str, key: dict[str, Any], value: Finding | Report) -> None:
        attributes = items.to_item(value)
        self._table.call(
            doing,
            partial(
                self._table.client.put_item,
                TableName=self._table.name,
                Item={**attributes, **key},
                ConditionExpression="NOT attribute_type(#at, :number) OR #at <= :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": attributes["at"], ":number": {"S": "N"}},
            ),
        )

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
