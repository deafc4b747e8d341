"""What Linode has rendered and what its name servers answer, asked directly.

The name servers are anycast, so that each answer is the nearest site's. Nothing else tells when a
change has been published: Linode has no event and no status for it.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from functools import partial

from failover.adapters.linode import LinodeDns
from failover.core.proof import Evidence, Heard
from failover.environment import NameServer
from failover.errors import FailoverError
from failover.ports import Tasks

_FAMILIES = ("A", "AAAA")


class LinodeWitness:
    """The Witness port. Never raises: who does not answer in time has nothing to say."""

    def __init__(
        self,
        linode: LinodeDns,
        servers: Iterable[NameServer],
        monotonic: Callable[[], float],
        tasks: Tasks,
    ) -> None:
        self._linode = linode
        self._servers = tuple(servers)
        self._monotonic = monotonic
        self._tasks = tasks

    def look(self, domain: str, domain_id: int, record: str, budget: float) -> Evidence:
        """What the zone says that was last rendered, and each name server, side by side."""
        rendered, *served = self._tasks.gather(
            [
                partial(self._rendered, domain, domain_id, record, budget),
                *(partial(self._served, server, record, budget) for server in self._servers),
            ]
        )
        return Evidence(rendered, tuple(served))

    def _rendered(self, domain: str, domain_id: int, record: str, budget: float) -> Heard | None:
        """What the zone says at the record's name that was last rendered."""
        import dns.exception  # noqa: PLC0415 - dnspython is slow to import, and rarely needed
        import dns.zone  # noqa: PLC0415

        try:
            lines = self._linode.zone_file(domain_id, budget)
            zone = dns.zone.from_text("\n".join(lines), origin=domain, check_origin=False)
            found = {
                family: _addresses(zone.get_rdataset(f"{record}.", family)) for family in _FAMILIES
            }
        except (FailoverError, dns.exception.DNSException, ValueError):
            return None
        return Heard("zone file", found["A"], found["AAAA"])

    def _served(self, server: NameServer, record: str, budget: float) -> Heard | None:
        """What one authoritative name server answers."""
        import dns.exception  # noqa: PLC0415

        ends = self._monotonic() + budget
        try:
            where = _numeric(server)
            found = {
                family: self._asked(where, server.port, record, family, ends)
                for family in _FAMILIES
            }
        except (OSError, dns.exception.DNSException, ValueError):
            return None
        return Heard(f"{server.host}:{server.port}", found["A"], found["AAAA"])

    def _asked(
        self, where: str, port: int, record: str, family: str, ends: float
    ) -> frozenset[str]:
        """One query, by TCP where the answer does not fit. Only NOERROR and NXDOMAIN count."""
        import dns.message  # noqa: PLC0415
        import dns.query  # noqa: PLC0415
        import dns.rcode  # noqa: PLC0415

        query = dns.message.make_query(record, family)
        left = max(ends - self._monotonic(), 0.01)
        reply, _ = dns.query.udp_with_fallback(query, where, timeout=left, port=port)
        if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise OSError(dns.rcode.to_text(reply.rcode()))
        question = query.question[0]
        rrset = reply.get_rrset(reply.answer, question.name, question.rdclass, question.rdtype)
        return _addresses(rrset)


def _numeric(server: NameServer) -> str:
    """The server's address, over IPv4 where it has one: Lambda has no IPv6."""
    try:
        return str(ipaddress.ip_address(server.host))
    except ValueError:
        found = socket.getaddrinfo(server.host, server.port, family=socket.AF_INET)
        return str(found[0][4][0])


def _addresses(rdatas: Iterable[object] | None) -> frozenset[str]:
    return frozenset(str(ipaddress.ip_address(str(rdata))) for rdata in rdatas or ())
