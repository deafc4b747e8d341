"""What the account has, through linode_api4: found by tag and by label."""

import functools
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from linode_api4 import (
    VPC,
    ApiError,
    Domain,
    Firewall,
    Instance,
    LinodeClient,
    NodeBalancer,
    UnexpectedResponseError,
    or_,
)

from cli import linode_token
from cli.from_linode import API
from cli.region.file import Regions
from cli.region.model import Existing, Kind, Thing
from cli.region.wanted import balancer_label, tag
from cli.trouble import Trouble

_MOST_NODES = 500
_SECONDS = (5, 60)
"""To connect, and to wait for an answer: some things take Linode long to make."""
_SCOPES = "linodes, firewall, vpc, ips, nodebalancers and domains, each read/write"


def token() -> str:
    """That of whoever types. Raises Trouble."""
    return linode_token.of_the_person(f"read and make regions; its scopes: {_SCOPES}")


def client(secret: str) -> Any:
    """A client that sends each request once. A POST that is sent again makes a thing twice."""
    url = os.environ.get("LINODE_API_URL", API).rstrip("/")
    made = LinodeClient(secret, base_url=url, retry=False)
    made.session.trust_env = False  # a netrc entry would replace the token
    made.session.request = functools.partial(made.session.request, timeout=_SECONDS)
    return made


@contextmanager
def linode(what: str) -> Iterator[None]:
    """Puts into words what Linode refuses. Raises Trouble."""
    again = "run the same command again: it goes on with what is missing, and makes nothing twice"
    try:
        yield
    except ApiError as error:
        said = "; ".join(map(str, error.errors)) or "no reason was given"
        denied = error.status in (401, 403)
        raise Trouble(
            f"Linode refused ({what}): {error.status}: {said}",
            f"the token needs {_SCOPES}" if denied else f"correct it if it is yours, then {again}",
        ) from None
    except (requests.RequestException, UnexpectedResponseError, ValueError, KeyError) as error:
        raise Trouble(
            f"Linode gave no usable answer ({what}): {type(error).__name__}. Whether it was done "
            "is not known.",
            again,
        ) from None


def read(api: Any, regions: Regions) -> Existing:
    """Everything of the file's, and everything with its tag. Raises Trouble."""
    there = Existing()
    with linode("reading what exists"):
        for thing in _everything(api, regions):
            there.add(thing)
    return there


def _everything(api: Any, regions: Regions) -> Iterator[Thing]:
    own, said = tag(regions), regions.said
    bases = [balancer_label(regions, each.name) for each in said.region]
    names = [f"{base}-{number}" for base in bases for number in range(1, said.count + 1)]
    reserved = list(api.networking.reserved_ips()) if said.balancer.reserved else []
    yield from _addresses(reserved, regions)
    yield from map(instance, api.linode.instances(_any(Instance, own, names)))
    yield from map(firewall, api.networking.firewalls(_any(Firewall, own, bases)))
    known = {str(each.address) for each in reserved}
    for each in api.nodebalancers(_any(NodeBalancer, own, bases)):
        yield balancer(each, known)
        yield from _ports(api, each, said.balancer.port)
    for each in api.vpcs(functools.reduce(or_, (VPC.label == label for label in bases))):
        yield vpc(each)
        yield from (subnet(inner, each) for inner in each.subnets)
    yield from _zone(api, regions)


def _any(kind: Any, own: str, labels: Iterable[str]) -> Any:
    """The filter for what carries our tag, or one of these labels."""
    return functools.reduce(or_, (kind.label == label for label in labels), kind.tags == own)


def _ports(api: Any, each: Any, wanted: int) -> Iterator[Thing]:
    for config in each.configs:
        if config.port == wanted:
            found = port(config, each)
            yield found
            # Each node of config.nodes is asked for once more by linode_api4 when it is looked at.
            nodes = api.get(f"{found.path}/nodes?page_size={_MOST_NODES}")["data"]
            yield from (node(inner, found) for inner in nodes)


def _addresses(reserved: list[Any], regions: Regions) -> Iterator[Thing]:
    """The first of each region goes by the label of its NodeBalancer, any other by itself."""
    own = [each for each in reserved if tag(regions) in each.tags]
    seen: set[str] = set()
    for each in sorted(own, key=lambda one: (one.assigned_entity is None, str(one.address))):
        region = str(each.region.id)
        label = str(each.address) if region in seen else balancer_label(regions, region)
        seen.add(region)
        yield address(each, label)


