"""Writes in flight, as a decision counts them."""

from dataclasses import replace

from failover.publication.in_flight import added, ended, knowing, late_writes, never_sent
from failover.publication.parts import MOST_ARRIVALS, MOST_COUNTED
from failover.publication.transitions import let_go, reclaimed, renewed
from failover.settings.model import Routing
from tests.support.builders import (
    EAST,
    NOW,
    SHOP,
    SOUTH,
    WEST,
    announced,
    claim,
    having,
    moving,
    pointing_at,
    reading,
    record,
    saying,
    shop,
)

WRITE = announced(WEST.ipv4)


def test_the_same_write_again_is_one_with_the_requests_of_both() -> None:
    (both,) = added((WRITE,), replace(WRITE, at=NOW))
    assert (both.at, both.arrivals) == (NOW, 2 * MOST_ARRIVALS)


def test_however_often_it_is_tried_no_more_than_fifteen_are_counted() -> None:
    announced_so_far = (WRITE,)
    for _ in range(20):
        announced_so_far = added(announced_so_far, WRITE)
    assert [a.arrivals for a in announced_so_far] == [MOST_COUNTED]


def test_a_reply_ends_the_requests_that_it_answers() -> None:
    (left,) = ended(added((WRITE,), WRITE), [replace(WRITE, arrivals=2)])
    assert left.arrivals == 2 * MOST_ARRIVALS - 2
    assert ended((WRITE,), [WRITE]) == ()


def test_what_was_never_sent_is_withdrawn_and_nothing_else() -> None:
    state = pointing_at("east", announced=(WRITE, announced(SOUTH.ipv4)))
    after = never_sent(state, WRITE)
    assert after.announced == (announced(SOUTH.ipv4),)
    assert after.version == state.version + 1
    assert never_sent(after, WRITE) is after


def test_who_could_not_announce_a_write_withdraws_no_other_one() -> None:
    """Its claim was over before it announced the write that another vantage had sent meanwhile."""
    state = pointing_at("east", announced=(WRITE,))
    assert never_sent(state, replace(WRITE, at=WRITE.at + 30.0)) is state


def test_who_announced_before_another_one_sent_the_same_leaves_both() -> None:
    """Too many are counted for ten minutes, which is better than too few."""
    state = pointing_at("east", announced=added((WRITE,), replace(WRITE, at=WRITE.at + 30.0)))
    assert never_sent(state, WRITE) is state


def test_ids_of_added_records_are_known_beside_those_of_the_same_name() -> None:
    state = pointing_at("east", record_ids={"A": (101,)}, record_name=SHOP.record)
    after = knowing(state, SHOP.record, 7, [record("AAAA", "2001:db8::1", 201)])
    assert after.served.record_ids == {"A": (101,), "AAAA": (201,)}
    other = knowing(state, "www.shop.test", 7, [record("A", WEST.ipv4, 102)])
    assert (other.served.record_ids, other.served.record_name) == (
        {"A": (102,), "AAAA": ()},
        "www.shop.test",
    )


def test_where_all_that_is_left_may_be_ours_nobody_has_taken_a_region_out() -> None:
    """A person pointed the only record elsewhere; then a late write of ours arrived."""
    service = shop(routing=Routing.MULTIVALUE)
    both = {"west": WEST, "south": SOUTH}
    state = pointing_at("west", service, active=both, targets=both, announced=(WRITE,))
    assert late_writes(state, reading(*saying(WEST)), NOW) == {WRITE}
    assert not late_writes(state, reading(record("A", WEST.ipv4, 999)), NOW)
    assert not late_writes(replace(state, announced=()), reading(*saying(WEST)), NOW)


def test_a_write_of_the_decided_address_explains_no_difference() -> None:
    state = pointing_at("east", announced=(announced(EAST.ipv4),))
    assert not late_writes(state, reading(*saying(WEST)), NOW)


def test_in_flight_writes_do_not_pile_up():
    st = having(moving("east", "west"), claim=claim())
    for i in range(6000):
        st = renewed(st, NOW + i, announced(WEST.ipv4, at=NOW + i * 12))
        st = reclaimed(let_go(st, ()), claim())
    assert len(st.announced) < 500


def test_where_a_record_is_missing_every_one_that_is_left_has_to_be_explained() -> None:
    several = shop(routing=Routing.MULTIVALUE)
    everywhere = {region.name: region.addresses for region in several.regions}
    east, west = announced(EAST.ipv4, record_id=101), announced(WEST.ipv4, record_id=102)
    left = reading(*saying(EAST, WEST))
    both = pointing_at("east", several, targets=everywhere, announced=(east, west))
    assert late_writes(both, left, NOW) == {east, west}
    assert late_writes(replace(both, announced=(east,)), left, NOW) == frozenset()


def test_where_nothing_is_missing_no_write_has_arrived_late() -> None:
    written = announced(EAST.ipv4, record_id=101)
    state = pointing_at("east", announced=(written,))
    assert late_writes(state, reading(*saying(EAST)), NOW) == frozenset()
