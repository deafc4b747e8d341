"""The tables of `failover.toml` and what their values must be together.

What a single value may be is in `rules`. The check of one field sees the valid values before it, so
that a mistake elsewhere never hides a problem.
"""

import hashlib
import json
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationInfo, field_validator, model_validator

from failover.settings import rules
from failover.settings.model import (
    UNRESOLVED,
    VANTAGE_MARK,
    Addresses,
    Data,
    Failback,
    Health,
    JsonScalar,
    Mode,
    Region,
    Routing,
    Service,
    Settings,
)
from failover.settings.recovery import Recovery, as_duration, as_seconds
from failover.settings.refusal import Refusal, Rule
from failover.settings.table import Seen, Table, default, once, rows, tables, too_low

MOST_SERVICES = 300  # what one function is measured to keep up with
FREE_REGION_METRICS = 10  # services; beyond that they are only written when asked for
REFERENCES = ["https://api.linode.com/v4/regions", "https://one.one.one.one/"]
PORTS = {"https": 443, "http": 80}


class _Region(Table):
    head = "[[service.region]]"
    together = {  # noqa: RUF012 -- a ClassVar of Table
        "oneOf": [{"required": ["ipv4"]}, {"required": ["nodebalancer"]}],
        "dependentRequired": {"ipv6": ["ipv4"]},
    }

    name: Annotated[str, PlainValidator(rules.NAME)]
    aws_region: Annotated[str | None, PlainValidator(rules.AWS_REGION)] = None
    nodebalancer: Annotated[str | None, PlainValidator(rules.NODEBALANCER)] = None
    ipv4: Annotated[str | None, PlainValidator(rules.IPV4)] = None
    ipv6: Annotated[str | None, PlainValidator(rules.IPV6)] = None

    @model_validator(mode="before")
    @classmethod
    def _asks_for_what_it_needs(cls, value: Any, info: ValidationInfo[Seen]) -> Any:  # noqa: ANN401 -- as the file has it
        """Without a label there is an IPv4 address, and an IPv6 address if another region has. The
        data of a service is somewhere."""
        if not isinstance(value, dict):
            return value
        addressed = "nodebalancer" not in value
        asked = {
            "aws_region": info.context.data,
            "ipv4": addressed,
            "ipv6": addressed and info.context.ipv6,
        }
        return {**{key: None for key, needed in asked.items() if needed}, **value}

    @field_validator("ipv4", "ipv6")
    @classmethod
    def _is_not_beside_a_label(cls, value: str, info: ValidationInfo[Seen]) -> str:
        if "nodebalancer" in info.context.table:
            raise Refusal("beside nodebalancer", "allowed is one of the two: addresses, or a label")
        return value

    @field_validator("name", "nodebalancer", "ipv4", "ipv6")
    @classmethod
    def _is_its_own(cls, value: str, info: ValidationInfo[Seen]) -> str:
        return once(info.context.regions, value, info, "region of the service")

    def value(self) -> Region:
        addresses = Addresses(self.ipv4, self.ipv6) if self.ipv4 else UNRESOLVED
        return Region(self.name, self.aws_region, addresses, self.nodebalancer)


class _Health(Table):
    head = "[service.health]"

    scheme: Annotated[str, PlainValidator(rules.SCHEME)] = "https"
    port: Annotated[int | None, PlainValidator(rules.PORT)] = None
    path: Annotated[str, PlainValidator(rules.PATH)] = "/health"
    status: Annotated[frozenset[int], PlainValidator(rules.STATUS)] = default([200])
    pairs: Annotated[dict[str, JsonScalar], PlainValidator(rules.JSON)] = Field(
        default={"status": "healthy"}, alias="json"
    )
    timeout: Annotated[float, PlainValidator(rules.TIMEOUT)] = default("4s")
    confirm_interval: Annotated[float, PlainValidator(rules.CONFIRM_INTERVAL)] = default("5s")
    interval: Annotated[float, PlainValidator(rules.INTERVAL)] = default("10s")
    failure_threshold: Annotated[int, PlainValidator(rules.THRESHOLD)] = 3
    clear_threshold: Annotated[int, PlainValidator(rules.THRESHOLD)] = 3
    recovery_threshold: Annotated[int, PlainValidator(rules.THRESHOLD)] = default(6)

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

    def value(self) -> Health:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        pairs = given.pop("pairs")
        return Health(**given | {"json": pairs, "port": self.port or PORTS[self.scheme]})


class _Data(Table):
    head = "[service.data]"

    table: Annotated[str, PlainValidator(rules.DATA_TABLE)]
    max_age: Annotated[float, PlainValidator(rules.MAX_AGE)] = default("60s")
    accept_stale_after: Annotated[float, PlainValidator(rules.ACCEPT_STALE_AFTER)] = default("0s")
    key: Annotated[dict[str, str], PlainValidator(rules.KEY)] = default(
        {"pk": "heartbeat", "sk": "{region}"}
    )
    attribute: Annotated[str, PlainValidator(rules.ATTRIBUTE)] = "heartbeat_{vantage}"

    @field_validator("attribute")
    @classmethod
    def _is_no_key(cls, value: str, info: ValidationInfo[Seen]) -> str:
        vantages = info.context.file.get("vantages", ())
        names = {value.replace(VANTAGE_MARK, vantage) for vantage in vantages}
        if names & info.data.get("key", {}).keys():
            raise Refusal("which is an attribute of the key")
        return value

    def value(self) -> Data:
        return Data(**{name: getattr(self, name) for name in type(self).model_fields})


