"""What must hold for every answer that a server can send."""

import json

from hypothesis import given
from hypothesis import strategies as st

from failover.health.answer import body_fault, head_fault
from failover.settings.model import Health

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)
bodies = st.binary() | documents.map(lambda document: json.dumps(document).encode())
pairs = st.dictionaries(st.text(), scalars, max_size=4)
headers = st.dictionaries(st.sampled_from(["location", "content-encoding", "x"]), st.text())


def health(json_pairs: dict[str, object], status: frozenset[int]) -> Health:
    return Health("http", 80, "/", status, json_pairs, 4.0, 10.0, 5.0, 3, 3, 6)  # type: ignore[arg-type]


def assert_fit_for_people(detail: str) -> None:
    assert len(detail) <= 200
    assert all(" " <= character <= "~" for character in detail)


@given(body=bodies, asked=pairs, region=st.text())
def test_any_body_is_judged_and_what_is_said_of_it_is_printable(
    body: bytes, asked: dict[str, object], region: str
) -> None:
    fault = body_fault(health(asked, frozenset({200})), region, body)
    if fault:
        assert_fit_for_people(fault.detail)


@given(status=st.integers(), sent=headers, allowed=st.frozensets(st.integers(100, 999)))
def test_any_head_is_judged_and_what_is_said_of_it_is_printable(
    status: int, sent: dict[str, str], allowed: frozenset[int]
) -> None:
    fault = head_fault(health({}, allowed), status, sent)
    if fault:
        assert_fit_for_people(fault.detail)
    else:
        assert status in allowed


@given(answered=pairs)
def test_an_object_gives_the_pairs_that_it_has(answered: dict[str, object]) -> None:
    answered.pop("region", None)
    body = json.dumps(answered).encode()
    assert body_fault(health(answered, frozenset({200})), "us-east-1", body) is None


@given(answered=pairs, key=st.text(), wanted=scalars)
def test_an_object_does_not_give_a_pair_that_it_lacks(
    answered: dict[str, object], key: str, wanted: object
) -> None:
    answered.pop("region", None)
    answered.pop(key, None)
    body = json.dumps(answered).encode()
    assert body_fault(health({key: wanted}, frozenset({200})), "us-east-1", body) is not None
