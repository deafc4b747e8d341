"""The tables inside a service of `failover.toml`.

The check of one field sees the valid values before it, so that a mistake elsewhere never hides a
problem.
"""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from failover.settings import headers as sent
from failover.settings import rules
from failover.settings.model import (
    HEARTBEAT_ATTRIBUTE,
    HEARTBEAT_KEY,
    UNRESOLVED,
    VANTAGE_MARK,
    Addresses,
    Data,
    Health,
    Region,
)
from failover.settings.recovery import as_duration
from failover.settings.refusal import Refusal
from failover.settings.rules import Duration, lasting, text, whole
from failover.settings.seen import Seen, once, too_low
from failover.settings.validation import UNSAID, Table, allowed

PORTS = {"https": 443, "http": 80}


class RegionTable(Table):
    """One region of a service."""

    model_config = ConfigDict(
        title="[[service.region]]",
        json_schema_extra={
            "oneOf": [{"required": ["ipv4"]}, {"required": ["nodebalancer"]}],
            "dependentRequired": {"ipv6": ["ipv4"]},
        },
    )

    name: rules.Name
    aws_region: rules.AwsRegion = UNSAID
    nodebalancer: str = text(
        r"[A-Za-z0-9_-]{3,32}",
        "the label of the region's NodeBalancer, 3 to 32 of A-Z, a-z, 0-9, - and _",
        "lb-us-east",
        default=UNSAID,
    )
    ipv4: rules.Ipv4 = allowed(
        "the public IPv4 address of the region's NodeBalancer (or its label, in nodebalancer)",
        "192.0.2.1",
        default=UNSAID,
    )
    ipv6: rules.Ipv6 = allowed(
        "the public IPv6 address of the region's NodeBalancer (every region has one, or none)",
        "2001:db8::1",
        default=UNSAID,
    )

    @model_validator(mode="before")
    @classmethod
    def _asks_for_what_it_needs(cls, value: Any, info: ValidationInfo[Seen]) -> Any:  # noqa: ANN401 -- as the file has it
        """Without a label there is an IPv4 address, and an IPv6 address if another region has. The
        data of a service is somewhere. Back ends are those of a label."""
        if not isinstance(value, dict):
            return value
        addressed = "nodebalancer" not in value
        info.context.labelled = not addressed
        asked = {
            "aws_region": info.context.data,
            "nodebalancer": info.context.counts_back_ends,
            "ipv4": addressed,
            "ipv6": addressed and info.context.ipv6,
        }
        return {**{key: None for key, needed in asked.items() if needed}, **value}

    @field_validator("ipv4", "ipv6")
    @classmethod
    def _is_not_beside_a_label(cls, value: str, info: ValidationInfo[Seen]) -> str:
        if info.context.labelled:
            raise Refusal("beside nodebalancer", "allowed is one of the two: addresses, or a label")
        return value

    @field_validator("name", "nodebalancer", "ipv4", "ipv6")
    @classmethod
    def _is_its_own(cls, value: str, info: ValidationInfo[Seen]) -> str:
        return once(info.context.regions, value, info, "region of the service")

    def value(self) -> Region:
        """The region that it describes."""
        addresses = Addresses(self.ipv4, self.ipv6) if self.ipv4 else UNRESOLVED
        return Region(self.name, self.aws_region, addresses, self.nodebalancer)


