"""Zone files, split by name."""

import pytest

from failover.adapters.dns.zone_file import ZoneFile

HEAD = ("; shop.test [7]", "$TTL 300", "@  IN  SOA  ns1. a. (1 2", "  3 4 5)", "@    NS  ns1.")


def ipv4(*lines: str, record: str = "app.shop.test") -> set[str]:
    return set(ZoneFile((*HEAD, *lines), "shop.test").addresses(record)["A"])


def test_a_name_is_found_relative_absolute_and_in_any_case() -> None:
    found = ipv4("app  30  A  192.0.2.1", "APP.Shop.Test.  A  192.0.2.2", "apple A 192.0.2.3")
    assert found == {"192.0.2.1", "192.0.2.2"}


def test_a_line_without_a_name_belongs_to_the_name_before_it() -> None:
    assert ipv4("app A 192.0.2.1", "    A 192.0.2.2", "www A 192.0.2.3", "  A 192.0.2.4") == {
        "192.0.2.1",
        "192.0.2.2",
    }


def test_the_apex_is_written_as_an_at_sign() -> None:
    assert ipv4("@ A 192.0.2.1", "app A 192.0.2.2", record="shop.test") == {"192.0.2.1"}


def test_an_origin_counts_from_where_it_stands() -> None:
    lines = ("app A 192.0.2.1", "$ORIGIN eu.shop.test.", "app A 192.0.2.2", "@ A 192.0.2.3")
    assert ipv4(*lines) == {"192.0.2.1"}
    assert ipv4(*lines, record="app.eu.shop.test") == {"192.0.2.2"}
    assert ipv4(*lines, record="eu.shop.test") == {"192.0.2.3"}


def test_a_record_over_several_lines_begins_no_other() -> None:
    assert ipv4("long TXT (", "app A 192.0.2.9", ")", "app A 192.0.2.1") == {"192.0.2.1"}


def test_parentheses_in_texts_and_comments_open_nothing() -> None:
    lines = (r'a TXT "(" "\\" (")" )', "b A 192.0.2.8 ; (", r"c\( A 192.0.2.9")
    assert ipv4(*lines, "app A 192.0.2.1") == {"192.0.2.1"}


def test_addresses_are_in_canonical_text() -> None:
    found = ZoneFile((*HEAD, "app AAAA 2001:0DB8::0001"), "shop.test").addresses("app.shop.test")
    assert found == {"A": frozenset(), "AAAA": frozenset({"2001:db8::1"})}


@pytest.mark.parametrize("line", ["$GENERATE 1-65535 h$ A 192.0.2.1", "$INCLUDE other"])
def test_what_makes_other_lines_is_no_part_of_a_rendered_zone(line: str) -> None:
    with pytest.raises(ValueError, match=r"\$"):
        ZoneFile((line,), "shop.test")
