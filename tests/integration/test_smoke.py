"""`make smoke` in the embedded world: the control function really answers, a tick really runs, and
the alarms, the topic and the subscription are those of the template, made by moto."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import logs
from cli.smoke import heard
from local.aws import AwsServer
from local.container import ROOT, Function
from local.relay import Relay, RelayHandler
from local.schedule import Schedule, invoke
from local.world import LocalWorld
from tests.support.waiting import LIMIT
from tests.template.stack import translated

NAME = "shop-monitor"
REGION = "eu-west-1"
KEPT = {
    "AWS::CloudWatch::Alarm",
    "AWS::KMS::Key",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
}
INVOKED = re.compile(r"/2015-03-31/functions/([\w-]+)/invocations")


ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    },
}


def template(stack: str) -> dict[str, Any]:
    """That of the product, with its alarms and its topic, and functions that take no build."""
    whole = translated()
    functions = {
        logical: function(f"{stack}-{name}")
        for logical, name in (("MonitorFunction", "monitor"), ("ControlFunction", "control"))
    }
    resources = {
        logical: resource
        for logical, resource in whole["Resources"].items()
        if resource["Type"] in KEPT
    }
    made = resources | functions | {"Role": ROLE}
    return whole | {"Resources": made, "Outputs": {}, "Rules": {}}


def function(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name, "Runtime": "python3.13", "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Code": {"ZipFile": "handler = print"},
        },
    }  # fmt: skip


class Account(Relay):
    """AWS as the operator sees it. Invoking the control function runs the shipped handler."""

    def __init__(self, world: LocalWorld, folder: Path) -> None:
        super().__init__(world.aws.url, Handler)
        self.world = world
        self.event = folder / "event.json"


class Handler(RelayHandler):
    server: Account

    def answer(self, body: bytes) -> None:
        if not INVOKED.match(self.path):
            self.reply(*self.passed_on(body))
            return
        self.server.event.write_bytes(body)
        env = self.server.world.env
        answer, lines, noise = invoke("control.handler.handler", self.server.event, env)
        headers = {} if answer else {"X-Amz-Function-Error": "Unhandled"}
        told = answer or {"errorMessage": " ".join(noise)[-400:] or str(lines[-1:])}
        self.reply(200, headers, json.dumps(told).encode())


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    made = LocalWorld(render_delay=0.1)
    made.aws = AwsServer(REGION, "tests.artifact.cloudformation")
    with made as world:
        yield world


@pytest.fixture(scope="module")
def account(world: LocalWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    account = Account(world, tmp_path_factory.mktemp("account"))
    account.start()
    try:
        deploy(world, NAME, AlertEmail="ops@shop.test")
        yield account
    finally:
        account.stop()


def deploy(world: LocalWorld, stack: str, **parameters: str) -> None:
    world.aws.client("cloudformation").create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template(stack)),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )


@pytest.fixture(scope="module")
def watched(account: Account) -> Account:
    """A tick has run, and CloudWatch has what it printed."""
    with Function(account.world.env) as monitor, Schedule(monitor, every=100.0):
        while True:
            line = monitor.lines.get(timeout=LIMIT)
            if "RoundCompleted" in line:
                break
    [directive] = line["_aws"]["CloudWatchMetrics"]
    account.world.aws.client("cloudwatch").put_metric_data(
        Namespace=directive["Namespace"],
        MetricData=[
            {
                "MetricName": each["Name"],
                "Dimensions": [{"Name": n, "Value": line[n]} for n in directive["Dimensions"][0]],
                "Values": line[each["Name"]],
            }
            for each in directive["Metrics"]
        ],
    )
    return account


def smoke(account: Account, *options: str, stack: str = NAME) -> subprocess.CompletedProcess[str]:
    env = {**account.world.env, "AWS_ENDPOINT_URL": account.url, "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-m", "cli.smoke", stack, "--region", REGION, "--wait", "1", *options],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


def failed(done: subprocess.CompletedProcess[str]) -> str:
    """The check that failed, and what it advises. Nothing came after it."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "All good" not in done.stdout
    [*_, last, advice] = done.stdout.splitlines()
    assert advice.startswith("        do: ")
    return f"{last} {advice}"


