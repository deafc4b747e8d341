"""The control table keeps what a vantage has found under the labels of NodeBalancers."""

import pytest

from failover.decision.balancers import Lookup
from failover.errors import StoreConflict
from failover.health.beats import Beat
from failover.settings.model import Addresses

FOUND = {"lb-east": Addresses("192.0.2.1", "2001:db8::1"), "lb-west": None}
OLD, NEW = Lookup(1000.25, 1, FOUND), Lookup(1600.5, 2, {"lb-east": Addresses("192.0.2.9")})
AT = 1_800_000_000


def write(client, table, **attributes):
    """As a person or another release would."""
    key = {"pk": {"S": "vantage#v1"}, "sk": {"S": "runner"}}
    client.put_item(TableName=table, Item={**attributes, **key})


def test_nothing_is_known_at_first(store):
    store.take_over("v1", AT)
    assert store.standing("v1").lookup is None


def test_what_was_found_is_read_by_every_later_tick_of_the_vantage(store):
    store.write_lookup("v1", AT, OLD)
    assert store.standing("v1").lookup == OLD
    assert store.standing("v2").lookup is None


def test_the_number_of_the_tick_is_not_touched(store):
    store.take_over("v1", AT)
    store.write_lookup("v1", AT, OLD)
    assert store.standing("v1").runner == AT
    assert store.take_over("v1", AT + 60).number == AT + 60
    assert store.standing("v1").lookup == OLD


def test_the_look_up_of_the_newest_tick_wins_whoever_comes_last(store):
    store.take_over("v1", AT)
    store.take_over("v1", AT + 60)
    store.write_lookup("v1", AT + 60, NEW)
    with pytest.raises(StoreConflict):
        store.write_lookup("v1", AT, OLD)
    assert store.standing("v1").lookup == NEW


def test_a_look_up_that_outlasts_its_beat_is_kept(store):
    """Linode may take longer than beats are apart: only a newer seed makes it old."""
    store.take_over("v1", AT)
    store.take_over("v1", AT + 10.0, Beat(AT, 1))
    store.take_over("v1", AT + 20.0, Beat(AT, 2))
    store.write_lookup("v1", AT, OLD)
    assert store.standing("v1").lookup == OLD


def test_a_look_up_stamped_by_a_fast_clock_is_replaced_by_the_next(store):
    """Which of two is the newer one is not told by the clocks of those who made them."""
    store.write_lookup("v1", store.take_over("v1", AT).number, NEW)
    store.write_lookup("v1", store.take_over("v1", AT + 60).number, OLD)
    assert store.standing("v1").lookup == OLD


def test_a_newer_one_takes_its_place_as_a_whole(store):
    store.write_lookup("v1", AT, OLD)
    store.write_lookup("v1", AT, NEW)
    assert store.standing("v1").lookup == NEW


@pytest.mark.parametrize(
    "broken",
    [{"S": "?"}, {"NULL": True}, {"M": {}}, {"M": {"at": {"S": "noon"}}}, {"L": []}],
    ids=str,
)
def test_what_a_person_broke_costs_nobody_the_number_and_is_replaced(store, client, table, broken):
    write(client, table, runner={"N": "7"}, balancers=broken)
    assert store.standing("v1").runner == 7
    assert store.standing("v1").lookup is None
    store.write_lookup("v1", AT, OLD)
    assert store.standing("v1").lookup == OLD


def test_what_a_newer_release_has_added_is_passed_over(store, client, table):
    write(
        client,
        table,
        runner={"N": "7"},
        balancers={
            "M": {
                "at": {"N": "5"},
                "revision": {"N": "1"},
                "found": {"M": {"lb": {"M": {"ipv4": {"S": "192.0.2.1"}, "cost": {"N": "1"}}}}},
                "mood": {"S": "good"},
            }
        },
    )
    assert store.standing("v1").lookup == Lookup(5.0, 1, {"lb": Addresses("192.0.2.1")})
