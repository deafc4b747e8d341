"""Whose turn it is in a shard of a vantage: the conditions on which ticks take over and vote."""

from typing import Any

from failover.adapters.aws import items
from failover.adapters.aws.attributes import typed
from failover.adapters.aws.control_table import key
from failover.health.beats import Beat
from failover.health.numbers import FAR_AHEAD
from failover.health.votes import Ballot

SHARD = "shard#"


def runner(vantage: str, shard: int) -> dict[str, Any]:
    """The key of the item that says who runs. The first shard's is that of a vantage without."""
    return key(f"vantage#{vantage}", f"runner#{shard}" if shard else "runner")


_SCHEMA = {":schema": {"N": str(items.SCHEMA)}}

ONE_MORE: Any = {
    "UpdateExpression": "SET #schema = :schema, #seed = #runner + :one, #runner = #runner + :one",
    "ExpressionAttributeNames": {"#runner": "runner", "#seed": "seed", "#schema": "schema"},
    "ExpressionAttributeValues": {**_SCHEMA, ":one": {"N": "1"}},
}
"""The change by a seed whose second has a number already."""


def by_seed(number: int) -> dict[str, Any]:
    """The change by a seed that takes its number from the time."""
    return {
        "UpdateExpression": "SET #schema = :schema, #runner = :mine, #seed = :mine",
        "ConditionExpression": not_outranked("<"),
        "ExpressionAttributeNames": {"#runner": "runner", "#seed": "seed", "#schema": "schema"},
        "ExpressionAttributeValues": {**_SCHEMA, **rank(number)},
    }


def by_beat(beat: Beat, at: float) -> dict[str, Any]:
    """The change by a beat, on the condition that it is newer (`health.beats.newer`).

    boto3's second try passes where the reply to the first one was lost: nobody else writes that
    number and time.
    """
    newest = f"({not_outranked('<=', '#seed', 'seed')}) AND ({not_outranked('<')})"
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
            **rank(beat.number),
            **rank(beat.seed, "seed"),
            ":at": typed(at),
        },
    }


def on_top_of(after: Ballot | None, number: int) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The condition on which a tick writes its votes, with its names and values: no newer one has,
    and no older one since `after` was read."""
    condition, values = not_outranked("<="), rank(number)
    if after is None:
        return condition, {"#runner": "runner"}, values
    known = "#runner = :mine OR (#runner = :runner_after AND #at = :after)"
    values |= {":runner_after": typed(after.runner), ":after": typed(after.at)}
    return f"({condition}) AND ({known})", {"#runner": "runner", "#at": "at"}, values


def not_outranked(relation: str, number: str = "#runner", mine: str = "mine") -> str:
    """The condition that a number which an item has is not that of a newer tick
    (`health.numbers.outranks`). What is not a number outranks nobody."""
    ahead = f"{number} > :far_ahead_of_{mine}"
    return f"NOT attribute_type({number}, :number) OR {number} {relation} :{mine} OR {ahead}"


def rank(number: int, mine: str = "mine") -> dict[str, Any]:
    """The values of that condition."""
    return {
        f":{mine}": {"N": str(number)},
        f":far_ahead_of_{mine}": {"N": str(number + FAR_AHEAD)},
        ":number": {"S": "N"},
    }
