"""The text of an alert: what a person needs at 03:00, and what machines need."""

import json
import re
import shlex
from pathlib import Path

import pytest

from failover.app.control.requests import Question, read
from failover.notify.catalogue import NOTICES
from failover.notify.commands import QUESTIONS
from failover.notify.events import Event, What
from failover.notify.kinds import Kind
from failover.notify.messages import Place, letter
from tests.support import typed
from tests.support.builders import NOW, SHOP, settings_of, shop

PLACE = Place("night", "eu-west-1", "/night/token")
FACTS = {"incident": "drift", "since": "2027-01-15T07:00:00Z", "why": "drift: foreign"}


REGION = ("--region", "eu-west-1")


def told(event: Event) -> str:
    return letter(event, SHOP, settings_of(), PLACE).text


def of(about: str, **facts: str) -> Event:
    """An event of a row of the table."""
    what, _, detail = about.partition("/")
    if what == "incident":
        return Event("1", NOW, What.INCIDENT_BEGAN, {"incident": detail, **facts})
    return Event("1", NOW, what, {"cause": detail, **facts})


def commands(text: str) -> list[list[str]]:
    return [
        shlex.split(line.strip().removeprefix("or: "))
        for line in text.splitlines()
        if line.strip().removeprefix("or: ").startswith(("linode-failover ", "printf ", "sam "))
    ]


def ordered(text: str) -> list[dict[str, object]]:
    """The events that the commands of a text send, first those for the AWS CLI."""
    by_aws = [json.loads(words[2]) for words in commands(text) if words[0] == "printf"]
    flags = [(words, "--event") for words in commands(text) if "--event" in words]
    return by_aws + [json.loads(words[words.index(flag) + 1]) for words, flag in flags]


@pytest.mark.parametrize("about", NOTICES)
def test_every_kind_says_what_it_is_and_what_to_type(about: str) -> None:
    sent = letter(of(about), SHOP, settings_of(), PLACE)
    assert sent.subject.startswith("[shop] app.shop.test")
    assert NOTICES[about].means in sent.text
    assert NOTICES[about].do in sent.text
    typed = commands(sent.text)
    assert len(typed) == (6 if NOTICES[about].command else 3)
    for words in typed:
        assert words[words.index("--region") + 1] == "eu-west-1"


@pytest.mark.parametrize("about", NOTICES)
def test_a_command_is_one_event_for_this_service(about: str) -> None:
    events = ordered(told(of(about)))
    assert events[0] == {"command": "status", "service": "shop"}
    for event in events[1:]:
        places = {"<you>": "ana", "<why>": "a test", "<region>": "west"}
        filled = {key: places.get(str(value), value) for key, value in event.items()}
        asked = read(filled, settings_of(), "request", NOW)
        assert isinstance(asked, Question) is (asked.command in QUESTIONS)
        assert (asked.command, asked.service) == (NOTICES[about].command["command"], "shop")


def test_a_failover_is_one_to_the_region_that_the_event_names() -> None:
    known = of("incident/split_verdict", region="west")
    assert ordered(told(known))[1]["region"] == "west"
    assert "linode-failover failover shop west --stack" in told(known)


def test_where_no_region_is_known_to_be_healthy_the_failover_is_forced_and_ends() -> None:
    known = of("incident/quorum_lost", region="west", force="yes", until="4h")
    assert "linode-failover failover shop west --force --until 4h --stack" in told(known)
    assert ordered(told(known))[1] == {
        "command": "failover",
        "service": "shop",
        "region": "west",
        "force": True,
        "until": "4h",
        "by": "<you>",
        "reason": "<why>",
    }


