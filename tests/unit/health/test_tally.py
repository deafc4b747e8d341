"""The counters of one address at one vantage, probe by probe."""

import itertools
from dataclasses import replace

import pytest

from failover.health.probe import Probe, Reason
from failover.health.tally import Tally, Vote, count
from tests.support.builders import BAD, GOOD, HEALTH, NOW

LIFE = 90.0
EVERY = 10.0


def told(
    story: str, before: Tally | None = None, start: float = NOW, **thresholds: int
) -> list[Tally]:
    """The tally after each probe of a story: `+` is a good one, `-` a failed one."""
    health = replace(HEALTH, **thresholds)
    tallies = []
    for i, letter in enumerate(story):
        before = count(before, GOOD if letter == "+" else BAD, start + i * EVERY, LIFE, health)
        tallies.append(before)
    return tallies


def ends(story: str, before: Tally | None = None, **thresholds: int) -> Vote:
    return told(story, before, **thresholds)[-1].vote


def ended(story: str, **thresholds: int) -> Tally:
    """The tally at the end of a story whose last probe was at NOW."""
    return told(story, start=NOW - (len(story) - 1) * EVERY, **thresholds)[-1]


def test_one_good_probe_makes_an_unknown_address_healthy() -> None:
    assert ends("+") is Vote.HEALTHY


def test_an_unknown_address_falls_at_the_threshold() -> None:
    assert [t.vote for t in told("---")] == [Vote.UNKNOWN, Vote.UNKNOWN, Vote.UNHEALTHY]


def test_a_healthy_address_falls_at_the_threshold() -> None:
    assert [t.vote for t in told("+---")] == [Vote.HEALTHY] * 3 + [Vote.UNHEALTHY]


def test_every_second_probe_failing_falls() -> None:
    assert ends("+-+-+-") is Vote.UNHEALTHY


def test_two_good_of_three_fall_too_when_forgiving_takes_three() -> None:
    assert ends("+++-++-++-") is Vote.UNHEALTHY


def test_three_blips_of_two_failures_never_fall_when_forgiven_in_between() -> None:
    assert all(t.vote is Vote.HEALTHY for t in told("+" + "--+++" * 3))


def test_failures_are_not_forgiven_by_a_shorter_run() -> None:
    assert ended("+--++").failures == 2
    assert ended("+--+++").failures == 0


def test_a_fallen_address_needs_the_whole_recovery_in_a_row() -> None:
    assert ends("---+++++") is Vote.UNHEALTHY
    assert ends("---++++++") is Vote.HEALTHY
    assert ends("---+++++-+++++") is Vote.UNHEALTHY


def test_a_recovered_address_starts_with_a_clean_sheet() -> None:
    assert ended("---++++++").failures == 0
    assert ends("---++++++--") is Vote.HEALTHY


def test_a_recovery_shorter_than_forgiving_still_cleans_the_sheet() -> None:
    after = ended("---++++", clear_threshold=9, recovery_threshold=4)
    assert (after.vote, after.failures, after.fallen) == (Vote.HEALTHY, 0, False)


def test_thresholds_of_one_turn_at_every_probe() -> None:
    ones = {"failure_threshold": 1, "clear_threshold": 1, "recovery_threshold": 1}
    assert [t.vote for t in told("+-+-", **ones)] == [
        Vote.HEALTHY,
        Vote.UNHEALTHY,
        Vote.HEALTHY,
        Vote.UNHEALTHY,
    ]


def test_every_story_of_ten_probes_agrees_with_the_rules_told_in_plain_words() -> None:
    for story in itertools.product("+-", repeat=10):
        tallies = told("".join(story))
        vote, failures, run = Vote.UNKNOWN, 0, 0
        for letter, found in zip(story, tallies, strict=True):
            run = run + 1 if letter == "+" else 0
            failures += letter == "-"
            if letter == "-":
                vote = Vote.UNHEALTHY if failures >= 3 else vote
            elif vote is Vote.UNHEALTHY:
                vote, failures = (Vote.HEALTHY, 0) if run >= 6 else (vote, failures)
            else:
                vote, failures = Vote.HEALTHY, 0 if run >= 3 else failures
            assert found.vote is vote, story


def after_a_gap(story: str, gap: float, then: str) -> Vote:
    before = ended(story)
    return told(then, before, start=NOW + gap)[-1].vote


