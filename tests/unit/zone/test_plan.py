"""What is written so that the records give an answer."""

import itertools

import pytest

from failover.settings.model import Addresses
from failover.zone.plan import Change, Plan, UnsafePlan, plan
from failover.zone.records import Answer, Family, Reading, Record
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    SOUTH,
    WEST,
    WEST6,
    applied,
    reading,
    reads,
    record,
    saying,
)

TO_WEST = Answer.of([WEST])
TO_WEST6 = Answer.of([WEST6])
A, AAAA = Family.A, Family.AAAA


def changes(answer: Answer, found: Reading, create: bool = False) -> list[Change]:
    return list(plan(answer, 30, found, create).changes)


def test_records_that_say_it_already_are_not_written() -> None:
    assert changes(TO_WEST6, reads(WEST6)) == []


def test_the_record_is_changed_in_place() -> None:
    assert changes(TO_WEST, reads(EAST)) == [Change(A, 101, WEST.ipv4, None)]


def test_both_families_of_a_pair_are_changed() -> None:
    assert changes(TO_WEST6, reads(EAST6)) == [
        Change(A, 101, WEST6.ipv4, None),
        Change(AAAA, 201, str(WEST6.ipv6), None),
    ]


def test_only_the_half_that_is_wrong_is_changed() -> None:
    crossed = reading(saying(WEST6)[0], saying(EAST6)[1])
    assert changes(TO_WEST6, crossed) == [Change(AAAA, 201, str(WEST6.ipv6), None)]


def test_a_ttl_is_changed_without_the_address() -> None:
    assert changes(TO_WEST, reads(WEST, ttl=300)) == [Change(A, 101, WEST.ipv4, 30, moves=False)]


def test_address_and_ttl_change_in_one_write() -> None:
    assert changes(TO_WEST, reads(EAST, ttl=300)) == [Change(A, 101, WEST.ipv4, 30)]


def test_surplus_records_say_the_active_address_too() -> None:
    found = reads(EAST, SOUTH, ELSEWHERE)
    assert {c.address for c in changes(TO_WEST, found)} == {WEST.ipv4}
    assert [c.record_id for c in changes(TO_WEST, found)] == [101, 102, 103]


def test_a_surplus_record_that_says_it_already_is_left_alone() -> None:
    assert [c.record_id for c in changes(TO_WEST, reads(EAST, WEST, WEST))] == [101]


def test_of_several_wanted_addresses_each_is_said_and_the_right_ones_stay() -> None:
    both = Answer.of([EAST, WEST])
    assert changes(both, reads(WEST, EAST)) == []
    assert changes(both, reads(WEST, SOUTH)) == [Change(A, 102, EAST.ipv4, None)]
    assert changes(both, reads(WEST, WEST)) == [Change(A, 102, EAST.ipv4, None)]


def test_a_wanted_address_without_a_record_is_added_after_the_changes() -> None:
    both = Answer.of([EAST, WEST])
    assert changes(both, reads(SOUTH), create=True) == [
        Change(A, 101, EAST.ipv4, None),
        Change(A, None, WEST.ipv4, 30),
    ]


def test_a_missing_family_is_added_with_our_ttl() -> None:
    half = reading(saying(EAST6)[0])
    assert changes(TO_WEST6, half, create=True) == [
        Change(A, 101, WEST6.ipv4, None),
        Change(AAAA, None, str(WEST6.ipv6), 30),
    ]


def test_a_missing_family_that_may_not_be_added_does_not_keep_the_other_from_moving() -> None:
    half = reading(saying(EAST6)[0])
    assert changes(TO_WEST6, half) == [Change(A, 101, WEST6.ipv4, None)]


def test_missing_records_are_made_where_that_is_allowed() -> None:
    assert changes(TO_WEST6, reading(), create=True) == [
        Change(A, None, WEST6.ipv4, 30),
        Change(AAAA, None, str(WEST6.ipv6), 30),
    ]
    with pytest.raises(UnsafePlan, match="adding one is not allowed"):
        plan(TO_WEST, 30, reading(), may_create=False)


@pytest.mark.parametrize("beside", [(), saying(EAST)])
def test_a_cname_at_the_name_is_refused(beside: tuple[Record, ...]) -> None:
    found = reading(*beside, record("CNAME", "other.example.net", 301))
    with pytest.raises(UnsafePlan, match=r"CNAME record at the name \(id 301\)"):
        plan(TO_WEST, 30, found, may_create=True)


