"""The page on commands: each event file is shown, each event on it is understood, each key told."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from failover.app.control.requests import KEYS, BadEvent, read
from failover.notify.commands import Command, Order
from failover.settings.model import Region
from tests.support import shipped
from tests.support.builders import EAST, SHOP, WEST, settings_of

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
FILES = sorted(
    f for f in (ROOT / "events").glob("*.json") if "command" in json.loads(f.read_text())
)
EXAMPLE = replace(
    SHOP, regions=(Region("us-east", "us-east-1", EAST), Region("us-west", "us-west-2", WEST))
)
NOW = 1_800_000_000.0


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_event_file_is_shown_both_ways(file: Path) -> None:
    path = f"events/{file.name}"
    stack = "linode-region-failover"
    assert (
        f"sam remote invoke ControlFunction --stack-name {stack} --event-file {path}\n"
        f"aws lambda invoke --function-name {stack}-control --payload fileb://{path} /dev/stdout\n"
    ) in PAGE


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_event_file_fits_the_settings_as_they_ship(file: Path) -> None:
    example = (ROOT / "layers" / "config" / "failover.example.toml").read_text(encoding="utf-8")
    names = re.findall(r'^name\s+= "(.*?)"', example, re.MULTILINE)
    assert names == ["shop", "us-east", "us-west"]
    event = shipped.event(file.stem)
    asked = read(event, settings_of(EXAMPLE), "request", NOW)
    assert asked.command == event["command"]


def test_every_event_that_is_printed_is_understood() -> None:
    printed = re.findall(r"\{\"command\".*?\}", PAGE)
    assert len(printed) >= 3
    for text in printed:
        filled = text.replace("<you>", "ana").replace("<why>", "a test")
        read(json.loads(filled), settings_of(EXAMPLE), "request", NOW)


def test_the_table_of_commands_is_that_of_the_code() -> None:
    told = {}
    for line in PAGE.splitlines():
        cells = [set(re.findall(r"`([a-z-]+)`", cell)) for cell in line.split("|")]
        if len(cells) == 6 and cells[1] & set(Command):
            (command,) = cells[1]
            told[command] = (cells[3], cells[4])
    known = {
        str(c): (set(needed), set(possible) - {"id", "dry_run"})
        for c, (needed, possible) in KEYS.items()
    }
    assert told == known


def test_no_order_of_the_files_is_followed_before_it_is_edited() -> None:
    for file in FILES:
        if isinstance(read(shipped.event(file.stem), settings_of(EXAMPLE), "request", NOW), Order):
            with pytest.raises(BadEvent, match="your own words") as refused:
                read(json.loads(file.read_text()), settings_of(EXAMPLE), "request", NOW)
            assert [problem.split(":")[0] for problem in refused.value.problems] == ["by", "reason"]
