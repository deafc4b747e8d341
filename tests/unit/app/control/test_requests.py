"""Bad input gets one clear answer: all that is wrong, what is allowed; and it changes nothing."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failover.app.control.requests import KEYS, BadEvent, Question, read
from failover.notify.commands import Command, Order
from tests.unit.app.desk import Desk, at_desk, ordered, text
from tests.unit.app.stage import SETTINGS

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
HUGE = "x" * 1_000_000
EVENTS = Path(__file__).parents[4] / "events"

UNTIL = (
    'allowed is a time from now, "1m" to "72h", or a moment with its zone such as '
    '"2026-01-31T06:00:00Z", 72 h away at the most, for example "until": "4h"'
)
SERVICE = 'allowed is one of shop, for example "service": "shop"'
REGION = 'allowed is one of east, west, for example "region": "east"'
BY = 'allowed is your name, in 100 characters at the most, for example "by": "ana"'
REASON = (
    "allowed is why, for those who read it later, in 500 characters at the most, "
    'for example "reason": "maintenance in us-east"'
)
COMMANDS = (
    "data-status, failback, failover, history, pause, pin, preflight, release, resume, status, "
    "takeover"
)

PIN_KEYS = "service, by, reason, id, dry_run, region, until"
PIN = ordered("pin", region="west", until="4h")

BAD: list[tuple[Any, list[str]]] = [
    (None, ['an event is a JSON object, for example {"command": "status"}']),
    ([], ['an event is a JSON object, for example {"command": "status"}']),
    ("status", ['an event is a JSON object, for example {"command": "status"}']),
    (math.nan, ['an event is a JSON object, for example {"command": "status"}']),
    ({}, [f"command: missing; allowed is one of {COMMANDS}"]),
    ({"command": "explode"}, [f'command: found "explode"; allowed is one of {COMMANDS}']),
    ({"command": 7}, [f"command: found 7; allowed is one of {COMMANDS}"]),
    ({"command": ["pin"]}, [f'command: found ["pin"]; allowed is one of {COMMANDS}']),
    ({"command": HUGE}, [f'command: found "{"x" * 64}..."; allowed is one of {COMMANDS}']),
    ({**PIN, "service": "nobody"}, [
        f'service: found "nobody"; {SERVICE}',
        'region: found "west"; allowed is a region of the service',
    ]),
    ({**PIN, "service": "*"}, [
        f'service: found "*"; {SERVICE}',
        'region: found "west"; allowed is a region of the service',
    ]),
    ({**PIN, "region": "north"}, [f'region: found "north"; {REGION}']),
    ({**PIN, "region": 1.5}, [f"region: found 1.5; {REGION}"]),
    ({**PIN, "until": "1y"}, [f'until: found "1y"; {UNTIL}']),
    ({**PIN, "until": "8760h"}, [f'until: found "8760h", which is too far away; {UNTIL}']),
    ({**PIN, "until": "73h"}, [f'until: found "73h", which is too far away; {UNTIL}']),
    ({**PIN, "until": "10s"}, [f'until: found "10s", which is over, or nearly so; {UNTIL}']),
    ({**PIN, "until": "2028-01-15T08:00:00Z"}, [
        f'until: found "2028-01-15T08:00:00Z", which is too far away; {UNTIL}'
    ]),
    ({**PIN, "until": "2026-01-15T08:00:00Z"}, [
        f'until: found "2026-01-15T08:00:00Z", which is over, or nearly so; {UNTIL}'
    ]),
    ({**PIN, "until": "2027-01-15T12:00:00"}, [
        f'until: found "2027-01-15T12:00:00", a time without its zone; {UNTIL}'
    ]),
    ({**PIN, "until": "0001-01-01T00:00:00+14:00"}, [
        f'until: found "0001-01-01T00:00:00+14:00"; {UNTIL}'
    ]),
    ({**PIN, "until": 14400}, [f"until: found 14400; {UNTIL}"]),
    ({**PIN, "until": math.nan}, [f"until: found nan; {UNTIL}"]),
    ({**PIN, "until": math.inf}, [f"until: found inf; {UNTIL}"]),
    ({**PIN, "until": True}, [f"until: found true; {UNTIL}"]),
    ({**PIN, "until": None}, [f"until: missing; {UNTIL}"]),
    ({**PIN, "by": ""}, [f'by: found ""; {BY}']),
    ({**PIN, "by": "  "}, [f'by: found "  "; {BY}']),
    ({**PIN, "by": ["ana"]}, [f'by: found ["ana"]; {BY}']),
    ({**PIN, "by": HUGE}, [f'by: found "{"x" * 64}...", 1000000 characters; {BY}']),
    ({**PIN, "reason": "a\nb"}, [
        f'reason: found "a\\nb", with characters that cannot be printed on one line; {REASON}'
    ]),
    ({**PIN, "reason": "\ud800"}, [
        f'reason: found "\\ud800", with characters that cannot be printed on one line; {REASON}'
    ]),
    ({**PIN, "reason": {"a": 1}}, [f"reason: found a table; {REASON}"]),
    ({**PIN, "id": "a b"}, [(
        'id: found "a b"; allowed is 1 to 64 of A-Z a-z 0-9 . _ : -, or no id, for example '
        '"id": "incident-42"'
    )]),
    ({**PIN, "force": True}, [
        f"force: unknown key; allowed are {PIN_KEYS}"
    ]),
    ({**ordered("failover", region="west"), "force": "yes"}, [
        'force: found "yes"; allowed is true or false, for example "force": true'
    ]),
    ({**ordered("failover", region="west"), "force": 1}, [
        'force: found 1; allowed is true or false, for example "force": true'
    ]),
    ({"command": "failover"}, [
        f"service: missing; {SERVICE}",
        f"by: missing; {BY}",
        f"reason: missing; {REASON}",
    ]),
    ({"command": "pause", "by": "ana", "reason": "a test", "until": "1h"}, [(
        'service: missing; allowed is one of shop, *, for example "service": "shop"; '
        '"*" is everything'
    )]),
    ({"command": "status", "service": "nobody"}, [(
        'service: found "nobody"; allowed is one of shop, *, for example "service": "shop"; '
        '"*" is everything'
    )]),
    ({"command": "history", "limit": math.nan}, [
        'limit: found nan; allowed is a whole number from 1 to 200, for example "limit": 20'
    ]),
    ({"command": "history", "limit": 10**400}, [(
        'limit: found a very long number; allowed is a whole number from 1 to 200, '
        'for example "limit": 20'
    )]),
    ({"command": "history", "limit": True}, [
        'limit: found true; allowed is a whole number from 1 to 200, for example "limit": 20'
    ]),
    ({"command": "status", "by": "ana", 7: 1}, [
        "by: unknown key; allowed are service", "7: unknown key; allowed are service"
    ]),
    ({"command": "pin", "service": "shop", "region": "north", "until": "1y", "by": 7}, [
        f"by: found 7; {BY}",
        f"reason: missing; {REASON}",
        f'region: found "north"; {REGION}',
        f'until: found "1y"; {UNTIL}',
    ]),
    ({**PIN, **{f"key-{number}": 1 for number in range(100)}}, [
        *(f"key-{n}: unknown key; allowed are {PIN_KEYS}" for n in range(20)),
        "80 more are wrong",
    ]),
    ({**PIN, "by": "<you>", "reason": " <why> "}, [
        f'by: found "<you>", which is a place for your own words; {BY}',
        f'reason: found " <why> ", which is a place for your own words; {REASON}',
    ]),
]  # fmt: skip


@pytest.fixture(scope="module")
def desk() -> Desk:
    """One desk for all: nothing that is sent here changes anything."""
    desk = at_desk()
    desk.hub.time = NOW
    return desk


@pytest.mark.parametrize(("event", "problems"), BAD, ids=range(len(BAD)))
def test_a_bad_event_is_refused_as_a_whole(desk: Desk, event: object, problems: list[str]) -> None:
    before, records = desk.table(), dict(desk.dns.records)
    said = desk.send(event)
    assert said["refused"]
    assert said["problems"] == problems
    assert text(said).startswith("refused: the event cannot be followed; nothing was changed")
    assert said["allowed"]["regions"] == {"shop": ["east", "west"]}
    assert (desk.table(), desk.dns.records, desk.dns.log) == (before, records, [])
    json.dumps(said, allow_nan=False)
    assert len(text(said)) < 3000


def test_the_answer_names_what_the_command_takes(desk: Desk) -> None:
    said = desk.send({"command": "pin"})
    assert said["allowed"]["commands"] == {
        "pin": {
            "needs": ["by", "reason", "region", "service", "until"],
            "may_have": ["dry_run", "id"],
        }
    }
    assert set(desk.send({})["allowed"]["commands"]) == set(Command)


@pytest.mark.parametrize(
    ("until", "at"),
    [
        ("1m", NOW + 60),
        ("4h", NOW + 4 * 3600),
        ("72h", NOW + 72 * 3600),
        ("2027-01-15T12:00:00Z", NOW + 4 * 3600),
        ("2027-01-15T12:00:00+00:00", NOW + 4 * 3600),
        ("2027-01-15T13:00:00+01:00", NOW + 4 * 3600),
    ],
)
def test_an_end_may_be_a_time_from_now_or_a_moment(until: str, at: float) -> None:
    asked = read({**PIN, "until": until}, SETTINGS, "request", NOW)
    assert isinstance(asked, Order)
    assert asked.until == at


def test_names_of_people_may_have_any_letter() -> None:
    asked = read({**PIN, "by": " Åsa Öst "}, SETTINGS, "request", NOW)
    assert isinstance(asked, Order)
    assert asked.by == "Åsa Öst"


def test_what_is_null_is_absent() -> None:
    asked = read({"command": "status", "service": None}, SETTINGS, "request", NOW)
    assert asked == Question(Command.STATUS, "*", 20)


def test_a_repeat_of_a_request_is_the_same_order_and_another_request_is_another() -> None:
    one, same, other = (read(PIN, SETTINGS, request, NOW) for request in ("a", "a", "b"))
    assert isinstance(one, Order)
    assert isinstance(same, Order)
    assert isinstance(other, Order)
    assert one.id == same.id != other.id


def test_every_command_has_an_event_file() -> None:
    commands = {json.loads(file.read_text()).get("command") for file in EVENTS.glob("*.json")}
    assert commands - {None} == set(Command)
    assert KEYS.keys() == set(Command)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
words = st.sampled_from([*Command, "service", "region", "until", "by", "reason", "id", "force"])


@given(
    st.dictionaries(words | st.just("limit") | st.text(max_size=5), values, max_size=8),
    st.sampled_from([*Command, None]),
)
def test_whatever_comes_it_is_understood_or_refused(
    event: dict[str, object], command: Command | None
) -> None:
    if command:
        event["command"] = command.value
    try:
        asked = read(event, SETTINGS, "request", NOW)
    except BadEvent as bad:
        problems = bad.problems or [""]
    else:
        assert isinstance(asked, Question | Order)
        return
    assert all(problem and problem.isprintable() for problem in problems)
