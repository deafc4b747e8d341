"""The tables of `regions.toml`: what each key allows."""

from enum import StrEnum
from ipaddress import IPv4Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from failover.settings import rules
from failover.settings.refusal import Refusal
from failover.settings.rules import one_of, text, whole
from failover.settings.validation import UNSAID, Table, allowed

_ROOM = 16
"""Addresses of the smallest subnet: some for instances, four for the NodeBalancer."""


class Backends(StrEnum):
    """How a NodeBalancer reaches the instances."""

    VPC = "vpc"
    IPV6 = "ipv6"
    PRIVATE = "private"


class Size(StrEnum):
    """What Linode calls the type of a NodeBalancer."""

    COMMON = "common"
    PREMIUM = "premium"


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise Refusal from None


def _subnet(value: str) -> str:
    network = ip_network(_network(value))
    if not isinstance(network, IPv4Network) or not network.is_private:
        raise Refusal("which is no private IPv4 network")
    if network.num_addresses < _ROOM:
        raise Refusal("which is too small")
    return value


class RegionTable(Table):
    """One region: where it is at Linode, and which AWS region its application uses."""

    model_config = ConfigDict(title="[[region]]")

    name: rules.Name = allowed("the id of a Linode region", "us-east")
    aws_region: rules.AwsRegion
    subnet: Annotated[str, AfterValidator(_subnet)] = allowed(
        "a private IPv4 network of 16 addresses or more", "10.0.0.0/24", default="10.0.0.0/24"
    )


class BalancerTable(Table):
    """The NodeBalancer of each region, and the check that takes sick instances out."""

    model_config = ConfigDict(title="[balancer]")

    type: Size = one_of("common", "premium", default="common")
    reserved: bool = allowed("true or false", example=True, default=True)
    port: int = whole(1, 65535, 443, default=443)
    protocol: str = text("https|http", '"https" or "http"', "https", default="https")
    certificate: str = allowed("a PEM file, the whole chain", "fullchain.pem", default=UNSAID)
    key: str = allowed("a PEM file", "privkey.pem", default=UNSAID)
    algorithm: str = text(
        "roundrobin|leastconn|source", '"roundrobin", "leastconn" or "source"', "leastconn",
        default="leastconn",
    )  # fmt: skip
    check_path: str = text(
        r"/[a-zA-Z0-9/%?&=.-]*", 'a path that begins with "/"', "/health", default="/health"
    )
    check_body: str = allowed(
        "what only a healthy answer holds", '"status":"healthy"', default='"status":"healthy"'
    )
    check_interval: int = whole(2, 3600, 5, default=5)
    check_timeout: int = whole(1, 30, 3, default=3)
    check_attempts: int = whole(1, 30, 2, default=2)

    @field_validator("check_timeout")
    @classmethod
    def _ends_before_the_next(cls, value: int, info: ValidationInfo) -> int:
        if value >= info.data.get("check_interval", value + 1):
            raise Refusal("which is not below check_interval")
        return value


class RecordTable(Table):
    """The name that people visit. It is made where it is missing, and never moved."""

    model_config = ConfigDict(title="[record]")

    domain: rules.DnsName = allowed("the zone, a DNS name in lower case", "example.com")
    name: rules.DnsName = allowed("a name in the zone", "app.example.com")
    ttl: rules.Ttl = allowed("one of Linode's TTLs", 30, default=30)
    ipv6: bool = allowed("true or false", example=True, default=True)
    soa_email: str = text(
        r"[^@\s]+@[^@\s]+", "an e-mail address, for a zone that has to be made",
        "hostmaster@example.com", default=UNSAID,
    )  # fmt: skip

    @field_validator("name")
    @classmethod
    def _is_inside(cls, value: str, info: ValidationInfo) -> str:
        domain = info.data.get("domain")
        if domain and value != domain and not value.endswith(f".{domain}"):
            raise Refusal(f"which is not in {domain}")
        return value

    @property
    def label(self) -> str:
        """The name as the zone has it; empty at the top."""
        return self.name.removesuffix(self.domain).rstrip(".")


class File(Table):
    """The whole file."""

    model_config = ConfigDict(title="the top of the file, above [balancer]")

    name: str = text(r"[a-z](-?[a-z0-9]){1,11}", "2 to 12 of a-z, 0-9 and single -", "app")
    type: str = text(r"[a-z0-9-]{3,40}", "the id of a Linode plan", "g6-standard-1")
    count: int = whole(1, 50, 2, default=2)
    image: str = text(r"(linode|private|shared)/[a-z0-9.-]+", "an image", "linode/debian12")
    authorized_keys: rules.Several[Annotated[str, Field(pattern=r"^(ssh|ecdsa|sk)-\S+ \S+")]] = (
        allowed("a list of public SSH keys", ["ssh-ed25519 AAAA... me"])
    )
    user_data: str = allowed("a cloud-init file", "user-data.yaml", default=UNSAID)
    backends: Backends = one_of("vpc", "ipv6", "private", default="vpc")
    port: int = whole(1, 65535, 8080, default=8080)
    ssh_from: rules.Several[Annotated[str, AfterValidator(_network)]] = allowed(
        "a list of networks", ["203.0.113.0/24"], default=UNSAID
    )
    balancer: BalancerTable = Field(default={}, validate_default=True)
    record: RecordTable
    region: list[RegionTable] = Field(
        description="one or more tables, each under [[region]]", min_length=1, max_length=16
    )

    @field_validator("region")
    @classmethod
    def _are_different(cls, value: list[RegionTable]) -> list[RegionTable]:
        for name in ("name", "aws_region"):
            said = [getattr(each, name) for each in value]
            if len(set(said)) < len(said):
                raise Refusal(instead=f"every region needs its own {name}")
        return value

    @field_validator("balancer")
    @classmethod
    def _reaches_its_back_ends(cls, value: BalancerTable, info: ValidationInfo) -> BalancerTable:
        if value.type is Size.PREMIUM and info.data.get("backends") is Backends.PRIVATE:
            other = 'set backends to "vpc" or "ipv6"'
            raise Refusal(instead=f"a premium NodeBalancer takes no private IPv4: {other}")
        if value.protocol == "https" and not (value.certificate and value.key):
            raise Refusal(instead="https needs certificate and key, each the name of a PEM file")
        return value
