"""What is printed: one line of JSON for each thing said, never a secret, whatever the facts are."""

import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from failover.adapters.aws.telemetry import LONGEST_TEXT, PowertoolsTelemetry
from failover.health.probe import Reason
from failover.notify.metrics import Metric
from failover.settings.model import Addresses
from local.linode_token import new_secret
from tests.support.builders import ballot, pointing_at, votes

TOKEN = new_secret()


def redact(text):
    return text.replace(TOKEN, "[token]")


def telemetry(level="INFO", redactor=redact):
    return PowertoolsTelemetry("Shop/Failover", level, redactor)


@pytest.fixture
def lines(capsys):
    """What was printed since the last look, line by line."""

    def read():
        said = capsys.readouterr()
        assert said.err == ""
        assert said.out == "" or said.out.endswith("\n")
        return [json.loads(line, parse_constant=pytest.fail) for line in said.out.splitlines()]

    return read


def series(line):
    """The dimensions of an EMF line with their values, and the unit and value of each metric."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    (names,) = directive["Dimensions"]
    metrics = {m["Name"]: (m["Unit"], line[m["Name"]]) for m in directive["Metrics"]}
    return {name: line[name] for name in names}, metrics


# Log lines


def test_a_line_has_the_event_its_level_and_the_facts(lines):
    telemetry().log("published", app="shop", active=["west"], generation=4, seconds=1.5)
    (line,) = lines()
    assert (line["event"], line["message"], line["level"]) == ("published", "published", "INFO")
    assert line["service"] == "linode-region-failover"
    assert line["timestamp"].endswith("+00:00")
    facts = {name: line[name] for name in ("app", "active", "generation", "seconds")}
    assert facts == {"app": "shop", "active": ["west"], "generation": 4, "seconds": 1.5}


def test_every_line_says_which_invocation_printed_it(lines):
    """Two that overlap print into one log group."""
    printed = telemetry()
    printed.about(request_id="first", cold_start=True, tick=None)
    printed.log("unnumbered")
    printed.about(tick=7)
    printed.log("numbered", app="shop")
    printed.about(request_id="second", cold_start=False, tick=None)
    printed.problem("next")

    keys = ("request_id", "cold_start", "tick")
    assert [tuple(line.get(key) for key in keys) for line in lines()] == [
        ("first", True, None),
        ("first", True, 7),
        ("second", False, None),
    ]


def test_a_problem_is_an_error(lines):
    telemetry().problem("round_failed", app="shop")
    assert [line["level"] for line in lines()] == ["ERROR"]


def test_the_level_decides_what_is_said(lines):
    """The newest one, where the settings turn out to ask for another than the first guess."""
    telemetry("INFO")
    quiet = telemetry("ERROR")
    quiet.log("decided")
    quiet.problem("table_unavailable")
    assert [line["event"] for line in lines()] == ["table_unavailable"]


def test_dataclasses_and_enums_are_shown_as_plain_json(lines):
    cast = ballot(votes("U"))
    telemetry().log(
        "seen", reason=Reason.TLS, state=pointing_at("east"), ballot=cast, where=Addresses("::")
    )
    (line,) = lines()
    assert line["reason"] == "tls"
    assert line["state"]["publication"]["phase"] == "settled"
    assert line["state"]["served"]["active"] == {"east": {"ipv4": "192.0.2.1", "ipv6": None}}
    assert line["ballot"]["tallies"]["192.0.2.1"]["vote"] == "unhealthy"
    assert line["where"] == {"ipv4": "::", "ipv6": None}


def test_an_enum_is_shown_by_its_value_as_a_key_too(lines):
    class Colour(Enum):
        RED = "red"

    telemetry().log("seen", found={Colour.RED: Colour.RED})
    assert lines()[0]["found"] == {"red": "red"}


def test_an_exception_is_shown_with_its_name(lines):
    telemetry().problem("round_failed", error=KeyError("west"))
    assert lines()[0]["error"] == "KeyError: 'west'"


@pytest.mark.parametrize("name", ["message", "level", "timestamp", "name", "args", "service"])
def test_a_fact_may_have_a_name_that_logging_uses(lines, name):
    telemetry().log("seen", **{name: "mine"})
    (line,) = lines()
    assert line[f"{name}_"] == "mine"
    assert line["event"] == "seen"


# Secrets


@dataclass
class Envelope:
    content: object


SECRET = {
    "alone": TOKEN,
    "in a text": f"Authorization: Bearer {TOKEN}",
    "nested": {"headers": [{"Authorization": f"Bearer {TOKEN}"}]},
    "a key": {TOKEN: 1},
    "in a set": (frozenset({TOKEN}),),
    "in an error": ValueError(f"bad header {TOKEN}"),
    "inside an error": [ValueError({"token": TOKEN})],
    "in a dataclass": Envelope(Envelope(TOKEN)),
    "bytes": TOKEN.encode(),
    "where a text is cut": "x" * (LONGEST_TEXT - 16) + TOKEN,
    "where a line is cut": ["y" * (900 - n) + TOKEN for n in range(40)],
}


@pytest.mark.parametrize("fact", SECRET.values(), ids=SECRET)
def test_the_token_is_never_printed(capsys, fact):
    """Nor half of it, where a text or a line is cut."""
    telemetry("DEBUG").log("seen", fact=fact)
    telemetry("DEBUG").problem("seen", fact=fact)
    assert TOKEN[:8] not in capsys.readouterr().out


def test_the_token_is_in_no_event_and_no_dimension(capsys):
    telemetry().log(f"seen {TOKEN}")
    telemetry().metrics({Metric.PROBE_LATENCY: 1}, app="shop", region=TOKEN)
    assert capsys.readouterr().out.count("[token]") == 3  # an event is the message, too


def test_a_redactor_that_fails_shows_nothing(lines):
    def failing(text):
        if TOKEN in text:
            raise RuntimeError(text)
        return text

    telemetry(redactor=failing).log("seen", fact=TOKEN, other="east")
    (line,) = lines()
    assert TOKEN not in str(line)
    assert line["other"] == "east"


# Odd facts


class Odd:
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


def endless():
    found = []
    found.append(found)
    return found


ODD = {
    "has no text": Odd(),
    "has no text inside": {"inside": [Odd()]},
    "a key without a text": {Odd(): 1},
    "endless": endless(),
    "not a number": float("nan"),
    "infinite": float("-inf"),
    "infinite inside": [float("inf")],
    "more digits than can be printed": 10**5000,
    "more digits than JSON readers keep": 10**30,
    "bytes": b"\xff\x00",
    "half a character": "\ud800",
    "control characters": "\x00\x1b[2J\n{}",
    "an object": object(),
    "a class": Envelope,
    "a function": endless,
    "keys of other types": {("a", 1): {None: 2}},
    "a set of several types": {1, "a", None},
}


@pytest.mark.parametrize("fact", ODD.values(), ids=ODD)
def test_an_odd_fact_costs_no_line(lines, fact):
    telemetry().log("seen", fact=fact, other="east")
    (line,) = lines()
    assert "fact" in line
    assert line["other"] == "east"


def test_what_is_nested_without_end_is_cut_off(lines):
    telemetry().log("seen", fact=endless())
    assert lines()[0]["fact"] == [[[[[["..."]]]]]]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(facts=st.dictionaries(st.text(max_size=20), anything, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_facts_are_one_line_of_json(lines, facts):
    facts.pop("event", None)
    facts.pop("self", None)
    telemetry().log("seen", **facts)
    (line,) = lines()
    assert line["event"] == "seen"


@pytest.mark.parametrize("letter", ["x", '"', "\\", "\x00", "é", "😀"])
def test_a_line_is_never_longer_than_16_kb(capsys, letter):
    """In bytes, whatever the letters cost in JSON; what was said first is kept."""
    said = telemetry()
    said.log("seen", app="shop", why=[letter * 3000] * 100, more={letter: letter * 9})
    said.log("seen " + letter * 9000, **{f"fact{n}": letter * 3000 for n in range(100)})
    for line in capsys.readouterr().out.splitlines():
        assert len(line) <= 16 * 1024
        assert line.isascii()
        assert "cut" in json.loads(line)
    assert json.loads(line)["fact0"].startswith(letter)


# Metrics


def test_metrics_are_one_line_with_the_series_of_the_alarms(lines):
    telemetry().metrics({Metric.FAILOVER: 1, Metric.TIME_TO_DETECT: 12.5})
    (line,) = lines()
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Shop/Failover"
    assert series(line) == (
        {"service": "linode-region-failover"},
        {"Failover": ("Count", [1.0]), "TimeToDetect": ("Seconds", [12.5])},
    )


def test_a_cause_feeds_the_alarm_that_it_shares(lines):
    telemetry().metrics({Metric.DRIFT: 1, Metric.QUORUM_LOST: 1, Metric.ROUND_COMPLETED: 1})

    [line] = lines()
    _, metrics = series(line)
    assert {name: values for name, (_, values) in metrics.items()} == {
        "Drift": [1],
        "QuorumLost": [1],
        "RoundCompleted": [1],
        "NotReady": [1],
    }


def test_the_series_of_a_region_have_no_dimension_of_the_alarms(lines, monkeypatch):
    """Also where the environment names a service: Powertools would add it."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "somebody")
    telemetry().metrics({Metric.PROBE_LATENCY: 20.0}, app="shop", region="east")
    (line,) = lines()
    assert series(line) == (
        {"app": "shop", "region": "east"},
        {"ProbeLatency": ("Milliseconds", [20.0])},
    )
    assert "service" not in line


