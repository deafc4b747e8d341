"""What counts as a healthy answer."""

import json
import re
from typing import Any

import pytest

from failover.health.answer import MAX_BODY, body_fault, head_fault, printable
from failover.health.probe import Reason
from failover.settings.model import Health


def health(*allowed: int, **json: Any) -> Health:
    return Health(
        scheme="https",
        port=443,
        path="/health",
        status=frozenset(allowed or (200,)),
        json=json,
        timeout=4.0,
        interval=10.0,
        confirm_interval=5.0,
        failure_threshold=3,
        clear_threshold=3,
        recovery_threshold=6,
    )


def reason(body: bytes, **json: Any) -> Reason | None:
    fault = body_fault(health(**json), "us-east-1", body)
    return fault and fault.reason


def test_an_allowed_status_is_no_fault() -> None:
    assert head_fault(health(200, 204), 204, {}) is None


def test_another_status_is_reported_with_what_was_expected() -> None:
    fault = head_fault(health(204, 200), 503, {})
    assert fault == (Reason.STATUS, "503, expected 200 or 204")


def test_a_redirect_says_where_to() -> None:
    fault = head_fault(health(), 301, {"location": "https://www.example.com/"})
    assert fault == (Reason.REDIRECT, '301 to "https://www.example.com/", expected 200')


def test_a_redirect_without_a_target_says_so() -> None:
    assert head_fault(health(), 301, {}) == (Reason.REDIRECT, "301 to nowhere, expected 200")


def test_a_redirect_that_is_allowed_is_no_fault() -> None:
    assert head_fault(health(301), 301, {"location": "/"}) is None


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
def test_an_encoded_body_is_refused_before_it_is_read(encoding: str) -> None:
    fault = head_fault(health(), 200, {"content-encoding": encoding})
    assert fault
    assert fault.reason is Reason.PROTOCOL


def test_the_identity_encoding_is_none() -> None:
    assert head_fault(health(), 200, {"content-encoding": " Identity "}) is None


def test_all_pairs_that_are_asked_for_must_match() -> None:
    body = b'{"status": "healthy", "ready": true, "more": [1, 2]}'
    assert reason(body, status="healthy", ready=True) is None
    assert reason(body, status="healthy", ready=False) is Reason.BODY


def test_a_mismatch_says_what_was_found_and_what_was_expected() -> None:
    fault = body_fault(health(status="up"), "us-east-1", b'{"status": "down"}')
    assert fault == (Reason.BODY, 'status is "down", expected "up"')


@pytest.mark.parametrize(("found", "shown"), [('{"a": 1}', "an object"), ("[1, 2]", "a list")])
def test_a_mismatch_does_not_quote_a_whole_structure(found: str, shown: str) -> None:
    fault = body_fault(health(status="up"), "us-east-1", f'{{"status": {found}}}'.encode())
    assert fault == (Reason.BODY, f'status is {shown}, expected "up"')


def test_a_pair_that_is_missing_is_a_mismatch_even_if_null_is_expected() -> None:
    assert reason(b"{}", status=None) is Reason.BODY
    assert reason(b'{"status": null}', status=None) is None


@pytest.mark.parametrize(
    ("answered", "wanted"),
    [("1", True), ("true", 1), ("0", False), ("1.0", 1), ("1", 1.0), ('"1"', 1), ("null", False)],
)
def test_values_of_different_types_never_match(answered: str, wanted: object) -> None:
    assert reason(b'{"value": %s}' % answered.encode(), value=wanted) is Reason.BODY


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"[]", b'"healthy"', b"NaN", b'{"a": NaN}', b"\xff\xfe\x00", b"[" * 60_000]
)
def test_anything_but_a_json_object_is_refused_only_where_pairs_are_asked_for(body: bytes) -> None:
    assert reason(body, status="healthy") is Reason.NOT_JSON
    assert reason(body) is None


def test_an_answer_of_another_region_is_refused_whatever_else_it_says() -> None:
    assert reason(b'{"region": "eu-west-1"}') is Reason.WRONG_REGION
    assert reason(b'{"region": "eu-west-1", "status": "down"}', status="up") is Reason.WRONG_REGION


def test_without_an_expectation_any_region_is_fine() -> None:
    assert body_fault(health(), None, b'{"region": "eu-west-1"}') is None


@pytest.mark.parametrize("body", [b"{}", b'{"region": "us-east-1"}', b'{"region": 7}'])
def test_an_answer_of_the_right_region_or_of_none_is_fine(body: bytes) -> None:
    assert reason(body) is None


def test_one_byte_too_many_is_too_large_even_if_no_pair_is_asked_for() -> None:
    assert reason(b"a" * MAX_BODY) is None
    assert reason(b"a" * (MAX_BODY + 1)) is Reason.TOO_LARGE


OURS = "/maintenance; west is unhealthy"
SLY = '/x", expected 200; west is unhealthy, last failure: refused ("'


@pytest.mark.parametrize("said", [OURS, SLY, "\n" + OURS, OURS * 50], ids=range(4))
def test_what_a_server_says_stands_in_quotes_that_it_cannot_close(said: str) -> None:
    """Otherwise it could pass for a sentence of ours in an alert."""
    text = json.dumps(said)
    faults = [
        head_fault(health(), 302, {"location": said}),
        head_fault(health(), 200, {"content-encoding": said}),
        body_fault(health(status="up"), "us-east-1", said.encode()),
        body_fault(health(), "us-east-1", f'{{"region": {text}}}'.encode()),
        body_fault(health(status="up"), "us-east-1", f'{{"status": {text}}}'.encode()),
    ]
    for fault in faults:
        assert fault
        outside = re.sub('"[^"]*"', '""', fault.detail)
        assert "west" not in outside
        assert ";" not in outside
        assert outside.count('"') % 2 == 0
        assert len(fault.detail) < 200


def test_a_text_that_is_cut_short_shows_it_within_its_quotes() -> None:
    fault = body_fault(health(status="up"), "us-east-1", b'{"status": "%s"}' % (b"a" * 500))
    assert fault
    assert fault.detail == f'status is "{"a" * 57}...", expected "up"'


def test_a_text_of_just_the_longest_length_is_not_cut() -> None:
    fault = body_fault(health(status="up"), "us-east-1", b'{"status": "%s"}' % (b"a" * 60))
    assert fault
    assert fault.detail == f'status is "{"a" * 60}", expected "up"'


def test_printable_text_has_no_control_characters_and_a_limit() -> None:
    assert printable("a\r\n\x1b[2J\u202e\u00e9") == "a???[2J??"
    assert len(printable("a" * 1000)) == 200
