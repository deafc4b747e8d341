"""A settings file for tests: as data that a test can change, and as the text that is read."""

import copy
import json
import math
import re
from datetime import date, datetime, time
from typing import Any

import pytest

from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.model import Settings

Location = tuple[str | int, ...]

SERVICE: Location = ("service", 0)
HEALTH: Location = (*SERVICE, "health")
REGION: Location = (*SERVICE, "region", 0)

LINE = re.compile(r"^line [0-9]+: ")

_GOOD: dict[str, Any] = {
    "revision": 7,
    "vantages": ["eu-west-1"],
    "service": [
        {
            "name": "shop",
            "domain": "shop.test",
            "record": "app.shop.test",
            "mode": "act",
            "health": {},
            "region": [
                {"name": "us-east", "aws_region": "us-east-1", "ipv4": "10.0.0.1", "ipv6": "::1"},
                {"name": "eu-west", "aws_region": "eu-west-1", "ipv4": "10.0.0.2", "ipv6": "::2"},
            ],
        }
    ],
}


def good() -> dict[str, Any]:
    """The smallest file that is accepted, with IPv6 in both regions."""
    return copy.deepcopy(_GOOD)


def without(data: dict[str, Any], *location: str | int) -> dict[str, Any]:
    """The same data with one key less."""
    changed = copy.deepcopy(data)
    del _parent(changed, location)[location[-1]]
    return changed


def having(data: dict[str, Any], *location_and_value: Any) -> dict[str, Any]:
    """The same data with one value set: the last argument, at the place that the others name."""
    *location, value = location_and_value
    changed = copy.deepcopy(data)
    _parent(changed, location)[location[-1]] = copy.deepcopy(value)
    return changed


def _parent(data: Any, location: Any) -> Any:
    for step in location[:-1]:
        data = data[step]
    return data


def accepted(*location_and_value: Any) -> Settings:
    """The settings that a good file gives after one change."""
    return settings_file.parse(toml(having(good(), *location_and_value)))


def problems(data: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a file: one thing at least. Without the lines."""
    with pytest.raises(SettingsRefused) as refused:
        settings_file.parse(toml(data))
    return [LINE.sub("", each) for each in refused.value.problems]


def problem(*location_and_value: Any) -> str:
    """The one problem that a good file has after one change."""
    (only,) = problems(having(good(), *location_and_value))
    return only


def toml(data: dict[str, Any]) -> str:
    """The data as TOML text."""
    return "".join(f"{_text(key)} = {toml_value(value)}\n" for key, value in data.items())


def toml_value(value: Any) -> str:
    """One value as TOML text."""
    if isinstance(value, dict):
        pairs = (f"{_text(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value).lower()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def filled_in(example: str) -> str:
    """A text of the documentation with names and addresses that are not examples."""
    for theirs, ours in (
        ("example.com", "shop.test"),
        ("192.0.2.", "10.0.0."),
        ("198.51.100.", "10.0.1."),
        ("2001:db8:", "fd00:"),
    ):
        example = example.replace(theirs, ours)
    return example
