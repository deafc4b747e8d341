"""The rules of Linode's domains and records: what a request may say and what becomes of it.

Where the published schema and the API itself differ, this follows the API: the apex is "",
`tag` is null, TTLs are rounded without a word, "@" is no name.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import dns.exception
import dns.name
import dns.rdata

Fields = dict[str, Any]
Error = tuple[str, str | None]
"""A reason and the field it is about, if any."""

RECORD_TYPES = ("A", "AAAA", "NS", "MX", "CNAME", "TXT", "SRV", "PTR", "CAA")
TTLS = (
    0, 30, 120, 300, 3600, 7200, 14400, 28800, 57600,
    86400, 172800, 345600, 604800, 1209600, 2419200,
)  # fmt: skip
DEFAULT_TTL = 86400
NAME_SERVERS = tuple(f"ns{number}.linode.com." for number in range(1, 6))

_LARGEST = {"priority": 255, "weight": 65535, "port": 65535, "ttl_sec": 2**31 - 1}
_NULLABLE = ("service", "protocol", "tag")
_LABEL = re.compile(r"\*|[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_DOMAIN_TIMES = ("ttl_sec", "refresh_sec", "retry_sec", "expire_sec")
_DOMAIN_LISTS = ("master_ips", "axfr_ips", "tags")
_DOMAIN_TEXTS = ("domain", "type", "group", "description", "soa_email", "status")
_DOMAIN_CHOICES = {"type": ("master", "slave"), "status": ("active", "disabled", "edit_mode")}


class Refused(Exception):
    """The API says no, with an HTTP status and one or more errors."""

    def __init__(self, status: int, *errors: Error) -> None:
        super().__init__(f"{status}: {errors}")
        self.status = status
        self.errors = errors


def not_found() -> Refused:
    """What is not there, or not for this token to see."""
    return Refused(404, ("Not found", None))


def utc_text() -> str:
    """Now, as the API writes it: UTC, to the second, without saying so."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def nearest(seconds: int) -> int:
    """The valid TTL that is nearest: what Linode documents for records. 60 becomes 30."""
    return min(TTLS[1:], key=lambda ttl: abs(ttl - seconds)) if seconds else 0


def upward(seconds: int) -> int:
    """The next valid TTL: what Linode documents for domains. 60 becomes 120."""
    return next((ttl for ttl in TTLS if ttl >= seconds), TTLS[-1])


def new_record(domain: str, given: Mapping[str, Any], round_ttl: Callable[[int], int]) -> Fields:
    """All fields of a record that a POST with this body creates. Raises Refused."""
    kind = given.get("type")
    if kind not in RECORD_TYPES:
        reason = "Type is required." if kind is None else f"Must be one of {RECORD_TYPES}"
        raise Refused(400, (reason, "type"))
    if not given.get("target"):
        raise Refused(400, ("Target is required.", "target"))
    blank = {"name": "", "target": "", "priority": 0, "weight": 0, "port": 0, "ttl_sec": 0}
    fields = {"type": kind, **blank, **dict.fromkeys(_NULLABLE)}
    return merged(fields, domain, given, round_ttl)


def merged(
    record: Fields, domain: str, given: Mapping[str, Any], round_ttl: Callable[[int], int]
) -> Fields:
    """The record after a PUT with this body: only what the body names changes, and never the
    type. Raises Refused with every error at once."""
    kind = record["type"]
    errors: list[Error] = []
    fields: Fields = {}
    for field in ("name", "target", *_LARGEST, *_NULLABLE):
        if field in given:
            fields[field] = given[field]
            errors += [(reason, field) for reason in _faults(field, given[field], domain, kind)]
    if errors:
        raise Refused(400, *errors)
    if "name" in fields:
        fields["name"] = relative(fields["name"], domain)
    if fields.get("target") == "[remote_addr]":
        fields["target"] = "127.0.0.1"  # every caller of the local world is on loopback
    if "ttl_sec" in fields:
        fields["ttl_sec"] = round_ttl(fields["ttl_sec"])
    result = record | fields
    if not _renders(result):
        raise Refused(400, ("Invalid target", "target"))
    return result


