"""The page of guarantees: what it says holds each of them is there, and every number is held."""

import re
from pathlib import Path

import pytest

from tests.simulation.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]


def test_there_are_eleven() -> None:
    assert [section.split(".")[0] for section in SECTIONS] == [str(n) for n in range(1, 12)]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.splitlines()[0])
def test_each_says_what_it_does_not_cover_and_what_holds_it(section: str) -> None:
    assert "Not covered" in section
    tests = re.findall(r"`(tests/[\w/]+\.py)`", section)
    assert tests
    for name in tests:
        assert "def test_" in (ROOT / name).read_text(encoding="utf-8"), name


def test_each_is_broken_by_a_mutant() -> None:
    """A promise that no change of the code breaks is not judged."""
    assert {mutant.breaks for mutant in MUTANTS} >= set(range(1, 12))
