"""What is known of the records: from lists, from reads by id, and from our own replies."""

from dataclasses import replace

import pytest

from failover.decision.evidence import (
    LIST_LAG,
    Answers,
    addable,
    confirmed,
    ids,
    labels,
    read_by_id,
    repeated,
    says_nothing_new,
    waits_to_add,
)
from failover.publication.parts import Announcement, Phase
from failover.zone.records import Family, Reading, Step
from tests.support.builders import (
    EAST,
    EAST6,
    ELSEWHERE,
    HOUR,
    MINUTE,
    NOW,
    SHOP,
    SHOP6,
    WEST,
    having,
    moving,
    pointing_at,
    reading,
    reads,
    record,
    saying,
    settings_of,
    shop,
)


def test_the_names_of_the_services_are_told_by_their_domain() -> None:
    apex = shop(name="apex", record="shop.test")
    other = shop(name="other", domain="other.test", record="www.other.test")
    assert labels(settings_of(services=(SHOP, apex, other))) == {
        "shop.test": {"app", ""},
        "other.test": {"www"},
    }


AT_EAST = pointing_at("east")
SETTINGS = settings_of()


def by_id(
    known: Reading | None, listed: Reading | None, answers: Answers, at: float = NOW
) -> Reading:
    """What is known after the records of both were read by id, as far as there is an answer."""
    return read_by_id(SHOP, None, known, listed, ids(SHOP, None, known, listed), answers, at)


class TestConfirmed:
    def test_a_list_alone_confirms_nothing(self) -> None:
        listed = replace(reads(WEST), checked_at=0.0)
        assert not confirmed(SETTINGS, AT_EAST, listed, NOW)

    def test_a_read_by_id_does(self) -> None:
        assert confirmed(SETTINGS, AT_EAST, reads(WEST), NOW)

    def test_not_one_from_before_our_own_write(self) -> None:
        before = replace(AT_EAST.publication.step, published=False)
        assert not confirmed(SETTINGS, AT_EAST, replace(reads(WEST), after=before), NOW)
        assert confirmed(SETTINGS, AT_EAST, replace(reads(EAST), after=before), NOW)

    def test_not_one_from_before_our_own_write_by_a_clock_that_is_fast(self) -> None:
        state = having(AT_EAST, published_at=NOW - 1)
        before = replace(
            reads(WEST, at=NOW), after=replace(state.publication.step, published=False)
        )
        assert not confirmed(SETTINGS, state, before, NOW)

    def test_not_one_of_decisions_that_a_table_made_anew_does_not_know(self) -> None:
        anew = having(AT_EAST, generation=1, decided_at=NOW - 5)
        for generation in (1, 7):
            earlier = Step(generation, NOW - HOUR, published=True)
            assert not confirmed(SETTINGS, anew, replace(reads(WEST), after=earlier), NOW)

    def test_one_from_after_it_does_by_a_clock_that_is_slow(self) -> None:
        state = having(AT_EAST, published_at=NOW + 5)
        assert confirmed(SETTINGS, state, replace(reads(WEST), after=state.publication.step), NOW)

    def test_not_one_from_before_a_decision_that_is_being_published(self) -> None:
        state = moving("east", "west")
        assert state.publication.phase is Phase.PUBLISHING
        before = replace(AT_EAST.publication.step, generation=state.publication.generation - 1)
        assert not confirmed(SETTINGS, state, replace(reads(EAST), after=before), NOW)

    def test_it_ends_with_the_age_of_the_reading(self) -> None:
        assert confirmed(SETTINGS, AT_EAST, reads(EAST, at=NOW - 80), NOW)
        assert not confirmed(SETTINGS, AT_EAST, reads(EAST, at=NOW - 2 * MINUTE), NOW)

    def test_it_ends_when_nothing_can_be_read(self) -> None:
        assert not confirmed(SETTINGS, AT_EAST, replace(reads(EAST), unread=True), NOW)


class TestLists:
    def test_one_that_repeats_what_was_read_by_id_says_nothing_new(self) -> None:
        known, listed = reads(EAST, at=NOW - 60), reads(EAST)
        assert says_nothing_new(AT_EAST, known, listed)
        assert repeated(known, listed).at == NOW

    def test_one_that_repeats_what_was_only_listed_does(self) -> None:
        known = replace(reads(EAST, at=NOW - 60), checked_at=0.0)
        assert not says_nothing_new(AT_EAST, known, reads(EAST))

    def test_an_empty_name_is_seen_by_a_second_list_that_began_later(self) -> None:
        first = replace(reading(at=NOW - 10, since=NOW - 10), checked_at=0.0)
        assert not repeated(first, first).checked_at
        assert repeated(first, reading(at=NOW)).checked_at == NOW


