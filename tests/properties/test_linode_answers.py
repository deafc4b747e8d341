"""What must hold for everything that can come instead of an answer of the Linode API."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from failover.adapters.linode.answers import Page, Unusable, listed_domain, page, record, records

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
odd_records = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers() | anything,
        "name": st.text() | anything,
        "type": st.sampled_from(["A", "AAAA", "CNAME", "MX"]) | anything,
        "target": st.sampled_from(["192.0.2.1", "2001:db8::1", ""]) | anything,
        "ttl_sec": st.integers() | anything,
    },
)
odd_pages = st.fixed_dictionaries(
    {},
    optional={
        "data": st.lists(odd_records | anything) | anything,
        "page": st.just(1) | anything,
        "pages": st.just(1) | anything,
        "results": st.integers(0, 3) | anything,
    },
)


@given(value=odd_records | anything)
def test_any_record_is_understood_or_unusable(value: object) -> None:
    with contextlib.suppress(Unusable):
        found = record(value, "example.com")
        assert found.id >= 0
        assert found.ttl >= 0


@given(value=odd_pages | anything)
def test_any_page_is_understood_or_unusable(value: object) -> None:
    with contextlib.suppress(Unusable):
        listed_domain(value, "example.com")
    with contextlib.suppress(Unusable):
        found: Page = page(value)
        assert len(records((found,), "example.com")) <= found.results
