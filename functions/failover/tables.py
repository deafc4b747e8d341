"""The tables of `failover.toml` and what their values must be together.

What a single value may be is in `rules`. The check of one field sees the valid values before it, so
that a mistake elsewhere never hides a problem.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)

from failover import rules
from failover.core.recovery import Recovery, as_duration, as_seconds
from failover.core.settings import (
    Addresses,
    Failback,
    Health,
    JsonScalar,
    Mode,
    Region,
    Routing,
    Service,
    Settings,
)
from failover.refusal import Refusal, Rule

MOST_SERVICES = 300  # what one function is measured to keep up with
MOST_REGIONS = 16
FREE_REGION_METRICS = 10  # services; beyond that they are only written when asked for
REFERENCES = ["https://api.linode.com/v4/regions", "https://one.one.one.one/"]
PORTS = {"https": 443, "http": 80}

_ANOTHER = {
    "name": '"shop-2"',
    "record": '"www.example.com"',
    "ipv4": '"198.51.100.1"',
    "ipv6": '"2001:db8::2"',
}


@dataclass
class Seen:
    """What checks of more than one table remember while a file is read."""

    file: Mapping[str, Any] = field(default_factory=dict)
    services: set[tuple[str, str]] = field(default_factory=set)
    regions: set[tuple[str, str]] = field(default_factory=set)
    ipv6: bool = False


class Table(BaseModel):
    """A table of the file. `head` is how the file writes it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    head: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise Refusal(instead=f"allowed is a table, for example under {cls.head}")
        return value


def _default(value: object) -> Any:  # noqa: ANN401 -- as the file would write it, not as it is read
    return Field(default=value, validate_default=True)


class _Region(Table):
    head = "[[service.region]]"

    name: Annotated[str, PlainValidator(rules.NAME)]
    aws_region: Annotated[str, PlainValidator(rules.AWS_REGION)]
    ipv4: Annotated[str, PlainValidator(rules.IPV4)]
    ipv6: Annotated[str | None, PlainValidator(rules.IPV6)] = None
    nodebalancer: Annotated[None, PlainValidator(rules.NODEBALANCER)] = None

    @model_validator(mode="before")
    @classmethod
    def _has_ipv6_like_the_others(cls, value: Any, info: ValidationInfo[Seen]) -> Any:  # noqa: ANN401
        asked = info.context.ipv6 and isinstance(value, dict)
        return {"ipv6": None, **value} if asked else value

    @field_validator("name", "ipv4", "ipv6")
    @classmethod
    def _is_its_own(cls, value: str, info: ValidationInfo[Seen]) -> str:
        return _once(info.context.regions, value, info, "region of the service")

    def value(self) -> Region:
        return Region(self.name, self.aws_region, Addresses(self.ipv4, self.ipv6))


class _Health(Table):
    head = "[service.health]"

    scheme: Annotated[str, PlainValidator(rules.SCHEME)] = "https"
    port: Annotated[int | None, PlainValidator(rules.PORT)] = None
    path: Annotated[str, PlainValidator(rules.PATH)] = "/health"
    status: Annotated[frozenset[int], PlainValidator(rules.STATUS)] = _default([200])
    pairs: Annotated[dict[str, JsonScalar], PlainValidator(rules.JSON)] = Field(
        default={"status": "healthy"}, alias="json"
    )
    timeout: Annotated[float, PlainValidator(rules.TIMEOUT)] = _default("4s")
    confirm_interval: Annotated[float, PlainValidator(rules.CONFIRM_INTERVAL)] = _default("5s")
    interval: Annotated[float, PlainValidator(rules.INTERVAL)] = _default("10s")
    failure_threshold: Annotated[int, PlainValidator(rules.THRESHOLD)] = 3
    clear_threshold: Annotated[int, PlainValidator(rules.THRESHOLD)] = 3
    recovery_threshold: Annotated[int, PlainValidator(rules.THRESHOLD)] = _default(6)

    @field_validator("confirm_interval")
    @classmethod
    def _outlasts_a_probe(cls, value: float, info: ValidationInfo[Seen]) -> float:
        timeout = info.data.get("timeout", 0.0)
        if value <= timeout:
            raise _too_low(info, f"longer than timeout, {as_duration(timeout)}", timeout + 1)
        return value

    @field_validator("interval")
    @classmethod
    def _is_not_below_confirm_interval(cls, value: float, info: ValidationInfo[Seen]) -> float:
        least = info.data.get("confirm_interval", 0.0)
        if value < least:
            raise _too_low(info, f"confirm_interval, {as_duration(least)}, or longer", least)
        return value

    @field_validator("recovery_threshold")
    @classmethod
    def _is_not_below_failure_threshold(cls, value: int, info: ValidationInfo[Seen]) -> int:
        least = info.data.get("failure_threshold", 1)
        if value < least:
            raise _too_low(info, f"failure_threshold, {least}, or more", least)
        return value

    def value(self) -> Health:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        pairs = given.pop("pairs")
        return Health(**given | {"json": pairs, "port": self.port or PORTS[self.scheme]})


