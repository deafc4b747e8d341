"""Is every mutant caught? For each, runs until a guarantee is broken.

python -m tests.simulation.hunt [--runs 60] [--only PART_OF_A_NAME]
"""

import argparse
import multiprocessing
import sys
from dataclasses import dataclass
from functools import partial

from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.provider_stories import EVERY_LIFE
from tests.simulation.scenes import played
from tests.simulation.script import Run


@dataclass(frozen=True)
class Catch:
    """The run in which a mutant was caught, and what gave it away; `seed` is None if it was not."""

    name: str
    breaks: int
    seed: int | None
    what: str = ""


def hunt(index: int, runs: int, first: int = 0) -> Catch:
    """The first run from a seed on in which the guarantee is broken that the mutant breaks.

    A mutant that crashes proves nothing of the judge: it raises AssertionError.
    """
    mutant = MUTANTS[index]
    with mutant.applied():
        for seed in range(first, first + runs):
            observer = _run(mutant, seed).judged()
            if observer.crashes:
                raise AssertionError(f"{mutant.name}, run {seed}: {observer.crashes[0]}")
            broken = [v for v in observer.violations if v.guarantee == mutant.breaks]
            if broken:
                return Catch(mutant.name, mutant.breaks, seed, str(broken[0]))
    return Catch(mutant.name, mutant.breaks, None)


def _run(mutant: Mutant, seed: int) -> Run:
    """What it is hunted in: one story, or one scene in one of its ways."""
    if mutant.scene in EVERY_LIFE:
        return EVERY_LIFE[mutant.scene].as_run(seed)
    return played(mutant.scene, seed)


def main() -> int:
    """What the command line asks for. 1 when one gets away."""
    asked = argparse.ArgumentParser(prog="make mutants")
    asked.add_argument("--runs", type=int, default=60)
    asked.add_argument("--only", default="")
    options = asked.parse_args()
    indices = [i for i, mutant in enumerate(MUTANTS) if options.only in mutant.name]
    at_large = 0
    with multiprocessing.Pool() as pool:
        for catch in pool.imap(partial(hunt, runs=options.runs), indices):
            if catch.seed is None:
                at_large += 1
                print(f"AT LARGE  {catch.name}", flush=True)
            else:
                print(f"run {catch.seed:>5}  {catch.name}\n           {catch.what}", flush=True)
    print(f"{len(indices) - at_large} of {len(indices)} mutants are caught")
    return int(bool(at_large))


if __name__ == "__main__":
    sys.exit(main())
