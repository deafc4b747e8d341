"""Name servers of the embedded world: they serve rendered zones over UDP and TCP."""

import contextlib
import socketserver
from enum import StrEnum
from typing import Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.zone

from local.linode_domain import Delay
from local.linode_zones import Account
from local.servers import Background, TcpServer

_HOST = "127.0.0.1"
_UDP_PAYLOAD = 1232
_ENOUGH_ALIASES = 8


def ask(
    nameserver: str, name: str, kind: str = "A", *, tcp: bool = False, timeout: float = 2.0
) -> dns.message.Message:
    """The answer of one name server ("host:port") to a real query. Raises Timeout of dnspython."""
    host, _, port = nameserver.rpartition(":")
    query = dns.message.make_query(name, kind)
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, host, timeout=timeout, port=int(port))


def addresses(nameserver: str, name: str, kind: str = "A") -> list[str]:
    """What `ask` was told, as sorted texts; empty when there is nothing at the name."""
    found = ask(nameserver, name, kind).answer
    return sorted(str(data) for rrset in found for data in rrset if str(rrset.rdtype.name) == kind)


class DnsFault(StrEnum):
    """What can be wrong with a name server."""

    SILENT = "silent"  # takes every question, also over TCP, and never says anything
    SERVFAIL = "servfail"
    REFUSED = "refused"  # as for a zone that it does not serve
    TRUNCATED = "truncated"  # nothing but the TC bit over UDP; the truth over TCP
    WRONG_ID = "wrong_id"  # the truth, as if to another question


class NameServer:
    """Answers on one free port, UDP and TCP alike. A context manager; `at` is "host:port".

    `render_delay` is its own, so that name servers can disagree for a while.
    """

    def __init__(self, account: Account, render_delay: float) -> None:
        self.render_delay = Delay(render_delay)
        self._account = account
        self._fault: DnsFault | None = None
        self._tcp, self._udp = _on_one_port(self)
        self.at = f"{_HOST}:{self._tcp.server_address[1]}"

    def __enter__(self) -> Self:
        self._tcp.start()
        self._udp.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tcp.stop()
        self._udp.stop()

    @property
    def fault(self) -> DnsFault | None:
        """What is wrong with it; may be set at any time to None or the text of a DnsFault."""
        return self._fault

    @fault.setter
    def fault(self, fault: DnsFault | str | None) -> None:
        self._fault = None if fault is None else DnsFault(fault)

    def reply(self, packet: bytes, *, over_udp: bool) -> bytes | None:
        """The bytes to send back: none at all when silent, None for what is no question."""
        fault = self._fault
        try:
            query = dns.message.from_wire(packet)
        except dns.exception.DNSException:
            return None
        if fault is DnsFault.SILENT:
            return b""
        response = self._response(query, fault)
        if not over_udp:
            return response.to_wire()
        if fault is DnsFault.TRUNCATED:
            response = dns.message.make_response(query, our_payload=_UDP_PAYLOAD)
            response.flags |= dns.flags.AA | dns.flags.TC
        size = min(max(query.payload, 512), _UDP_PAYLOAD)
        return response.to_wire(max_size=size, prefer_truncation=True)

    def _response(self, query: dns.message.Message, fault: DnsFault | None) -> dns.message.Message:
        if fault in (DnsFault.SERVFAIL, DnsFault.REFUSED):
            response = dns.message.make_response(query, our_payload=_UDP_PAYLOAD)
            response.set_rcode(dns.rcode.from_text(fault.name))
            return response
        response = answer(self._account, query, self.render_delay.horizon())
        if fault is DnsFault.WRONG_ID:
            response.id ^= 1
        return response


class _Tcp(TcpServer):
    names: NameServer


class _Udp(Background, socketserver.UDPServer):
    names: NameServer


def _on_one_port(names: NameServer) -> tuple[_Tcp, _Udp]:
    """A TCP and a UDP server that share a port; somebody may hold the UDP side of a free TCP
    port, hence the tries."""
    for _ in range(50):
        tcp = _Tcp((_HOST, 0), _TcpQuery)
        try:
            udp = _Udp(tcp.server_address, _UdpQuery)
        except OSError:
            tcp.server_close()
            continue
        tcp.names = udp.names = names
        return tcp, udp
    raise OSError(f"no port of {_HOST} is free for both UDP and TCP")


class _UdpQuery(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        packet, listener = self.request
        wire = self.server.names.reply(packet, over_udp=True)
        if wire:
            with contextlib.suppress(OSError):
                listener.sendto(wire, self.client_address)


class _TcpQuery(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while size := self.rfile.read(2):
                packet = self.rfile.read(int.from_bytes(size))
                wire = self.server.names.reply(packet, over_udp=False)
                if wire is None:
                    return
                if wire:
                    self.wfile.write(len(wire).to_bytes(2) + wire)


def answer(account: Account, query: dns.message.Message, moment: float) -> dns.message.Message:
    """The authoritative answer to a query as of a moment, in monotonic time; REFUSED for zones
    that are not served."""
    response = dns.message.make_response(query, our_payload=_UDP_PAYLOAD)
    if len(query.question) != 1:
        response.set_rcode(dns.rcode.FORMERR)
        return response
    name, kind = query.question[0].name, query.question[0].rdtype
    zone = account.zone_of(name, moment)
    if zone is None:
        response.set_rcode(dns.rcode.REFUSED)
        return response
    response.flags |= dns.flags.AA
    for _ in range(_ENOUGH_ALIASES):
        node = _node(zone, name)
        if node is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            break
        if found := node.get_rdataset(dns.rdataclass.IN, kind):
            response.answer.append(dns.rrset.from_rdata_list(name, found.ttl, list(found)))
            return response
        alias = node.get_rdataset(dns.rdataclass.IN, dns.rdatatype.CNAME)
        if not alias:
            break
        response.answer.append(dns.rrset.from_rdata_list(name, alias.ttl, list(alias)))
        name = alias[0].target
        if not name.is_subdomain(zone.origin):
            return response  # the rest is for the resolver to ask elsewhere
    response.authority.append(_soa(zone))
    return response


def _node(zone: dns.zone.Zone, name: dns.name.Name) -> dns.node.Node | None:
    """What the zone holds at a name: its own records, nothing (an empty node, where names lie
    below it), what a wildcard gives, or None. RFC 4592 for the last two."""
    exact = zone.get_node(name)
    if exact is not None:
        return exact
    if any(other.is_subdomain(name) for other in zone):
        return dns.node.Node()
    encloser = name.parent()
    while not any(other.is_subdomain(encloser) for other in zone):
        encloser = encloser.parent()
    return zone.get_node(dns.name.Name((b"*", *encloser.labels)))


def _soa(zone: dns.zone.Zone) -> dns.rrset.RRset:
    """The SOA of a negative answer. Its TTL is how long the "no" is kept (RFC 2308, 3)."""
    assert zone.origin
    found = zone.find_rdataset(zone.origin, "SOA")
    return dns.rrset.from_rdata_list(zone.origin, min(found.ttl, found[0].minimum), list(found))
