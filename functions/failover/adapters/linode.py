"""The records at Linode DNS Manager, through the Linode API v4.

Dictionaries go in and out: linode_api4's model objects write back what they have read before, drop
the reply to a write, and load themselves when looked at.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from failover.adapters import linode_answers as answers
from failover.adapters.linode_api import Api, Call, TokenSource
from failover.adapters.wire import Deadline
from failover.core.access import Access
from failover.core.answer import printable
from failover.core.records import Family, Record, Written, Zone
from failover.errors import DnsRefused, DnsUnavailable
from failover.ports import Clock

_NOT_FOUND = 404
_ADDRESSES = {"+or": [{"type": kind} for kind in answers.TYPES]}


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a listing found, and when it began on the clock that never jumps."""

    zone: Zone
    began: float


class LinodeDns:
    """The Dns port. Safe to use from many threads at once.

    `url` is the API's base, up to and including its version.
    """

    def __init__(
        self, url: str, token: TokenSource, clock: Clock, sleep: Callable[[float], None]
    ) -> None:
        self._api = Api(url, token, clock.monotonic, sleep)
        self._clock = clock
        self._domain_ids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._listed: dict[str, _Listing] = {}
        self._changed: dict[int, float] = {}
        self._listing: dict[str, threading.Lock] = {}

    def list(self, domain: str, budget: float, max_age: float = 0.0) -> Zone:
        """Every A, AAAA and CNAME record of the domain, listed at most `max_age` seconds ago.

        One listing of a domain is under way at a time, and one that began after this call is as
        good as its own: many services that read at once, or publish at once, cost few readings.
        """
        deadline = self._api.deadline(budget)
        called = self._clock.monotonic()
        listing = self._listing.setdefault(domain, threading.Lock())
        if not listing.acquire(timeout=budget):
            raise DnsUnavailable(f"Linode API: another listing of {domain} has not ended in time")
        try:
            newest = self._listed.get(domain)
            if newest and (newest.began > called or self._is_current(newest.zone, max_age)):
                return newest.zone
            return self._list(domain, deadline)
        finally:
            listing.release()

    def access(self) -> Access:
        """What Linode last said about the token."""
        return self._api.access()

    def get(self, domain_id: int, record_id: int, budget: float) -> Record:
        """One record by its id."""
        call = Call("GET", f"/domains/{domain_id}/records/{record_id}")
        reader = self._reader(domain_id, record_id)
        record, _ = self._api.call(call, self._api.deadline(budget), reader)
        return record

    def update(
        self, domain_id: int, record_id: int, budget: float, *, address: str | None, ttl: int | None
    ) -> Written:
        """Change a record in place: only what is given."""
        asked = {"target": address, "ttl_sec": ttl}
        data = {name: value for name, value in asked.items() if value is not None}
        call = Call("PUT", f"/domains/{domain_id}/records/{record_id}", data)
        return self._written(call, domain_id, record_id, budget)

    def create(
        self, domain_id: int, name: str, family: Family, address: str, ttl: int, budget: float
    ) -> Written:
        """Add a record at a relative name ("" is the apex). Sent once, whatever happens."""
        data: dict[str, object] = {"type": family.value, "target": address, "ttl_sec": ttl}
        if name:  # the API's own word for the apex is no name at all
            data["name"] = name
        call = Call("POST", f"/domains/{domain_id}/records", data)
        return self._written(call, domain_id, None, budget)

    def zone_file(self, domain_id: int, budget: float) -> tuple[str, ...]:
        """The lines of the zone that Linode last rendered; none before the first time."""
        call = Call("GET", f"/domains/{domain_id}/zone-file")
        lines, _ = self._api.call(call, self._api.deadline(budget), answers.zone_file)
        return lines

    def _written(self, call: Call, domain_id: int, record_id: int | None, budget: float) -> Written:
        reader = self._reader(domain_id, record_id)
        try:
            return Written(*self._api.call(call, self._api.deadline(budget), reader))
        finally:
            self._changed[domain_id] = self._clock.now()

    def _is_current(self, zone: Zone, max_age: float) -> bool:
        """Whether it is young enough. One from before our own last write tells nothing of now."""
        changed = self._changed.get(zone.domain_id)
        age = self._clock.now() - zone.at
        return 0 <= age < max_age and (changed is None or zone.at > changed)

    def _list(self, domain: str, deadline: Deadline) -> Zone:
        domain_id = self._domain_id(domain, deadline)
        at, began = self._clock.now(), self._clock.monotonic()
        try:
            path = f"/domains/{domain_id}/records"
            pages = self._api.pages(path, deadline, filters=_ADDRESSES)
        except DnsRefused as refused:
            if refused.status == _NOT_FOUND:  # removed, perhaps to be made anew with another id
                self._domain_ids.pop(domain, None)
            raise
        try:
            records = answers.records(pages, domain)
        except answers.Unusable as unusable:
            problem = printable(str(unusable))
        else:
            zone = Zone(domain_id, records, at, len(pages))
            self._listed[domain] = _Listing(zone, began)
            return zone
        raise DnsUnavailable(f"Linode API, records of {domain}: unusable answer: {problem}")

    def _domain_id(self, domain: str, deadline: Deadline) -> int:
        if domain in self._domain_ids:
            return self._domain_ids[domain]
        path = f"/domains?page_size={answers.PAGE_SIZE}"
        call = Call("GET", path, filters={"domain": domain})
        read = partial(answers.domain_id, domain=domain)
        domain_id, _ = self._api.call(call, deadline, read)
        if domain_id is None:
            raise DnsRefused(
                _NOT_FOUND,
                f"{call}: the token can see no domain {domain}; add it in Linode DNS Manager, or "
                "give the token's user access to it",
            )
        self._names[domain_id] = domain
        self._domain_ids[domain] = domain_id
        return domain_id

    def _reader(self, domain_id: int, record_id: int | None) -> Callable[[object], Record]:
        return partial(answers.record, domain=self._names.get(domain_id), record_id=record_id)