class _Service(Table):
    head = "[[service]]"

    name: Annotated[str, PlainValidator(rules.NAME)]
    domain: Annotated[str, PlainValidator(rules.DOMAIN)]
    record: Annotated[str, PlainValidator(rules.RECORD)]
    mode: Annotated[Mode, PlainValidator(rules.MODE)]
    routing: Annotated[Routing, PlainValidator(rules.ROUTING)] = Routing.FAILOVER
    ttl: Annotated[int, PlainValidator(rules.TTL)] = 30
    failback: Annotated[Failback, PlainValidator(rules.FAILBACK)] = Failback.MANUAL
    failback_after: Annotated[float, PlainValidator(rules.FAILBACK_AFTER)] = _default("10m")
    flip_budget: Annotated[int, PlainValidator(rules.FLIP_BUDGET)] = 4
    health: _Health = _default({})
    rto_target: Annotated[float | None, PlainValidator(rules.RTO_TARGET)] = None
    data: Annotated[None, PlainValidator(rules.DATA)] = None
    region: list[_Region] = _default([])

    @field_validator("record")
    @classmethod
    def _is_inside_the_domain(cls, value: str, info: ValidationInfo[Seen]) -> str:
        domain = info.data.get("domain", "")
        if domain and value != domain and not value.endswith(f".{domain}"):
            inside = f'"{domain}" or a name that ends in ".{domain}"'
            raise Refusal(instead=f'allowed is {inside}, for example record = "app.{domain}"')
        return value

    @field_validator("name", "record")
    @classmethod
    def _is_its_own(cls, value: str, info: ValidationInfo[Seen]) -> str:
        return _once(info.context.services, value, info, "service")

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
        rows = _rows(value, _Region.head, least=2, most=MOST_REGIONS)
        info.context.ipv6 = any(isinstance(row, dict) and "ipv6" in row for row in rows)
        return rows

    def value(self) -> Service:
        given = {name: getattr(self, name) for name in type(self).model_fields}
        regions = tuple(region.value() for region in given.pop("region"))
        return Service(**given | {"health": self.health.value(), "regions": regions})


class File(Table):
    """The whole file."""

    head = "the top of the file, above [[service]]"

    revision: Annotated[int, PlainValidator(rules.REVISION)]
    vantages: Annotated[tuple[str, ...], PlainValidator(rules.VANTAGES)]
    tick_length: Annotated[float, PlainValidator(rules.TICK_LENGTH)] = _default("130s")
    region_metrics: Annotated[bool | None, PlainValidator(rules.REGION_METRICS)] = None
    publish_allowance: Annotated[float, PlainValidator(rules.PUBLISH_ALLOWANCE)] = _default("60s")
    references: Annotated[tuple[str, ...], PlainValidator(rules.REFERENCES)] = _default(REFERENCES)
    service: list[_Service] = _default([])

    @field_validator("service", mode="before")
    @classmethod
    def _are_one_or_more(cls, value: object, info: ValidationInfo[Seen]) -> object:
        info.context.file = info.data
        return _rows(value, _Service.head, least=1, most=MOST_SERVICES)

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


def _rows(value: object, head: str, least: int, most: int) -> list[object]:
    """The tables of a list. Those that are missing are refused one by one, at their place."""
    if not isinstance(value, list) or len(value) > most:
        raise Refusal(instead=f"allowed are {least} to {most} tables, each under {head}")
    return value + [None] * (least - len(value))


def _once(used: set[tuple[str, str]], value: str, info: ValidationInfo[Seen], whose: str) -> str:
    key = str(info.field_name)
    if (key, value) in used:
        another = f"allowed is one of its own, for example {key} = {_ANOTHER[key]}"
        raise Refusal(f"which another {whose} has", another)
    used.add((key, value))
    return value


def _too_low(info: ValidationInfo[Seen], allowed: str, example: float) -> Refusal:
    written = example if isinstance(example, int) else as_duration(example)
    return Refusal(instead=f"allowed is {allowed}, for example {info.field_name} = {written}")


def _recovery(info: ValidationInfo[Seen]) -> Recovery | None:
    """The sum of this service; None when a part of it was refused already."""
    file, service = info.context.file, info.data
    try:
        health: _Health = service["health"]
        return Recovery(
            interval=health.interval,
            confirm_interval=health.confirm_interval,
            timeout=health.timeout,
            failure_threshold=health.failure_threshold,
            ttl=service["ttl"],
            publish_allowance=file["publish_allowance"],
            tick_length=file["tick_length"],
            vantages=len(file["vantages"]),
        )
    except KeyError:
        return None


TABLES: dict[str, type[Table]] = {"service": _Service, "region": _Region, "health": _Health}


def rules_of(table: type[Table]) -> dict[str, Rule]:
    """The rule of each key that has one."""
    return {
        spec.alias or name: note.func
        for name, spec in table.model_fields.items()
        for note in spec.metadata
        if isinstance(note, PlainValidator) and isinstance(note.func, Rule)
    }


def keys(table: type[Table]) -> list[str]:
    """The keys of a table, as the file writes them, without those that are not in this release."""
    later = [key for key, rule in rules_of(table).items() if not rule.allowed]
    names = [spec.alias or name for name, spec in table.model_fields.items()]
    return [name for name in names if name not in later]
