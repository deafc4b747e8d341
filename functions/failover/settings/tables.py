"""The tables of `failover.toml`: what each key allows, and what values must be together."""

import hashlib
import json
from types import SimpleNamespace
from typing import Any, cast

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from failover.settings import rules
from failover.settings.model import Failback, Mode, Routing, Service, Settings
from failover.settings.recovery import TTLS, Recovery, as_duration, as_seconds
from failover.settings.refusal import Refusal
from failover.settings.rules import Duration, lasting, one_of, whole
from failover.settings.seen import Seen, once
from failover.settings.service_parts import DataTable, HealthTable, RegionTable
from failover.settings.shards import shards_for
from failover.settings.validation import UNSAID, Table, allowed, heading

FREE_REGION_METRICS = 10  # services; beyond that they are only written when asked for


def _tables(kind: type[Table], least: int, most: int | None = None) -> Any:  # noqa: ANN401 -- as Field
    many = f"{least} to {most}" if most else f"{least} or more"
    words = f"a list of {many} tables, each under {heading(kind)}"
    return Field(description=words, min_length=least, max_length=most)


class ServiceTable(Table):
    """One service, with the tables inside it."""

    model_config = ConfigDict(
        title="[[service]]",
        json_schema_extra={
            "dependentSchemas": {
                "data": {"properties": {"region": {"items": {"required": ["aws_region"]}}}}
            }
        },
    )

    name: rules.Name
    domain: rules.DnsName = allowed(
        "the zone in Linode DNS Manager, a DNS name in lower case", "example.com"
    )
    record: rules.DnsName = allowed(
        "the name that people visit, a DNS name in lower case", "app.example.com"
    )
    mode: Mode = one_of("observe", "act")
    routing: Routing = one_of("failover", "multivalue", default="failover")
    ttl: rules.Ttl = allowed(f"one of Linode's TTLs ({', '.join(map(str, TTLS))})", 30, default=30)
    failback: Failback = one_of("manual", "automatic", default="manual")
    failback_after: Duration = lasting("5m", "168h", "10m", default="10m")
    flip_budget: int = whole(1, 100, 4, default=4)
    health: HealthTable = Field(default={}, validate_default=True)
    data: DataTable = UNSAID
    rto_target: Duration = lasting("1s", "24h", "3m", default=UNSAID)
    region: list[RegionTable] = _tables(RegionTable, 2, 16)

    @field_validator("domain", mode="before")
    @classmethod
    def _means_a_zone(cls, value: object, info: ValidationInfo[Seen]) -> object:
        info.context.zone = rules.zone_meant(value)
        return value

    @field_validator("record")
    @classmethod
    def _is_inside_the_domain(cls, value: str, info: ValidationInfo[Seen]) -> str:
        zone = info.context.zone
        if zone and value != zone and not value.endswith(f".{zone}"):
            within = f'"{zone}" or a name that ends in ".{zone}"'
            raise Refusal(instead=f'allowed is {within}, for example record = "app.{zone}"')
        return value

    @field_validator("name", "record")
    @classmethod
    def _is_its_own(cls, value: str, info: ValidationInfo[Seen]) -> str:
        return once(info.context.services, value, info, "service")

    @field_validator("rto_target")
    @classmethod
    def _can_be_kept(cls, value: float, info: ValidationInfo[Seen]) -> float:
        promise = _recovery(info)
        if promise and value < promise.total:
            parts = " + ".join(f"{as_seconds(p.seconds)} ({p.formula})" for p in promise.parts)
            raise Refusal(
                f"but the settings give {as_seconds(promise.total)} s = {parts}",
                f"allowed is that or longer, for example rto_target = {as_duration(promise.total)};"
                f" {promise.advice(value)}",
            )
        return value

    @field_validator("region", mode="before")
    @classmethod
    def _are_two_or_more(cls, value: object, info: ValidationInfo[Seen]) -> object:
        """A second one that is missing hides no mistake in the first."""
        regions, health = value if isinstance(value, list) else [], info.data.get("health")
        info.context.regions = set()
        info.context.data = info.data.get("data", True) is not None  # also where it is refused
        info.context.counts_back_ends = bool(health and health.min_backends)
        info.context.ipv6 = any(isinstance(row, dict) and "ipv6" in row for row in regions)
        return [*regions, None] if len(regions) == 1 else value

    def value(self) -> Service:
        """The service that it describes."""
        given = dict(self)
        regions = tuple(region.value() for region in given.pop("region"))
        data = self.data.value() if self.data else None
        return Service(**given | {"health": self.health.value(), "data": data, "regions": regions})


class File(Table):
    """The whole file."""

    model_config = ConfigDict(title="the top of the file, above [[service]]")

    revision: int = whole(1, 10**12, 1)
    vantages: rules.Several[rules.AwsRegion] = allowed(
        # Members of a global table with multi-Region strong consistency (Amazon DynamoDB Developer
        # Guide, "Multi-Region strong consistency").
        "a list of different AWS regions, three at most (a control table can be in no more)",
        ["eu-west-1"],
        max_length=3,
    )
    region_metrics: bool = allowed("true or false", example=True, default=UNSAID)
    publish_allowance: Duration = lasting("1s", "1h", "60s", default="60s")
    references: rules.Several[rules.HttpsUrl] = allowed(
        "a list of different https URLs outside AWS (http only to this machine)",
        ["https://one.one.one.one/"],
        default=["https://api.linode.com/v4/regions", "https://one.one.one.one/"],
    )
    service: list[ServiceTable] = _tables(ServiceTable, 1)

    @field_validator("service", mode="before")
    @classmethod
    def _are_below_the_top(cls, value: object, info: ValidationInfo[Seen]) -> object:
        info.context.file = info.data
        return value

    def value(self) -> Settings:
        """The settings. The digest covers what the file says, not its comments and spelling, and
        not the defaults: a release with a new setting reads the same file as the one before."""
        said = self.model_dump(by_alias=True, exclude_unset=True)
        canonical = json.dumps(said, sort_keys=True, default=sorted)
        given = dict(self)
        if self.region_metrics is None:
            given["region_metrics"] = len(self.service) <= FREE_REGION_METRICS
        return Settings(
            digest=hashlib.sha256(canonical.encode()).hexdigest()[:12],
            services=tuple(service.value() for service in given.pop("service")),
            shards=shards_for(len(self.service)),
            **given,
        )


def _recovery(info: ValidationInfo[Seen]) -> Recovery | None:
    """The sum of this service; None when a part of it was refused already."""
    service, file = SimpleNamespace(**info.data), SimpleNamespace(**info.context.file)
    try:
        return Recovery.of(cast(Service, service), cast(Settings, file))
    except AttributeError:
        return None
