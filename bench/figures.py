"""What the benchmarks compute from what they have measured: pure functions, no clock, no I/O."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

LATE = 0.5
"""Seconds after which a round that was due counts as late."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and most of some measurements."""

    count: int
    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.least:.1f}-{self.most:.1f})"


def spread(values: Iterable[float]) -> Spread | None:
    """The spread of the values; None when there are none."""
    found = sorted(values)
    if not found:
        return None
    return Spread(len(found), statistics.median(found), found[0], found[-1])


def ratio(ours: Spread | None, theirs: Spread | None) -> float | None:
    """The ratio of two medians, where both are there."""
    return ours.median / theirs.median if ours and theirs else None


def evenly(kills: int, waves: int, interval: float) -> list[list[float]]:
    """When to kill, wave by wave, in seconds after the wave's beginning.

    Every wave has as many; within a wave they are evenly spread over the interval, and all waves
    together are, too. Raises ValueError when the kills cannot be shared out.
    """
    each, left = divmod(kills, waves)
    if left:
        raise ValueError(f"{kills} kills cannot be shared out to {waves} waves")
    step = interval / each
    return [[step * (kill + wave / waves) for kill in range(each)] for wave in range(waves)]


def rounds(probes: Iterable[tuple[str, float]], apart: float = 1.0) -> dict[str, list[float]]:
    """When the rounds of each service began, from its probes: those closer together than `apart`
    seconds are one round."""
    found: dict[str, list[float]] = {}
    for service, at in sorted(probes, key=lambda probe: probe[1]):
        begun = found.setdefault(service, [])
        if not begun or at - begun[-1] >= apart:
            begun.append(at)
    return found


def lateness(begun: Mapping[str, Sequence[float]], period: float) -> list[float]:
    """How many seconds each round began after it was due, which is a period after the last one."""
    return [
        later - earlier - period
        for times in begun.values()
        for earlier, later in pairwise(sorted(times))
    ]


def busiest_minute(times: Iterable[float]) -> int:
    """The most that happened within any 60 seconds."""
    happened = sorted(times)
    first, most = 0, 0
    for last, at in enumerate(happened):
        while at - happened[first] >= 60.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """The size of an item in DynamoDB's typed form, by the rules of the DynamoDB Developer Guide,
    "Item sizes and formats": names and texts as UTF-8, a number about a byte for two digits and
    one more, lists and maps three bytes and one for each element."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(typed: Mapping[str, Any]) -> int:
    kind, value = next(iter(typed.items()))
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return (len(value.lstrip("-").replace(".", "")) + 1) // 2 + 1
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value_bytes(element) for element in value)
        case "M":
            return 3 + len(value) + item_bytes(value)
    raise ValueError(f"a value of type {kind} is not in the control table")


def write_units(size: int) -> int:
    """Write units of one item: one for each KB begun."""
    return max(1, -(-size // 1024))


def read_units(size: int) -> int:
    """Read units of one strongly consistent read: one for each 4 KB begun, one at the least."""
    return max(1, -(-size // 4096))