def test_every_metric_has_a_unit_that_powertools_knows(lines):
    telemetry().metrics(dict.fromkeys(Metric, 1.0))
    ((_, metrics),) = map(series, lines())
    assert {name: unit for name, (unit, _) in metrics.items()} == {
        metric.value: metric.unit for metric in Metric
    }


def test_nothing_is_printed_for_no_metrics(lines):
    telemetry().metrics({})
    assert lines() == []


def test_a_value_that_json_cannot_say_costs_the_others_nothing(lines):
    telemetry().metrics({Metric.TIME_TO_DETECT: float("inf"), Metric.FAILOVER: 1})
    ((_, metrics),) = map(series, lines())
    assert metrics == {"Failover": ("Count", [1.0])}


def test_an_empty_dimension_is_not_left_out(lines):
    """It would be another series."""
    telemetry().metrics({Metric.REGION_HEALTHY: 1}, app="shop", region="")
    ((dimensions, _),) = map(series, lines())
    assert dimensions == {"app": "shop", "region": "unknown"}


class Slow:
    """A standard output that lets others go first in the middle of a line, and sees who comes."""

    def __init__(self):
        self.text = []
        self.busy = threading.Semaphore(1)
        self.met = False

    def write(self, text):
        self.met |= not self.busy.acquire(blocking=False)
        self.text.append(text)
        for _ in range(5):
            os.sched_yield()
        self.busy.release()

    def flush(self):
        pass


