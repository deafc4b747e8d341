"""How a value is refused: in one sentence for a person, printable and on one line."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHOWN_ITEMS, _SHOWN_LENGTH, _SHOWN_BITS = 4, 64, 64


class Refusal(ValueError):
    """Why a value cannot be used. `why` says what it is, `instead` what to write; where they are
    empty, the rule's own words stand."""

    def __init__(self, why: str = "", instead: str = "") -> None:
        super().__init__(why or instead)
        self.why = why
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `example` is written as in the file. `schema` says in JSON Schema what it can of
    the rule, and never less than the rule allows. The value of a `secret` rule is never shown."""

    read: Callable[[Any], Any]
    allowed: str
    example: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    secret: bool = False

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 -- what a file says can be anything
        """The value to use. Raises Refusal."""
        return self.read(value)


def sentence(where: str, found: str, refusal: Refusal, rule: Rule | None = None) -> str:
    """One problem: the path to the field, what is there, what is allowed, and an example."""
    instead = refusal.instead
    if rule and not instead:
        key = where.rpartition(".")[2]
        instead = f"allowed is {rule.allowed}, for example {key} = {rule.example}"
    return f"{where}: {found}{f', {refusal.why}' if refusal.why else ''}; {instead}"


def shown(value: object) -> str:
    """A value as TOML would write it, short, in printable ASCII and on one line."""
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        dots = ", ..." if len(value) > _SHOWN_ITEMS else ""
        return f"[{', '.join(shown(item) for item in value[:_SHOWN_ITEMS])}{dots}]"
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        return _shown_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _SHOWN_BITS else "a very long number"
    return str(value) if isinstance(value, float) else "a date or time"


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
        among, data = data, _inside(data, step)
        if isinstance(step, str):
            written += f".{step}" if _BARE_KEY.fullmatch(step) else f".{shown(step)}"
            continue
        name = _inside(data, "name")
        names = [_inside(each, "name") for each in among] if isinstance(among, list) else []
        written += "" if isinstance(name, str) and names.count(name) == 1 else f"[{step}]"
        written += f" {shown(name)}" if isinstance(name, str) else ""
    return written.removeprefix(".")


def is_written(data: object, location: Sequence[int | str]) -> bool:
    """Whether the file itself says something there. What it leaves out is a default."""
    for step in location:
        data = _inside(data, step)
    return data is not None


def _inside(data: object, step: int | str) -> object:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None
