"""A record that is there twice is told with the command that removes it."""

from failover.decision.duplicates import said, surplus
from tests.support.builders import EAST, EAST6, SHOP6, reading, record, scene


def test_without_a_surplus_there_is_nothing_to_say() -> None:
    assert surplus(scene("HHH")) == ()
    assert said(scene("HHH")) == {}


def test_the_newer_one_of_two_is_the_surplus() -> None:
    twice = reading(record("A", EAST.ipv4, 101), record("A", EAST.ipv4, 205))
    view = scene("HHH", reading=twice)
    [found] = surplus(view)
    assert found.id == 205
    assert said(view) == {
        "surplus": (f"A {EAST.ipv4}: records 101 and 205",),
        "remove": (f"linode-cli domains records-delete {twice.domain_id} 205",),
    }


def test_what_is_not_known_for_sure_has_none() -> None:
    twice = reading(record("A", EAST.ipv4, 101), record("A", EAST.ipv4, 102))
    assert surplus(scene("HHH", reading=twice, confirmed=False)) == ()
    assert surplus(scene("HHH", reading=None)) == ()


def test_of_both_families_the_a_records_come_first() -> None:
    v6 = EAST6.ipv6 or ""
    found = reading(
        record("AAAA", v6, 201),
        record("AAAA", v6, 202),
        record("A", EAST6.ipv4, 101),
        record("A", EAST6.ipv4, 102),
    )
    assert [r.id for r in surplus(scene("HHH", service=SHOP6, reading=found))] == [102, 202]
