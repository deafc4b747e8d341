"""What a file asks for, thing by thing, in the order in which one needs another."""

import hashlib
import ssl
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from cli.region.file import Regions, first_certificate
from cli.region.model import UNKNOWN, Existing, Kind, Unknown, Want
from cli.region.tables import Backends, RegionTable, Size

ZONE_TTL = 300
"""Seconds for which resolvers remember that a name of a new zone does not exist."""

_FIRST_HOST = 10
_PRIVATE = "192.168.128.0/17"
_LEGACY = "192.168.255.0/24"
"""Where NodeBalancers come from whose back ends are reached by private IPv4."""


def tag(regions: Regions) -> str:
    """What everything carries that belongs to the file and can carry a tag."""
    return f"failover-{regions.said.name}"


def wants(regions: Regions, there: Existing, only: str | None = None) -> Iterator[Want]:
    """Everything that the file asks for; with `only`, what makes up that region."""
    for region in regions.said.region:
        if only in (None, region.name):
            yield from _Place(regions, region, there).wants()
    if only is None:
        yield from _name(regions, there)


def balancer_label(regions: Regions, region: str) -> str:
    """The label of a region's NodeBalancer."""
    return f"{regions.said.name}-{region}"


class _Place:
    """One region of the file."""

    def __init__(self, regions: Regions, region: RegionTable, there: Existing) -> None:
        self._regions = regions
        self._file = regions.said
        self._region = region
        self._there = there
        self._label = balancer_label(regions, region.name)
        self._tags = {"tags": [tag(regions)]}
        self._port = f"{self._label}:{self._file.balancer.port}"
        self._is_vpc = self._file.backends is Backends.VPC

    def wants(self) -> Iterator[Want]:
        if self._is_vpc:
            yield from self._network()
        if self._reserves():
            yield self._want(
                Kind.ADDRESS, self._label, {"region": self._region.name, **self._tags}, price="ipv4"
            )
        yield self._balancer()
        yield self._firewall()
        for number in range(1, self._file.count + 1):
            yield self._instance(number)
        yield self._listener()
        for number in range(1, self._file.count + 1):
            yield self._node(number)

    def _reserves(self) -> bool:
        """A NodeBalancer gets its reserved address when it is made, or never."""
        kinds = (Kind.ADDRESS, Kind.BALANCER)
        address, balancer = (self._there.one(kind, self._label) for kind in kinds)
        return self._file.balancer.reserved and (address is not None or balancer is None)

    def _want(self, kind: Kind, label: str, make: dict[str, Any], **more: Any) -> Want:
        return Want(kind, label, self._region.name, make, **more)

    def _network(self) -> Iterator[Want]:
        yield self._want(Kind.VPC, self._label, {"label": self._label, "region": self._region.name})
        yield self._want(
            Kind.SUBNET,
            self._label,
            {"label": self._label, "ipv4": self._region.subnet},
            under=(self._there.id(Kind.VPC, self._label),),
            fixed={"ipv4": self._region.subnet},
        )

    def _balancer(self) -> Want:
        said, where = self._file.balancer, {"region": self._region.name}
        make: dict[str, Any] = {"label": self._label, **where, **self._tags}
        if said.type is not Size.COMMON:
            make["type"] = str(said.type)
        if said.reserved:
            make["ipv4"] = self._there.field(Kind.ADDRESS, self._label, "address")
        if self._is_vpc:
            subnet = self._there.id(Kind.SUBNET, self._label)
            make["vpcs"] = [{"subnet_id": subnet, "ipv4_range": self._range()}]
        if self._file.backends is Backends.IPV6:
            make["backend_connectivity"] = "ipv6"
        fixed = {**where, "type": str(said.type), "reserved": said.reserved}
        return self._want(
            Kind.BALANCER, self._label, make, keep=self._tags, fixed=fixed, price=str(said.type)
        )

    def _range(self) -> str:
        """The last /30 of the subnet that may be used: instances begin at the other end."""
        network = ip_network(self._region.subnet)
        return f"{network[-8]}/30"

    def _source(self) -> dict[str, list[Any]]:
        """From where the NodeBalancer reaches the instances."""
        match self._file.backends:
            case Backends.VPC:
                return {"ipv4": [self._range()]}
            case Backends.IPV6:
                prefix = self._there.field(Kind.BALANCER, self._label, "backend_ipv6_prefix")
                return {"ipv6": [prefix or UNKNOWN]}
        return {"ipv4": [_LEGACY]}

    def _firewall(self) -> Want:
        inbound = [_accept("nodebalancer", self._file.port, self._source())]
        if self._file.ssh_from:
            four = [each for each in self._file.ssh_from if ":" not in each]
            six = [each for each in self._file.ssh_from if ":" in each]
            addresses = {"ipv4": four, "ipv6": six}
            inbound.append(_accept("ssh", 22, {k: v for k, v in addresses.items() if v}))
        rules = {
            "inbound_policy": "DROP", "inbound": inbound, "outbound_policy": "ACCEPT",
            "outbound": [],
        }  # fmt: skip
        make = {"label": self._label, "rules": rules, **self._tags}
        return self._want(Kind.FIREWALL, self._label, make, keep={**self._tags, "rules": rules})

    def _instance(self, number: int) -> Want:
        label, said, where = f"{self._label}-{number}", self._file, self._region.name
        make: dict[str, Any] = {
            "label": label, "region": where, "type": said.type, "image": said.image,
            "authorized_keys": list(said.authorized_keys), **self._tags,
            "firewall": self._there.id(Kind.FIREWALL, self._label),
            "interface_generation": "legacy_config",
            "user_data": self._regions.user_data_of(self._region),
        }  # fmt: skip
        if self._is_vpc:
            inside = {
                "purpose": "vpc", "subnet_id": self._there.id(Kind.SUBNET, self._label),
                "ipv4": {"vpc": self._host(number)},
            }  # fmt: skip
            make["interfaces"] = [{"purpose": "public", "primary": True}, inside]
        elif said.backends is Backends.PRIVATE:
            make["private_ip"] = True
        fixed = {"region": where, "type": said.type, "image": said.image}
        return self._want(Kind.INSTANCE, label, make, keep=self._tags, fixed=fixed, price=said.type)

    def _host(self, number: int) -> str:
        return str(ip_network(self._region.subnet)[_FIRST_HOST + number - 1])

    def _listener(self) -> Want:
        said = self._file.balancer
        keep: dict[str, Any] = {
            "port": said.port, "protocol": said.protocol, "algorithm": said.algorithm,
            "check": "http_body", "check_path": said.check_path, "check_body": said.check_body,
            "check_interval": said.check_interval, "check_timeout": said.check_timeout,
            "check_attempts": said.check_attempts, "check_passive": False,
        }  # fmt: skip
        make = dict(keep)
        if said.protocol == "https":
            make |= {"ssl_cert": self._regions.certificate, "ssl_key": self._regions.key}
            keep["ssl_fingerprint"] = fingerprint(self._regions.certificate)
        balancer = self._there.id(Kind.BALANCER, self._label)
        return self._want(Kind.PORT, self._port, make, under=(balancer,), keep=keep)

    def _node(self, number: int) -> Want:
        label = f"{self._label}-{number}"
        keep = {"address": self._address(label, number), "mode": "accept"}
        make: dict[str, Any] = {"label": label, **keep}
        if self._is_vpc:
            make["subnet_id"] = self._there.id(Kind.SUBNET, self._label)
        balancer = self._there.id(Kind.BALANCER, self._label)
        config = self._there.id(Kind.PORT, self._port)
        return self._want(Kind.NODE, label, make, under=(balancer, config), keep=keep)

    def _address(self, label: str, number: int) -> str | Unknown:
        """Where the NodeBalancer finds an instance."""
        port = self._file.port
        if self._is_vpc:
            return f"{self._host(number)}:{port}"
        instance = self._there.one(Kind.INSTANCE, label)
        if instance is None:
            return UNKNOWN
        if self._file.backends is Backends.IPV6:
            return f"[{str(instance.fields['ipv6']).partition('/')[0]}]:{port}"
        private = ip_network(_PRIVATE)
        own = [each for each in instance.fields["ipv4"] if ip_address(each) in private]
        return f"{own[0]}:{port}" if own else UNKNOWN


def _name(regions: Regions, there: Existing) -> Iterator[Want]:
    """The zone and the records. A record is made for the first region, and then left alone."""
    said, first = regions.said.record, regions.said.region[0].name
    zone = {"domain": said.domain, "soa_email": said.soa_email, "ttl_sec": ZONE_TTL}
    yield Want(Kind.DOMAIN, said.domain, "", zone)
    for family, field in {"A": "ipv4", **({"AAAA": "ipv6"} if said.ipv6 else {})}.items():
        target = there.field(Kind.BALANCER, balancer_label(regions, first), field)
        keep = {"ttl_sec": said.ttl}
        make = {"record_type": family, "name": said.label, "target": target, **keep}
        yield Want(
            Kind.RECORD, f"{said.name} {family}", "", make,
            under=(there.id(Kind.DOMAIN, said.domain),), keep=keep,
        )  # fmt: skip


def fingerprint(chain: str) -> str:
    """The fingerprint of a certificate, as Linode shows it."""
    der = ssl.PEM_cert_to_DER_cert(first_certificate(chain))
    digest = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _accept(label: str, port: int, addresses: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "label": label, "action": "ACCEPT", "protocol": "TCP", "ports": str(port),
        "addresses": addresses,
    }  # fmt: skip
