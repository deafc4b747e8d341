"""The pages for people: what they point at is there, and what they say to type exists."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]
)
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.fixture(params=PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def page(request: pytest.FixtureRequest) -> Path:
    """One page."""
    path: Path = request.param
    return path


def commands(page: Path) -> str:
    """Everything on a page that is meant to be typed."""
    text = page.read_text(encoding="utf-8")
    return "\n".join(
        [*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    )


def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_make_targets_exist(page: Path) -> None:
    typed = set(re.findall(r"\bmake ([a-z][a-z-]*)", commands(page)))
    assert typed <= TARGETS


def test_event_files_exist_and_are_events(page: Path) -> None:
    for name in re.findall(r"\bevents/[\w.-]+\.json", commands(page)):
        assert isinstance(json.loads((ROOT / name).read_text(encoding="utf-8")), dict)


def test_functions_and_parameters_are_those_of_the_template(page: Path) -> None:
    text = commands(page)
    for function in re.findall(r"sam remote invoke (\w+)", text):
        assert f"\n  {function}:\n" in TEMPLATE
    for suffix in re.findall(r"--function-name linode-region-failover-(\w+)", text):
        assert f"FunctionName: !Sub ${{AWS::StackName}}-{suffix}" in TEMPLATE
    for parameter in re.findall(r"put-parameter .*?--name (\S+)", text):
        named = (*re.findall(r"Default: (/\S+)", TEMPLATE), "<name>")
        paths = re.findall(r"such as\s+(/\S+)\.", TEMPLATE)
        assert parameter in named or parameter.rpartition("/")[0] in paths


def test_the_readme_is_short_and_installs_with_commands_of_the_deploy_page() -> None:
    """Those of the page are typed by a test of their own."""
    readme = (ROOT / "README.md").read_text()
    deploy = (ROOT / "docs" / "deploy.md").read_text()
    install = re.search(r"^## Install\n+```sh\n(.*?)```", readme, re.DOTALL | re.MULTILINE)
    short = re.search(r"^## In short\n+```sh\n(.*?)```", deploy, re.DOTALL | re.MULTILINE)
    assert install
    assert short
    assert set(install[1].splitlines()) <= set(short[1].splitlines())
    assert len(readme.split()) <= 700


def test_the_modules_that_contributing_names_are_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", page)
    missing = [
        path
        for path in named
        if not any((root / path).exists() for root in (ROOT, ROOT / "functions" / "failover"))
    ]
    assert named
    assert not missing
