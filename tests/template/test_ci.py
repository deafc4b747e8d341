"""The workflow for those who fork: it runs the gate, with pinned actions and few rights."""

import re
import tomllib
from typing import Any

import pytest
import yaml

from tests.template.stack import ROOT

FOLDER = ROOT / ".github"
TEXT = (FOLDER / "workflows" / "ci.yml").read_text(encoding="utf-8")
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JOBS = WORKFLOW["jobs"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(job: str) -> list[dict[str, Any]]:
    return list(JOBS[job]["steps"])


def runs(job: str) -> list[str]:
    return [step["run"] for step in steps(job) if "run" in step]


def test_the_gate_runs_what_this_checkout_runs() -> None:
    assert runs("gate") == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


def test_the_gate_runs_every_test() -> None:
    assert "\nmake test-all " in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_gate_asks_for_every_branch_of_the_pure_packages() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    [contract] = [
        contract["source_modules"]
        for contract in settings["importlinter"]["contracts"]
        if contract["name"].startswith("What decides is pure")
    ]
    assert settings["coverage"]["run"]["source_pkgs"] == contract
    assert settings["coverage"]["run"]["branch"]
    assert settings["coverage"]["report"]["fail_under"] == 100
    assert "\nmake coverage\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_gate_has_the_python_of_lambda() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    (version,) = {step["with"]["python-version"] for step in steps("gate") if "python" in str(step)}
    assert f"Runtime: python{version}" in template


def test_every_python_that_is_promised_is_tried() -> None:
    """From `requires-python` up to the one of Lambda."""
    pythons = [*JOBS["unit"]["strategy"]["matrix"]["python"], "3.13"]
    least = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert least
    assert pythons[0] == least[1]
    assert pythons == [f"3.{minor}" for minor in range(int(least[1][2:]), 14)]


@pytest.mark.parametrize("job", JOBS)
def test_every_action_is_pinned_by_its_content(job: str) -> None:
    """A tag can be moved to other code, a commit's hash cannot. The tag is said beside it."""
    used = [step["uses"] for step in steps(job) if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
        assert re.search(rf"uses: {re.escape(action)} # v\d+\.\d+\.\d+\n", TEXT)


@pytest.mark.parametrize("job", JOBS)
def test_no_job_may_write_anything_or_run_for_ever(job: str) -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOBS[job]
    assert 0 < JOBS[job]["timeout-minutes"] <= 60
    checkout = next(step for step in steps(job) if "checkout" in step.get("uses", ""))
    assert checkout["with"]["persist-credentials"] is False


def test_pull_requests_of_strangers_get_no_secrets() -> None:
    triggers = WORKFLOW[True]  # `on` is a boolean in YAML 1.1
    assert {"push", "pull_request"} <= triggers.keys()
    assert "pull_request_target" not in triggers
    assert "secrets." not in TEXT


@pytest.mark.parametrize("job", JOBS)
def test_what_it_makes_exists(job: str) -> None:
    for line in runs(job):
        assert set(re.findall(r"\bmake ([a-z-]+)", line)) <= TARGETS


def test_updates_are_proposed_for_everything_that_is_pinned() -> None:
    updates = yaml.safe_load((FOLDER / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    kinds = {update["package-ecosystem"]: update for update in updates}
    assert kinds.keys() == {"pip", "bundler", "github-actions"}
    assert (ROOT / kinds["bundler"]["directory"].strip("/") / "Gemfile").exists()
    for folder in kinds["pip"]["directories"]:
        assert list((ROOT / folder.strip("/")).glob("requirements*.txt"))


def test_the_audit_looks_at_both_locks_with_pinned_tools() -> None:
    lines = (ROOT / "requirements-audit.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9.-]+==\S+", line) for line in pinned)
    assert any(line.startswith("pip-audit==") for line in pinned)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = makefile[makefile.index("\naudit:") :].partition("\n\n")[0]
    assert "in layers/dependencies/requirements.txt requirements.txt;" in asked
    assert "--requirement $$lock" in asked