def _zone(api: Any, regions: Regions) -> Iterator[Thing]:
    said = regions.said.record
    for each in api.domains(Domain.domain == said.domain):
        yield domain(each)
        names = {said.label, said.name}
        for found in each.records:
            if found.name in names and found.type in ("A", "AAAA"):
                yield record(found, each, said.name)


# One of each kind, as it is compared.


def instance(each: Any) -> Thing:
    """An instance."""
    fields = {
        "tags": list(each.tags), "region": each.region.id, "type": each.type.id,
        "image": each.image.id if each.image else None, "ipv4": list(each.ipv4),
        "ipv6": each.ipv6,
    }  # fmt: skip
    return _thing(Kind.INSTANCE, each, "/linode/instances", fields)


def firewall(each: Any) -> Thing:
    """A firewall."""
    fields = {"tags": list(each.tags), "rules": each.rules.dict}
    return _thing(Kind.FIREWALL, each, "/networking/firewalls", fields)


def balancer(each: Any, reserved: Iterable[str | None]) -> Thing:
    """A NodeBalancer; `reserved` are the addresses that outlive one."""
    ipv4 = str(each.ipv4.address) if each.ipv4 else None
    fields = {
        "tags": list(each.tags), "region": each.region.id, "type": each.type or "common",
        "ipv4": ipv4, "ipv6": each.ipv6, "reserved": ipv4 in reserved,
        "backend_ipv6_prefix": each.backend_ipv6_prefix,
    }  # fmt: skip
    return _thing(Kind.BALANCER, each, "/nodebalancers", fields)


CONFIG = (
    "port", "protocol", "algorithm", "check", "check_path", "check_body", "check_interval",
    "check_timeout", "check_attempts", "check_passive", "ssl_fingerprint",
)  # fmt: skip
"""What is compared of a port."""


def port(each: Any, parent: Any) -> Thing:
    """A port of a NodeBalancer."""
    fields = {name: getattr(each, name) for name in CONFIG}
    status = each.nodes_status
    fields |= {"up": status.up, "down": status.down}
    label, path = f"{parent.label}:{each.port}", f"/nodebalancers/{parent.id}/configs/{each.id}"
    return Thing(Kind.PORT, label, each.id, path, fields, parent.region.id)


def node(each: Mapping[str, Any], config: Thing) -> Thing:
    """A back end of a port, as the API shows it."""
    path, number = f"{config.path}/nodes/{each['id']}", int(each["id"])
    fields = {name: each[name] for name in ("address", "mode")}
    return Thing(Kind.NODE, str(each["label"]), number, path, fields, config.region)


def vpc(each: Any) -> Thing:
    """A VPC."""
    return _thing(Kind.VPC, each, "/vpcs", {"region": each.region.id})


def subnet(each: Any, parent: Any) -> Thing:
    """A subnet of a VPC."""
    path, where = f"/vpcs/{parent.id}/subnets/{each.id}", parent.region.id
    return Thing(Kind.SUBNET, str(each.label), each.id, path, {"ipv4": each.ipv4}, where)


def address(each: Any, label: str) -> Thing:
    """A reserved address."""
    said = str(each.address)
    fields = {"tags": list(each.tags), "address": said}
    return Thing(
        Kind.ADDRESS, label, said, f"/networking/reserved/ips/{said}", fields, each.region.id
    )


def domain(each: Any) -> Thing:
    """A zone."""
    name = str(each.domain)
    return Thing(Kind.DOMAIN, name, each.id, f"/domains/{each.id}", {"ttl_sec": each.ttl_sec})


def record(each: Any, zone: Any, name: str) -> Thing:
    """An A or AAAA record."""
    fields = {"ttl_sec": each.ttl_sec, "target": each.target}
    path = f"/domains/{zone.id}/records/{each.id}"
    return Thing(Kind.RECORD, f"{name} {each.type}", each.id, path, fields)


def _thing(kind: Kind, each: Any, at: str, fields: dict[str, Any]) -> Thing:
    where = str(each.region.id) if kind is not Kind.FIREWALL else ""
    return Thing(kind, str(each.label), each.id, f"{at}/{each.id}", fields, where)
