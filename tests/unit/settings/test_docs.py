"""docs/settings.md says what the code does."""

import re
from pathlib import Path

import pytest

from failover.settings import settings_file
from failover.settings.environment import Environment
from failover.settings.recovery import Recovery
from failover.settings.tables import File
from failover.settings.validation import below, family, heading, keys
from tests.support.settings_file import filled_in, toml_value

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
SECTIONS = {f"`{heading(table)}`": table for table in family(File)}
SECTIONS["The whole file"] = SECTIONS.pop(f"`{heading(File)}`")


def rows(section: str) -> dict[str, str]:
    """The table rows of one section, by the key in their first column."""
    body = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return {row[1]: row[0] for row in re.finditer(r"^\| `([^`]+)` \|.*\|$", body, re.MULTILINE)}


@pytest.mark.parametrize(("section", "table"), SECTIONS.items(), ids=SECTIONS)
def test_every_key_is_documented_and_no_other(section, table):
    """A key that is a table of its own has a section of its own."""
    assert set(rows(section)) == {key for key, field in keys(table).items() if not below(field)}


@pytest.mark.parametrize(("section", "table"), SECTIONS.items(), ids=SECTIONS)
def test_what_is_allowed_is_said_in_the_words_of_the_refusal(section, table):
    for key, row in rows(section).items():
        assert f"| {keys(table)[key].description} |" in row


@pytest.mark.parametrize(("section", "table"), SECTIONS.items(), ids=SECTIONS)
def test_the_defaults_are_those_of_the_code(section, table):
    for key, row in rows(section).items():
        field = keys(table)[key]
        if field.is_required():
            assert "| required |" in row
        elif field.default is not None:
            assert f"| `{toml_value(field.default)}` |" in row


def test_every_variable_of_the_environment_is_documented():
    documented = rows("The environment of the functions")

    assert set(documented) == set(keys(Environment))
    for name, variable in keys(Environment).items():
        assert f"| {variable.description} |" in documented[name]


def test_the_worked_example_is_good_once_its_example_values_are_replaced():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    settings = settings_file.parse(filled_in(example))
    promise = Recovery.of(settings.services[0], settings)

    assert f"10 + 5 + 2 x 5 + 2 x 3 + 10 + 60 + 120 + 5 = {promise.total:.0f} s" in PAGE