def test_a_family_that_the_answer_does_not_have_is_left_alone() -> None:
    assert changes(TO_WEST, reads(EAST6), create=True) == [Change(A, 101, WEST.ipv4, None)]


def test_an_empty_answer_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="without any IPv4"):
        Answer.of([])


ADDRESSES = (EAST, WEST, SOUTH, ELSEWHERE)


def test_every_small_zone_is_brought_to_every_small_answer() -> None:
    """Up to three records of four addresses, one to three wanted addresses, with and without
    adding: in place, none removed, no other record touched, and then nothing is left to do."""
    for size in range(4):
        for present in itertools.product(ADDRESSES, repeat=size):
            for wanted in itertools.chain.from_iterable(
                itertools.combinations(ADDRESSES[:3], n) for n in (1, 2, 3)
            ):
                for create in (False, True):
                    brought(Answer.of(wanted), reads(*present), create)


def brought(answer: Answer, found: Reading, create: bool) -> None:
    if not found.records and not create:
        return
    steps = plan(answer, 30, found, create)
    after = applied(steps, found)
    told = after.addresses(A)
    enough = create or len(found.records) >= len(answer.a)
    assert told == answer.a if enough else told < answer.a
    added = [c for c in steps.changes if c.record_id is None]
    assert len(after.records) == len(found.records) + len(added)
    assert bool(added) <= (create and len(found.records) < len(answer.a))
    assert {c.record_id for c in steps.changes} - {None} <= {r.id for r in found.records}
    assert plan(answer, 30, after, create).changes == ()


def test_no_address_that_is_right_already_is_lost_for_a_moment() -> None:
    """After each single write, what was given and is wanted is still given."""
    both = Answer.of([EAST, WEST])
    for present in itertools.product(ADDRESSES, repeat=3):
        found = reads(*present)
        kept = found.addresses(A) & both.a
        for change in plan(both, 30, found, may_create=True).changes:
            found = applied(Plan(found.domain_id, (change,)), found)
            assert kept <= found.addresses(A)


def test_it_names_the_domain_that_was_read() -> None:
    assert plan(TO_WEST, 30, reads(EAST), may_create=False).domain_id == 7


def test_the_same_address_for_two_regions_is_said_once() -> None:
    twice = Answer.of([WEST, Addresses(WEST.ipv4)])
    assert changes(twice, reads(EAST)) == [Change(A, 101, WEST.ipv4, None)]


class TestUnread:
    """Records that could not be read: they are there, and nobody knows what they say now."""

    BOTH = Answer.of([EAST6, WEST6])
    FOUND = reading(record("A", WEST6.ipv4, 101), record("AAAA", "", 201, ttl=0))

    @pytest.mark.parametrize(
        ("before", "expected"),
        [(WEST6.ipv6, WEST6.ipv6), (EAST6.ipv6, EAST6.ipv6), ("2001:db8::99", EAST6.ipv6)],
        ids=["as before", "as before, and the first", "it was none of them"],
    )
    def test_it_is_written_with_the_address_that_it_had_where_that_is_wanted(
        self, before: str, expected: str
    ) -> None:
        planned = plan(self.BOTH, 30, self.FOUND, may_create=False, before={201: before})
        assert planned.changes == (Change(AAAA, 201, expected, 30),)

    def test_what_must_move_is_written_before_what_only_could_not_be_read(self) -> None:
        """Where replies are lost an attempt may get no further than its first write."""
        found = reading(*(record("A", "", 100 + n, ttl=0) for n in (1, 2, 3)))
        before = {101: WEST.ipv4, 102: EAST.ipv4, 103: SOUTH.ipv4}
        planned = plan(Answer.of([WEST, SOUTH]), 30, found, may_create=False, before=before)
        assert [change.record_id for change in planned.changes] == [102, 101, 103]

    def test_not_where_the_settings_do_not_give_that_address_any_more(self) -> None:
        given = frozenset({EAST6.ipv4, WEST6.ipv4, str(EAST6.ipv6)})
        was = {201: str(WEST6.ipv6)}
        planned = plan(self.BOTH, 30, self.FOUND, may_create=False, given=given, before=was)
        assert planned.changes == (Change(AAAA, 201, str(EAST6.ipv6), 30),)
