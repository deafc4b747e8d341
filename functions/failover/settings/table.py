"""What all tables of `failover.toml` have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic.fields import FieldInfo

from failover.settings.recovery import as_duration
from failover.settings.refusal import Refusal

_ANOTHER = {
    "name": '"shop-2"',
    "record": '"www.example.com"',
    "ipv4": '"198.51.100.1"',
    "ipv6": '"2001:db8::2"',
    "nodebalancer": '"lb-eu-west"',
}


@dataclass
class Seen:
    """What checks of more than one value remember while a file is read: the values at its top, and
    what the table that was last begun says."""

    file: Mapping[str, Any] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)
    services: set[tuple[str, str]] = field(default_factory=set)
    regions: set[tuple[str, str]] = field(default_factory=set)
    ipv6: bool = False
    data: bool = False


class Table(BaseModel):
    """A table of the file. `head` is how the file writes it, `together` what JSON Schema can say of
    its keys together."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    head: ClassVar[str] = ""
    together: ClassVar[Mapping[str, Any]] = {}

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, value: object, info: ValidationInfo[Seen]) -> object:
        if not isinstance(value, dict):
            raise Refusal(instead=f"allowed is a table, for example under {cls.head}")
        info.context.table = value
        return value


def default(value: object) -> Any:  # noqa: ANN401 -- as the file would write it, not as it is read
    """A default that is read like a value of the file."""
    return Field(default=value, validate_default=True)


def tables(least: int, most: int) -> Any:  # noqa: ANN401 -- a default for any list
    """So many tables. There is no file without them: the default is refused, table by table."""
    return Field(
        default=[], validate_default=True, json_schema_extra={"minItems": least, "maxItems": most}
    )


def bounds(spec: FieldInfo) -> Mapping[str, int]:
    """How many tables a field of `tables` may have, as JSON Schema says it; empty for others."""
    extra: Any = spec.json_schema_extra
    return extra or {}


def rows(value: object, info: ValidationInfo[Seen], owner: type[Table], head: str) -> list[object]:
    """The tables of a list. Those that are missing are refused one by one, at their place."""
    least, most = bounds(owner.model_fields[str(info.field_name)]).values()
    if not isinstance(value, list) or len(value) > most:
        raise Refusal(instead=f"allowed are {least} to {most} tables, each under {head}")
    return value + [None] * (least - len(value))


def once(used: set[tuple[str, str]], value: str, info: ValidationInfo[Seen], whose: str) -> str:
    """The value, remembered. Raises Refusal when it was used before."""
    key = str(info.field_name)
    if (key, value) in used:
        another = f"allowed is one of its own, for example {key} = {_ANOTHER[key]}"
        raise Refusal(f"which another {whose} has", another)
    used.add((key, value))
    return value


def too_low(info: ValidationInfo[Seen], allowed: str, example: float) -> Refusal:
    """The refusal of a number that must not be below another one."""
    written = example if isinstance(example, int) else as_duration(example)
    return Refusal(instead=f"allowed is {allowed}, for example {info.field_name} = {written}")
