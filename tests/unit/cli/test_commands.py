"""Command lines that are printed are such that the command understands, and say what the event
beside them says."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.commands import as_command, complete
from cli.main import cli
from failover.notify.catalogue import NOTICES
from failover.notify.commands import EVERYTHING
from failover.notify.events import Event, What
from failover.notify.messages import Place, letter
from tests.support import shipped
from tests.support.builders import SHOP, settings_of

ROOT = Path(__file__).parents[3]
PLACE = Place("night", "eu-west-1", "/night/token")
STACK = "--stack night --region eu-west-1"


def parsed(line: str) -> Mapping[str, Any]:
    """What the command understands of a line. A wrong line is an error."""
    name, command, *words = shlex.split(line)
    assert name == "linode-failover"
    given = cli.commands[command].make_context(command, words).params
    assert (given["stack"], given["aws_region"]) == ("night", "eu-west-1")
    service = EVERYTHING if given.get("everything") else given.get("service")
    return {"command": command, **given, "service": service}


def assert_same(line: str, event: Mapping[str, Any]) -> None:
    found = parsed(line)
    for key, value in event.items():
        if str(value).startswith("<"):
            assert not found.get(key)
        elif key != "id":
            assert found[key] == value, (key, line)


@pytest.mark.parametrize("name", [n for n, e in shipped.every().items() if "command" in e])
def test_every_event_file_has_a_command_line(name: str) -> None:
    text = (ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")
    event = json.loads(text)
    event.pop("limit", None)
    line = as_command(json.dumps(event), STACK)
    assert line
    assert_same(line, event)


@pytest.mark.parametrize("about", NOTICES)
def test_an_alert_begins_each_advice_with_the_command_line(about: str) -> None:
    what, _, detail = about.partition("/")
    what = What.INCIDENT_BEGAN if what == "incident" else what
    facts = {"incident": detail, "cause": detail, "from": "east"}
    text = letter(Event("1", 1.0, what, facts), SHOP, settings_of(), PLACE).text
    lines = re.findall(r"^  (linode-failover .*)$", text, re.MULTILINE)
    events = re.findall(r"^  or: printf %s (.*?) \| aws ", text, re.MULTILINE)
    assert len(lines) == len(events) == (2 if NOTICES[about].command else 1)
    for line, event in zip(lines, events, strict=True):
        assert_same(line, json.loads(shlex.split(event)[0]))


def test_words_of_a_person_stay_one_word() -> None:
    event = {"command": "failback", "service": "shop", "by": "ana", "reason": "it's `well` $again"}
    line = as_command(json.dumps(event), STACK)
    assert line
    assert_same(line, event)


def test_advice_in_prose_is_no_command() -> None:
    assert as_command('set mode = "act" and deploy', STACK) is None


def test_a_command_line_in_an_answer_gets_the_options_of_its_stack() -> None:
    line = "    to end it: linode-failover release shop"
    assert complete(line, STACK) == f"{line} {STACK}"
    assert complete("  records before: A 198.18.0.1", STACK) == "  records before: A 198.18.0.1"
