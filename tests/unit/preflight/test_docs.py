"""docs/preflight.md lists the checks as the code has them."""

import sys
from pathlib import Path

from failover.preflight.checks import OF_DEPLOYMENT, OF_SERVICE
from failover.preflight.finding import Check, level
from failover.preflight.report import LIFE
from failover.preflight.words import ROWS

PAGE = Path(__file__).parents[3] / "docs" / "preflight.md"


def table(checks) -> str:
    """The table of some checks, as the code has it."""
    columns = ("finding", "level", "what is checked", "why it matters", "what fixes it")
    head = f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n"
    return head + "".join(line(check, look) for check, look in checks.items())


SHOWN = {
    "about": "it",
    "service": "the service",
    "domain": "the domain",
    "asked": "that of the settings",
    "remove": "the finding has the command",
}
"""What stands on the page for the facts of a finding."""


def line(check: Check, look) -> str:
    row = ROWS[check]
    checked = " ".join((look.__doc__ or "").split())
    command = f": `{row.command}`" if row.command else ""
    fix = row.fix.format_map(SHOWN) + command
    return f"| `{check}` | {level(check)} | {checked} | {row.why} | {fix} |\n"


def test_the_page_is_that_of_the_code() -> None:
    """Make it anew: PYTHONPATH=functions .venv/bin/python -m tests.unit.preflight.test_docs"""
    page = PAGE.read_text(encoding="utf-8")
    assert table(OF_DEPLOYMENT) in page
    assert table(OF_SERVICE) in page


def test_its_numbers_are_those_of_the_code() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"{len(Check)} checks" in page
    assert f"older than {LIFE / 3600:.0f} hours" in page


if __name__ == "__main__":
    sys.stdout.write(f"{table(OF_DEPLOYMENT)}\n{table(OF_SERVICE)}")
