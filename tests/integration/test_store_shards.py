"""The control table keeps a runner item and a sign of life for each shard."""

import pytest

from failover.decision.balancers import Lookup
from failover.errors import StoreConflict
from failover.health.beats import Beat, Sign, Turn
from failover.settings.model import Addresses

AT = 1_800_000_000
FOUND = Lookup(AT, 1, {"lb": Addresses("192.0.2.1")})


def test_each_shard_takes_over_from_itself_only(store):
    assert store.take_over("v1", AT) == Turn(AT)
    assert store.take_over("v1", AT + 5.0, shard=1) == Turn(AT + 5)
    assert store.take_over("v1", AT + 10.0, Beat(AT, 1)) == Turn(AT + 1, AT + 10.0)
    beat = Beat(AT + 5, 1, 1)
    assert store.take_over("v1", AT + 15.0, beat, 1) == Turn(AT + 6, AT + 15.0)
    assert store.standing("v1").runner == AT + 1
    assert store.standing("v1", 1).runner == AT + 6
    assert store.standing("v1", 2).runner == 0


def test_the_first_shard_has_the_item_of_a_vantage_without_shards(store, client, table):
    store.take_over("v1", AT, shard=0)
    store.take_over("v1", AT, shard=1)
    items = client.scan(TableName=table)["Items"]
    kinds = [item["sk"]["S"] for item in items if item["pk"]["S"] == "vantage#v1"]
    assert sorted(kinds) == ["runner", "runner#1"]


def test_each_shard_keeps_what_it_has_found_under_its_labels(store):
    store.take_over("v1", AT, shard=1)
    store.write_lookup("v1", AT, FOUND, 1)
    assert store.standing("v1", 1).lookup == FOUND
    assert store.standing("v1").lookup is None
    store.take_over("v1", AT + 60.0, shard=1)
    with pytest.raises(StoreConflict):
        store.write_lookup("v1", AT, FOUND, 1)


def test_the_last_sign_of_life_of_each_shard_is_found(store):
    store.sign("v1", 0, Sign(AT, well=True))
    store.sign("v1", 12, Sign(AT + 1.5, well=False))
    store.sign("v1", 0, Sign(AT + 60.0, well=True))
    store.sign("v2", 1, Sign(AT, well=True))
    assert store.signs("v1") == {0: Sign(AT + 60.0, well=True), 12: Sign(AT + 1.5, well=False)}
    assert store.signs("v3") == {}


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("shard#1", {"at": {"S": "yesterday"}, "well": {"BOOL": True}}),
        ("shard#1", {"well": {"BOOL": True}}),
        ("shard#one", {"at": {"N": "1"}, "well": {"BOOL": True}}),
        ("else", {"at": {"N": "1"}, "well": {"BOOL": True}}),
    ],
    ids=str,
)
def test_a_sign_that_somebody_broke_is_none(store, client, table, kind, item):
    """Its shard then counts as one that stands still, until its next sign."""
    store.sign("v1", 2, Sign(AT, well=True))
    key = {"pk": {"S": "signs#v1"}, "sk": {"S": kind}}
    client.put_item(TableName=table, Item={**item, **key})
    assert store.signs("v1") == {2: Sign(AT, well=True)}
    store.sign("v1", 1, Sign(AT, well=True))
    assert store.signs("v1").keys() == {1, 2}
