"""The control table keeps what the last preflight of each vantage found."""

import pytest

from failover.errors import StoreConflict
from failover.preflight.report import Fault, Report
from tests.support.builders import ballot, pointing_at, votes

FAULT = Fault("region_certificate_ends", "west", {"days": "3.0"})
REPORT = Report("v1", 1000.25, errors=1, warnings=2, not_checked=3, faults=(FAULT,))


def test_it_is_read_beside_votes_and_decision(store):
    store.write_state("shop", pointing_at("east", version=1))
    store.write_ballot("shop", ballot(votes("H")), None)
    store.write_preflight("shop", REPORT)
    found = store.read("shop")

    assert found.preflights == (REPORT,)
    assert found.state
    assert len(found.ballots) == 1


def test_each_vantage_has_one_for_each_service(store):
    store.write_preflight("shop", REPORT)
    store.write_preflight("shop", Report("v2", 900.0))

    assert store.read("shop").preflights == (REPORT, Report("v2", 900.0))
    assert store.read("blog").preflights == ()


def test_the_newest_stays_whoever_comes_last(store):
    store.write_preflight("shop", REPORT)
    with pytest.raises(StoreConflict):
        store.write_preflight("shop", Report("v1", 999.0))

    assert store.read("shop").preflights == (REPORT,)


def test_one_that_cannot_be_used_costs_the_others_nothing_and_is_replaced(store, client, table):
    broken = {"pk": {"S": "service#shop"}, "sk": {"S": "preflight#v1"}, "at": {"S": "noon"}}
    client.put_item(TableName=table, Item=broken)
    store.write_preflight("shop", Report("v2", 900.0))
    found = store.read("shop")

    assert found.preflights == (Report("v2", 900.0),)
    assert "preflight#v1" in found.broken[0]
    store.write_preflight("shop", REPORT)
    assert store.read("shop").preflights == (REPORT, Report("v2", 900.0))
