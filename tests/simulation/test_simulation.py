"""The guarantees, on worlds in which everything goes wrong, and which can be repeated."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.script import Run
from tests.simulation.shrink import shrunk

ROOT = Path(__file__).parents[2]
FIRST = 1_000_000
"""Seeds that no long run has chosen: those before are for `make simulate`."""


def rounds_of(seed: int) -> tuple[int, bool]:
    observer = Run.of(seed).judged()
    return observer.rounds, bool(observer.violations)


@pytest.mark.parametrize(
    ("first", "wanted"),
    [(FIRST, 4_000), pytest.param(FIRST + 1_000, 40_000, marks=pytest.mark.long)],
)
def test_every_guarantee_holds_whatever_goes_wrong(first: int, wanted: int) -> None:
    """Slow by nature: chance needs thousands of rounds to find what nobody thought of."""
    judged, seed = 0, first
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        while judged < wanted:
            seeds = range(seed, seed + 6)
            for number, (rounds, broken) in zip(seeds, pool.imap(rounds_of, seeds), strict=True):
                judged += rounds
                if broken:
                    run = shrunk(Run.of(number))
                    told = "\n".join(run.run(traced=True).trace or ())
                    pytest.fail(f"{told}\n\nreplay it: {run.command}")
            seed = seeds.stop


TELL = """
from hashlib import sha256
from tests.simulation.script import Run
for seed in range(1_000_000, 1_000_003):
    print(sha256("\\n".join(Run.of(seed).run(traced=True).trace).encode()).hexdigest())
"""


def test_one_seed_is_one_run_bit_for_bit() -> None:
    """In another process, too, whatever order that one gives to its sets."""
    told = [
        subprocess.run(
            [sys.executable, "-c", TELL],
            env={"PYTHONHASHSEED": order, "PYTHONPATH": "functions"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for order in ("1", "2")
    ]
    assert told[0] == told[1]
    assert len(set(told[0].split())) == 3
