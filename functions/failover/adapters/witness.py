"""What Linode has rendered and what its name servers answer, asked directly.

The name servers are anycast, so that each answer is the nearest site's. Nothing else tells when a
change has been published: Linode has no event and no status for it.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from functools import partial

from failover.adapters.linode import LinodeDns
from failover.adapters.wire import Deadline, looked_up
from failover.core.proof import Evidence, Heard
from failover.environment import NameServer
from failover.ports import Tasks

_FAMILIES = ("A", "AAAA")

# What a zone file may say beside records. $GENERATE would make thousands of them from one line.
_DIRECTIVES = ("$ORIGIN", "$TTL")


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
        import dns.zone  # noqa: PLC0415 - dnspython is slow to import, and rarely needed

        try:
            lines = self._linode.zone_file(domain_id, budget)
            zone = dns.zone.from_text(
                "\n".join(lines), domain, check_origin=False, allow_directives=_DIRECTIVES
            )
            found = {
                family: _addresses(zone.get_rdataset(f"{record}.", family)) for family in _FAMILIES
            }
        except Exception:  # noqa: BLE001 - whatever stands in a zone file, it is no news
            return None
        return Heard("zone file", found["A"], found["AAAA"])

    def _served(self, server: NameServer, record: str, budget: float) -> Heard | None:
        """What one authoritative name server answers."""
        deadline = Deadline.after(budget, self._monotonic)
        try:
            where = _numeric(server, deadline)
            found = {
                family: _asked(where, server.port, record, family, deadline) for family in _FAMILIES
            }
        except Exception:  # noqa: BLE001 - a tick must survive whatever a server can send
            return None
        return Heard(f"{server.host}:{server.port}", found["A"], found["AAAA"])


def _asked(where: str, port: int, record: str, family: str, deadline: Deadline) -> frozenset[str]:
    """One query, by TCP where the answer does not fit. Only NOERROR and NXDOMAIN count.

    What does not come from the server, or answers another question, is passed over: whoever
    guesses the port cannot keep the true answer from being heard.
    """
    import dns.message  # noqa: PLC0415
    import dns.query  # noqa: PLC0415
    import dns.rcode  # noqa: PLC0415

    query = dns.message.make_query(record, family)
    try:
        reply = dns.query.udp(
            query,
            where,
            deadline.left(),
            port,
            ignore_unexpected=True,
            ignore_errors=True,
            raise_on_truncation=True,
        )
    except dns.message.Truncated:
        reply = dns.query.tcp(query, where, deadline.left(), port)
    if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise OSError(dns.rcode.to_text(reply.rcode()))
    question = query.question[0]
    rrset = reply.get_rrset(reply.answer, question.name, question.rdclass, question.rdtype)
    return _addresses(rrset)


def _numeric(server: NameServer, deadline: Deadline) -> str:
    """The server's address, over IPv4 where it has one: Lambda has no IPv6."""
    found = looked_up(server.host, server.port, deadline)
    return str(min(found, key=lambda entry: entry[0] is not socket.AF_INET)[4][0])


def _addresses(rdatas: Iterable[object] | None) -> frozenset[str]:
    return frozenset(str(ipaddress.ip_address(str(rdata))) for rdata in rdatas or ())
