"""A release: one version, a changelog in its format, and a workflow that attaches the artefact."""

import importlib.machinery
import importlib.util
import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.template.stack import ROOT

SCRIPT = ROOT / ".ci" / "release"
TEXT = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
CI = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def loaded() -> Any:
    loader = importlib.machinery.SourceFileLoader("release", str(SCRIPT))
    spec = importlib.util.spec_from_loader("release", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


RELEASE = loaded()


# The version


def test_only_pyproject_says_the_version() -> None:
    listed = subprocess.run(
        ["git", "grep", "-lF", RELEASE.version(), "--", ":!requirements*", ":!layers/dependencies"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout of git")
    assert set(listed) - {"CHANGELOG.md"} == {"pyproject.toml"}


def test_another_tag_than_that_of_the_version_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"the tag must be v1\.2\.3"):
        RELEASE.checked("v1.2.4", "1.2.3")
    RELEASE.checked("v1.2.3", "1.2.3")


# The changelog


def test_the_changelog_has_the_format_that_it_states() -> None:
    headings = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)

    assert "keepachangelog.com/en/1.1.0" in CHANGELOG
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each) for each in headings[1:])
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= KINDS


def test_the_notes_are_the_section_of_the_version() -> None:
    changelog = (
        "# Changes\n\n## [Unreleased]\n\n## [1.1.0] - 2026-01-02\n\n### Added\n\n- This.\n\n"
        "## [1.0.0] - 2026-01-01\n\n- That.\n"
    )

    assert RELEASE.notes(changelog, "1.1.0") == "### Added\n\n- This.\n"
    assert RELEASE.notes(changelog, "1.0.0") == "- That.\n"


@pytest.mark.parametrize("section", ["", "## [1.0.0]\n\n- No date.\n", "## [1.0.0] - 2026-01-01\n"])
def test_a_release_without_its_section_is_refused(section: str) -> None:
    with pytest.raises(SystemExit, match=r"no section '## \[1\.0\.0\]"):
        RELEASE.notes(f"# Changes\n\n## [Unreleased]\n\n{section}", "1.0.0")


# The workflow


def test_a_tag_alone_starts_it() -> None:
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}  # `on` is a boolean in YAML 1.1


def test_nothing_is_released_that_has_not_passed_the_gate() -> None:
    jobs = WORKFLOW["jobs"]

    assert [step["run"] for step in jobs["gate"]["steps"] if "run" in step] == [".ci/run"]
    assert jobs["release"]["needs"] == "gate"


def test_only_the_job_that_makes_the_release_may_write() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in WORKFLOW["jobs"]["gate"]
    assert WORKFLOW["jobs"]["release"]["permissions"] == {"contents": "write"}
    assert "secrets." not in TEXT


def test_its_actions_are_the_pinned_ones_of_the_gate() -> None:
    used = set(re.findall(r"uses: .*", TEXT))

    assert used
    assert used <= set(re.findall(r"uses: .*", CI))
    assert TEXT.count("persist-credentials: false") == TEXT.count("actions/checkout@")


def test_what_it_runs_is_there_and_what_it_attaches_is_made() -> None:
    assert SCRIPT.stat().st_mode & 0o100
    [packed, attached] = [s["run"] for s in WORKFLOW["jobs"]["release"]["steps"] if "run" in s]
    assert packed == '.ci/release "$GITHUB_REF_NAME"'
    for file in re.findall(r"dist/(\S+)", attached):
        assert file.removeprefix("*") in SCRIPT.read_text()
