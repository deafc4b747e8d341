"""From heartbeats to a finding, and from the findings of several vantages to what counts."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failover.staleness.replication import (
    Beat,
    Finding,
    Freshness,
    Link,
    Seen,
    age,
    measured,
    seen,
    seen_from,
    unread,
    written,
)

EAST, WEST = "us-east-1", "us-west-2"
NOW = 1_800_000_000.0
MAX_AGE = 60.0
FRESH, STALE, UNKNOWN = Freshness.FRESH, Freshness.STALE, Freshness.UNKNOWN


def source(accepted: float | None, begun: float = NOW - 3600.0) -> Finding:
    return Finding("v1", EAST, NOW, accepted, begun if accepted is not None else None)


def link(behind: float = 0.0, at: float = NOW, over_since: float | None = None) -> Link:
    return Link(behind, at, over_since)


STALE_LINK = link(120.0, over_since=NOW - 60.0)


def finding(vantage: str, found: Link) -> Finding:
    return Finding(vantage, WEST, found.at, links={EAST: found})


class TestAge:
    """Both times are of the vantage's own clock."""

    def test_it_is_what_the_source_has_accepted_and_the_region_does_not_show(self) -> None:
        assert age(NOW, NOW - 600.0, NOW - 60.0) == 60.0

    def test_a_region_that_shows_the_newest_has_no_age(self) -> None:
        assert age(NOW, NOW - 600.0, NOW) == 0.0

    def test_a_region_that_shows_none_is_behind_since_the_first(self) -> None:
        assert age(NOW, NOW - 600.0, None) == 600.0

    def test_a_heartbeat_newer_than_the_newest_known_one_was_accepted(self) -> None:
        assert age(NOW, NOW - 600.0, NOW + 60.0) == 0.0


class TestWritten:
    """What a source is remembered by."""

    def test_an_accepted_heartbeat_is_the_newest(self) -> None:
        found = written(source(NOW - 60.0), Beat(NOW), EAST, "v1")
        assert (found.accepted, found.begun) == (NOW, NOW - 3600.0)
        assert found.write_error is None

    def test_the_first_one_is_where_it_begins(self) -> None:
        found = written(None, Beat(NOW), EAST, "v1")
        assert (found.accepted, found.begun) == (NOW, NOW)

    def test_a_refused_one_changes_nothing_but_the_reason(self) -> None:
        found = written(source(NOW - 60.0), Beat(NOW, "refused"), EAST, "v1")
        assert (found.accepted, found.write_error) == (NOW - 60.0, "refused")


class TestMeasured:
    """The links into one region."""

    own = Finding("v1", WEST, NOW - 60.0)

    def test_a_link_is_over_from_the_first_run_that_says_so(self) -> None:
        late = measured(self.own, [source(NOW)], {EAST: NOW - 61.0}, MAX_AGE, NOW)
        assert late.links == {EAST: Link(61.0, NOW, NOW)}
        again = measured(late, [source(NOW + 60.0)], {EAST: NOW - 61.0}, MAX_AGE, NOW + 60.0)
        assert again.links == {EAST: Link(121.0, NOW + 60.0, NOW)}

    def test_the_very_max_age_is_not_over_it(self) -> None:
        found = measured(self.own, [source(NOW)], {EAST: NOW - 60.0}, MAX_AGE, NOW)
        assert found.links[EAST].over_since is None

    def test_one_good_run_ends_it(self) -> None:
        late = measured(self.own, [source(NOW)], {}, MAX_AGE, NOW)
        good = measured(late, [source(NOW + 60.0)], {EAST: NOW + 60.0}, MAX_AGE, NOW + 60.0)
        assert good.links == {EAST: Link(0.0, NOW + 60.0)}

    def test_after_a_gap_it_begins_anew(self) -> None:
        """Nobody looked for an hour: one run is one run."""
        late = measured(self.own, [source(NOW)], {}, MAX_AGE, NOW)
        later = measured(late, [source(NOW + 3600.0)], {}, MAX_AGE, NOW + 3600.0)
        assert later.links[EAST].over_since == NOW + 3600.0

    def test_a_source_that_nothing_is_known_of_leaves_its_link_alone(self) -> None:
        before = measured(self.own, [source(NOW)], {EAST: NOW}, MAX_AGE, NOW)
        after = measured(before, [source(None)], {EAST: NOW}, MAX_AGE, NOW + 60.0)
        assert after.links == before.links

    def test_a_region_has_no_link_to_itself(self) -> None:
        itself = Finding("v1", WEST, NOW, NOW, NOW)
        assert measured(self.own, [itself], {WEST: NOW}, MAX_AGE, NOW).links == {}

    def test_a_region_that_left_the_settings_is_forgotten(self) -> None:
        before = measured(self.own, [source(NOW)], {EAST: NOW}, MAX_AGE, NOW)
        assert measured(before, [], {}, MAX_AGE, NOW + 60.0).links == {}

    def test_what_could_not_be_read_keeps_its_links_with_their_time(self) -> None:
        before = measured(self.own, [source(NOW)], {EAST: NOW}, MAX_AGE, NOW)
        after = unread(before, "timeout", NOW + 60.0)
        assert (after.links, after.read_error) == (before.links, "timeout")
        assert measured(after, [source(NOW)], {}, MAX_AGE, NOW + 120.0).read_error is None


