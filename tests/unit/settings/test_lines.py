"""Which line of a settings file a problem names."""

import pytest

from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.lines import Lines

TEXT = """\
# a comment with [[service]] in it
revision = 1

vantages = [
    "eu-west-1",  # ]
    "us-east-2",
]
references = ['''
[[service]]
''', "https://a/"]
a.b = { c = [1, { d = 2 }] }

[[service]]
name = "shop"
[service.health]
"odd key" = 1
  [[service.region]]
  name = "one"
  [[service.region]]
  name = "two"

[[service]]
  [[service.region]]
  ipv4 = "10.0.0.1"
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("revision",), 2),
        (("vantages",), 4),
        (("references",), 8),
        (("a", "b", "c", 1, "d"), 11),
        (("service", 0), 13),
        (("service", 0, "name"), 14),
        (("service", 0, "health", "odd key"), 16),
        (("service", 0, "region", 1), 19),
        (("service", 0, "region", 1, "name"), 20),
        (("service", 1), 22),
        (("service", 1, "region", 0, "ipv4"), 24),
    ],
    ids=str,
)
def test_a_value_is_on_the_line_on_which_its_statement_begins(location, line):
    assert Lines(TEXT).of(location) == line


def test_what_is_missing_is_looked_for_in_the_table_around_it():
    assert Lines(TEXT).of(("service", 1, "region", 0, "name")) == 23
    assert Lines(TEXT).of(("service", 0, "region", 2)) == 13


def test_what_is_missing_at_the_top_has_no_line():
    assert Lines(TEXT).of(("publish_allowance",)) is None
    assert Lines(TEXT).before(("publish_allowance",)) == ""


def test_lines_end_as_in_windows_too():
    assert Lines(TEXT.replace("\n", "\r\n")).of(("service", 1, "region", 0, "ipv4")) == 24


def test_other_characters_that_break_lines_elsewhere_do_not_count():
    assert Lines('a = "\u2028"\nb = 1\n').of(("b",)) == 2


def test_a_statement_of_many_lines_ends_the_search_and_not_the_answer():
    text = "a = 1\nb = [\n" + "1,\n" * 5000 + "]\nc = 1\n"

    assert Lines(text).of(("a",)) == 1
    assert Lines(text).of(("c",)) is None


def test_a_short_list_far_below_in_a_long_file_ends_no_search():
    text = "".join(f"a{number} = 1\n" for number in range(600)) + "b = [\n1,\n]\nc = 1\n"

    assert Lines(text).of(("b", 0)) == 601
    assert Lines(text).of(("c",)) == 604


def test_a_problem_begins_with_its_line():
    with pytest.raises(SettingsRefused) as refused:
        settings_file.parse(
            'revision = 1\nvantages = ["eu-west-1"]\n\n[[service]]\nname = "Shop"\n'
        )

    first, mode, *_ = refused.value.problems
    assert first.startswith('line 5: service "Shop".name: found "Shop"; ')
    assert mode.startswith('line 4: service "Shop".domain: missing; ')
