"""The embedded world's global table does what AWS documents of eventual consistency."""

import time
from types import SimpleNamespace

import pytest

from local.aws import AwsServer
from local.copies import Copies
from tests.support.waiting import until

EAST, WEST, SOUTH = "us-east-1", "us-west-2", "us-east-2"


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        yield server


@pytest.fixture
def copies(aws, request):
    return Copies(aws, f"orders-{abs(hash(request.node.name))}", (EAST, WEST, SOUTH))


@pytest.fixture
def put(aws, copies):
    def write(region, pk, **attributes):
        item = {"pk": {"S": pk}, **{name: {"S": text} for name, text in attributes.items()}}
        aws.client("dynamodb", region).put_item(TableName=copies.table, Item=item)

    return write


def shown(copies, pk):
    """What each region shows of an item."""
    found = (copies.item(region, pk=pk) for region in copies.regions)
    return [item["who"]["S"] if item else None for item in found]


def test_what_is_written_in_one_region_arrives_in_the_others(copies, put):
    put(EAST, "a", who="east")
    assert shown(copies, "a") == ["east", None, None]
    copies.pump()
    assert shown(copies, "a") == ["east"] * 3


def test_what_arrives_is_not_sent_on(copies, put):
    put(EAST, "a", who="east")
    for _ in range(4):
        copies.pump()
    assert not copies._travelling


def test_a_link_may_lag(copies, put, monkeypatch):
    clock = SimpleNamespace(now=1.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("local.copies.time", clock)
    copies.lag[EAST, WEST] = 0.5
    put(EAST, "a", who="east")
    copies.pump()
    assert shown(copies, "a") == ["east", None, "east"]
    clock.now += 0.5
    copies.pump()
    assert shown(copies, "a") == ["east"] * 3


def test_what_waits_behind_a_cut_comes_when_it_has_ended(copies, put):
    copies.cut.add((EAST, WEST))
    put(EAST, "a", who="one")
    copies.pump()
    put(EAST, "a", who="two")
    copies.pump()
    assert shown(copies, "a") == ["two", None, "two"]
    copies.cut.clear()
    copies.pump()
    assert shown(copies, "a") == ["two"] * 3


def test_in_a_split_both_sides_take_writes_and_the_last_one_wins(copies, put):
    copies.cut |= {(EAST, WEST), (WEST, EAST), (SOUTH, WEST), (WEST, SOUTH)}
    put(WEST, "a", who="west")
    second = int(time.time())  # the streams' times are whole seconds
    until(lambda: time.time() > second + 1, "the next second")
    put(EAST, "a", who="east")
    copies.pump()
    assert shown(copies, "a") == ["east", "west", "east"]
    copies.cut.clear()
    copies.pump()
    assert shown(copies, "a") == ["east"] * 3


def test_a_deletion_travels_like_a_write(aws, copies, put):
    put(EAST, "a", who="east")
    copies.pump()
    aws.client("dynamodb", WEST).delete_item(TableName=copies.table, Key={"pk": {"S": "a"}})
    copies.pump()
    assert shown(copies, "a") == [None] * 3


def test_it_can_pump_by_itself(copies, put):
    with copies.pumping():
        put(EAST, "a", who="east")
        until(lambda: shown(copies, "a") == ["east"] * 3, "the copies")