class TestReadById:
    def test_what_a_list_shows_and_is_not_so_does_not_count(self) -> None:
        known, listed = reads(WEST, at=NOW - 5), reads(EAST)
        found = by_id(known, listed, {101: saying(WEST)[0]})
        assert found.records == known.records
        assert (found.since, found.checked_at) == (known.since, NOW)

    def test_a_record_that_no_list_shows_is_there(self) -> None:
        found = by_id(reads(EAST, at=NOW - 5), reading(), {101: saying(EAST)[0]})
        assert found.records == saying(EAST)

    def test_a_record_that_is_gone_is_not(self) -> None:
        assert by_id(reads(EAST), reads(EAST), {101: None}).records == ()

    def test_a_record_of_another_name_is_none_of_ours(self) -> None:
        renamed = replace(saying(EAST)[0], name="old")
        assert by_id(reads(EAST), None, {101: renamed}).records == ()

    def test_what_could_not_be_read_counts_as_listed_and_confirms_nothing(self) -> None:
        found = by_id(reads(EAST, at=NOW - 5), reads(ELSEWHERE), {})
        assert found.records == saying(ELSEWHERE)
        assert not confirmed(SETTINGS, AT_EAST, found, NOW)

    def test_ids_of_another_record_name_are_not_known(self) -> None:
        state = having(AT_EAST, record_ids={"A": (101,)}, record_name="www.shop.test")
        assert ids(SHOP, state, replace(reads(EAST), name="www.shop.test")) == {}
        assert list(ids(SHOP, having(state, record_name=SHOP.record))) == [101]


class TestAdding:
    """The AAAA record is missing."""

    STATE = pointing_at("east", SHOP6)
    HALF = reading(record("A", EAST6.ipv4, 101))
    MISSING = frozenset({(Family.AAAA, EAST6.ipv6)})

    def test_what_a_list_has_shown_to_be_missing_may_be_added(self) -> None:
        assert addable(SETTINGS, self.STATE, self.HALF, NOW) == self.MISSING

    @pytest.mark.parametrize("listed_at", [NOW - HOUR, 0.0])
    def test_not_while_lists_are_refused(self, listed_at: float) -> None:
        found = replace(self.HALF, listed_at=listed_at)
        assert waits_to_add(SETTINGS, self.STATE, found, NOW)

    def test_not_by_a_list_from_before_it_was_missing(self) -> None:
        found = replace(self.HALF, since=NOW - 5, listed_at=NOW - 6)
        assert waits_to_add(SETTINGS, self.STATE, found, NOW)

    @pytest.mark.parametrize(("age", "waits"), [(599.0, True), (600.0, False)])
    def test_not_while_an_earlier_request_may_arrive(self, age: float, waits: bool) -> None:
        sent = Announcement(Family.AAAA, None, str(EAST6.ipv6), NOW - age, arrivals=1)
        state = replace(self.STATE, announced=(sent,))
        assert waits_to_add(SETTINGS, state, self.HALF, NOW) is waits

    @pytest.mark.parametrize(("age", "waits"), [(LIST_LAG - 1, True), (LIST_LAG, False)])
    def test_at_an_empty_name_not_before_a_list_would_show_it(
        self, age: float, waits: bool
    ) -> None:
        sent = Announcement(Family.A, None, EAST.ipv4, NOW - age, arrivals=1)
        state = replace(AT_EAST, announced=(sent,))
        assert bool(addable(SETTINGS, state, reading(), NOW)) is not waits

    def test_nor_where_there_are_only_aaaa_records(self) -> None:
        sent = Announcement(Family.A, None, EAST6.ipv4, NOW - LIST_LAG, arrivals=1)
        state = replace(self.STATE, announced=(sent,))
        half = reading(record("AAAA", str(EAST6.ipv6), 101))
        assert addable(SETTINGS, state, half, NOW) == {(Family.A, EAST6.ipv4)}

    def test_not_soon_after_it_was_refused(self) -> None:
        state = having(self.STATE, create_not_before=NOW + 1)
        assert waits_to_add(SETTINGS, state, self.HALF, NOW)

    @pytest.mark.parametrize(("age", "added"), [(LIST_LAG - 1, 0), (LIST_LAG, 2)])
    def test_at_an_empty_name_all_is_added_or_nothing(self, age: float, added: int) -> None:
        sent = Announcement(Family.A, None, EAST6.ipv4, NOW - age, arrivals=1)
        state = replace(self.STATE, announced=(sent,))
        assert len(addable(SETTINGS, state, reading(), NOW)) == added

    def test_nothing_waits_where_nothing_is_missing(self) -> None:
        assert not waits_to_add(SETTINGS, AT_EAST, reads(EAST), NOW)
        assert not waits_to_add(SETTINGS, AT_EAST, reads(WEST), NOW)
        assert shop() == SHOP


def test_a_list_that_is_missing_or_says_something_else_makes_nothing_younger() -> None:
    known = reads(EAST)
    assert repeated(known, None) is known
    assert repeated(known, reads(WEST)) is known
