"""Which shard watches a service."""

from collections import Counter

from failover.settings.shards import MOST, assign, shards_for

NAMES = tuple(f"svc-{number}" for number in range(2 * MOST))


def test_up_to_a_hundred_services_need_one_shard() -> None:
    assert [shards_for(count) for count in (1, MOST, MOST + 1, 2000)] == [1, 1, 2, 25]


def test_a_shard_that_is_full_gives_up_what_fits_it_least() -> None:
    where = assign(NAMES, 2)
    assert where.keys() == set(NAMES)
    assert Counter(where.values()) == {0: MOST, 1: MOST}


def test_the_order_of_the_names_has_no_say() -> None:
    assert assign(reversed(NAMES), 3) == assign(NAMES, 3)
