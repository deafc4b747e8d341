"""Do the unit tests notice a change of the code? A seeded sample of mutations, each in a fork.

python -m tests.mutation [--sample 1000] [--seed 1] [--cores 2] [--only failover.decision.drift]
"""

import argparse
import hashlib
import json
import os
import random
import sys
from pathlib import Path

import pytest

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutations import PACKAGES, Mutation, modules, mutations
from tests.mutation.runner import Fate, Runner

ROOT = Path(__file__).parents[2]
FINISHED = ROOT / ".cache" / "mutation.jsonl"
TESTS = tuple(f"tests/unit/{folder}" for folder in (*PACKAGES, "app"))
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
    every = [m for name in modules() if options.only in name for m in mutations(name)]
    sample = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    finished = Finished(FINISHED, digest("functions"), digest("tests/unit", "tests/support"))
    runner = Runner([m for m in sample if str(m) not in finished.fates], options.cores, finished)
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not long"]
    ended = pytest.main([*arguments, *(str(ROOT / t) for t in TESTS)], plugins=[runner])
    if ended != pytest.ExitCode.OK:
        return int(ended)
    return report(sample, finished.fates, len(every))


def report(sample: list[Mutation], fates: dict[str, Fate], of: int) -> int:
    """Who has survived, and how many have not."""
    survived = [m for m in sample if fates[str(m)] is Fate.SURVIVED and str(m) not in EQUIVALENT]
    equivalent = [m for m in sample if str(m) in EQUIVALENT]
    for mutation in sorted(survived, key=str):
        print(f"SURVIVED  {mutation}")
    unreached = [m for m in sample if fates[str(m)] is Fate.UNREACHED and m not in equivalent]
    counted = len(sample) - len(equivalent) - len(unreached)
    killed = counted - len(survived)
    part = killed / counted if counted else 1.0
    print(
        f"{killed} of {counted} mutations are noticed ({part:.1%}), of {of:,} that there are; "
        f"{len(equivalent)} more change nothing (tests/mutation/equivalent.py), and "
        f"{len(unreached)} are in functions that only run while their modules are imported"
    )
    return int(part < ENOUGH)


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
        self.fates: dict[str, Fate] = {}
        path.parent.mkdir(exist_ok=True)
        for line in path.read_text().splitlines() if path.exists() else ():
            said = json.loads(line)
            fate = Fate(said["fate"])
            if said["code"] == code and (fate is Fate.NOTICED or said["tests"] == tests):
                self.fates[said["mutation"]] = fate

    def keep(self, mutation: Mutation, fate: Fate) -> None:
        """One more is known."""
        self.fates[str(mutation)] = fate
        said = {**self._versions, "mutation": str(mutation), "fate": fate}
        with self._path.open("a") as file:
            file.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    sys.exit(main())
