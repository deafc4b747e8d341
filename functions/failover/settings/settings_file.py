"""`failover.toml`: read, checked as a whole, and returned as frozen dataclasses."""

import tomllib
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from failover.errors import SettingsRefused
from failover.settings.lines import Lines
from failover.settings.model import Settings
from failover.settings.seen import Seen
from failover.settings.tables import File
from failover.settings.validation import problems

LARGEST_FILE = 2 * 1024 * 1024  # bytes: 2,000 services in three regions take half of it


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
        raise SettingsRefused([f"{file}: the file is larger than 2 MiB: is it the right one?"])
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
        lines = Lines(text)
        found = problems(refused, data, File)
        raise SettingsRefused([lines.before(place) + said for place, said in found]) from None
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