class _Service(Table):
    head = "[[service]]"
    together = {  # noqa: RUF012 -- a ClassVar of Table
        "dependentSchemas": {
            "data": {"properties": {"region": {"items": {"required": ["aws_region"]}}}}
        }
    }

    name: Annotated[str, PlainValidator(rules.NAME)]
    domain: Annotated[str, PlainValidator(rules.DOMAIN)]
    record: Annotated[str, PlainValidator(rules.RECORD)]
    mode: Annotated[Mode, PlainValidator(rules.MODE)]
    routing: Annotated[Routing, PlainValidator(rules.ROUTING)] = Routing.FAILOVER
    ttl: Annotated[int, PlainValidator(rules.TTL)] = 30
    failback: Annotated[Failback, PlainValidator(rules.FAILBACK)] = Failback.MANUAL
    failback_after: Annotated[float, PlainValidator(rules.FAILBACK_AFTER)] = default("10m")
    flip_budget: Annotated[int, PlainValidator(rules.FLIP_BUDGET)] = 4
    health: _Health = default({})
    data: _Data | None = None
    rto_target: Annotated[float | None, PlainValidator(rules.RTO_TARGET)] = None
    region: list[_Region] = tables(2, 16)

    @field_validator("record")
    @classmethod
    def _is_inside_the_domain(cls, value: str, info: ValidationInfo[Seen]) -> str:
        domain = info.data.get("domain") or rules.zone_meant(info.context.table.get("domain"))
        if domain and value != domain and not value.endswith(f".{domain}"):
            inside = f'"{domain}" or a name that ends in ".{domain}"'
            raise Refusal(instead=f'allowed is {inside}, for example record = "app.{domain}"')
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
        info.context.regions = set()
        info.context.data = info.data.get("data", True) is not None  # also where it is refused
        regions = rows(value, info, cls, _Region.head)
        info.context.ipv6 = any(isinstance(row, dict) and "ipv6" in row for row in regions)
        return regions

    def value(self) -> Service:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        regions = tuple(region.value() for region in given.pop("region"))
        data = self.data.value() if self.data else None
        return Service(**given | {"health": self.health.value(), "data": data, "regions": regions})


class File(Table):
    """The whole file."""

    head = "the top of the file, above [[service]]"

    revision: Annotated[int, PlainValidator(rules.REVISION)]
    vantages: Annotated[tuple[str, ...], PlainValidator(rules.VANTAGES)]
    region_metrics: Annotated[bool | None, PlainValidator(rules.REGION_METRICS)] = None
    publish_allowance: Annotated[float, PlainValidator(rules.PUBLISH_ALLOWANCE)] = default("60s")
    references: Annotated[tuple[str, ...], PlainValidator(rules.REFERENCES)] = default(REFERENCES)
    service: list[_Service] = tables(1, MOST_SERVICES)

    @field_validator("service", mode="before")
    @classmethod
    def _are_one_or_more(cls, value: object, info: ValidationInfo[Seen]) -> object:
        info.context.file = info.data
        return rows(value, info, cls, _Service.head)

    def value(self) -> Settings:
        """The settings. The digest covers what the file says, not its comments and spelling, and
        not the defaults: a release with a new setting reads the same file as the one before."""
        said = self.model_dump(by_alias=True, exclude_unset=True)
        canonical = json.dumps(said, sort_keys=True, default=sorted)
        given = {name: getattr(self, name) for name in type(self).model_fields}
        if self.region_metrics is None:
            given["region_metrics"] = len(self.service) <= FREE_REGION_METRICS
        return Settings(
            digest=hashlib.sha256(canonical.encode()).hexdigest()[:12],
            services=tuple(service.value() for service in given.pop("service")),
            **given,
        )


def _recovery(info: ValidationInfo[Seen]) -> Recovery | None:
    """The sum of this service; None when a part of it was refused already."""
    file, service = info.context.file, info.data
    try:
        health: _Health = service["health"]
        data: _Data | None = service["data"]
        return Recovery(
            interval=health.interval,
            confirm_interval=health.confirm_interval,
            timeout=health.timeout,
            failure_threshold=health.failure_threshold,
            ttl=service["ttl"],
            publish_allowance=file["publish_allowance"],
            vantages=len(file["vantages"]),
            accept_stale_after=data.accept_stale_after if data else 0.0,
        )
    except KeyError:
        return None


TABLES: dict[str, type[Table]] = {
    "service": _Service,
    "region": _Region,
    "health": _Health,
    "data": _Data,
}


def rules_of(table: type[Table]) -> dict[str, Rule]:
    """The rule of each key that has one."""
    return {
        spec.alias or name: note.func
        for name, spec in table.model_fields.items()
        for note in spec.metadata
        if isinstance(note, PlainValidator) and isinstance(note.func, Rule)
    }


def keys(table: type[Table]) -> list[str]:
    """The keys of a table, as the file writes them."""
    return [spec.alias or name for name, spec in table.model_fields.items()]
