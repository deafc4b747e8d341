"""When beats are sent, which services have a round in them, and which of two is newer."""

from dataclasses import replace

import pytest

from failover.health.beats import (
    STILL_AFTER,
    Beat,
    Sign,
    Turn,
    arrive,
    due,
    newer,
    plan,
    spacing,
    still,
)
from failover.health.numbers import FAR_AHEAD
from failover.settings.recovery import PACING, SCHEDULE_GAP
from tests.support.builders import NOW, SHOP, settings_of

AT = 1_800_000_000
INTERVALS = [0.2, 1.0, 2.0, 2.5, 5.0, 6.0, 7.0, 10.0, 15.0, 29.0, 30.0, 31.0, 45.0, 50.0, 60.0]


def every(*intervals: float):
    services = tuple(
        replace(SHOP, name=f"s{i}", health=replace(SHOP.health, interval=interval))
        for i, interval in enumerate(intervals)
    )
    return replace(settings_of(), services=services)


def test_ten_seconds_make_eleven_beats() -> None:
    assert plan(every(10.0)) == (10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110)


def test_further_shards_have_theirs_some_seconds_earlier() -> None:
    shards = [plan(replace(every(10.0), shards=25, shard=shard)) for shard in range(25)]
    assert shards[3] == (7, 17, 27, 37, 47, 57, 67, 77, 87, 97, 107, 117)
    firsts = [delays[0] for delays in shards]
    assert max(firsts.count(second) for second in firsts) <= 5
    assert min(firsts) >= 5


@pytest.mark.parametrize("shard", [0, 1, 2, 5, 24])
@pytest.mark.parametrize("interval", INTERVALS)
def test_beats_cover_the_schedule_in_two_requests(interval: float, shard: int) -> None:
    delays = plan(replace(every(interval), shards=25, shard=shard))
    assert len(delays) <= 20
    assert delays[0] <= 30
    assert SCHEDULE_GAP - delays[-1] <= spacing(every(interval))
    assert delays[-1] < SCHEDULE_GAP + 1
    assert list(delays) == sorted(set(delays))


def test_the_smallest_interval_spaces_the_beats() -> None:
    assert spacing(every(30.0, 10.0, 20.0)) == 10.0


@pytest.mark.parametrize("slow", INTERVALS)
@pytest.mark.parametrize("fast", INTERVALS)
def test_no_service_waits_longer_than_its_interval(fast: float, slow: float) -> None:
    """Or than the beats are apart, where a tick stays for the rounds in between."""
    settings = every(fast, slow)
    apart = spacing(settings)
    for service in settings.services:
        places = [0]
        places += [
            n for n in range(1, len(plan(settings)) + 1) if due(service, settings, Beat(AT, n))
        ]
        longest = max(
            (b - a) * apart for a, b in zip(places, [*places[1:], places[-1]], strict=True)
        )
        assert longest <= max(service.health.interval, apart) + 1e-6


def test_a_seed_has_a_round_of_every_service() -> None:
    settings = every(10.0, 60.0)
    assert all(due(service, settings, None) for service in settings.services)


@pytest.mark.parametrize(
    ("seed", "runner", "is_newer"),
    [
        (AT, AT, True),
        (AT, AT + 2, True),
        (AT, AT + 3, False),
        (AT, AT + 4, False),
        (AT + 1, AT + 1, False),
        (AT + 60, AT + 60, False),
        (AT - 60, AT - 50, True),
        (0, 0, True),
        (AT + FAR_AHEAD + 10, AT + FAR_AHEAD + 10, True),
    ],
)
def test_a_beat_takes_over_from_an_older_one_and_from_an_older_seed(
    seed: int, runner: int, is_newer: bool
) -> None:
    assert newer(Beat(AT, 3), seed, runner) is is_newer


@pytest.mark.parametrize(
    ("ago", "seen"),
    [(0.0, True), (10.0, True), (20.0 + PACING, True), (26.0, False), (-3600.0, False)],
)
def test_beats_arrive_when_the_last_one_is_not_much_older_than_two_are_apart(
    ago: float, seen: bool
) -> None:
    assert arrive(Turn(AT, NOW - ago), NOW, every(10.0)) is seen


def test_no_beat_has_arrived_before_the_first_one() -> None:
    assert not arrive(Turn(AT), NOW, every(10.0))


def test_a_shard_without_a_recent_sign_stands_still() -> None:
    settings = replace(settings_of(), shards=4)
    late, lately = AT - STILL_AFTER - 1, AT - STILL_AFTER
    signs = {0: Sign(lately, well=False), 1: Sign(late, well=True), 3: Sign(AT + 5, well=True)}
    assert still({**signs, 7: Sign(AT, well=True)}, settings, AT) == (1, 2)