def test_the_status_is_asked_of_this_stack() -> None:
    own, aws, sam = commands(told(of("published/drift")))
    assert own == ["linode-failover", "status", "shop", "--stack", "night", *REGION]
    assert aws[:2] == ["printf", "%s"]
    assert aws[3:7] == ["|", "aws", "lambda", "invoke"]
    assert aws[aws.index("--function-name") + 1] == "night-control"
    assert aws[-3:] == ["--payload", "fileb:///dev/stdin", "/dev/stdout"]
    assert sam[sam.index("--stack-name") + 1] == "night"
    assert sam[sam.index("--event-file") + 1] == "events/status.json"


@pytest.mark.parametrize("about", [about for about, row in NOTICES.items() if row.token])
def test_a_new_token_is_stored_by_a_command_for_each_vantage(about: str, tmp_path: Path) -> None:
    two = settings_of(vantages=("eu-west-1", "eu-central-1"))
    text = letter(of(about), SHOP, two, PLACE).text
    lines = re.findall(r"^  (aws ssm put-parameter .*)$", text, re.MULTILINE)
    calls = [typed.aws(call) for call in typed.calls("\n".join(lines), tmp_path)]
    assert [call["region"] for call in calls] == ["eu-west-1", "eu-central-1"]
    assert {call["name"] for call in calls} == {"/night/token"}


def test_since_when_and_why_are_told() -> None:
    text = told(Event("1", NOW, What.INCIDENT_BEGAN, FACTS))
    assert "It began at 2027-01-15T07:00:00Z." in text
    assert "Why: drift: foreign" in text


def test_a_reminder_and_an_end_say_so_in_the_subject() -> None:
    lasts = letter(Event("1", NOW, What.INCIDENT_LASTS, FACTS), SHOP, settings_of(), PLACE)
    ended = letter(Event("1", NOW, What.INCIDENT_ENDED, FACTS), SHOP, settings_of(), PLACE)
    assert lasts.subject.startswith("[shop] still: app.shop.test")
    assert ended.subject.startswith("[shop] ended: app.shop.test")
    assert "Nothing to do. To see the current state:" in ended.text


def test_one_that_stands_for_others_says_how_many() -> None:
    facts = {**FACTS, "earlier": "3", "earliest": str(NOW - 600)}
    text = told(Event("1", NOW, What.INCIDENT_BEGAN, facts))
    assert "The same happened 3 times before, first at 2027-01-15T07:50:00Z" in text


def test_stale_data_that_was_accepted_is_told() -> None:
    facts = {"cause": "unhealthy", "from": "east", "to": "west", "data": "stale by 95 s"}
    assert "Data: stale by 95 s" in told(Event("1", NOW, What.PUBLISHED, facts))


@pytest.mark.parametrize("cause", ["unhealthy", "failback", "operator"])
def test_a_region_with_a_new_address_did_not_move_to_itself(cause: str) -> None:
    facts = {"cause": cause, "from": "east", "to": "east"}
    sent = letter(Event("1", NOW, What.PUBLISHED, facts), SHOP, settings_of(), PLACE)
    assert sent.subject == "[shop] app.shop.test: new addresses of east are written"
    assert "from east" not in sent.text


def test_a_subject_is_short_ascii_on_one_line() -> None:
    service = shop(name="s" * 63, record="a" * 240)
    facts = {"cause": "unhealthy", "from": "é\n", "to": "x" * 400}
    event = Event("1", NOW, What.PUBLISHED, facts)
    for subject in (
        letter(event, service, settings_of(service), PLACE).subject,
        letter(event, SHOP, settings_of(), PLACE).subject,
    ):
        assert len(subject) < 100
        assert subject.isascii()
        assert subject.isprintable()


def test_what_a_stranger_says_cannot_forge_lines() -> None:
    facts = {**FACTS, "why": "x\r\x1b[2J", "regions": "{by} {0} %s"}
    text = told(Event("1", NOW, What.INCIDENT_BEGAN, facts))
    assert "\x1b" not in text
    assert "\r" not in text
    assert "{by} {0} %s" in text


