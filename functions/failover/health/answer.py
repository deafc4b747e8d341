"""Judging the answer to a probe: is it what the settings ask for, and if not, why not.

Everything here comes from a server that may be broken or hostile. Nothing in it can raise, and
what is repeated to people is short printable ASCII. Words of the server stand in quotes that they
cannot close, so that none of them passes for ours.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from failover.health.probe import Reason
from failover.settings.model import Health, JsonScalar

# Bytes of a body that are read and judged. A health answer is a few words.
MAX_BODY = 65536

_REDIRECTS = range(300, 400)
_MAX_DETAIL = 200
_MAX_VALUE = 60
_ABSENT = object()


class Fault(NamedTuple):
    """Why a probe failed, and a few words about it."""

    reason: Reason
    detail: str


def printable(text: str, limit: int = _MAX_DETAIL) -> str:
    """At most `limit` characters of printable ASCII; whatever else there is becomes a `?`."""
    return re.sub(r"[^ -~]", "?", text[:limit])


def quoted(text: str, limit: int = _MAX_VALUE) -> str:
    """Words from outside: at most `limit` printable characters between two quotes, none inside."""
    short = text if len(text) <= limit else f"{text[: limit - 3]}..."
    return '"' + printable(short, limit).replace('"', "'") + '"'


def head_fault(health: Health, status: int, headers: Mapping[str, str]) -> Fault | None:
    """What is wrong before the body is read. The names of the headers are in lower case.

    An encoded body is a fault although it is good HTTP: a probe asks for `identity`, and what a
    stranger has compressed is not unpacked here, since kilobytes can become gigabytes.
    """
    if status not in health.status:
        wanted = " or ".join(str(status) for status in sorted(health.status))
        if status in _REDIRECTS:
            target = quoted(headers["location"]) if "location" in headers else "nowhere"
            return _fault(Reason.REDIRECT, f"{status} to {target}, expected {wanted}")
        return _fault(Reason.STATUS, f"{status}, expected {wanted}")
    encoding = headers.get("content-encoding", "").strip()
    if encoding.lower() not in ("", "identity"):
        said = quoted(encoding)
        return _fault(Reason.PROTOCOL, f"Content-Encoding is {said}, expected none or identity")
    return None


def body_fault(health: Health, aws_region: str | None, body: bytes) -> Fault | None:
    """What is wrong with the body, of which at least MAX_BODY + 1 bytes were read if it has them.

    The region is looked at first: what another region's application says about itself tells
    nothing about this one. Without an `aws_region` any region will do. Values match only within one
    type: 1 is neither true nor 1.0.
    """
    if len(body) > MAX_BODY:
        return _fault(Reason.TOO_LARGE, f"the body is larger than {MAX_BODY} bytes")
    answer = _object(body)
    if answer is None:
        if not health.json:
            return None
        return _fault(Reason.NOT_JSON, f"not a JSON object: {quoted(body.decode('latin-1'))}")
    region = answer.get("region")
    if aws_region is not None and isinstance(region, str) and region != aws_region:
        return _fault(Reason.WRONG_REGION, f"{_shown(region)}, expected {_shown(aws_region)}")
    for key, wanted in health.json.items():
        value = answer.get(key, _ABSENT)
        if not _same(value, wanted):
            name = printable(key, _MAX_VALUE)
            return _fault(Reason.BODY, f"{name} is {_shown(value)}, expected {_shown(wanted)}")
    return None


def _fault(reason: Reason, detail: str) -> Fault:
    return Fault(reason, printable(detail))


def _object(body: bytes) -> dict[str, object] | None:
    """The JSON object, or None for anything else, nesting beyond the parser's depth included."""
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_constant(constant: str) -> NoReturn:
    """NaN and Infinity are Python's idea, not JSON's (RFC 8259, section 6)."""
    raise ValueError(constant)


def _same(value: object, wanted: JsonScalar) -> bool:
    return type(value) is type(wanted) and value == wanted


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "missing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return quoted(value)
    return printable(json.dumps(value), _MAX_VALUE)
