"""The stop switch and the history in the control table, against a real server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from failover.adapters.aws.dynamodb import DynamoStore
from failover.errors import StoreConflict
from failover.notify.events import Event, What
from local.aws import AwsServer
from tests.support.builders import NOW, gate

TABLE = "control"


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        server.create_control_table(TABLE)
        yield server


@pytest.fixture
def client(aws):
    client = aws.client("dynamodb")
    client.delete_table(TableName=TABLE)
    aws.create_control_table(TABLE)
    return client


@pytest.fixture
def store(client):
    return DynamoStore(client, TABLE)


def event(number: int, **changes: object) -> Event:
    plain = Event(f"e{number}", NOW + number, What.ORDER, {"said": f"order {number}"}, by="ana")
    return replace(plain, **changes)


def test_the_stop_switch_that_is_written_is_the_one_that_is_read(store):
    store.write_gate(gate())
    ended = replace(gate(until=NOW, version=2), commands=("a", "b"))
    store.write_gate(ended)
    assert store.standing("v1").gate == ended


@pytest.mark.parametrize("version", [1, 2, 4])
def test_it_is_written_over_the_version_before_it_only(store, version):
    store.write_gate(gate(version=1))
    store.write_gate(gate(version=2))
    with pytest.raises(StoreConflict):
        store.write_gate(gate(version=version))
    assert store.standing("v1").gate == gate(version=2)


def test_of_many_that_set_it_at_once_one_does(store):
    def try_it(number: int) -> bool:
        try:
            store.write_gate(replace(gate(), by=f"person {number}"))
        except StoreConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(try_it, range(16))) == 1


def test_one_that_a_person_typed_into_the_table_can_be_ended(store, client):
    typed = {"until": {"N": "1800003600"}, "by": {"S": "ana"}, "reason": {"S": "by hand"}}
    key = {"pk": {"S": "control"}, "sk": {"S": "gate"}}
    client.put_item(TableName=TABLE, Item={**key, **typed})
    found = store.standing("v1").gate
    assert found.version == 0
    store.write_gate(replace(found, until=NOW, version=1))
    assert store.standing("v1").gate.until == NOW


def test_the_history_is_read_newest_first(store):
    for number in (3, 1, 2):
        store.record("shop", event(number))
    store.record("other", event(9))
    assert store.history("shop", 10) == (event(3), event(2), event(1))
    assert store.history("shop", 2) == (event(3), event(2))
    assert store.history("nobody", 2) == ()


def test_an_event_that_is_kept_twice_is_there_once(store):
    store.record("shop", event(1))
    store.record("shop", event(1))
    assert store.history("shop", 10) == (event(1),)


def test_events_of_one_moment_are_all_kept(store):
    for number in range(5):
        store.record("shop", event(1, id=f"e{number}"))
    assert {each.id for each in store.history("shop", 10)} == {f"e{n}" for n in range(5)}


def test_the_order_is_that_of_time_down_to_the_millisecond(store):
    times = [NOW, NOW + 0.001, NOW + 0.25, NOW + 1.0, NOW + 9.999, NOW + 10.0]
    for number, at in enumerate(times):
        store.record("shop", event(number, at=at))
    assert [each.at for each in store.history("shop", 10)] == sorted(times, reverse=True)


def test_an_event_that_a_person_broke_does_not_hide_the_others(store, client):
    store.record("shop", event(1))
    broken = {"pk": {"S": "log#shop"}, "sk": {"S": "2030"}, "at": {"S": "never"}}
    client.put_item(TableName=TABLE, Item=broken)
    assert store.history("shop", 10) == (event(1),)


def test_an_event_of_a_newer_release_keeps_its_word(store, client):
    store.record("shop", event(1))
    (item,) = client.scan(TableName=TABLE)["Items"]
    client.put_item(TableName=TABLE, Item={**item, "sk": {"S": "2030"}, "what": {"S": "danced"}})
    assert [each.what for each in store.history("shop", 10)] == ["danced", "order"]
