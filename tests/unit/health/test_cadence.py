"""When the next round is due, and how often the records are read."""

from dataclasses import replace

import pytest

from failover.health.cadence import (
    LARGEST_LISTING,
    LISTS_A_MINUTE,
    LISTS_AT_ONCE,
    LONGEST_UNREAD,
    MOST_LISTS_A_MINUTE,
    READS_A_MINUTE,
    ZONE_FILES_A_MINUTE,
    allowance,
    period,
    reading_age,
    rereading_age,
    zone_file_age,
)
from failover.health.tally import Tally, Vote
from tests.support.builders import SHOP, settings_of, shop, tally

HEALTHY = tally(Vote.HEALTHY)
DOWN = tally(Vote.UNHEALTHY, failures=3, fallen=True)
DOUBTED = tally(Vote.HEALTHY, failures=1)
UNSEEN = tally(Vote.UNKNOWN)
DOUBTED_UNSEEN = tally(Vote.UNKNOWN, failures=2)


@pytest.mark.parametrize(
    ("tallies", "seconds"),
    [
        ([HEALTHY, HEALTHY], 10.0),
        ([HEALTHY, DOWN], 10.0),  # what is known to be down hurries nobody
        ([HEALTHY, UNSEEN], 10.0),
        ([HEALTHY, DOUBTED], 5.0),  # under suspicion
        ([HEALTHY, DOUBTED_UNSEEN], 5.0),
        ([DOWN, DOWN], 5.0),  # none is healthy
        ([UNSEEN, DOWN], 5.0),
        ([], 5.0),
    ],
)
def test_rounds_come_quicker_under_suspicion_or_when_none_is_healthy(
    tallies: list[Tally], seconds: float
) -> None:
    assert period(SHOP, tallies) == seconds


@pytest.mark.parametrize("domains", [1, 3, 100])
@pytest.mark.parametrize("vantages", [1, 3])
@pytest.mark.parametrize("pages", [1, 4])
def test_all_vantages_together_keep_to_the_budget_of_list_reads(
    domains: int, vantages: int, pages: int
) -> None:
    services = tuple(shop(name=f"s{i}", domain=f"d{i}.test") for i in range(domains))
    settings = settings_of(services=services, vantages=("v",) * vantages)
    age = reading_age(settings, pages)
    spent = domains * vantages * pages * 60.0 / age
    assert spent <= LISTS_A_MINUTE + 1e-9 or age == LONGEST_UNREAD


def test_services_of_one_domain_are_read_together() -> None:
    many = settings_of(services=tuple(shop(name=f"s{i}") for i in range(100)))
    assert reading_age(many, 1) == reading_age(settings_of(), 1)


def test_few_services_are_read_in_every_round() -> None:
    assert reading_age(settings_of(vantages=("v1", "v2", "v3")), 1) < SHOP.health.confirm_interval


def test_the_records_are_never_unread_for_longer_than_ten_minutes() -> None:
    services = tuple(shop(name=f"s{i}", domain=f"d{i}.test") for i in range(5000))
    assert reading_age(settings_of(services=services), 9) == LONGEST_UNREAD == 600.0


@pytest.mark.parametrize("vantages", [1, 2, 3, 4])
def test_vantages_share_the_list_requests_and_each_may_list_the_largest_domain(
    vantages: int,
) -> None:
    at_once, a_minute = allowance(settings_of(vantages=("v",) * vantages))
    assert vantages * a_minute <= MOST_LISTS_A_MINUTE
    assert at_once >= LARGEST_LISTING
    assert vantages * at_once <= max(LISTS_AT_ONCE, vantages * LARGEST_LISTING)


def test_a_zone_file_serves_for_five_seconds() -> None:
    assert zone_file_age(settings_of()) == 5.0


def test_the_zone_files_of_many_domains_stay_within_their_budget() -> None:
    services = tuple(replace(SHOP, name=f"s{n}", domain=f"d{n}.test") for n in range(100))
    settings = settings_of(services=services, vantages=("v1", "v2", "v3"))
    assert 60 / zone_file_age(settings) * 300 == pytest.approx(ZONE_FILES_A_MINUTE)


class TestShards:
    """Each shard of each vantage has its part of the budgets."""

    def test_one_shard_spends_what_a_vantage_did(self) -> None:
        settings = settings_of(vantages=("v1", "v2"))
        assert allowance(settings) == (30, 60)
        assert reading_age(settings, 1) == 60 * 2 / LISTS_A_MINUTE

    @pytest.mark.parametrize("shards", [2, 5, 25])
    @pytest.mark.parametrize("vantages", [1, 3])
    def test_all_together_keep_to_the_lists_a_minute(self, shards: int, vantages: int) -> None:
        settings = settings_of(vantages=("v",) * vantages, shards=shards)
        assert allowance(settings)[1] * shards * vantages <= MOST_LISTS_A_MINUTE
        spent = shards * vantages * 60.0 / reading_age(settings, 1)
        assert spent == pytest.approx(LISTS_A_MINUTE)

    def test_one_of_very_many_may_still_list(self) -> None:
        at_once, a_minute = allowance(settings_of(vantages=("v",) * 3, shards=60))
        assert a_minute == 1
        assert at_once == LARGEST_LISTING

    def test_their_reads_by_id_and_zone_files_share_the_budgets(self) -> None:
        services = tuple(replace(SHOP, name=f"s{n}", domain=f"d{n}.test") for n in range(100))
        alone = settings_of(services=services)
        shared = settings_of(services=services[:25], shards=4)
        assert rereading_age(shared, 2) == rereading_age(alone, 2)
        assert zone_file_age(shared) == zone_file_age(alone)


def test_reads_by_id_are_spread_over_their_share_of_each_minute() -> None:
    one = settings_of(vantages=("v1",))
    assert rereading_age(one, 200) == 60.0 * 200 / READS_A_MINUTE == 30.0
    assert rereading_age(one, 100_000) == LONGEST_UNREAD
