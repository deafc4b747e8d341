"""The control table keeps what each vantage has found about the application's data."""

import pytest

from failover.errors import StoreConflict
from failover.staleness.replication import Finding, Link
from tests.support.builders import ballot, pointing_at, votes

EAST, WEST = "us-east-1", "us-west-2"
FOUND = Finding("v1", WEST, 1000.25, 940.5, 10.5, links={EAST: Link(61.125, 1000.25, 940.25)})


def other(**changes):
    """The finding with other values."""
    fields = {name: getattr(FOUND, name) for name in FOUND.__dataclass_fields__}
    return Finding(**fields | changes)


def test_what_was_found_is_read_beside_votes_and_decision(store):
    store.write_state("shop", pointing_at("east", version=1))
    store.write_ballot("shop", ballot(votes("H")), None)
    store.write_finding("shop", FOUND)
    found = store.read("shop")
    assert found.findings == (FOUND,)
    assert found.state
    assert len(found.ballots) == 1


def test_each_vantage_has_one_for_each_region_and_service(store):
    mine, theirs, east = FOUND, other(vantage="v2"), other(aws_region=EAST)
    for finding in (mine, theirs, east):
        store.write_finding("shop", finding)
    store.write_finding("blog", mine)
    found = store.read("shop").findings
    assert sorted((each.aws_region, each.vantage) for each in found) == [
        (EAST, "v1"), (WEST, "v1"), (WEST, "v2")
    ]  # fmt: skip
    assert store.read("blog").findings == (mine,)


def test_the_newest_stays_whoever_comes_last(store):
    """A run that was frozen for minutes must not put what it saw over what is so now."""
    newer = other(at=1060.5)
    store.write_finding("shop", newer)
    with pytest.raises(StoreConflict):
        store.write_finding("shop", FOUND)
    assert store.read("shop").findings == (newer,)


def test_a_newer_one_takes_its_place_as_a_whole(store):
    store.write_finding("shop", other(write_error="no writes"))
    newer = other(at=1060.5, links={})
    store.write_finding("shop", newer)
    assert store.read("shop").findings == (newer,)


def test_what_a_person_broke_costs_the_others_nothing_and_is_replaced(store, client, table):
    store.write_finding("shop", other(vantage="v2"))
    broken = {"pk": {"S": "service#shop"}, "sk": {"S": f"data#{WEST}#v1"}, "at": {"S": "noon"}}
    client.put_item(TableName=table, Item=broken)
    found = store.read("shop")
    assert [finding.vantage for finding in found.findings] == ["v2"]
    (told,) = found.broken
    assert f"sk=data#{WEST}#v1" in told
    store.write_finding("shop", FOUND)
    assert len(store.read("shop").findings) == 2
