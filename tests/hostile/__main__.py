"""`make fuzz`, and the command that repeats one case: python -m tests.hostile [TARGET [NUMBER]]."""

import argparse
import sys
import time
from collections.abc import Iterable

from tests.hostile.runner import SEED, Target, run
from tests.hostile.targets import CASES, TARGETS


def main() -> int:
    """Run what the command line asks for; the exit status tells whether all of it held."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("target", nargs="?", choices=[*TARGETS, "all"], default="all")
    parser.add_argument("number", nargs="?", type=int, help="one case; all of them without it")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cases", type=int, default=100_000, help="of all targets together")
    asked = parser.parse_args()
    chosen = TARGETS.values() if asked.target == "all" else (TARGETS[asked.target],)
    failures = 0
    for target in chosen:
        failures += _run(target, _numbers(target, asked), asked.seed)
    return 1 if failures else 0


def _numbers(target: Target, asked: argparse.Namespace) -> Iterable[int]:
    if asked.number is not None:
        return (asked.number,)
    return range(target.share * asked.cases // CASES)


def _run(target: Target, numbers: Iterable[int], seed: int) -> int:
    began = time.monotonic()
    failed = run(target, numbers, seed)
    for text in failed[:10]:
        print(text)
    seconds = time.monotonic() - began
    count = len(list(numbers))
    print(f"{target.name}: {count} cases, {len(failed)} failed, {seconds:.1f} s", flush=True)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
