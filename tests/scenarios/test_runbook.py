"""The runbook: a section for each alarm, and commands that are what they seem."""

import json
import re

import pytest

from cli.main import cli
from failover.app.control.requests import BadEvent, read
from failover.notify.catalogue import NOTICES
from failover.notify.commands import QUESTIONS, Command
from failover.notify.commands import typed as as_typed
from failover.notify.events import Event
from failover.notify.messages import Place, letter
from failover.notify.metrics import ALARM_OF
from failover.settings.model import Region
from tests.support import typed
from tests.support.builders import EAST, NOW, WEST, settings_of, shop
from tests.support.nights import PUT
from tests.template.stack import ROOT, of_type

pytestmark = pytest.mark.essential

SETTINGS = settings_of(
    shop(regions=(Region("us-east", "us-east-1", EAST), Region("us-west", "us-west-2", WEST)))
)
"""The service and the regions that the page speaks of."""

PAGE = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PREFACE = "Before anything else"
ANSWERS = ("Means", "More", "Act", "Ignore it")
FUNCTIONS = {
    f"linode-region-failover-{name.removesuffix('Function').lower()}"
    for name in of_type("AWS::Lambda::Function")
}


def blocks(section):
    return re.findall(r"```sh\n(.*?)```", SECTIONS[section], re.DOTALL)


PRELUDE = blocks(PREFACE)[0]
SCRIPTS = [*dict.fromkeys((section, block) for section in SECTIONS for block in blocks(section))]


def followed(options):
    """The event is one that its function takes as it is: no key is missing, none is unknown."""
    sent = typed.event(options, ROOT)
    if options["function-name"].endswith("-control"):
        asked = read(sent, SETTINGS, "request", NOW)
        assert asked.command in Command
    else:
        assert sent == {}


@pytest.mark.parametrize(("section", "script"), SCRIPTS)
def test_an_event_has_the_command_that_sends_it_before_it(section, script):
    events = [json.loads(text) for text in re.findall(r"^ask '(\{.*\})'$", script, re.MULTILINE)]
    lines = re.findall(r"^linode-failover .*$", script, re.MULTILINE)

    asked = [{k: v for k, v in event.items() if k not in ("by", "reason")} for event in events]
    assert lines == [as_typed(event) for event in asked]


def test_every_alarm_has_its_section():
    assert list(SECTIONS) == [PREFACE, *PUT]


def causes(section):
    """The parts of an alarm's section that are about one cause each."""
    first, *others = re.split(r"^### .+\n", SECTIONS[section], flags=re.MULTILINE)
    return others or [first]


@pytest.mark.parametrize("section", PUT)
def test_a_section_answers_what_is_asked_at_night(section):
    for cause in causes(section):
        found = re.findall(r"^- \*\*([\w ]+?):?\*\*", cause, re.MULTILINE)

        assert found == list(ANSWERS)
        assert "```sh" in cause


def test_a_shared_alarm_has_a_part_for_each_of_its_causes():
    def titles(alarm):
        [section] = [name for name, put in PUT.items() if put["MetricName"] == alarm]
        return re.findall(r"^### (.+)$", SECTIONS[section], re.MULTILINE)

    for alarm in set(ALARM_OF.values()):
        causes_of = [metric for metric, shared in ALARM_OF.items() if shared is alarm]
        assert titles(alarm) == [re.sub(r"\B([A-Z])", r"-\1", each).lower() for each in causes_of]


@pytest.mark.parametrize(("section", "script"), SCRIPTS)
def test_a_command_runs_and_calls_what_exists(section, script, tmp_path):
    made = typed.calls(PRELUDE + script, tmp_path)

    assert made or script == PRELUDE
    for words in made:
        if words[0] == "linode-failover":
            cli.commands[words[1]].make_context(words[1], list(words[2:]))
        if words[0] != "aws":
            continue
        options = typed.aws(words)
        if words[1:3] == ["lambda", "invoke"]:
            assert options["function-name"] in FUNCTIONS
            followed(options)
        if words[1:3] == ["logs", "filter-log-events"]:
            assert options["log-group-name"].removeprefix("/aws/lambda/") in FUNCTIONS


PASTED_INTO = re.compile("<(you|why|region)>")
FILLED = {"you": "ana", "why": "the region is cut off", "region": "us-west"}


@pytest.mark.parametrize("about", NOTICES)
def test_the_lines_of_an_alert_run_as_they_are_pasted(about, tmp_path):
    """In a shell that takes every character as it stands; an order, once it says whose it is."""
    what, _, detail = about.partition("/")
    what = "incident_began" if what == "incident" else what
    event = Event("1", NOW, what, {"incident": detail, "cause": detail})
    place = Place("mine", "eu-west-3", "/mine/token")
    text = letter(event, SETTINGS.services[0], SETTINGS, place).text
    lines = [
        line.strip().removeprefix("or: ")
        for line in text.splitlines()
        if line.strip().startswith("or: ")
    ]
    script = PASTED_INTO.sub(lambda place: FILLED[place[1]], "\n".join(lines))
    by_aws = [words for words in typed.calls(script, tmp_path) if words[0] == "aws"]

    see, *act = [typed.aws(words) for words in by_aws]
    assert typed.event(see, ROOT) == {"command": "status", "service": "shop"}
    assert len(act) == bool(NOTICES[about].command)
    for options in (see, *act):
        assert (options["function-name"], options["region"]) == ("mine-control", "eu-west-3")
        read(typed.event(options, ROOT), SETTINGS, "request", NOW)
    orders = typed.calls("\n".join(lines), tmp_path)[2:3]
    for words in orders if NOTICES[about].command.get("command") not in QUESTIONS else ():
        with pytest.raises(BadEvent, match="your own words"):
            read(typed.event(typed.aws(words), ROOT), SETTINGS, "request", NOW)


SOURCES = "".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
OF_LAMBDA = {"ERROR", "timeout"}
"""Words of the lines that Lambda itself writes about a function."""


@pytest.mark.parametrize("name", PUT)
def test_what_is_looked_for_in_the_logs_is_what_is_said_there(name):
    texts = SECTIONS[name] + PUT[name]["AlarmDescription"]
    patterns = re.findall(r"(?:^logs|--filter-pattern) ('[^']+'|\w+)", texts, re.MULTILINE)
    terms = {term.strip("?'") for pattern in patterns for term in pattern.split()}

    for term in terms - OF_LAMBDA:
        assert f'"{term}"' in SOURCES
