"""The account's domains: their records, and what the name servers have made of them so far."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import dns.name
import dns.zone

from local.linode_records import Fields, Refused, domain_fields, merged, new_record, zone_file


def not_found() -> Refused:
    """What is not there, or not for this token to see."""
    return Refused(404, ("Not found", None))


class Rendering:
    """What is served of one domain: every change shows once it is a delay old (in seconds).

    Nothing runs in the background: whoever looks brings it up to date.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._zone: dns.zone.Zone | None = None
        self._waiting: deque[tuple[float, list[str]]] = deque()

    def change(self, lines: list[str]) -> None:
        """From the delay after now on, serve these lines."""
        self._waiting.append((time.monotonic(), lines))

    def advance(self, delay: float) -> None:
        """Serve what has become due."""
        while self._waiting and self._waiting[0][0] + delay <= time.monotonic():
            self.lines = self._waiting.popleft()[1]
            self._zone = None

    def zone(self, origin: str) -> dns.zone.Zone | None:
        """The lines as a zone, or None before the first rendering."""
        if self.lines and self._zone is None:
            self._zone = dns.zone.from_text(
                "\n".join(self.lines), origin=origin, relativize=False, check_origin=False
            )
        return self._zone


class Domain:
    """One domain: its own fields, its records by id, its rendering."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.records: dict[int, Fields] = {}
        self.rendering = Rendering()
        self._serial = 2021000000

    @property
    def name(self) -> str:
        """The domain's name, without a final dot."""
        return str(self.fields["domain"])

    def changed(self) -> None:
        """To be called after each change: a new version of the zone is on its way."""
        self._serial += 1
        served = self.fields["status"] == "active"
        records = list(self.records.values())
        self.rendering.change(zone_file(self.fields, records, self._serial) if served else [])


class Account:
    """Everything that the API and the name servers share, behind one lock."""

    def __init__(self, render_delay: float, round_ttl: Callable[[int], int]) -> None:
        self.lock = threading.RLock()
        self.token = secrets.token_hex(32)
        self.round_ttl = round_ttl
        self.domains: dict[int, Domain] = {}
        self.nodebalancers: dict[int, Fields] = {}
        self._render_delay = render_delay
        self._last_id = 36666000

    @property
    def render_delay(self) -> float:
        """Seconds between a change and its being served. Setting it moves what is waiting, too."""
        return self._render_delay

    @render_delay.setter
    def render_delay(self, seconds: float) -> None:
        with self.lock:
            for domain in self.domains.values():
                domain.rendering.advance(self._render_delay)
            self._render_delay = seconds

    def next_id(self) -> int:
        """An id that nothing else has."""
        self._last_id += 1
        return self._last_id

    def domain(self, domain_id: int) -> Domain:
        """The domain with this id. Raises Refused with status 404."""
        if domain_id not in self.domains:
            raise not_found()
        return self.domains[domain_id]

    def named(self, name: str) -> Domain:
        """The domain of that name. Raises KeyError."""
        for domain in self.domains.values():
            if domain.name == name:
                return domain
        raise KeyError(f"no domain {name}; there are: {[d.name for d in self.domains.values()]}")

    def create_domain(self, given: Mapping[str, Any]) -> Fields:
        """Add a domain, as POST /domains would. Raises Refused."""
        blank: Fields = {
            "id": self.next_id(), "type": "master", "domain": "", "tags": [], "group": "",
            "status": "active", "errors": "", "description": "", "soa_email": "",
            "retry_sec": 0, "master_ips": [], "axfr_ips": [], "expire_sec": 0, "refresh_sec": 0,
            "ttl_sec": 0, "created": utc_text(), "updated": utc_text(),
        }  # fmt: skip
        fields = blank | domain_fields(given)
        domain = self.domains[fields["id"]] = Domain(fields)
        domain.changed()
        return fields

    def update_domain(self, domain_id: int, given: Mapping[str, Any]) -> Fields:
        """Change what the body names. Raises Refused."""
        domain = self.domain(domain_id)
        domain.fields |= domain_fields(given) | {"updated": utc_text()}
        domain.changed()
        return domain.fields

    def record(self, domain_id: int, record_id: int) -> Fields:
        """One record. Raises Refused with status 404."""
        records = self.domain(domain_id).records
        if record_id not in records:
            raise not_found()
        return records[record_id]

    def create_record(self, domain_id: int, given: Mapping[str, Any]) -> Fields:
        """Add a record; one that is there already is no obstacle. Raises Refused."""
        domain = self.domain(domain_id)
        fields = new_record(domain.name, given, self.round_ttl)
        _refuse_cname_conflict(domain, fields)
        fields = {"id": self.next_id(), **fields, "created": utc_text(), "updated": utc_text()}
        domain.records[fields["id"]] = fields
        domain.changed()
        return fields

    def update_record(self, domain_id: int, record_id: int, given: Mapping[str, Any]) -> Fields:
        """Change what the body names and nothing else. Raises Refused."""
        domain = self.domain(domain_id)
        fields = merged(self.record(domain_id, record_id), domain.name, given, self.round_ttl)
        _refuse_cname_conflict(domain, fields)
        domain.records[record_id] = fields | {"updated": utc_text()}
        domain.changed()
        return domain.records[record_id]

    def delete_record(self, domain_id: int, record_id: int) -> None:
        """Remove a record. Raises Refused."""
        self.record(domain_id, record_id)
        domain = self.domain(domain_id)
        del domain.records[record_id]
        domain.changed()

    def rendered(self, domain_id: int) -> list[str]:
        """The lines of the zone as last rendered; none before the first time."""
        rendering = self.domain(domain_id).rendering
        rendering.advance(self._render_delay)
        return rendering.lines

    def zone_of(self, name: dns.name.Name) -> dns.zone.Zone | None:
        """The rendered zone that this name belongs to, if any is served here."""
        with self.lock:
            origins = {dns.name.from_text(d.name): d for d in self.domains.values()}
            for origin in sorted(filter(name.is_subdomain, origins), key=len, reverse=True):
                rendering = origins[origin].rendering
                rendering.advance(self._render_delay)
                if zone := rendering.zone(origins[origin].name):
                    return zone
            return None


def utc_text() -> str:
    """Now, as the API writes it: UTC, to the second, without saying so."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _refuse_cname_conflict(domain: Domain, fields: Fields) -> None:
    """A CNAME shares its name with no other record. Raises Refused."""
    others = [
        other["type"]
        for other in domain.records.values()
        if other["name"].lower() == fields["name"].lower() and other["id"] != fields.get("id")
    ]
    apex = [] if fields["name"] else ["SOA", "NS"]
    kinds = [*others, *apex] if fields["type"] == "CNAME" else others
    if (fields["type"] == "CNAME" and kinds) or "CNAME" in others:
        raise Refused(400, ("Record conflict - CNAMES must be unique", "name"))
