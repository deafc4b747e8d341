"""The history in a real control table: written twice it is there once, and it stays small."""

from dataclasses import replace

import pytest

from failover.adapters.aws import items
from failover.adapters.aws.dynamodb import DynamoStore
from failover.adapters.aws.history import MOST_HISTORY, PRUNED_AT_ONCE
from failover.notify.events import Event, What
from failover.publication.state import State
from local.aws import AwsServer
from tests.support.builders import NOW, having, pointing_at

DAY = 24 * 3600.0
EVENT = Event("17-0", NOW + 0.25, What.PUBLISHED, {"cause": "unhealthy"}, by="ana")


def entries(aws: AwsServer, store: DynamoStore, service: str = "shop") -> list[str]:
    """The sort keys of a service's history, the oldest first."""
    found = aws.client("dynamodb").query(
        TableName=store._table.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"log#{service}"}},
    )
    return [item["sk"]["S"] for item in found["Items"]]


def fill(aws: AwsServer, store: DynamoStore, count: int) -> None:
    for i in range(count):
        key = {"pk": {"S": "log#shop"}, "sk": {"S": f"2027-01-15T08:00:00.000Z#{i:04}"}}
        aws.client("dynamodb").put_item(TableName=store._table.name, Item=key)


def test_an_event_is_kept_under_its_time_and_id(aws: AwsServer, store: DynamoStore) -> None:
    store.record("shop", EVENT)
    assert entries(aws, store) == ["2027-01-15T08:00:00.250Z#17-0"]
    key = {"pk": {"S": "log#shop"}, "sk": {"S": "2027-01-15T08:00:00.250Z#17-0"}}
    item = aws.client("dynamodb").get_item(TableName=store._table.name, Key=key)["Item"]
    assert items.from_item(Event, item) == EVENT


@pytest.mark.parametrize(("at", "year"), [(2.0**52, "9999-"), (-(2.0**52), "1970-")])
def test_an_event_beyond_the_calendar_is_kept_at_its_end(
    aws: AwsServer, store: DynamoStore, at: float, year: str
) -> None:
    """A slip of somebody's in the decision must not keep the event waiting there for ever."""
    store.record("shop", replace(EVENT, at=at))
    (kept,) = entries(aws, store)
    assert kept.startswith(year)


def test_writing_it_again_changes_nothing(aws: AwsServer, store: DynamoStore) -> None:
    store.record("shop", EVENT)
    store.record("shop", EVENT)
    assert len(entries(aws, store)) == 1


def test_a_word_of_a_newer_release_is_read_and_written_as_it_is() -> None:
    state = having(pointing_at("east"), pending=(Event("1", NOW, "eclipse"),))
    assert items.from_item(State, items.to_item(state)).notices.pending == state.notices.pending


def test_what_is_older_than_ninety_days_goes(aws: AwsServer, store: DynamoStore) -> None:
    for days in (0, 89, 91, 200):
        store.record("shop", replace(EVENT, id=f"{days}", at=NOW - days * DAY))
    store.record("other", replace(EVENT, at=NOW - 200 * DAY))
    store.prune_history("shop", NOW)
    assert [sk.partition("#")[2] for sk in entries(aws, store)] == ["89", "0"]
    assert len(entries(aws, store, "other")) == 1


@pytest.mark.long
def test_of_more_than_five_hundred_the_oldest_go_a_few_at_a_time(
    aws: AwsServer, store: DynamoStore
) -> None:
    fill(aws, store, MOST_HISTORY + PRUNED_AT_ONCE + 3)
    store.prune_history("shop", NOW)
    assert len(entries(aws, store)) == MOST_HISTORY + 3
    store.prune_history("shop", NOW)
    store.prune_history("shop", NOW)
    left = entries(aws, store)
    assert len(left) == MOST_HISTORY
    assert left[0].endswith(f"#{PRUNED_AT_ONCE + 3:04}")
