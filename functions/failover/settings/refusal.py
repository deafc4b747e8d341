"""How a value is refused: in words for a person, printable and on one line."""

import json
import re
from collections.abc import Sequence

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHOWN_ITEMS, _SHOWN_LENGTH, _SHOWN_BITS = 4, 64, 64


class Refusal(ValueError):
    """Why a value cannot be used. `why` says what it is, `instead` what to write; where they are
    empty, what its field allows says enough."""

    def __init__(self, why: str = "", instead: str = "") -> None:
        super().__init__(why or instead)
        self.why = why
        self.instead = instead


class OnlyAnExample(Refusal):
    """The value stands in the documentation and is nobody's."""

    def __init__(self) -> None:
        super().__init__("which is only an example")


def shown(value: object) -> str:
    """A value as TOML would write it, short, in printable ASCII and on one line."""
    match value:
        case list():
            return _shown_list(value)
        case dict():
            return "a table"
        case str():
            return _shown_text(value)
        case bool():
            return str(value).lower()
        case int() if value.bit_length() > _SHOWN_BITS:
            return "a very long number"
        case int() | float():
            return str(value)
    return "a date or time"


def _shown_list(items: list[object]) -> str:
    if any(isinstance(item, dict | list) for item in items):
        return "a list"
    dots = ", ..." if len(items) > _SHOWN_ITEMS else ""
    return f"[{', '.join(shown(item) for item in items[:_SHOWN_ITEMS])}{dots}]"


def _shown_text(text: str) -> str:
    if "://" in text and "@" in text:
        return "a URL with a user name or password"
    short = text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "..."
    return json.dumps(short).replace("\x7f", "\\u007f")


def path(data: object, location: Sequence[int | str]) -> str:
    """Where a field is, with the names that people gave: service "shop".health.timeout. What has no
    name, or that of another one, is told by its place: service[1]."""
    written = ""
    for step in location:
        among, data = data, inside(data, (step,))
        if isinstance(step, str):
            written += f".{step}" if _BARE_KEY.fullmatch(step) else f".{shown(step)}"
            continue
        name = inside(data, ("name",))
        names = [inside(each, ("name",)) for each in among] if isinstance(among, list) else []
        written += "" if isinstance(name, str) and names.count(name) == 1 else f"[{step}]"
        written += f" {shown(name)}" if isinstance(name, str) else ""
    return written.removeprefix(".")


def inside(data: object, location: Sequence[int | str]) -> object:
    """What is written there; None where nothing is, which leaves it to a default."""
    for step in location:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
