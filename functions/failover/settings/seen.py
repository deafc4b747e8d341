"""What checks of more than one value remember while a settings file is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationInfo

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
    """The values at the top of the file, and what was read last: the zone that a service can only
    mean, whether it has data or IPv6, whether its back ends count, and whether a region names its
    NodeBalancer."""

    file: Mapping[str, Any] = field(default_factory=dict)
    services: set[tuple[str, str]] = field(default_factory=set)
    regions: set[tuple[str, str]] = field(default_factory=set)
    zone: str = ""
    data: bool = False
    ipv6: bool = False
    counts_back_ends: bool = False
    labelled: bool = False


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
