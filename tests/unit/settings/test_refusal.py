"""How a refused value and its place are shown to a person: short, printable and on one line."""

from datetime import date

import pytest

from failover.settings.refusal import inside, path, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("shop", '"shop"'),
        ("x" * 64, f'"{"x" * 64}"'),
        ("x" * 65, f'"{"x" * 64}..."'),
        ("a\n\x7fé", '"a\\n\\u007f\\u00e9"'),
        ("https://ana:secret@shop.test/", "a URL with a user name or password"),
        ("ana@shop.test", '"ana@shop.test"'),
        ("https://shop.test/", '"https://shop.test/"'),
        (True, "true"),
        (False, "false"),
        (2**64 - 1, "18446744073709551615"),
        (2**64, "a very long number"),
        (1.5, "1.5"),
        ([], "[]"),
        (["a", 1], '["a", 1]'),
        ([1, 2, 3, 4], "[1, 2, 3, 4]"),
        ([1, 2, 3, 4, 5], "[1, 2, 3, 4, ...]"),
        ([1, [2]], "a list"),
        ([{"a": 1}], "a list"),
        ({"a": 1}, "a table"),
        (date(2026, 1, 1), "a date or time"),
    ],
)
def test_a_value_is_shown_as_the_file_would_write_it(value: object, text: str) -> None:
    assert shown(value) == text


FILE = {
    "service": [
        {"name": "shop", "health": {"timeout": 4}},
        {"name": "blog"},
        {"name": "blog"},
        {"name": 7},
        {},
    ],
    "a b": 1,
}


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (("service", 0, "health", "timeout"), 'service "shop".health.timeout'),
        (("service", 1, "mode"), 'service[1] "blog".mode'),
        (("service", 3, "mode"), "service[3].mode"),
        (("service", 4, "mode"), "service[4].mode"),
        (("a b",), '"a b"'),
        (("x" * 64,), "x" * 64),
        (("x" * 65,), f'"{"x" * 64}..."'),
    ],
)
def test_a_place_is_told_by_the_names_that_people_gave(
    location: tuple[int | str, ...], text: str
) -> None:
    assert path(FILE, location) == text


@pytest.mark.parametrize(
    ("location", "value"),
    [
        (("service", 0, "name"), "shop"),
        (("service", 4), {}),
        (("service", 5), None),
        (("service", "name"), None),
        (("nothing",), None),
        (("a b", "c"), None),
    ],
)
def test_what_is_not_written_is_left_to_a_default(
    location: tuple[int | str, ...], value: object
) -> None:
    assert inside(FILE, location) == value