def test_no_fact_of_a_stranger_can_add_a_line() -> None:
    """A region answers `Location: /maintenance; west is unhealthy`, or worse."""
    facts = {
        **FACTS,
        "regions": ('east is unhealthy, last failure: redirect "to /a; west is unhealthy"',),
        "why": ("a\nWhat to do: nothing",),
        "error": "b\r\n\nSee more:",
        "reason": "c\x0bd\u2028e",
    }
    event = Event("1", NOW, What.INCIDENT_BEGAN, facts, by="ana\nbob")
    plain = Event("1", NOW, What.INCIDENT_BEGAN, {**facts, **dict.fromkeys(facts, "x"), **FACTS})
    text = told(event)
    assert len(text.splitlines()) == len(told(plain).splitlines()) + 1  # By:
    assert [line for line in text.splitlines() if line.startswith("  west")] == []
    assert 'Error: "b???See more:"' in text


def test_a_list_of_facts_is_a_list_of_lines() -> None:
    facts = {
        **FACTS,
        "regions": ("east is unhealthy", "west is healthy"),
        "servers": ("ns1 says a",),
    }
    text = told(Event("1", NOW, What.INCIDENT_BEGAN, facts))
    assert "Seen:\n  east is unhealthy\n  west is healthy\n" in text
    assert "Answers: ns1 says a\n" in text


@pytest.mark.parametrize(
    ("stopped", "concerned"),
    [(("*",), ["*"]), (("shop",), ["shop"]), (("*", "shop"), ["*", "shop"]), ((), ["shop"])],
)
def test_a_stop_is_ended_where_it_was_set(stopped: tuple[str, ...], concerned: list[str]) -> None:
    facts = {"incident": "paused_unhealthy", "stopped": stopped}
    events = ordered(told(Event("1", NOW, What.INCIDENT_BEGAN, facts)))
    resumed = [event["service"] for event in events if event["command"] == "resume"]
    assert resumed == concerned * 2


def test_a_change_is_called_written_until_it_is_served() -> None:
    for cause in ("unhealthy", "failback", "operator", "drift", "settings", "adoption"):
        facts = {"cause": cause, "from": "east", "to": "west"}
        sent = letter(Event("1", NOW, What.PUBLISHED, facts), SHOP, settings_of(), PLACE)
        assert "written" in sent.subject
        assert "moved" not in sent.subject
        assert "serve    not yet" in sent.text
    assert "is served from" in NOTICES[What.SETTLED].title


def test_the_end_of_an_incident_says_since_when_its_condition_is_over() -> None:
    facts = {**FACTS, "over": "2027-01-15T07:30:00Z"}
    text = told(Event("1", NOW, What.INCIDENT_ENDED, facts))
    assert "It began at 2027-01-15T07:00:00Z and has been over since 2027-01-15T07:30:00Z." in text


def test_machines_get_all_of_it_as_json() -> None:
    event = Event("17", NOW, What.INCIDENT_BEGAN, FACTS, by="ana")
    attributes = letter(event, SHOP, settings_of(), PLACE).attributes
    assert attributes["id"] == "shop-17"
    assert attributes["about"] == "incident/drift"
    assert json.loads(attributes["event"])["facts"] == FACTS
    assert all(attributes.values())


def test_a_word_of_a_newer_release_is_told_all_the_same() -> None:
    for event in (Event("1", NOW, "eclipse"), Event("1", NOW, What.INCIDENT_BEGAN, {})):
        assert "does not know" in letter(event, SHOP, settings_of(), PLACE).subject


def test_every_kind_of_incident_has_words() -> None:
    assert {f"incident/{kind}" for kind in Kind} <= set(NOTICES)


@pytest.mark.parametrize(("by", "who"), [("ana", "ana"), (None, "somebody")])
def test_an_order_names_who_gave_it_in_its_title(by: str | None, who: str) -> None:
    event = Event("1", NOW, What.ORDER, {"said": "paused shop"}, by=by)
    subject = letter(event, SHOP, settings_of(), PLACE).subject
    assert subject == f"[shop] app.shop.test: {who} ordered: paused shop"
