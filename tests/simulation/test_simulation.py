"""The guarantees, on worlds in which everything goes wrong, and which can be repeated."""

import multiprocessing

import pytest

from tests.simulation.script import Run
from tests.simulation.shrink import shrunk

ROUNDS = 20_000
FIRST = 1_000_000
"""Seeds that no long run has chosen: those before are for `make simulate`."""


def rounds_of(seed: int) -> tuple[int, bool]:
    observer = Run.of(seed).judged()
    return observer.rounds, bool(observer.violations)


@pytest.mark.timeout(300)
def test_every_guarantee_holds_whatever_goes_wrong() -> None:
    judged, seed = 0, FIRST
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        while judged < ROUNDS:
            seeds = range(seed, seed + 40)
            for number, (rounds, broken) in zip(seeds, pool.imap(rounds_of, seeds), strict=True):
                judged += rounds
                if broken:
                    run = shrunk(Run.of(number))
                    told = "\n".join(run.run(traced=True).trace or ())
                    pytest.fail(f"{told}\n\nreplay it: {run.command}")
            seed = seeds.stop


def test_one_seed_is_one_run() -> None:
    for seed in (FIRST, FIRST + 1):
        first, again = (Run.of(seed).run(traced=True) for _ in range(2))
        assert first.trace == again.trace
        assert len(first.trace or ()) > 50
