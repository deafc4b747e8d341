"""Long runs on all cores, and the replay of one run with its trace.

python -m tests.simulation --rounds 1000000 [--first SEED]
python -m tests.simulation --seed 171 [--kept 0,3]
"""

import argparse
import gc
import multiprocessing
import sys
import time

from tests.simulation.script import Run
from tests.simulation.shrink import shrunk

BATCH = 10
WAVE = 4
"""Runs that one core takes at a time, and how often before the failures are counted."""
MOST_FAILURES = 10
TOLD_EVERY = 100_000
"""Rounds after which a long run says how far it is."""


def main() -> int:
    """What the command line asks for. 1 when a guarantee did not hold."""
    asked = argparse.ArgumentParser(prog="make simulate")
    asked.add_argument("--rounds", type=int, default=100_000)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--seed", type=int)
    asked.add_argument("--kept", default="")
    options = asked.parse_args()
    if options.seed is not None:
        return replay(options.seed, options.kept)
    return search(options.rounds, options.first)


def replay(seed: int, kept: str) -> int:
    """One run, told from its beginning."""
    chosen = None
    if kept:
        chosen = () if kept == "none" else tuple(int(index) for index in kept.split(","))
    universe = Run.of(seed, chosen).run(traced=True)
    print("\n".join(universe.trace or ()))
    violations = universe.observer.violations
    print(*violations or ["every guarantee held"], sep="\n")
    return int(bool(violations))


def search(rounds: int, first: int) -> int:
    """Runs from a first seed on until so many rounds have been judged."""
    cores = multiprocessing.cpu_count()
    began, judged, seed = time.monotonic(), 0, first
    told, failed = 0, list[int]()
    with multiprocessing.Pool(cores, _spare) as pool:
        while judged < rounds and len(failed) < MOST_FAILURES:
            starts = range(seed, seed + WAVE * cores * BATCH, BATCH)
            for batch_rounds, batch_failed in pool.imap_unordered(_batch, starts):
                judged += batch_rounds
                failed += batch_failed
                for broken in batch_failed:
                    print(f"seed {broken} breaks a guarantee", flush=True)
            seed = starts.stop
            if judged >= told + TOLD_EVERY:
                told = judged
                print(f"{judged:,} rounds, up to seed {seed - 1}", flush=True)
    spent = time.monotonic() - began
    print(
        f"{judged:,} rounds in {seed - first:,} runs (seeds {first} to {seed - 1}), "
        f"{judged / spent:,.0f} rounds/s on {cores} cores"
    )
    for broken in sorted(failed):
        run = shrunk(Run.of(broken))
        print(run.command, *run.judged().violations, sep="\n  ")
    print(f"{len(failed)} runs broke a guarantee" if failed else "every guarantee held")
    return int(bool(failed))


def _spare() -> None:
    """Look for garbage seldom: of what a run makes nearly everything lives until it ends."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _batch(first: int) -> tuple[int, list[int]]:
    rounds, failed = 0, []
    for seed in range(first, first + BATCH):
        observer = Run.of(seed).judged()
        rounds += observer.rounds
        if observer.violations:
            failed.append(seed)
    return rounds, failed


if __name__ == "__main__":
    sys.exit(main())