def test_what_many_threads_say_at_once_is_neither_mixed_nor_lost(monkeypatch):
    said, out = telemetry(), Slow()
    monkeypatch.setattr(sys, "stdout", out)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def speak(number):
        said.metrics({Metric.PROBE_LATENCY: number}, app=f"app{number}", region=f"region{number}")
        said.metrics({Metric.ROUND_COMPLETED: number})
        said.log("seen", number=number)

    try:
        with ThreadPoolExecutor(16) as threads:
            list(threads.map(speak, range(200)))
    finally:
        sys.setswitchinterval(before)
    assert not out.met
    found = [json.loads(line) for line in "".join(out.text).splitlines()]
    assert len(found) == 600
    regions = [series(line) for line in found if "ProbeLatency" in line]
    assert len(regions) == 200
    for dimensions, metrics in regions:
        number = int(metrics["ProbeLatency"][1][0])
        assert dimensions == {"app": f"app{number}", "region": f"region{number}"}
    rounds = [series(line) for line in found if "RoundCompleted" in line]
    assert sorted(metrics["RoundCompleted"][1][0] for _, metrics in rounds) == list(range(200))
    assert all(set(dimensions) == {"service"} for dimensions, _ in rounds)
    assert sorted(line["number"] for line in found if "number" in line) == list(range(200))
