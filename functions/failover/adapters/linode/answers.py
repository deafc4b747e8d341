"""What the Linode API says, checked and turned into values.

Shapes as recorded from the real API: the apex is the empty name, names come back relative (an FQDN
is understood, too), `ttl_sec` 0 inherits the zone's default.
"""

import ipaddress
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TypeVar

from failover.decision.balancers import Balancer
from failover.health.answer import printable
from failover.settings.model import Addresses
from failover.zone.records import ACTIVE, Family, Record

T = TypeVar("T")

TYPES = (Family.A.value, Family.AAAA.value, "CNAME")

# As many pages of 500 as the 12,000 records need that a domain may have.
PAGE_SIZE = 500
MAX_PAGES = 24

_LARGEST = 2**53
"""Of every number: more than that is not exact everywhere, and no item can hold it."""

_FAMILIES: Mapping[str, type[ipaddress.IPv4Address | ipaddress.IPv6Address]] = {
    Family.A: ipaddress.IPv4Address,
    Family.AAAA: ipaddress.IPv6Address,
}

_LONGEST = 255
"""Of a name or a target (RFC 1035). They are kept in the control table and shown to people."""


class Unusable(Exception):
    """An answer that the API cannot have meant: says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing. `results` counts the items of all pages."""

    data: tuple[object, ...]
    number: int
    pages: int
    results: int


def page(value: object) -> Page:
    """A page of any listing. Raises Unusable."""
    answer = as_object(value)
    found = Page(
        data=tuple(field(answer, "data", list)),
        number=number(answer, "page"),
        pages=number(answer, "pages"),
        results=number(answer, "results"),
    )
    if found.pages > MAX_PAGES:
        raise Unusable(f"{found.pages} pages, at most {MAX_PAGES} can be")
    if len(found.data) > PAGE_SIZE:
        raise Unusable(f"{len(found.data)} items on a page of {PAGE_SIZE}")
    return found


def zone_file(value: object) -> tuple[str, ...]:
    """The lines of a rendered zone. Raises Unusable."""
    return tuple(str(line) for line in field(as_object(value), "zone_file", list))


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain: its id, and its status in lower case.

    A status that is missing says nothing against it.
    """

    id: int
    status: str


def listed_domain(value: object, domain: str) -> Domain | None:
    """Exactly this domain in a listing, or None. Raises Unusable."""
    for item in page(value).data:
        listed = as_object(item)
        if field(listed, "domain", str).lower() == domain.lower():
            return one_domain(listed)
    return None


def one_domain(value: object) -> Domain:
    """A domain. Raises Unusable."""
    fields = as_object(value)
    status = fields.get("status", ACTIVE)
    return Domain(number(fields, "id"), str(status).lower())


def records(
    pages: tuple[Page, ...], domain: str, names: Container[str] | None = None
) -> tuple[Record, ...]:
    """The A, AAAA and CNAME records of a whole listing, at these relative names if given.

    What stands at other names is passed over, whatever it is: it is none of our business, and
    must not keep anyone from reading the rest.

    Raises:
        Unusable: a page or a record makes no sense, or the listing changed between two pages.
    """
    listed = items(pages)
    found = tuple(
        record(item, domain)
        for item in listed
        if names is None or name_of(item, domain) in names
        if field(as_object(item), "type", str) in TYPES
    )
    ids = [item["id"] for item in listed if isinstance(item, dict) and type(item.get("id")) is int]
    if len(set(ids)) < len(ids):
        raise Unusable("a record is listed twice: the records changed while they were listed")
    return found


def name_of(item: object, domain: str) -> str | None:
    """The relative name of something in a listing, or None where it has no readable one."""
    name = item.get("name") if isinstance(item, dict) else None
    return _relative(name, domain) if isinstance(name, str) else None


def balancers(pages: tuple[Page, ...]) -> tuple[Balancer, ...]:
    """The NodeBalancers of a whole listing, without those that have no public address.

    Raises:
        Unusable: a page or a balancer makes no sense, or the listing changed between two pages.
    """
    fields = [as_object(item) for item in items(pages)]
    found = tuple(_balancer(given) for given in fields if given.get("ipv4") is not None)
    if len({balancer.label for balancer in found}) < len(found):
        raise Unusable("a label is listed twice: they changed while they were listed")
    return found


def _balancer(fields: Mapping[str, object]) -> Balancer:
    """One with a front end in a VPC says null for its public address; so does one without IPv6."""
    ipv4 = _address(Family.A, field(fields, "ipv4", str))
    ipv6 = fields.get("ipv6")
    if ipv6 is not None:
        ipv6 = _address(Family.AAAA, field(fields, "ipv6", str))
    region = fields.get("region")  # only the preflight looks at it: nothing depends on it
    where = printable(region) if isinstance(region, str) else ""
    return Balancer(field(fields, "label", str), Addresses(ipv4, ipv6), where)


def items(pages: tuple[Page, ...]) -> list[object]:
    """What all pages list together. Raises Unusable when they are not of one listing."""
    counts = {(page.pages, page.results) for page in pages}
    data = [item for page in pages for item in page.data]
    in_order = [page.number for page in pages] == list(range(1, len(pages) + 1))
    if not in_order or counts != {(len(pages), len(data))}:
        raise Unusable("the pages do not add up: they changed while they were listed")
    return data


def record(value: object, domain: str | None, record_id: int | None = None) -> Record:
    """One record, which must have this id if one is given. Raises Unusable.

    `domain`, where it is known, is taken off a name that is an FQDN.
    """
    fields = as_object(value)
    found = Record(
        id=number(fields, "id"),
        name=printable(_relative(field(fields, "name", str), domain), _LONGEST),
        type=printable(field(fields, "type", str), _LONGEST),
        address=_address(field(fields, "type", str), field(fields, "target", str)),
        ttl=number(fields, "ttl_sec"),
    )
    if record_id not in (None, found.id):
        raise Unusable(f"record {found.id} instead of {record_id}")
    return found


def as_object(value: object) -> Mapping[str, object]:
    """The fields of a JSON object. Raises Unusable."""
    if not isinstance(value, dict):
        raise Unusable("not a JSON object")
    return value


def field(fields: Mapping[str, object], name: str, kind: type[T]) -> T:
    """One of them, which must be of this type. Raises Unusable."""
    value = fields.get(name)
    if not isinstance(value, kind):
        raise Unusable(f"`{name}` is {type(value).__name__}, not {kind.__name__}")
    return value


def number(fields: Mapping[str, object], name: str) -> int:
    """One of them, which must be a number that counts something. Raises Unusable."""
    value = field(fields, name, int)
    if isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise Unusable(f"`{name}` is not a number from 0 to {_LARGEST}")
    return value


def _relative(name: str, domain: str | None) -> str:
    label = name.lower().removesuffix(".")
    if domain and f".{label}".endswith(f".{domain.lower()}"):
        return label[: -len(domain)].removesuffix(".")
    return label


def _address(kind: str, target: str) -> str:
    """An address in canonical text; the target of any other record as it is."""
    parsed = _FAMILIES.get(kind)
    try:
        found = str(parsed(target)) if parsed else target
    except ValueError:
        raise Unusable(f"{target!r} is no address of an {kind} record") from None
    return printable(found, _LONGEST)