def relative(name: str, domain: str) -> str:
    """The name as answers show it: without the domain, "" at the apex."""
    bare = name.removesuffix(".")
    if bare.lower() == domain.lower():
        return ""
    return bare[: -len(domain) - 1] if bare.lower().endswith(f".{domain.lower()}") else bare


def _faults(field: str, value: Any, domain: str, kind: str) -> list[str]:
    if value is None and field in _NULLABLE:
        return []
    if field in _LARGEST:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and 0 <= value <= _LARGEST[field]:
            return []
        return [f"Must be a whole number from 0 to {_LARGEST[field]}"]
    if not isinstance(value, str):
        return ["Must be a string"]
    if field == "name":
        return _name_faults(relative(value, domain))
    if field == "target":
        return [] if _is_target(kind, value) else ["Invalid IP"]
    return []


_IP: dict[str, type] = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}


def _name_faults(name: str) -> list[str]:
    if len(name) > 100:
        return ["Must be 100 characters or less"]
    labels = name.split(".") if name else []
    if all(_LABEL.fullmatch(label) for label in labels):
        return []
    return ["Name contains invalid characters", "Invalid hostname"]


def _is_target(kind: str, value: str) -> bool:
    if kind not in _IP or (kind == "A" and value == "[remote_addr]"):
        return True
    try:
        _IP[kind](value)
    except ValueError:
        return False
    return True


def _renders(record: Fields) -> bool:
    try:
        dns.rdata.from_text("IN", record["type"], _zone_data(record), dns.name.root)
    except dns.exception.DNSException:
        return False
    return True


def domain_fields(given: Mapping[str, Any]) -> Fields:
    """The fields that a request body sets on a domain; null empties a list. Raises Refused."""
    errors: list[Error] = []
    known = (*_DOMAIN_TIMES, *_DOMAIN_LISTS, *_DOMAIN_TEXTS)
    fields = {key: given[key] for key in known if key in given}
    for field, value in fields.items():
        if field in _DOMAIN_TIMES:
            if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                fields[field] = upward(value)
            else:
                errors.append(("Must be a whole number of seconds", field))
        elif field in _DOMAIN_LISTS:
            fields[field] = list(value or [])
        elif field in _DOMAIN_CHOICES and value not in _DOMAIN_CHOICES[field]:
            errors.append((f"Must be one of {_DOMAIN_CHOICES[field]}", field))
    if errors:
        raise Refused(400, *errors)
    return fields


def zone_file(domain: Fields, records: list[Fields], serial: int) -> list[str]:
    """The lines of the zone file that Linode renders from a domain and its records."""
    ttl = domain["ttl_sec"] or DEFAULT_TTL
    refresh, retry = domain["refresh_sec"] or 14400, domain["retry_sec"] or 14400
    expire = domain["expire_sec"] or 1209600
    owner = domain["soa_email"].replace("@", ".")
    return [
        f"; {domain['domain']} [{domain['id']}]",
        f"$TTL {ttl}",
        f"@  IN  SOA  {NAME_SERVERS[0]} {owner}. {serial} {refresh} {retry} {expire} {ttl}",
        *(f"@    NS  {server}" for server in NAME_SERVERS),
        *(_zone_line(record) for record in records),
    ]


def _zone_line(record: Fields) -> str:
    name = record["name"] or "@"
    if record["type"] == "SRV":
        name = f"_{record['service']}._{record['protocol']}.{record['name']}".removesuffix(".")
    return f"{name}  {record['ttl_sec'] or ''}  {record['type']}  {_zone_data(record)}"


def _zone_data(record: Fields) -> str:
    target, kind = record["target"], record["type"]
    host = f"{target.removesuffix('.')}."
    match kind:
        case "A" | "AAAA":
            return str(target)
        case "MX":
            return f"{record['priority']} {host}"
        case "SRV":
            return f"{record['priority']} {record['weight']} {record['port']} {host}"
        case "CAA":
            return f"0 {record['tag']} {_quoted(target)}"
        case "TXT":  # one string holds 255 bytes at the most
            return " ".join(_quoted(target[at : at + 255]) for at in range(0, len(target), 255))
    return host


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