class TestFreshness:
    """What one vantage's link says."""

    @pytest.mark.parametrize(
        ("found", "freshness"),
        [
            (link(), FRESH),
            (link(at=NOW - 180.0), FRESH),
            (link(at=NOW - 180.1), UNKNOWN),
            (link(at=NOW + 180.1), UNKNOWN),
            (link(90.0, over_since=NOW), FRESH),
            (link(90.0, over_since=NOW - 12.0), FRESH),
            (STALE_LINK, STALE),
            (link(90.0, at=NOW - 181.0, over_since=NOW - 600.0), UNKNOWN),
        ],
    )
    def test_it_takes_two_runs_and_counts_for_three_minutes(
        self, found: Link, freshness: Freshness
    ) -> None:
        assert found.freshness(NOW) is freshness


class TestVantages:
    """A majority counts, as for verdicts."""

    three = ("v1", "v2", "v3")

    def test_every_combination_of_three_says_what_a_majority_says(self) -> None:
        links = {"F": link(), "S": STALE_LINK, "?": link(at=NOW - 500.0), ".": None}
        for letters in itertools.product("FS?.", repeat=3):
            found = [
                finding(name, mine)
                for name, letter in zip(self.three, letters, strict=True)
                if (mine := links[letter])
            ]
            fresh, stale = letters.count("F"), letters.count("S")
            expected = UNKNOWN
            if fresh + stale >= 2 and fresh != stale:
                expected = FRESH if fresh > stale else STALE
            told = seen_from(EAST, WEST, found, self.three, NOW)
            assert told.freshness is expected, letters

    def test_one_vantage_decides_alone(self) -> None:
        assert seen_from(EAST, WEST, [finding("v1", STALE_LINK)], ("v1",), NOW).freshness is STALE

    def test_who_is_not_listed_has_no_say(self) -> None:
        found = [finding("v1", link()), finding("old", STALE_LINK)]
        assert seen_from(EAST, WEST, found, ("v1",), NOW) == Seen(FRESH, 0.0)

    def test_the_age_is_the_largest_of_those_that_agree(self) -> None:
        worse = link(130.0, over_since=NOW - 60.0)
        found = [
            finding(v, x) for v, x in zip(self.three, (STALE_LINK, worse, link()), strict=True)
        ]
        assert seen_from(EAST, WEST, found, self.three, NOW) == Seen(STALE, 130.0)

    def test_the_data_of_the_active_region_is_its_own(self) -> None:
        assert seen([EAST], [EAST, WEST], [], ("v1",), NOW) == {
            EAST: Seen(FRESH, 0.0),
            WEST: Seen(UNKNOWN),
        }

    @pytest.mark.parametrize("active", [[], [EAST, WEST]])
    def test_without_one_active_region_nothing_is_known(self, active: list[str]) -> None:
        found = [finding("v1", STALE_LINK)]
        assert seen(active, [EAST, WEST], found, ("v1",), NOW) == {
            EAST: Seen(UNKNOWN),
            WEST: Seen(UNKNOWN),
        }


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[bool, bool, int]]:
    """A minute each: whether the source took the heartbeat, whether the region could be read, and
    how many of the accepted ones have not arrived there."""
    minute = st.tuples(st.booleans(), st.booleans(), st.integers(0, 5))
    return draw(st.lists(minute, min_size=1, max_size=12))


@given(histories())
def test_any_history_is_judged_as_one_would_with_all_of_it_at_hand(
    history: list[tuple[bool, bool, int]],
) -> None:
    """The rule in plain words, over the whole history, beside the little that is remembered."""
    origin, target = None, Finding("v1", WEST, NOW)
    accepted: list[float] = []
    ages: list[tuple[float, float]] = []  # when it was measured, and the age
    for minute, (took, readable, missing) in enumerate(history):
        now = NOW + 60.0 * minute
        origin = written(origin, Beat(now, None if took else "refused"), EAST, "v1")
        accepted += [now] if took else []
        arrived = accepted[: max(0, len(accepted) - missing)]
        shown = {EAST: arrived[-1]} if arrived else {}
        if not readable:
            target = unread(target, "timeout", now)
            continue
        target = measured(target, [origin], shown, MAX_AGE, now)
        if accepted:
            ages.append((now, accepted[-1] - (arrived[-1] if arrived else accepted[0])))
    end = NOW + 60.0 * (len(history) - 1)
    expected = UNKNOWN
    if ages and end - ages[-1][0] <= 180.0:
        lately = [found for at, found in ages if ages[-1][0] - at <= 180.0]
        neighbours = len(ages) > 1 and ages[-1][0] - ages[-2][0] <= 180.0
        over = neighbours and all(found > MAX_AGE for found in lately[-2:])
        expected = STALE if over else FRESH
    told = seen_from(EAST, WEST, [target], ("v1",), end)
    assert told.freshness is expected
    if expected is not UNKNOWN:
        assert told.age == ages[-1][1]


def test_half_of_the_vantages_are_enough_to_know_how_fresh_data_is() -> None:
    found = finding("v1", link())
    assert seen_from(EAST, WEST, [found], ("v1", "v2"), NOW) == Seen(FRESH, 0.0)
    assert seen_from(EAST, WEST, [found], ("v1", "v2", "v3"), NOW) == Seen(UNKNOWN)
