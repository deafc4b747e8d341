"""Which services one function watches: above a hundred they are divided among shards.

Each service prefers the shards in an order of its own (rendezvous hashing), and each shard keeps
those that fit it best. So a service that is added or removed moves few others, and one more shard
takes from all the others what it needs and nothing else.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b

from failover.settings.model import Settings

MOST = 100
"""Services in a shard: what one function keeps up with beside its world on two processors."""

USUAL = 80
"""Services in a shard on average, where there are several: full ones would pass services on."""


def shards_for(services: int) -> int:
    """How many shards so many services need."""
    return 1 if services <= MOST else -(-services // USUAL)


def part(settings: Settings, shard: int) -> Settings:
    """The settings with the services of one shard only: none, if there is no such shard."""
    if settings.shards == 1 and shard == 0:
        return settings
    where = assigned(settings)
    mine = tuple(service for service in settings.services if where[service.name] == shard)
    return replace(settings, shard=shard, services=mine)


def parts(settings: Settings) -> tuple[Settings, ...]:
    """The settings of each shard."""
    return tuple(part(settings, shard) for shard in range(settings.shards))


def part_of(settings: Settings, service: str) -> Settings:
    """The settings of the shard that watches a service. Raises KeyError for one that none does."""
    return part(settings, assigned(settings)[service])


def assigned(settings: Settings) -> dict[str, int]:
    """The shard of each service."""
    return _assigned(tuple(service.name for service in settings.services), settings.shards)


@lru_cache(maxsize=1)
def _assigned(names: tuple[str, ...], count: int) -> dict[str, int]:
    return assign(names, count)


def assign(names: Iterable[str], count: int) -> dict[str, int]:
    """A shard for each name, whatever the order of the names, and in no shard more than MOST.

    A name asks the shards in its order. One that is full gives up the name that fits it least, and
    that one asks its next shard.
    """
    waiting = list(names)
    most = max(MOST, -(-len(waiting) // count))
    kept: list[list[tuple[bytes, str]]] = [[] for _ in range(count)]
    asked: dict[str, list[tuple[bytes, int]]] = {}
    while waiting:
        name = waiting.pop()
        if name not in asked:
            asked[name] = sorted((_fit(name, shard), shard) for shard in range(count))
        fit, shard = asked[name].pop()
        insort(kept[shard], (fit, name))
        if len(kept[shard]) > most:
            waiting.append(kept[shard].pop(0)[1])
    return {name: shard for shard in range(count) for _, name in kept[shard]}


def _fit(name: str, shard: int) -> bytes:
    return blake2b(f"{shard}/{name}".encode(), digest_size=8).digest()
