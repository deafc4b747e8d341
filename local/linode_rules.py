"""Rules that hold for whatever is made through the API."""

import hashlib
import ssl
from collections.abc import Mapping
from typing import Any

from local.linode_prices import known
from local.linode_records import Fields, Refused, not_found, utc_text


def found(things: Mapping[Any, Fields], key: Any, field: str | None = None) -> Fields:
    """One of them. Raises Refused: 404, or 400 for what a field names."""
    if key in things:
        return things[key]
    raise Refused(400, ("Not found", field)) if field else not_found()


def certificate(pem: str) -> Fields:
    """What answers show of a certificate and its key: neither, but its fingerprint."""
    try:
        digest = hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + 25]))
    except ValueError:
        raise Refused(400, ("Invalid PEM certificate", "ssl_cert")) from None
    pairs = digest.hexdigest().upper()
    shown = ":".join(pairs[at : at + 2] for at in range(0, len(pairs), 2))
    return {"ssl_cert": "<REDACTED>", "ssl_key": "<REDACTED>", "ssl_fingerprint": shown}


def touched(fields: Fields, given: Fields, names: tuple[str, ...]) -> Fields:
    """A thing after a PUT that may change these fields."""
    return fields | {n: given[n] for n in names if n in given} | {"updated": utc_text()}


def need(given: Fields, *names: str) -> None:
    """Raise Refused for what is missing."""
    missing = [name for name in names if not given.get(name)]
    if missing:
        raise Refused(400, *[(f"{name} is required", name) for name in missing])


def need_known(listed: list[Fields], key: Any, field: str) -> None:
    """Raise Refused for what Linode does not have."""
    if not known(listed, key):
        raise Refused(400, (f"{field} is not valid", field))


def need_free(things: Mapping[int, Fields], given: Fields, reason: str) -> None:
    """Raise Refused for a label that something else has."""
    label = given.get("label")
    if label and any(each["label"] == label for each in things.values()):
        raise Refused(400, (reason, "label"))
