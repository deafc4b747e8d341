"""Do the unit tests notice a change of the code? A seeded sample of mutations, each in a fork.

python -m tests.mutation [--sample 1000] [--seed 1] [--cores 2] [--only failover.decision.drift]
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutation.anew import ARGUMENTS
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutations import PACKAGES, Mutation, modules, mutations
from tests.mutation.runner import Fate, Runner, tests_of

ROOT = Path(__file__).parents[2]
FINISHED = ROOT / ".cache" / "mutation.jsonl"
TESTS = tuple(map(tests_of, (*PACKAGES, "app")))
"""Those of the packages themselves, and of the use cases that put them together."""

ENOUGH = 0.95


def main() -> int:
    """What the command line asks for. 1 when too many survive."""
    asked = argparse.ArgumentParser(prog="make mutation")
    asked.add_argument("--sample", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--only", default="", help="modules whose name has this in it")
    options = asked.parse_args()
    runner = Runner(options.cores)
    every = [m for name in modules() if options.only in name for m in mutations(name)]
    sample = drawn(every, options.sample, options.seed)
    finished = Finished(FINISHED, digest("functions"), digest("tests/unit", "tests/support"))
    runner.of([m for m in sample if str(m) not in finished.fates], finished)
    ended = pytest.main([*ARGUMENTS, *TESTS], plugins=[runner])
    if ended != pytest.ExitCode.OK:
        return int(ended)
    return report(sample, finished.fates, len(every))


def drawn(every: Sequence[Mutation], size: int, seed: int) -> list[Mutation]:
    """Some of them at random. What is drawn is drawn again after the code around it has changed."""
    return sorted(every, key=lambda m: hashlib.sha256(f"{seed} {m}".encode()).digest())[:size]


def report(sample: list[Mutation], fates: dict[str, Fate], of: int) -> int:
    """Who has survived, and how many have not. 1 when too many have, or the list of those that
    change nothing names one that a test has noticed."""
    equivalent = [m for m in sample if str(m) in EQUIVALENT]
    survived = [m for m in sample if fates[str(m)] is Fate.SURVIVED and m not in equivalent]
    for mutation in sorted(survived, key=str):
        print(f"SURVIVED  {mutation}")
    listed = [m for m in equivalent if fates[str(m)] is Fate.NOTICED]
    for mutation in sorted(listed, key=str):
        print(f"NOTICED, and does not belong in tests/mutation/equivalent.py: {mutation}")
    counted = len(sample) - len(equivalent)
    killed = counted - len(survived)
    part = killed / counted if counted else 1.0
    print(
        f"{killed} of {counted} mutations are noticed ({part:.1%}), of {of:,} that there are; "
        f"{len(equivalent)} more change nothing (tests/mutation/equivalent.py)"
    )
    return int(part < ENOUGH or bool(listed))


def digest(*folders: str) -> str:
    """A digest of the Python files in some folders."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


class Finished:
    """The fates that are known, in a file. What was noticed is taken to be noticed for as long as
    the code is the same. What was not is tried again when a test has changed."""

    def __init__(self, path: Path, code: str, tests: str) -> None:
        self._path = path
        self._versions = {"code": code, "tests": tests}
        self._by: dict[str, str] = {}
        self.fates: dict[str, Fate] = {}
        path.parent.mkdir(exist_ok=True)
        for line in path.read_text().splitlines() if path.exists() else ():
            said = json.loads(line)
            fate = Fate(said["fate"])
            self._by[said["mutation"]] = said["by"]
            if said["code"] == code and (fate is Fate.NOTICED or said["tests"] == tests):
                self.fates[said["mutation"]] = fate

    def noticed_by(self, mutation: Mutation) -> str:
        """The test that noticed it the last time, in whatever version of the code."""
        return self._by.get(str(mutation), "")

    def keep(self, mutation: Mutation, fate: Fate, test: str) -> None:
        """One more is known."""
        self.fates[str(mutation)] = fate
        said = {**self._versions, "mutation": str(mutation), "fate": fate, "by": test}
        with self._path.open("a") as file:
            file.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    sys.exit(main())
