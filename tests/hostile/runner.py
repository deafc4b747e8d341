"""Runs cases of hostile input: each is made from a seed, its target and its number alone.

A case fails by raising; the failure names the command that repeats it.
"""

import resource
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random

SEED = 20261124
"""The seed of the tests; `make fuzz SEED=…` takes another."""

MOST_MEGABYTES = 96
"""By which the process may grow in one case. A function has 256 at the least, and uses 100."""

Case = Callable[[Random], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes input from strangers.

    `open` sets up what its cases need, once, and gives the function that runs one of them. `share`
    is how many of the 5,000 cases of `make test-all` are for it.
    """

    name: str
    share: int
    open: Callable[[], AbstractContextManager[Case]]


def run(target: Target, numbers: Iterable[int], seed: int = SEED) -> list[str]:
    """Run these cases. What failed, and how to repeat it, a text each."""
    failed: list[str] = []
    with target.open() as case:
        for number in numbers:
            before = _megabytes()
            try:
                case(Random(f"{seed}/{target.name}/{number}"))
                grown = _megabytes() - before
                assert grown <= MOST_MEGABYTES, f"the process grew by {grown} MB"
            except Exception:
                replay = f"python -m tests.hostile --seed {seed} {target.name} {number}"
                failed.append(f"{traceback.format_exc()}to repeat it: {replay}")
    return failed


def _megabytes() -> int:
    """The most memory that this process ever had: where it is below that, nothing shows."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024 if sys.platform == "darwin" else 1024)
