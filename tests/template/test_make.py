"""`make`: what it tells, and what it installs for whom."""

import re
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement

from tests.support.waiting import LIMIT
from tests.template.stack import ROOT
from tests.template.test_shipping import LAYER, names

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))
ALL, DEMO = (ROOT / name for name in ("requirements.txt", "requirements-demo.txt"))


def told(*arguments: str) -> str:
    done = subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=True
    )
    return done.stdout


def lines(path):
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def test_make_alone_is_its_help():
    assert told() == told("help")


def test_the_help_has_every_target_and_fits_a_terminal():
    help_text = told("help")

    assert set(re.findall(r"^  make ([a-z-]+) +\S", help_text, re.MULTILINE)) == TARGETS
    assert max(map(len, help_text.splitlines())) <= 80


def test_no_target_is_taken_for_a_file():
    [phony] = re.findall(r"^\.PHONY:((?:.*\\\n)*.*)", MAKEFILE, re.MULTILINE)

    assert set(phony.replace("\\", " ").split()) == TARGETS


@pytest.mark.parametrize("target", ["demo", "local", "check-config", "prepare-data", "smoke"])
def test_who_only_tries_or_operates_it_installs_no_development_tools(target):
    assert re.search(rf"^{target}: \$\(DEMO\) ", MAKEFILE, re.MULTILINE)


def test_what_the_demo_needs_has_the_versions_that_are_tested():
    assert lines(DEMO)
    assert set(lines(DEMO)) < set(lines(ALL))


def test_the_list_for_the_demo_is_complete_and_has_nothing_else():
    """Every package that is asked for, and in turn what these require."""
    waiting = {Requirement(name) for path in (DEMO.with_suffix(".in"), LAYER / "requirements.in")
               for name in names(path) if not name.startswith("-r")}  # fmt: skip
    found = set()
    while waiting:
        needed = waiting.pop()
        name = re.sub(r"[-_.]+", "-", needed.name).lower()
        if name in found or (needed.marker and not needed.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting |= {Requirement(text) for text in metadata.requires(name) or ()}

    here = [Requirement(line) for line in lines(DEMO)]
    assert found == {each.name for each in here if not each.marker or each.marker.evaluate()}


ONLY_THE_DEMOS = """
import importlib, sys
from importlib import metadata

here = set(sys.argv[1].split(","))
owners = metadata.packages_distributions()


class Guard:
    def find_spec(self, name, path=None, target=None):
        mine = {each.lower().replace("_", "-") for each in owners.get(name, ())}
        if mine and not mine & here:
            raise ModuleNotFoundError(f"{name} is not installed for the demo", name=name)


sys.meta_path.insert(0, Guard())
for module in sys.argv[2:]:
    importlib.import_module(module)
"""


def test_nothing_else_is_imported_by_what_runs_on_it():
    modules = (
        "local.demo", "local.play", "local.aws_moto", "local.ruby_region", "monitor.handler",
        "control.handler", "cli.smoke", "cli.check_config", "cli.prepare_data",
        "moto.dynamodb", "moto.dynamodbstreams", "moto.sns", "moto.ssm",
    )  # fmt: skip
    pinned = ",".join(Requirement(line).name for line in lines(DEMO))
    done = subprocess.run(
        [sys.executable, "-c", ONLY_THE_DEMOS, pinned, *modules],
        cwd=ROOT, env={"PYTHONPATH": f"functions:{ROOT}"}, capture_output=True, text=True,
        timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
