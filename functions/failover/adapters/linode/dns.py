"""The records at Linode DNS Manager, through the Linode API v4.

Dictionaries go in and out: linode_api4's model objects write back what they have read before, drop
the reply to a write, and load themselves when looked at.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from failover.adapters.http.wire import Deadline
from failover.adapters.linode import answers
from failover.adapters.linode.api import Api, Call, Gather, TokenSource, in_turn
from failover.adapters.linode.budget import Allowance
from failover.adapters.linode.listing import Listing
from failover.errors import DnsRefused, DnsUnavailable, FailoverError
from failover.health.answer import printable
from failover.ports import Clock
from failover.zone.access import Access
from failover.zone.records import Family, Record, Written, Zone

_NOT_FOUND = 404

_CURE = (
    "in Cloud Manager, add the domain, give the token's user access to it, or use a token of its "
    "account"
)

# Seconds after which a domain is asked again whether Linode serves it.
_STATUS_LASTS = 300.0


@dataclass(frozen=True, slots=True)
class _Listed:
    """What a listing found, and when it began on the clock that never jumps."""

    zone: Zone
    began: float


@dataclass(frozen=True, slots=True)
class Known:
    """A domain as the API described it at a moment on the clock that never jumps."""

    domain: answers.Domain
    at: float


class LinodeDns:
    """The Dns port. Safe to use from many threads at once.

    `url` is the API's base, up to and including its version. `names` are the relative names of the
    services, by their domain: no other record is looked at. `lists` is the allowance that
    everything shares that lists.
    """

    def __init__(
        self,
        url: str,
        token: TokenSource,
        clock: Clock,
        sleep: Callable[[float], None],
        gather: Gather = in_turn,
        lists: Allowance | None = None,
        names: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._api = Api(url, token, clock.monotonic, sleep, gather, lists)
        self._clock = clock
        self._ours = names or {}
        self._known: dict[str, Known] = {}
        self._names: dict[int, str] = {}
        self._listings: dict[str, Listing] = {}
        self._listed: dict[str, _Listed] = {}
        self._changed: dict[int, float] = {}
        self._listing: dict[str, threading.Lock] = {}

    def list(self, domain: str, budget: float, max_age: float = 0.0) -> Zone:
        """The A, AAAA and CNAME records at our names, listed at most `max_age` seconds ago.

        One listing of a domain is under way at a time, and one that began after this call is as
        good as its own: many services that read at once, or publish at once, cost few readings.
        """
        listing = self._listings.get(domain) or self._begun(domain)
        seconds = budget * listing.patience
        deadline = self._api.deadline(seconds)
        called = self._clock.monotonic()
        turn = self._listing.setdefault(domain, threading.Lock())
        if not turn.acquire(timeout=seconds):
            raise DnsUnavailable(f"Linode API: another listing of {domain} has not ended in time")
        try:
            newest = self._listed.get(domain)
            if newest and (newest.began > called or self._is_current(newest.zone, max_age)):
                return newest.zone
            return self._list(domain, listing, deadline, watching=max_age > 0)
        finally:
            turn.release()

    def _begun(self, domain: str) -> Listing:
        """Made once: its filters name all services of the domain, and each of them asks in every
        round."""
        return self._listings.setdefault(domain, Listing(self._api, domain, self._ours.get(domain)))

    def access(self) -> Access:
        """What the answers so far tell about the token."""
        return self._api.access.now()

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

    def _list(self, domain: str, listing: Listing, deadline: Deadline, *, watching: bool) -> Zone:
        known = self._domain(domain, deadline)
        at, began = self._clock.now(), self._clock.monotonic()
        try:
            records, asked = listing.records(known.id, deadline, urgent=not watching)
        except DnsRefused as refused:
            if refused.status == _NOT_FOUND:  # removed, perhaps to be made anew with another id
                self._known.pop(domain, None)
                sentence = (
                    f"{refused}: domain {domain} is gone, or the token cannot see it: {_CURE}"
                )
                raise DnsRefused(_NOT_FOUND, sentence) from refused
            raise
        except answers.Unusable as unusable:
            problem = printable(str(unusable))
        else:
            zone = Zone(known.id, records, at, asked, known.status)
            if watching:
                zone = replace(zone, status=self._status(domain, deadline))
            self._listed[domain] = _Listed(zone, began)
            return zone
        raise DnsUnavailable(f"Linode API, records of {domain}: unusable answer: {problem}")

    def _domain(self, domain: str, deadline: Deadline) -> answers.Domain:
        if domain in self._known:
            return self._known[domain].domain
        path = f"/domains?page_size={answers.PAGE_SIZE}"
        call = Call("GET", path, filters={"domain": domain})
        read = partial(answers.listed_domain, domain=domain)
        found, _ = self._api.call(call, deadline, read)
        if found is None:
            raise DnsRefused(
                _NOT_FOUND,
                f"{call}: the token sees no domain {domain}: {_CURE}",
            )
        self._names[found.id] = domain
        self._known[domain] = Known(found, self._clock.monotonic())
        return found

    def _status(self, domain: str, deadline: Deadline) -> str:
        """What Linode says of the domain, asked for now and then; no listing waits for it."""
        known = self._known[domain]
        now = self._clock.monotonic()
        if now - known.at >= _STATUS_LASTS:
            found = known.domain
            try:
                call = Call("GET", f"/domains/{found.id}")
                found, _ = self._api.call(call, deadline, answers.one_domain)
            except FailoverError:
                pass  # what was known stands until the next time
            known = self._known[domain] = Known(replace(known.domain, status=found.status), now)
        return known.domain.status

    def _reader(self, domain_id: int, record_id: int | None) -> Callable[[object], Record]:
        return partial(answers.record, domain=self._names.get(domain_id), record_id=record_id)
