"""How the records of one domain are listed: whole, or only those at our names.

A small domain is listed whole: one request serves all its services, and nothing depends on how the
API understands a filter. A large one has pages of 500, up to 24 of them. There the API is asked for
our names with `X-Filter`, many names in one request, as soon as that takes fewer requests than the
pages. So the requests grow with the smaller of the two, and all services still share them.

What is known of the filter: `name` and `type` of records can be filtered on, `+and` and `+or` can
be nested (Linode's API reference), and `{"name": …}` has been recorded to work. It is not known
whether an empty name finds the apex, nor whether case matters. So a domain with a service at its
apex is always listed whole; so is one whose filter was refused, ignored, or left out a record that
the whole listing had.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from math import ceil

from failover.adapters.http.wire import Deadline
from failover.adapters.linode import answers
from failover.adapters.linode.api import LANES, Api
from failover.errors import DnsRefused
from failover.zone.records import Record

_BAD_REQUEST = 400
_ADDRESSES = {"+or": [{"type": kind} for kind in answers.TYPES]}

# Bytes of one X-Filter header: nginx and many balancers refuse more than 8 KB of all headers.
_LONGEST_FILTER = 4000


class Listing:
    """What is known of a domain that helps to list it. For one thread at a time.

    `names` are the relative names that are looked for; None for all that there are.
    """

    def __init__(self, api: Api, domain: str, names: frozenset[str] | None) -> None:
        self._api = api
        self._domain = domain
        self._names = names
        self._filters = tuple(_filters(names, domain)) if names and "" not in names else ()
        self._pages = 1
        self._ids: frozenset[int] = frozenset()

    @property
    def patience(self) -> int:
        """How many times the time of one request a listing may take, after the known size."""
        return 1 if self._filtered else max(1, ceil((self._pages - 1) / LANES))

    def records(
        self, domain_id: int, deadline: Deadline, *, urgent: bool
    ) -> tuple[tuple[Record, ...], int]:
        """The records, and how many requests it took.

        Raises Unusable, and what calls of the API raise.
        """
        asked = 0
        needed = len(self._filters) if self._filtered else self._pages
        self._api.afford(f"/domains/{domain_id}/records", needed, urgent=urgent)
        if self._filtered:
            found, asked = self._by_name(domain_id, deadline, urgent)
            if found is not None and self._ids <= {record.id for record in found}:
                return found, asked
        whole = self._read(domain_id, deadline, urgent, _ADDRESSES, self._learn)
        records = answers.records(whole, self._domain, self._names)
        ids = frozenset(record.id for record in records)
        if asked and (found is None or ids - {record.id for record in found}):
            self._filters = ()
        self._ids = ids
        return records, asked + len(whole)

    @property
    def _filtered(self) -> bool:
        return 0 < len(self._filters) < self._pages

    def _learn(self, pages: int) -> None:
        """Known from the first page on: where the others do not come in time, it still helps."""
        self._pages = pages

    def _by_name(
        self, domain_id: int, deadline: Deadline, urgent: bool
    ) -> tuple[tuple[Record, ...] | None, int]:
        """What filters find, or None where they are not heeded; and the requests it took."""
        read = partial(self._read, domain_id, deadline, urgent)
        try:
            parts = self._api.gather([partial(read, each) for each in self._filters])
        except DnsRefused as refused:
            if refused.status != _BAD_REQUEST:
                raise
            return None, len(self._filters)
        pages = list(chain.from_iterable(parts))
        names = self._names or frozenset()
        items = chain.from_iterable(page.data for page in pages)
        if any(answers.name_of(item, self._domain) not in names for item in items):
            return None, len(pages)
        found = (answers.records(part, self._domain, names) for part in parts)
        return tuple(chain.from_iterable(found)), len(pages)

    def _read(
        self,
        domain_id: int,
        deadline: Deadline,
        urgent: bool,
        filters: Mapping[str, object],
        learn: Callable[[int], None] = lambda _: None,
    ) -> tuple[answers.Page, ...]:
        path = f"/domains/{domain_id}/records"
        return self._api.pages(path, deadline, filters, urgent=urgent, learn=learn)


def _filters(names: frozenset[str], domain: str) -> Iterator[Mapping[str, object]]:
    """As few as can ask for all names; each also as an FQDN, in which the API may keep it."""
    chosen: list[dict[str, str]] = []
    for name in sorted(names):
        both = [{"name": name}, {"name": f"{name}.{domain}"}]
        if chosen and len(json.dumps([*chosen, *both])) > _LONGEST_FILTER:
            yield {"+and": [_ADDRESSES, {"+or": chosen}]}
            chosen = []
        chosen += both
    yield {"+and": [_ADDRESSES, {"+or": chosen}]}
