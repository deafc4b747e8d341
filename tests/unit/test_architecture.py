"""docs/architecture.md shows the packages as the import contract orders them."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def picture() -> str:
    """The layers of the contract, one line each, from the top."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    named = ([name.removeprefix("failover.") for name in each.split(" | ")] for each in layers)
    rows = ["   ".join(names) for names in named]
    return "\n".join(f"  {row.center(40).rstrip()}" for row in rows)


def test_the_picture_of_the_packages_is_the_import_contract():
    shown = PAGE.split("## The packages")[1].split("```text\n")[1].split("\n```")[0]
    assert shown == picture()


def test_every_package_is_in_the_table_with_the_questions_that_it_answers():
    folders = {path.parent.name for path in (ROOT / "functions" / "failover").glob("*/__init__.py")}
    table = PAGE.split("## The packages")[1].split("|---|---|\n")[1].split("\n\n")[0]
    assert {row.split("`")[1] for row in table.splitlines()} == folders


def test_every_module_that_the_page_names_is_there():
    [table] = re.findall(r"\| question \| look in \|\n(.*?)\n\n", PAGE, re.DOTALL)
    named = re.findall(r"`([a-z_/*]+\.py)`", table)
    assert len(named) > 15
    assert [name for name in named if not list((ROOT / "functions" / "failover").glob(name))] == []
