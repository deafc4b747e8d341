"""The saved queries name what the functions print. Each is tried on the lines of every night."""

import re

import pytest

from failover.errors import DnsUnavailable
from tests.scenarios.conditions import CONDITIONS, labelled, played
from tests.template.stack import arguments, of_type

QUERIES = {
    put["Name"].partition("/")[2]: put
    for put in map(arguments, of_type("AWS::Logs::QueryDefinition").values())
}
COMMANDS = {"fields", "filter", "stats", "sort", "limit"}
WORDS = {
    "and", "as", "asc", "bin", "by", "count", "desc", "in", "ispresent", "like", "max", "min", "or",
    "1m",
}  # fmt: skip
FROM_CLOUDWATCH = {"@timestamp"}


def commands(query):
    """The commands of a query and what each is given, without remarks."""
    text = "\n".join(
        line for line in query["QueryString"].splitlines() if not line.lstrip().startswith("#")
    )
    return [part.strip().partition(" ")[::2] for part in text.split("|")]


def fields(query):
    """Every field that a query reads: what it names itself is none."""
    texts = " ".join(text for _, text in commands(query))
    without = re.sub(r'"[^"]*"|/[^/]*/', " ", texts)
    named = set(re.findall(r"\bas (\w+)", without))
    return set(re.findall(r"@?[A-Za-z0-9_][\w.]*", without)) - WORDS - named


def events(query):
    return set(re.findall(r'"(\w+)"', query["QueryString"]))


def flat(value, name=""):
    """The fields that Logs Insights finds in a line: elements of lists by number."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from flat(inner, f"{name}.{number}")
    else:
        yield name


def refuses(night):
    """Linode answers no list, neither of records nor of NodeBalancers."""

    def away():
        raise DnsUnavailable("503 Service Unavailable")

    night.dns.on_list = night.balancers.on_list = away


@pytest.fixture(scope="module")
def lines():
    """Everything that any function printed in any night: the fields of each line, by its event."""
    refused = labelled()
    refused.play(lambda: refuses(refused), lambda: None, 1)
    found: dict[str, set[str]] = {}
    for night in (refused, *map(played, CONDITIONS)):
        for vantage in night.vantages:
            for _, line in vantage.tape.lines:
                found.setdefault(line.get("event", ""), set()).update(flat(line))
    return found


def test_there_is_a_query_for_each_question():
    assert QUERIES.keys() == {
        "rounds of a service", "failed probes", "one failover step by step", "refused API answers",
    }  # fmt: skip


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_it_looks_into_the_monitors_log(query):
    assert query["LogGroupNames"] == [arguments({"Ref": "MonitorLogs"})]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_it_consists_of_commands_that_there_are(query):
    assert {command for command, _ in commands(query)} <= COMMANDS


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_it_filters_for_events_that_are_printed(query, lines):
    assert events(query) <= lines.keys()


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_it_shows_fields_that_lines_of_these_events_have(query, lines):
    wanted = fields(query) - FROM_CLOUDWATCH
    found = set().union(*(lines[event] for event in events(query) or {""}))

    assert wanted
    assert wanted <= found
