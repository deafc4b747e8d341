"""What Linode has rendered and what its name servers answer, asked directly.

The name servers are anycast, so that each answer is the nearest site's. Nothing else tells when a
change has been published: Linode has no event and no status for it.

All services of a domain share one zone file, fetched once in a few seconds; of its lines only
those of the names that are asked about are parsed. A name server is asked about each name.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from failover.adapters.dns.query import Refused, answered, reply
from failover.adapters.dns.zone_file import ZoneFile
from failover.adapters.http.wire import Deadline, looked_up, words
from failover.ports import Tasks
from failover.publication.proof import Evidence, Heard, Said
from failover.settings.environment import NameServer

_FAMILIES = ("A", "AAAA")
_ZONE_FILE = "zone file"

# Seconds for which the address of a name server is used again.
_ADDRESS_LASTS = 300.0


class Source(Protocol):
    """Where zone files come from."""

    def zone_file(self, domain_id: int, budget: float) -> Sequence[str]:
        """The lines of the zone that Linode last rendered; none before the first time."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A zone file, or why there is none, and when it was asked for."""

    content: ZoneFile | Heard
    at: float


class LinodeWitness:
    """The Witness port. Safe to use from many threads at once.

    `zone_file_age` is for how many seconds a zone file is used that was fetched.
    """

    def __init__(
        self,
        linode: Source,
        servers: Iterable[NameServer],
        monotonic: Callable[[], float],
        tasks: Tasks,
        zone_file_age: float = 0.0,
    ) -> None:
        self._linode = linode
        self._servers = tuple(servers)
        self._monotonic = monotonic
        self._tasks = tasks
        self._zone_file_age = zone_file_age
        self._fetched: dict[int, _Fetched] = {}
        self._fetching: dict[int, threading.Lock] = {}
        self._served: dict[str, tuple[float, tuple[Heard, ...]]] = {}
        self._addresses: dict[NameServer, tuple[float, str]] = {}

    def look(
        self, domain: str, domain_id: int, record: str, budget: float, max_age: float = 0.0
    ) -> Evidence:
        """What the zone says that was last rendered, and each name server, side by side."""
        now = self._monotonic()
        at, served = self._served.get(record, (0.0, ()))
        if served and now - at < max_age:
            return Evidence(self._rendered(domain, domain_id, record, budget), served)
        rendered, *heard = self._tasks.gather(
            [
                partial(self._rendered, domain, domain_id, record, budget),
                *(partial(self._ask, server, record, budget) for server in self._servers),
            ]
        )
        self._served[record] = now, tuple(heard)
        return Evidence(rendered, tuple(heard))

    def _rendered(self, domain: str, domain_id: int, record: str, budget: float) -> Heard:
        """What the zone says at the record's name that was last rendered."""
        content = self._zone(domain, domain_id, budget)
        if isinstance(content, Heard):
            return content
        try:
            found = content.addresses(record)
        except Exception as error:  # noqa: BLE001 - whatever stands in a zone file, it is no news
            return Heard(_ZONE_FILE, said=Said.UNUSABLE, detail=words(error))
        return Heard(_ZONE_FILE, found["A"], found["AAAA"])

    def _zone(self, domain: str, domain_id: int, budget: float) -> ZoneFile | Heard:
        """The zone file; one fetch is under way at a time, and whoever waits for it shares it."""
        called = self._monotonic()
        turn = self._fetching.setdefault(domain_id, threading.Lock())
        if not turn.acquire(timeout=budget):
            return Heard(_ZONE_FILE, said=Said.SILENT, detail="the fetch has not ended in time")
        try:
            newest = self._fetched.get(domain_id)
            if newest is None or newest.at <= min(called, self._monotonic() - self._zone_file_age):
                at = self._monotonic()
                newest = _Fetched(self._fetch(domain, domain_id, budget), at)
                self._fetched[domain_id] = newest
            return newest.content
        finally:
            turn.release()

    def _fetch(self, domain: str, domain_id: int, budget: float) -> ZoneFile | Heard:
        try:
            lines = self._linode.zone_file(domain_id, budget)
            if not lines:
                return Heard(_ZONE_FILE, said=Said.UNRENDERED)
            return ZoneFile(lines, domain)
        except Exception as error:  # noqa: BLE001 - a tick must survive whatever the API sends
            return Heard(_ZONE_FILE, said=Said.UNUSABLE, detail=words(error))

    def _ask(self, server: NameServer, record: str, budget: float) -> Heard:
        """What one authoritative name server answers."""
        import dns.exception  # noqa: PLC0415 - dnspython is slow to import, and rarely needed

        deadline = Deadline.after(budget, self._monotonic)
        source = f"{server.host}:{server.port}"
        try:
            where = self._address(server, deadline)
            found = {
                family: _asked(where, server.port, record, family, deadline) for family in _FAMILIES
            }
        except Refused as refused:
            return Heard(source, said=Said.REFUSED, detail=str(refused))
        except (TimeoutError, dns.exception.Timeout):
            return Heard(source, said=Said.SILENT, detail=f"no answer within {budget:g} s")
        except Exception as error:  # noqa: BLE001 - a tick must survive whatever a server can send
            return Heard(source, said=Said.UNUSABLE, detail=words(error))
        return Heard(source, found["A"], found["AAAA"])

    def _address(self, server: NameServer, deadline: Deadline) -> str:
        """The server's address, over IPv4 where it has one: Lambda has no IPv6."""
        now = self._monotonic()
        at, known = self._addresses.get(server, (0.0, ""))
        if known and now - at < _ADDRESS_LASTS:
            return known
        entries = looked_up(server.host, server.port, deadline)
        found = str(min(entries, key=lambda entry: entry[0] is not socket.AF_INET)[4][0])
        self._addresses[server] = now, found
        return found


def _asked(where: str, port: int, record: str, family: str, deadline: Deadline) -> frozenset[str]:
    """The addresses of one family that a server gives."""
    found = answered(reply(where, port, record, family, deadline))
    return frozenset(str(ipaddress.ip_address(str(rdata))) for rdata in found or ())
