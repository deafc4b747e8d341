"""The control table lets each beat take over once, and none of an older seed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from failover.errors import StoreConflict
from failover.health.beats import Beat, Turn, newer
from failover.health.numbers import FAR_AHEAD

AT = 1_800_000_000


@pytest.fixture
def put(client, table):
    def written(**attributes):
        key = {"pk": {"S": "vantage#v1"}, "sk": {"S": "runner"}}
        client.put_item(TableName=table, Item={**attributes, **key})

    return written


def test_a_beat_has_the_number_of_its_place_after_its_seed(store):
    store.take_over("v1", AT)
    assert store.take_over("v1", AT + 10.5, Beat(AT, 1)) == Turn(AT + 1, AT + 10.5)
    assert store.take_over("v1", AT + 20.5, Beat(AT, 2)) == Turn(AT + 2, AT + 20.5)
    assert store.standing("v1").runner == AT + 2


def test_the_next_seed_learns_when_the_last_beat_came(store):
    store.take_over("v1", AT)
    store.take_over("v1", AT + 50.25, Beat(AT, 5))
    assert store.take_over("v1", AT + 60.0) == Turn(AT + 60, AT + 50.25)
    assert store.take_over("v1", AT + 60.0) == Turn(AT + 61, AT + 50.25)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_beat_that_is_not_newer_is_refused_and_changes_nothing(store, place):
    store.take_over("v1", AT)
    store.take_over("v1", AT + 30.0, Beat(AT, 3))
    with pytest.raises(StoreConflict):
        store.take_over("v1", AT + 31.0, Beat(AT, place))
    assert store.take_over("v1", AT + 60.0).beat_at == AT + 30.0


def test_a_beat_of_an_older_seed_is_refused(store):
    store.take_over("v1", AT)
    store.take_over("v1", AT)
    with pytest.raises(StoreConflict):
        store.take_over("v1", AT + 10.0, Beat(AT, 11))
    assert store.take_over("v1", AT + 10.0, Beat(AT + 1, 1)).number == AT + 2


def test_a_beat_runs_in_a_table_that_was_made_anew(store):
    assert store.take_over("v1", AT + 10.0, Beat(AT, 1)) == Turn(AT + 1, AT + 10.0)
    assert store.take_over("v1", AT + 20.0, Beat(AT, 2)).number == AT + 2


@pytest.mark.parametrize("seed", [0, AT - 60, AT, AT + 1, AT + FAR_AHEAD, AT + FAR_AHEAD + 1])
@pytest.mark.parametrize("further", [0, 1, 2, 3, FAR_AHEAD + 10])
def test_the_condition_is_the_rule(store, put, seed, further):
    beat = Beat(AT, 2)
    put(seed={"N": str(seed)}, runner={"N": str(seed + further)})
    try:
        store.take_over("v1", AT + 20.0, beat)
        taken = True
    except StoreConflict:
        taken = False
    assert taken is newer(beat, seed, seed + further)


@pytest.mark.parametrize("broken", ["seed", "runner", "beat_at"])
def test_an_attribute_that_is_no_number_keeps_nobody_out(store, put, broken):
    put(**{"seed": {"N": "1"}, "runner": {"N": "1"}, "beat_at": {"N": "1"}, broken: {"S": "?"}})
    assert store.take_over("v1", AT).number == AT
    assert store.take_over("v1", AT + 10.0, Beat(AT, 1)) == Turn(AT + 1, AT + 10.0)


def test_of_a_beat_that_comes_many_times_at_once_one_runs(store):
    store.take_over("v1", AT)

    def comes(number):
        try:
            return store.take_over("v1", AT + 10.0 + number / 100, Beat(AT, 1))
        except StoreConflict:
            return None

    with ThreadPoolExecutor(16) as pool:
        ran = [turn for turn in pool.map(comes, range(32)) if turn]
    assert len(ran) == 1
