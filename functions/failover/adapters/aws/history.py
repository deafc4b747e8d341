"""The history of each service in the control table: the items `log#<service>`."""

from contextlib import suppress
from functools import partial

from failover.adapters.aws import items
from failover.adapters.aws.control_table import ControlTable, key
from failover.errors import StoreUnusable
from failover.notify.events import Event, moment

MOST_HISTORY = 500
HISTORY_SECONDS = 90 * 24 * 3600.0
PRUNED_AT_ONCE = 25


def record(table: ControlTable, service: str, event: Event) -> None:
    """Keep an event in the history of a service; a repeat does no harm."""
    at = moment(event.at).isoformat(timespec="milliseconds")
    place = key(f"log#{service}", f"{at.removesuffix('+00:00')}Z#{event.id}")
    table.call(
        f"write the history of {service}",
        partial(
            table.client.put_item, TableName=table.name, Item={**items.to_item(event), **place}
        ),
    )


def newest(table: ControlTable, service: str, limit: int) -> tuple[Event, ...]:
    """The last events of a service, newest first. What cannot be used is passed over."""
    answer = table.call(
        f"read the history of {service}",
        partial(
            table.client.query,
            TableName=table.name,
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


def prune(table: ControlTable, service: str, now: float) -> None:
    """Delete the oldest entries where there are more than 500 or they are older than 90 days.

    A few at a time: every tick that adds to the history prunes it, too.
    """
    pk = f"log#{service}"
    kept = [item["sk"]["S"] for item in table.query(pk, ProjectionExpression="sk")]
    oldest = moment(now - HISTORY_SECONDS).isoformat()
    surplus = len(kept) - MOST_HISTORY
    gone = [sk for i, sk in enumerate(kept) if i < surplus or sk < oldest]
    for sk in gone[:PRUNED_AT_ONCE]:
        table.call(
            f"delete {sk} from the history of {service}",
            partial(table.client.delete_item, TableName=table.name, Key=key(pk, sk)),
        )
