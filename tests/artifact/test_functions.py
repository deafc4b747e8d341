"""Every function of the stack with every event that ships, under the role that the template gives
it: all of them answer, nothing that they do is refused, and nothing is granted that none of it
needs. New functions and events take part by being there.
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.artifact.build import require_runtime
from tests.artifact.deployment import events
from tests.artifact.rie import FunctionFailed
from tests.template.stack import TEMPLATE, resources

require_runtime()

EVENTS = events()
ODD = {"nothing": {}, "a list": [], "a text": "tick"}
OLD = {"pk": {"S": "log#shop"}, "sk": {"S": "2020-01-01T00:00:00.000Z#old"}}
FUNCTIONS = [name for name, each in resources().items() if each["Type"] == "AWS::Lambda::Function"]

# Lambda itself writes what a function prints, with the role of the function. No emulator does.
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
# And it polls the queue with the role of the monitor.
BY_LAMBDA = LOGS | {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
# Only with more than a hundred services, which are divided among shards.
BY_SHARDS = {"lambda:InvokeFunction"}


def sort_keys(town):
    return [item["sk"] for item in town.items()]


@pytest.fixture(scope="module")
def told(whole_town, tmp_path_factory):
    """What every function answered to every event, one after the other, and what they printed."""
    whole_town.reset()
    scratch = tmp_path_factory.mktemp("story")
    answers, logs = {}, {}
    # The monitor first: until it has adopted the records there is nothing to be commanded.
    for function in sorted(FUNCTIONS, reverse=True):
        with whole_town.started(function, scratch) as running:
            for name, event in (EVENTS | ODD).items():
                try:
                    whole_town.beats_arrive()
                    answers[function, name] = running.invoke(event)
                except FunctionFailed as failed:
                    answers[function, name] = failed
            logs[function] = running.log
    return answers, logs


@pytest.fixture(scope="module")
def moved(told, whole_town, tmp_path_factory):
    """The log of a monitor that saw a region die, until it had moved the record."""
    whole_town.reset()
    # Of an earlier year: what is that old is pruned when something new comes.
    whole_town.put(OLD)
    with whole_town.started("MonitorFunction", tmp_path_factory.mktemp("failover")) as monitor:
        whole_town.tick(monitor)
        whole_town.world.regions["us-east"].fault = "503"
        with ThreadPoolExecutor() as pool:
            tick = pool.submit(monitor.invoke, EVENTS["tick"])
            whole_town.wait_for(lambda: '"published"' in monitor.log, tick)
            whole_town.wait_for(lambda: OLD["sk"] not in sort_keys(whole_town), tick)
            topic = whole_town.stack.outputs()["AlertTopicArn"]
            whole_town.wait_for(lambda: whole_town.world.aws.published(topic), tick)
            monitor.kill()
        return monitor.log


def test_the_deployed_monitor_moves_the_record(moved, whole_town):
    assert whole_town.world.targets() == ["198.18.0.2"]


@pytest.mark.parametrize("event", EVENTS | ODD)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_answers_every_event(told, function, event):
    answers, _ = told
    answer = answers[function, event]

    assert isinstance(answer, dict), answer


def test_nothing_unforeseen_happens_in_a_function(told, moved):
    _, logs = told
    for log in (moved, *logs.values()):
        assert "Traceback" not in log
        assert "round_failed" not in log
        assert "not authorized" not in log


def test_no_role_refuses_what_its_function_does(told, moved, whole_town):
    assert not whole_town.gate.refused


@pytest.mark.parametrize("function", FUNCTIONS)
def test_everything_that_is_granted_is_used(told, moved, whole_town, function):
    granted = {
        grant
        for grant in whole_town.stack.grants(function)
        if grant.action not in BY_LAMBDA | BY_SHARDS
    }
    unused = granted - whole_town.gate.used(function)

    assert granted
    assert [f"{grant.sid}: {grant.action} on {grant.resource}" for grant in unused] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_write_into_its_own_log_group(whole_town, function):
    configured = resources()[function]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    _, group = whole_town.stack.resources()[configured]
    written = {each for each in whole_town.stack.grants(function) if each.action in LOGS}

    assert {each.action for each in written} == LOGS
    assert {each.resource.removesuffix(":*").rpartition(":")[2] for each in written} == {group}


def test_a_wildcard_is_explained_where_it_stands():
    """In the lines before it: why AWS offers nothing narrower."""
    lines = TEMPLATE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.search(r"""Resource: ["']?\*""", line):
            before = "\n".join(lines[max(0, number - 8) : number])
            assert re.search(r"# .*(?i:wildcard|\*|narrower|resource)", before), line
