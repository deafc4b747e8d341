"""Which shard watches which service: a bound, every service once, and few that move."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from failover.settings.shards import MOST, USUAL, assign, assigned, part, parts, shards_for
from tests.support.builders import settings_of, shop

FEW = 12
"""Services that one more service may move from one shard to another. Seen were two."""

names = st.sets(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), min_size=1, max_size=60)


def many(seed: int) -> list[str]:
    """Names as people choose them: one scheme, and a number."""
    rng = random.Random(seed)
    scheme = rng.choice(["svc-{:04}", "{}.shop", "customer-{}-eu", "a{:x}"])
    return [scheme.format(number) for number in rng.sample(range(100_000), rng.randint(101, 2000))]


seeds = st.integers(0, 2**32)


@given(names, st.integers(1, 30))
def test_every_name_has_one_shard_whatever_their_order(given_: set[str], count: int) -> None:
    found = assign(sorted(given_), count)
    assert found.keys() == given_
    assert set(found.values()) <= set(range(count))
    assert assign(sorted(given_, reverse=True), count) == found


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_no_shard_has_more_than_the_bound_and_none_is_empty(seed: int) -> None:
    chosen = many(seed)
    count = shards_for(len(chosen))
    sizes = [list(assign(chosen, count).values()).count(shard) for shard in range(count)]
    assert max(sizes) <= MOST
    assert min(sizes) > USUAL / 4


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_one_more_service_moves_few(seed: int) -> None:
    chosen = many(seed)
    count = shards_for(len(chosen))
    before, after = assign(chosen, count), assign([*chosen, "one-more"], count)
    assert sum(before[name] != after[name] for name in chosen) <= FEW
    fewer = assign(chosen[1:], count)
    assert sum(before[name] != fewer[name] for name in chosen[1:]) <= FEW


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_one_more_shard_takes_its_part_and_moves_few_others(seed: int) -> None:
    chosen = many(seed)
    count = shards_for(len(chosen))
    before, after = assign(chosen, count), assign(chosen, count + 1)
    moved = [name for name in chosen if before[name] != after[name]]
    elsewhere = [name for name in moved if after[name] != count]
    assert len(moved) <= 1.6 * len(chosen) / (count + 1)
    assert len(elsewhere) <= FEW


@given(st.integers(1, 5000))
def test_there_are_as_many_shards_as_keep_the_bound_with_room(services: int) -> None:
    count = shards_for(services)
    assert (count == 1) == (services <= MOST)
    assert services <= count * MOST
    assert count == 1 or services > (count - 1) * USUAL


def test_the_parts_have_every_service_once_and_the_same_file_otherwise() -> None:
    services = tuple(shop(name=f"s{number}") for number in range(250))
    whole = settings_of(services=services, shards=4)
    each = parts(whole)
    assert sorted(s.name for p in each for s in p.services) == sorted(s.name for s in services)
    assert [p.shard for p in each] == [0, 1, 2, 3]
    assert all(replace(p, services=services, shard=0) == whole for p in each)


def test_one_shard_has_the_settings_as_they_are() -> None:
    services = tuple(shop(name=f"s{number}") for number in range(300))
    whole = settings_of(services=services)
    assert part(whole, 0) is whole
    assert set(assigned(whole).values()) == {0}


def test_services_stay_where_they_are_from_release_to_release() -> None:
    """What decides it must not change: every service would move."""
    found = assign([f"svc-{number}" for number in range(12)], 3)
    assert [found[f"svc-{number}"] for number in range(12)] == [1, 0, 0, 0, 2, 1, 2, 2, 2, 1, 1, 0]
