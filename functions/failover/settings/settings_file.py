"""`failover.toml`: read, checked as a whole, and returned as frozen dataclasses."""

import difflib
import tomllib
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from failover.errors import SettingsRefused
from failover.settings.lines import Lines
from failover.settings.model import Settings
from failover.settings.refusal import Refusal, is_written, path, sentence, shown
from failover.settings.table import Seen, Table
from failover.settings.tables import TABLES, File, keys, rules_of

LARGEST_FILE = 256 * 1024  # bytes


def load(file: str | PathLike[str]) -> Settings:
    """The settings in a file. Raises SettingsRefused with every problem at once."""
    return parse(read(file))


def read(file: str | PathLike[str]) -> str:
    """The text of a settings file. Raises SettingsRefused when there is none."""
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise SettingsRefused([f"{file}: the settings file cannot be read: {reason}"]) from None
    if len(content) > LARGEST_FILE:
        raise SettingsRefused([f"{file}: the file is larger than 256 KiB: is it the right one?"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsRefused(
            [f"{file}: the file is not UTF-8 text (line {line}): save it as UTF-8"]
        ) from None


def parse(text: str) -> Settings:
    """The settings in a text. Raises SettingsRefused with every problem at once."""
    data = toml(text)
    try:
        file = File.model_validate(data, context=Seen())
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
        lines = Lines(text)
        raise SettingsRefused(
            [lines.before(error["loc"]) + _problem(error, data) for error in errors]
        ) from None
    return file.value()


def toml(text: str) -> dict[str, Any]:
    """What a text says in TOML. Raises SettingsRefused when it says nothing."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        is_syntax = isinstance(error, tomllib.TOMLDecodeError)
        what = str(error) if is_syntax else "a number is too long or a list is nested too deeply"
        raise SettingsRefused([f"the file is not TOML: {what}"]) from None
    if not data:
        raise SettingsRefused(["the file is empty: start from layers/config/failover.example.toml"])
    return data


def _problem(error: ErrorDetails, data: object) -> str:
    """One sentence for one finding of pydantic, in none of its words."""
    location = error["loc"]
    where = path(data, location)
    tables = [TABLES[step] for step in location[:-1] if step in TABLES]
    table, key = tables[-1] if tables else File, str(location[-1])
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key; {_known(table, key)}"
    rule = rules_of(table).get(key)
    if error["type"] == "missing" or error["input"] is None:
        return sentence(where, "missing", _refusal(error), rule)
    found = f"found {shown(error['input'])}"
    if not is_written(data, location):
        found = f"{shown(error['input'])} by default"
    return sentence(where, found, _refusal(error), rule)


def _refusal(error: ErrorDetails) -> Refusal:
    cause = error.get("ctx", {}).get("error")
    return cause if isinstance(cause, Refusal) else Refusal()


def _known(table: type[Table], key: str) -> str:
    tables: list[type[Table]] = [File, *TABLES.values()]
    for other in tables:
        if key in keys(other):
            return f"its place is {other.head}"
    close = difflib.get_close_matches(key, keys(table), 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}allowed are {', '.join(keys(table))}"
