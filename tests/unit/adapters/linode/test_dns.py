"""What the Linode API says, as values."""

from typing import Any

import pytest

from failover.adapters.linode.answers import (
    Domain,
    Page,
    Unusable,
    listed_domain,
    one_domain,
    page,
    record,
    records,
)
from failover.zone.records import Record

# An A record as the real API shows one.
REAL = {
    "id": 36666865,
    "type": "A",
    "name": "app",
    "target": "192.0.2.1",
    "priority": 0,
    "weight": 0,
    "port": 0,
    "service": None,
    "protocol": None,
    "ttl_sec": 0,
    "tag": None,
    "created": "2018-01-02T03:04:05",
    "updated": "2018-01-02T03:04:05",
}
MISSING = object()


def real(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (REAL | changes).items() if value is not MISSING}


def listing(*items: Any, number: int = 1, pages: int = 1, results: int | None = None) -> Page:
    return Page(items, number, pages, len(items) if results is None else results)


def test_a_record_of_the_real_api_is_understood() -> None:
    assert record(REAL, "example.com") == Record(36666865, "app", "A", "192.0.2.1", 0)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("", ""),
        ("app", "app"),
        ("a.b", "a.b"),
        ("App", "app"),
        ("app.example.com", "app"),
        ("app.Example.com.", "app"),
        ("example.com", ""),
        ("notexample.com", "notexample.com"),
    ],
)
def test_names_become_relative(name: str, label: str) -> None:
    assert record(real(name=name), "example.com").name == label


def test_a_name_stays_as_it_is_where_the_domain_is_not_known() -> None:
    assert record(real(name="app"), None).name == "app"


def test_addresses_are_canonical_and_other_targets_are_not_touched() -> None:
    long = "2001:0DB8:0000::0001"
    assert record(real(type="AAAA", target=long), "example.com").address == "2001:db8::1"
    assert record(real(type="CNAME", target="Elsewhere.example."), "example.com").address == (
        "Elsewhere.example."
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "a page of HTML",
        real(id=MISSING),
        real(id="1"),
        real(id=True),
        real(id=-1),
        real(id=1.0),
        real(name=None),
        real(name=MISSING),
        real(type=None),
        real(target=None),
        real(target="192.0.2.256"),
        real(target="2001:db8::1"),
        real(target={"nested": []}),
        real(type="AAAA"),
        real(ttl_sec=None),
        real(ttl_sec="300"),
    ],
)
def test_a_record_that_makes_no_sense_is_unusable(value: object) -> None:
    with pytest.raises(Unusable):
        record(value, "example.com")


def test_another_record_than_the_one_asked_for_is_unusable() -> None:
    assert record(REAL, "example.com", REAL["id"]).id == REAL["id"]
    with pytest.raises(Unusable, match="36666865 instead of 7"):
        record(REAL, "example.com", 7)


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"data": []},
        {"data": {}, "page": 1, "pages": 1, "results": 0},
        {"data": [], "page": 1, "pages": "1", "results": 0},
        {"data": [], "page": 1, "pages": 25, "results": 12_500},
    ],
)
def test_a_page_that_makes_no_sense_is_unusable(value: object) -> None:
    with pytest.raises(Unusable):
        page(value)


def test_only_exactly_the_domain_is_found() -> None:
    domains = [{"id": 1, "domain": "my-example.com"}, {"id": 2, "domain": "Example.com"}]
    answer = {"data": domains, "page": 1, "pages": 1, "results": 2}
    assert listed_domain(answer, "example.com") == Domain(2, "active")
    assert listed_domain(answer, "ample.com") is None


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("active", "active"),
        ("Active", "active"),
        (MISSING, "active"),
        ("disabled", "disabled"),
        ("edit_mode", "edit_mode"),
        ("has_errors", "has_errors"),
        (None, "none"),
    ],
)
def test_the_status_of_a_domain_is_kept_in_lower_case(status: object, word: str) -> None:
    fields = {"id": 2, "domain": "example.com", "status": status}
    given = {name: value for name, value in fields.items() if value is not MISSING}
    assert one_domain(given) == Domain(2, word)


def test_a_listing_of_some_names_passes_over_whatever_stands_at_others() -> None:
    odd = [7, {}, real(id=2, name="b", target=None), real(id=3, name="b", ttl_sec="x")]
    found = records((listing(real(id=1), *odd),), "example.com", {"app"})
    assert [record.id for record in found] == [1]


def test_a_shift_between_two_pages_is_seen_at_any_name() -> None:
    first = listing(real(id=1), real(id=2, name="b"), number=1, pages=2, results=3)
    second = listing(real(id=2, name="b"), number=2, pages=2, results=3)
    with pytest.raises(Unusable, match="changed while they were listed"):
        records((first, second), "example.com", {"app"})


def test_a_listing_holds_addresses_and_cnames_of_all_pages_and_nothing_else() -> None:
    first = listing(real(id=1), real(id=2, type="MX", target="m."), number=1, pages=2, results=3)
    second = listing(real(id=3, type="CNAME", target="b."), number=2, pages=2, results=3)
    assert [found.id for found in records((first, second), "example.com")] == [1, 3]


@pytest.mark.parametrize(
    "pages",
    [
        (listing(REAL, results=2),),
        (listing(REAL, number=2),),
        (listing(REAL, real(id=REAL["id"])),),
        (
            listing(real(id=1), pages=2, results=2),
            listing(real(id=2), number=2, pages=3, results=2),
        ),
        (
            listing(real(id=1), pages=2, results=2),
            listing(real(id=1), number=2, pages=2, results=2),
        ),
    ],
    ids=["too few", "another page", "twice on one", "more pages than before", "twice on two"],
)
def test_pages_that_do_not_add_up_are_unusable(pages: tuple[Page, ...]) -> None:
    with pytest.raises(Unusable, match="changed while they were listed"):
        records(pages, "example.com")


def test_a_page_of_more_items_than_were_asked_for_is_unusable() -> None:
    with pytest.raises(Unusable, match="501 items"):
        page({"data": [REAL] * 501, "page": 1, "pages": 1, "results": 501})


def test_a_name_and_a_target_are_kept_short_and_printable() -> None:
    """They are shown to people."""
    odd = {**REAL, "type": "CNAME", "name": "\x1b" * 400, "target": "\u202e" * 400}
    found = record(odd, "example.com")
    assert (found.name, found.address) == ("?" * 255, "?" * 255)
