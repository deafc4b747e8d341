"""From votes to a verdict: quorum and majority, for one to five vantages."""

import itertools
from dataclasses import replace

import pytest

from failover.decision.words import values
from failover.health.tally import Vote
from failover.health.votes import (
    Ballot,
    counted_just_now,
    overtaken,
    verdict,
    vote_life,
    worth_writing,
)
from failover.zone.access import Access
from failover.zone.failing import Failing
from failover.zone.statement import Statement, Unserved
from tests.support.builders import (
    EAST,
    LETTERS,
    NOW,
    SHOP,
    WEST,
    ballot,
    reads,
    settings_of,
    shop,
    tally,
)

LISTED = ("v1", "v2", "v3", "v4", "v5")


def cast(letters: str) -> list[Ballot]:
    """One vantage for each letter; a dot is a vantage whose vote has expired."""
    return [
        ballot({EAST.ipv4: tally(LETTERS.get(letter, Vote.HEALTHY), at=at)}, vantage, at=at)
        for vantage, letter in zip(LISTED, letters, strict=False)
        for at in [NOW - 91 if letter == "." else NOW]
    ]


def says(letters: str) -> Vote:
    settings = settings_of(vantages=LISTED[: len(letters)])
    return verdict(EAST.ipv4, cast(letters), settings, NOW).vote


@pytest.mark.parametrize("vantages", [1, 2, 3, 4, 5])
def test_every_combination_of_votes_is_counted_as_the_words_say(vantages: int) -> None:
    """Half of the listed, rounded up, must be fresh; more than half of the fresh must agree."""
    for letters in itertools.product("HU?.", repeat=vantages):
        fresh = sum(letter != "." for letter in letters)
        expected = Vote.UNKNOWN
        for letter in "HU":
            if fresh >= vantages / 2 and letters.count(letter) > fresh / 2:
                expected = LETTERS[letter]
        assert says("".join(letters)) is expected, letters


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("U", "U"),  # one decides alone
        (".", "?"),
        ("UU", "U"),  # of two, both must agree while both live
        ("UH", "?"),
        ("U?", "?"),
        ("U.", "U"),  # and the survivor decides once the other's vote has expired
        ("..", "?"),
        ("UUH", "U"),  # of three, two must agree
        ("UU.", "U"),  # and one may be lost
        ("UH.", "?"),
        ("U..", "?"),
        ("U??", "?"),
        ("UUHH", "?"),
        ("UUUH", "U"),
        ("UU..", "U"),
        ("U...", "?"),
        ("UUUHH", "U"),
        ("UUU..", "U"),
        ("UUH..", "U"),
        ("UU...", "?"),
    ],
)
def test_what_people_expect_of_so_many_vantages(letters: str, expected: str) -> None:
    assert says(letters) is LETTERS[expected]


@pytest.mark.parametrize("vantages", [1, 2, 3, 4, 5])
def test_one_more_vote_that_agrees_never_turns_a_verdict(vantages: int) -> None:
    """Neither in place of a vote that had expired, nor of one that said something else."""
    for letters in map("".join, itertools.product("HU?.", repeat=vantages)):
        for i, letter in itertools.product(range(vantages), "HU"):
            if says(letters) is LETTERS[letter]:
                assert says(letters[:i] + letter + letters[i + 1 :]) is LETTERS[letter]


def test_a_vote_counts_to_the_end_of_its_life_and_not_longer() -> None:
    for age, expected in [(90.0, Vote.UNHEALTHY), (90.1, Vote.UNKNOWN)]:
        old = ballot({EAST.ipv4: tally(Vote.UNHEALTHY, at=NOW - age)})
        assert verdict(EAST.ipv4, [old], settings_of(), NOW).vote is expected


def test_a_vote_from_the_future_ends_the_same_way() -> None:
    """A vantage whose clock is wrong by minutes has no say."""
    ahead = ballot({EAST.ipv4: tally(Vote.UNHEALTHY, at=NOW + 91)})
    assert verdict(EAST.ipv4, [ahead], settings_of(), NOW).vote is Vote.UNKNOWN