def test_a_stack_that_works_passes_and_a_test_alert_goes_out(watched: Account) -> None:
    done = smoke(watched)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "All good."
    assert "it watches shop" in done.stdout
    assert "email to ops@shop.test is confirmed" in done.stdout
    topics = [each["TopicArn"] for each in watched.world.aws.client("sns").list_topics()["Topics"]]
    sent = [alert for topic in topics for alert in watched.world.aws.published(topic)]
    assert [alert["subject"] for alert in sent] == [
        "[TEST] shop-monitor in eu-west-1: no action is needed"
    ]
    assert "Nothing has happened." in sent[0]["message"]


@pytest.mark.long
def test_every_line_is_one_check(watched: Account) -> None:
    lines = smoke(watched).stdout.splitlines()

    assert len(lines) >= 10
    assert all(line.startswith("ok      ") for line in lines[:-1])


def test_an_alarm_that_is_on_is_named_and_no_alert_is_sent(watched: Account) -> None:
    cloudwatch = watched.world.aws.client("cloudwatch")
    alarm = cloudwatch.describe_alarms(AlarmNamePrefix="shop-monitor-")["MetricAlarms"][0][
        "AlarmName"
    ]
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    try:
        done = smoke(watched)
    finally:
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")

    assert f"on: {alarm}" in failed(done)
    assert "waiting for up to 1 s" in done.stdout
    assert "test alert" not in done.stdout


@pytest.mark.long
def test_a_deleted_alarm_is_missed(watched: Account) -> None:
    cloudwatch = watched.world.aws.client("cloudwatch")
    alarm = cloudwatch.describe_alarms(AlarmNamePrefix="shop-monitor-")["MetricAlarms"][0]
    cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"]])
    try:
        assert f"missing: {alarm['AlarmName']}" in smoke(watched).stdout
    finally:
        known = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        cloudwatch.put_metric_alarm(**{k: v for k, v in alarm.items() if k in known})


@pytest.mark.long
def test_settings_that_are_refused_are_told_in_its_words(watched: Account) -> None:
    watched.world.write_settings(vantages='["nowhere"]')
    try:
        done = smoke(watched)
    finally:
        watched.world.write_settings(vantages='["eu-west-1"]')

    assert "shop-monitor-control fails" in failed(done)


@pytest.mark.long
def test_a_monitor_that_completes_no_round_is_told(watched: Account) -> None:
    """Its metrics are looked for in the namespace that this stack was given."""
    deploy(watched.world, "idle", AlertEmail="ops@shop.test", MetricsNamespace="Idle")

    told = failed(smoke(watched, stack="idle"))
    assert "0 rounds were completed" in told
    assert logs.recent("idle-monitor", "eu-west-1") in told


@pytest.mark.long
def test_a_stack_that_is_not_there_is_told_with_what_to_check(account: Account) -> None:
    told = failed(smoke(account, stack="another"))

    assert "another" in told
    assert "region" in told


def test_a_subscription_that_nobody_has_confirmed_is_told() -> None:
    """moto confirms every one at once, AWS does not."""
    pending = {
        "Protocol": "email",
        "Endpoint": "ops@shop.test",
        "SubscriptionArn": "PendingConfirmation",
    }
    [check] = heard([pending], "arn:aws:sns:topic")

    assert not check.good
    assert "ops@shop.test is not confirmed" in check.what
    assert "follow its link" in check.advice


def test_a_topic_that_nobody_hears_is_told() -> None:
    [check] = heard([], "arn:aws:sns:topic")

    assert not check.good
    assert "AlertEmail" in check.advice
    assert "arn:aws:sns:topic" in check.advice


@pytest.mark.parametrize("arguments", [[], ["smoke", "STACK="]])
def test_make_asks_which_stack(arguments: list[str]) -> None:
    done = subprocess.run(
        ["make", *(arguments or ["smoke"])], cwd=ROOT, capture_output=True, text=True,
        timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "STACK=" in done.stderr
