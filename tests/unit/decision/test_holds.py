"""The table of holds: complete, worded, documented, and what each column says is so."""

import sys
from pathlib import Path

import pytest

from failover.decision.guard import Ground, Hold
from failover.decision.holds import HOLDS, Binds, Force, Row
from failover.decision.words import grounds, holds

PAGE = Path(__file__).parents[3] / "docs" / "holds.md"
WHO = {
    Binds.AUTOMATION: "automation",
    Binds.PEOPLE: "people",
    Binds.BOTH: "both",
}


def table() -> str:
    """The table of the page, as the code has it."""
    columns = ("hold", "when", "binds", "what ends or passes it", "`force` passes it")
    head = f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n"
    return head + "".join(line(hold, row) for hold, row in HOLDS.items())


def line(hold: Hold, row: Row) -> str:
    forces = "-" if row.binds is Binds.AUTOMATION else row.force
    return f"| `{hold}` | {means(row)} | {WHO[row.binds]} | {row.ends} | {forces} |\n"


def means(row: Row) -> str:
    found = (row.test.__doc__ or "") if row.test else row.means
    return " ".join(found.split()).removesuffix(".")


def test_the_page_is_that_of_the_code() -> None:
    """Make it anew: PYTHONPATH=functions .venv/bin/python -m tests.unit.decision.test_holds"""
    assert table() in PAGE.read_text(encoding="utf-8")


def test_every_hold_has_one_row_and_says_what_it_means() -> None:
    assert set(HOLDS) == set(Hold)
    assert all(means(row) and row.ends for row in HOLDS.values())


def test_every_hold_with_a_test_and_every_ground_has_its_words() -> None:
    assert set(holds.WORDS) == {hold for hold, row in HOLDS.items() if row.test}
    assert set(grounds.SENTENCES) == set(Ground)


@pytest.mark.parametrize("hold", [h for h, row in HOLDS.items() if row.force is not Force.NO])
def test_force_is_a_matter_of_people(hold: Hold) -> None:
    assert HOLDS[hold].binds is not Binds.AUTOMATION


if __name__ == "__main__":
    sys.stdout.write(table())