def test_failures_from_before_a_gap_do_not_count() -> None:
    assert after_a_gap("+--", LIFE + 1, "-") is Vote.UNKNOWN
    assert after_a_gap("+--", LIFE, "-") is Vote.UNHEALTHY


def test_after_a_gap_a_failure_leaves_unknown_what_was_healthy() -> None:
    assert after_a_gap("+++", LIFE + 1, "-") is Vote.UNKNOWN
    assert after_a_gap("+++", LIFE + 1, "---") is Vote.UNHEALTHY
    assert after_a_gap("+++", LIFE + 1, "+") is Vote.HEALTHY


def test_after_a_gap_what_was_unhealthy_still_has_to_earn_its_recovery() -> None:
    assert after_a_gap("---", LIFE + 1, "+++++") is Vote.UNKNOWN
    assert after_a_gap("---", LIFE + 1, "++++++") is Vote.HEALTHY


def test_a_gap_in_the_middle_of_a_recovery_starts_the_recovery_anew() -> None:
    assert after_a_gap("---+++++", LIFE + 1, "+") is Vote.UNKNOWN


def test_two_gaps_do_not_make_it_forget() -> None:
    first = told("+", ended("---"), start=NOW + LIFE + 1)[-1]
    second = told("+", first, start=NOW + 2 * LIFE + 2)[-1]
    assert second.vote is Vote.UNKNOWN
    assert second.fallen


def test_after_a_gap_an_unhealthy_address_falls_again_at_the_threshold() -> None:
    assert after_a_gap("---", LIFE + 1, "--") is Vote.UNKNOWN
    assert after_a_gap("---", LIFE + 1, "---") is Vote.UNHEALTHY


def test_a_clock_that_was_set_back_is_not_a_gap() -> None:
    assert after_a_gap("+--", -500.0, "-") is Vote.UNHEALTHY


def test_a_lower_threshold_takes_effect_at_the_next_failure_and_not_before() -> None:
    """Six failures under a threshold of ten; then it is lowered to three."""
    before = ended("+" + "-" * 6, failure_threshold=10)
    assert ends("+", before) is Vote.HEALTHY
    assert ends("-", before) is Vote.UNHEALTHY


def test_a_higher_threshold_does_not_raise_the_fallen() -> None:
    before = ended("---")
    assert ends("-", before, failure_threshold=10, recovery_threshold=10) is Vote.UNHEALTHY


def test_a_lower_recovery_takes_effect_at_the_next_good_probe() -> None:
    before = ended("---++++", recovery_threshold=6)
    assert ends("+", before, recovery_threshold=3) is Vote.HEALTHY


def test_a_higher_recovery_is_still_reached() -> None:
    """The capped run of good probes goes on under a higher threshold."""
    before = ended("---+++++", recovery_threshold=6)
    assert ends("+", before, recovery_threshold=8) is Vote.UNHEALTHY
    assert ends("+++", before, recovery_threshold=8) is Vote.HEALTHY


def test_counters_stop_so_that_a_steady_state_says_nothing_new() -> None:
    for letter in "+-":
        one, two = told(letter * 40)[-2:]
        assert replace(one, at=two.at) == two


def test_it_remembers_when_the_trouble_began_and_why() -> None:
    tallies = told("+-+--")
    assert tallies[-1].failing_since == NOW + EVERY
    assert tallies[-1].since == NOW + 4 * EVERY
    assert tallies[-1].reason is Reason.REFUSED


def test_forgiven_failures_take_their_beginning_with_them() -> None:
    assert ended("+--+++").failing_since is None
    assert ended("+--+++-").failing_since == NOW


def test_the_reason_is_that_of_the_last_failure() -> None:
    late = Probe(Reason.DEADLINE, "no answer in 4 s", 4.0)
    after = count(ended("+-"), late, NOW + EVERY, LIFE, HEALTH)
    assert (after.reason, after.detail) == (Reason.DEADLINE, "no answer in 4 s")


@pytest.mark.parametrize(
    ("story", "suspected"),
    [("+", False), ("+-", True), ("+--", True), ("+---", False), ("-", True), ("+--+++", False)],
)
def test_suspicion_lasts_from_a_failure_to_a_verdict_or_to_forgiveness(
    story: str, suspected: bool
) -> None:
    assert ended(story).suspected() is suspected