def test_a_vote_on_another_address_does_not_count() -> None:
    elsewhere = ballot({WEST.ipv4: tally(Vote.UNHEALTHY)})
    found = verdict(EAST.ipv4, [elsewhere], settings_of(), NOW)
    assert (found.vote, found.fresh) == (Vote.UNKNOWN, 0)


def test_a_vantage_that_is_not_listed_has_no_vote() -> None:
    stranger = ballot({EAST.ipv4: tally(Vote.UNHEALTHY)}, "stranger")
    assert verdict(EAST.ipv4, [stranger], settings_of(), NOW).vote is Vote.UNKNOWN


def test_a_verdict_stands_since_the_last_of_those_that_agree_came_to_it() -> None:
    ballots = [
        ballot({EAST.ipv4: tally(vote, since=NOW - ago)}, vantage)
        for vantage, vote, ago in [
            ("v1", Vote.UNHEALTHY, 300),
            ("v2", Vote.UNHEALTHY, 200),
            ("v3", Vote.HEALTHY, 100),
        ]
    ]
    found = verdict(EAST.ipv4, ballots, settings_of(vantages=LISTED[:3]), NOW)
    assert (found.vote, found.since) == (Vote.UNHEALTHY, NOW - 200)


def test_among_five_that_agree_a_verdict_stands_since_the_third_came_to_it() -> None:
    ballots = [
        ballot({EAST.ipv4: tally(Vote.UNHEALTHY, since=NOW - ago)}, vantage)
        for vantage, ago in zip(LISTED, (100, 500, 300, 200, 400), strict=True)
    ]
    found = verdict(EAST.ipv4, ballots, settings_of(vantages=LISTED), NOW)
    assert (found.vote, found.since) == (Vote.UNHEALTHY, NOW - 300)


def test_a_verdict_tells_what_it_rests_on() -> None:
    found = verdict(EAST.ipv4, cast("UH."), settings_of(vantages=LISTED[:3]), NOW)
    assert (
        values.verdict(found)
        == "unknown (1 healthy, 1 unhealthy of 2 fresh votes; 2 of 3 vantages needed)"
    )
    assert found.quorum


@pytest.mark.parametrize(
    ("interval", "spacing", "life"),
    [
        (10.0, 10.0, 90.0),  # never shorter than 90 s
        (10.0, 5.0, 90.0),  # quicker rounds do not shorten it
        (10.0, 40.0, 120.0),  # three times the real spacing
        (60.0, 0.0, 180.0),  # before there is a spacing, that of the settings
        (10.0, 5000.0, 240.0),  # a gap does not lengthen it without bound
    ],
)
def test_a_vote_lives_for_three_rounds(interval: float, spacing: float, life: float) -> None:
    service = shop(health=replace(SHOP.health, interval=interval))
    assert vote_life(service, spacing) == life


def test_a_vantage_is_alive_as_long_as_its_votes() -> None:
    assert ballot({}, at=NOW - 90).alive(NOW)
    assert not ballot({}, at=NOW - 90.1).alive(NOW)


def test_a_verdict_is_as_old_as_its_majority():
    bs = [
        ballot({EAST.ipv4: tally(Vote.UNHEALTHY, since=NOW - ago)}, v)
        for v, ago in [("v1", 300), ("v2", 290), ("v3", 1)]
    ]
    assert verdict(EAST.ipv4, bs, settings_of(vantages=("v1", "v2", "v3")), NOW).since == NOW - 290


def test_two_ballots_of_one_vantage_are_one_vote():
    b = ballot({EAST.ipv4: tally(Vote.UNHEALTHY)}, "v1")
    assert (
        verdict(EAST.ipv4, [b, b, b], settings_of(vantages=("v1", "v2", "v3")), NOW).vote
        is Vote.UNKNOWN
    )


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_ballot_of_a_vantage_counts_in_whatever_order_they_come(order: int) -> None:
    newer = ballot({EAST.ipv4: tally(Vote.UNHEALTHY)}, "v1", at=NOW)
    older = ballot({EAST.ipv4: tally(Vote.HEALTHY, at=NOW - 30)}, "v1", at=NOW - 30)
    settings = settings_of(vantages=("v1",))
    assert verdict(EAST.ipv4, [older, newer][::order], settings, NOW).vote is Vote.UNHEALTHY