class HealthTable(Table):
    """What a healthy answer looks like, and how probes are counted."""

    model_config = ConfigDict(title="[service.health]")

    scheme: str = text("https|http", '"https" or "http"', "https", default="https")
    port: int = whole(1, 65535, 443, default=UNSAID)
    path: str = text(
        r'/[!"$-~]*',
        'printable ASCII that begins with "/", without "#"',
        "/health",
        default="/health",
        max_length=1024,
    )
    status: frozenset[Annotated[int, Field(ge=100, le=599)]] = allowed(
        "a list of HTTP statuses from 100 to 599", [200], default=[200], strict=False, min_length=1
    )
    pairs: dict[str, rules.Scalar] = allowed(
        "pairs of a key and a text, number or boolean",
        {"status": "healthy"},
        default={"status": "healthy"},
        alias="json",
    )
    timeout: Duration = lasting("50ms", "10s", "4s", default="4s")
    confirm_interval: Duration = lasting("100ms", "60s", "5s", default="5s")
    interval: Duration = lasting("200ms", "60s", "10s", default="10s")
    failure_threshold: int = whole(1, 100, 3, default=3)
    clear_threshold: int = whole(1, 100, 3, default=3)
    recovery_threshold: int = whole(1, 100, 3, default=6)
    min_backends: float = allowed("a number above 0, 1 at most", 0.5, default=UNSAID, gt=0, le=1)
    host: rules.DnsName = allowed(
        "a DNS name in lower case", "internal.example.com", default=UNSAID
    )
    headers: sent.Headers = allowed(
        f"pairs of a header and its text in printable ASCII, {sent.MOST} at most",
        {"X-Monitor": "failover"},
        default={},
        repr=False,
    )
    secret_headers: sent.SecretHeaders = allowed(
        "pairs of a header and the SSM SecureString with its value, by a name of the form"
        f" /path/name, {sent.MOST} at most",
        {"X-Gate-Key": "/linode-region-failover/probe/gate-key"},
        default={},
        repr=False,
    )

    @field_validator("confirm_interval")
    @classmethod
    def _outlasts_a_probe(cls, value: float, info: ValidationInfo[Seen]) -> float:
        timeout = info.data.get("timeout", 0.0)
        if value <= timeout:
            raise too_low(info, f"longer than timeout, {as_duration(timeout)}", timeout + 1)
        return value

    @field_validator("interval")
    @classmethod
    def _is_not_below_confirm_interval(cls, value: float, info: ValidationInfo[Seen]) -> float:
        least = info.data.get("confirm_interval", 0.0)
        if value < least:
            raise too_low(info, f"confirm_interval, {as_duration(least)}, or longer", least)
        return value

    @field_validator("recovery_threshold")
    @classmethod
    def _is_not_below_failure_threshold(cls, value: int, info: ValidationInfo[Seen]) -> int:
        least = info.data.get("failure_threshold", 1)
        if value < least:
            raise too_low(info, f"failure_threshold, {least}, or more", least)
        return value

    @field_validator("secret_headers")
    @classmethod
    def _stays_secret(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if value and info.data.get("scheme") == "http":
            raise Refusal(
                'with scheme = "http", by which anybody on the way could read them',
                'write scheme = "https"',
            )
        sent.once_each([*info.data.get("headers", ()), *value])
        return value

    def value(self) -> Health:
        """The health check that it describes."""
        given = dict(self)
        pairs = given.pop("pairs")
        return Health(**given | {"json": pairs, "port": self.port or PORTS[self.scheme]})


class DataTable(Table):
    """The application's global table."""

    model_config = ConfigDict(title="[service.data]")

    table: str = rules.table_name(
        "the name of the application's DynamoDB global table", "my-app-data"
    )
    max_age: Duration = lasting("10s", "24h", "60s", default="60s")
    accept_stale_after: Duration = lasting("0s", "24h", "5m", default="0s")
    key: rules.Key = allowed(
        "one or two key attributes with their texts, {region} in one of them at least",
        HEARTBEAT_KEY,
        default=HEARTBEAT_KEY,
    )
    attribute: rules.HeartbeatAttribute = allowed(
        "the name of an attribute, with {vantage} in it",
        HEARTBEAT_ATTRIBUTE,
        default=HEARTBEAT_ATTRIBUTE,
    )

    @field_validator("attribute")
    @classmethod
    def _is_no_key(cls, value: str, info: ValidationInfo[Seen]) -> str:
        vantages = info.context.file.get("vantages", ())
        names = {value.replace(VANTAGE_MARK, vantage) for vantage in vantages}
        if names & info.data.get("key", {}).keys():
            raise Refusal("which is an attribute of the key")
        return value

    def value(self) -> Data:
        """The data that it describes."""
        return Data(**dict(self))