@pytest.mark.parametrize(
    ("runner", "at", "late"),
    [
        (1, NOW - 10.0, False),  # what was read
        (1, NOW, True),  # the same tick has voted again
        (2, NOW - 10.0, True),  # another one has
        (3, NOW, False),  # we have, and the reply was lost
    ],
)
def test_votes_that_another_tick_has_written_since_are_told_from_ours(
    runner: int, at: float, late: bool
) -> None:
    read = ballot({}, at=NOW - 10.0)
    assert overtaken(replace(read, runner=runner, at=at), 3, read) is late


def test_votes_where_there_were_none_are_those_of_another_tick() -> None:
    assert overtaken(ballot({}), 3, None)
    assert not overtaken(None, 3, ballot({}))


@pytest.mark.parametrize(
    ("age", "too_soon"), [(0.0, True), (4.9, True), (4.96, False), (10.0, False), (-3600.0, False)]
)
def test_a_round_just_after_another_one_is_too_soon(age: float, too_soon: bool) -> None:
    """A ballot from the future was written by a clock that was wrong: it keeps nobody out."""
    assert SHOP.health.confirm_interval == 5.0
    assert counted_just_now(ballot({}, at=NOW), SHOP, NOW + age) is too_soon


SAID = ballot({EAST.ipv4: tally(Vote.HEALTHY)}, reading=reads(EAST))


@pytest.mark.parametrize(
    "changes",
    [
        {"tallies": {EAST.ipv4: tally(Vote.HEALTHY, failures=1)}},
        {"tallies": {EAST.ipv4: tally(Vote.UNHEALTHY)}},
        {"revision": 2},
        {"digest": "two"},
        {"blind": True},
        {"access": Access("401")},
        {"unserved": Unserved((Statement("ns1", None),), refused=False)},
        {"unread": Failing(NOW, "401")},
        {"unpaced": Failing(NOW, "no queue")},
        {"reading": None},
        {"reading": reads(WEST)},
        {"reading": replace(reads(EAST), name="www.shop.test")},
        {"reading": replace(reads(EAST), unread=True)},
        {"reading": replace(reads(EAST), zone="disabled")},
        {"reading": replace(reads(EAST), checked_at=0.0)},
    ],
    ids=range(15),
)
def test_a_ballot_that_says_something_new_is_written_at_once(changes: dict[str, object]) -> None:
    assert worth_writing(SAID, replace(SAID, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"tallies": {EAST.ipv4: tally(Vote.HEALTHY, at=NOW + 10)}},
        {"at": NOW + 29},
        {"runner": 2},
        {"reading": replace(reads(EAST), at=NOW + 10, listed_at=NOW + 10)},
        {"memory": 0.9},
        {"slow": {EAST.ipv4: 1.0}},
    ],
    ids=range(6),
)
def test_times_and_measures_that_every_round_moves_are_nothing_new(changes) -> None:
    assert not worth_writing(SAID, replace(SAID, **changes))


def test_trouble_that_lasts_is_nothing_new_however_often_it_came() -> None:
    before = replace(SAID, unread=Failing(NOW, "401"))
    assert not worth_writing(before, replace(before, unread=Failing(NOW, "429", 2)))
    assert worth_writing(before, replace(before, unread=Failing(NOW + 10, "401")))


def test_without_news_a_ballot_is_written_three_times_in_its_life() -> None:
    assert worth_writing(None, SAID)
    assert worth_writing(SAID, replace(SAID, at=NOW + SAID.life / 3))


def test_another_check_of_the_same_records_is_nothing_new() -> None:
    """They were checked when they were found, and have been checked again since."""
    found = reads(EAST)
    first = replace(SAID, reading=replace(found, checked_at=found.since))
    assert not worth_writing(first, SAID)
