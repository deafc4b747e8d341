"""The alarms and the dashboard of the template, put into an account that moto plays."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bench.cost import template
from bench.prices import Use, cost
from failover.notify.metrics import ALARM_OF, Metric
from tests.scenarios.conditions import played
from tests.support import typed
from tests.support.cloudwatch import Alarm, statistic
from tests.support.nights import PUT, WITH_DATA
from tests.template.deployed import Deployment
from tests.template.stack import ROOT, Json, arguments, of_type, written

READING = ("status", "data-status", "history", "preflight")
LONGEST_STACK_NAME = "s" * 54
"""A function's name has 64 characters at the most, `-heartbeat` at its end among them."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """CloudWatch of an account of its own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="eu-west-1")


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@pytest.mark.parametrize("name", PUT)
def test_an_account_takes_the_alarm_as_it_is(account, name):
    account.put_metric_alarm(**PUT[name])
    [found] = account.describe_alarms(AlarmNames=[PUT[name]["AlarmName"]])["MetricAlarms"]

    assert {key: found.get(key) for key in PUT[name]} == PUT[name]


def test_an_account_takes_the_dashboard_as_it_is(account):
    [board] = map(arguments, of_type("AWS::CloudWatch::Dashboard").values())
    account.put_dashboard(**board)

    found = account.get_dashboard(DashboardName=board["DashboardName"])
    assert found["DashboardBody"] == board["DashboardBody"]


@pytest.mark.parametrize("name", ["failover", "dead-man", "replication-age"])
def test_the_data_of_a_night_add_up_in_an_account_as_they_do_here(account, name):
    """The evaluator of these tests and moto make the same data points of the same lines."""
    night, alarm = played("old data"), Alarm.of(PUT[name])
    data = night.first.tape.data()
    fed = data.get(alarm.series, [])
    for some in (fed[i : i + 500] for i in range(0, len(fed), 500)):
        account.put_metric_data(
            Namespace=alarm.series.namespace,
            MetricData=[
                {
                    "MetricName": alarm.series.name,
                    "Dimensions": [
                        {"Name": key, "Value": value} for key, value in alarm.series.dimensions
                    ],
                    "Timestamp": moment(datum.at),
                    "Value": datum.value,
                    "Unit": datum.unit,
                }
                for datum in some
            ],
        )
    asked = {key: PUT[name][key] for key in ("Namespace", "MetricName", "Dimensions", "Period")}
    end = night.begin + 10 * alarm.period
    found = account.get_metric_statistics(
        **asked,
        Statistics=[alarm.statistic],
        StartTime=moment(night.begin),
        EndTime=moment(end),
    )["Datapoints"]

    starts = [night.begin + i * alarm.period for i in range(10)]
    here = {at: statistic(alarm, data, at) for at in starts}
    theirs = {_period(each["Timestamp"], starts): each[alarm.statistic] for each in found}
    assert theirs == {at: value for at, value in here.items() if value is not None}


def _period(inside: datetime, starts: list[float]) -> float:
    """The beginning of the period that a time lies in. Moto names one of its data instead."""
    return max(start for start in starts if start <= inside.timestamp())


def alarms_written() -> dict[str, Json]:
    return {
        name: resource["Properties"]
        for name, resource in written()["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def described(name: str, stack: str, region: str) -> Json:
    """An alarm of a stack of that name, deployed in that AWS region."""
    put: Json = arguments(
        alarms_written()[name], **{"AWS::StackName": stack, "AWS::Region": region}
    )
    return put


@pytest.mark.parametrize("name", alarms_written())
def test_a_description_fits_whatever_the_stack_is_called(name):
    """1,024 characters are what PutMetricAlarm takes."""
    put = described(name, LONGEST_STACK_NAME, "ap-southeast-99")

    assert LONGEST_STACK_NAME in put["AlarmName"]
    assert 200 < len(put["AlarmDescription"]) <= 1024


@pytest.mark.parametrize("name", alarms_written())
def test_a_description_says_what_to_type(name, tmp_path):
    """A command that exists, for the functions and in the AWS region of this stack."""
    put = described(name, "mine", "eu-west-3")
    text = put["AlarmDescription"]
    commands = re.findall(r"`(.+?)`", text)

    assert commands
    for words in typed.calls("\n".join(commands), tmp_path):
        if words[0] != "aws":
            continue
        options = typed.aws(words)
        assert options["region"] == "eu-west-3"
        if words[1:3] == ["lambda", "invoke"]:
            assert options["function-name"] == "mine-control"
            assert typed.event(options, ROOT)["command"] in READING
        else:
            function = "heartbeat" if put["MetricName"].startswith("Heartbeat") else "monitor"
            assert options["log-group-name"] == f"/aws/lambda/mine-{function}"


@pytest.mark.parametrize("name", alarms_written())
def test_a_description_names_its_section_and_files_that_are_there(name):
    put = described(name, "mine", "eu-west-3")
    text = put["AlarmDescription"]

    assert f"docs/runbook.md, {put['AlarmName'].removeprefix('mine-')}." in text
    for file in re.findall(r"(?:events|docs|layers)/[\w./]+\w", text):
        assert (ROOT / file).exists(), file


@pytest.mark.parametrize("name", PUT)
def test_an_alarm_reaches_the_topic_and_so_does_its_end(name):
    topic = [arguments({"Ref": "AlertTopic"})]

    assert PUT[name]["AlarmActions"] == topic
    assert PUT[name].get("OKActions") == (None if name == "failover" else topic)


@pytest.mark.parametrize("name", PUT)
def test_an_alarm_reads_the_series_without_services(name):
    """A template cannot know the services in the settings."""
    assert PUT[name]["Namespace"] == arguments({"Ref": "MetricsNamespace"})
    assert PUT[name]["Dimensions"] == [{"Name": "service", "Value": "linode-region-failover"}]


def test_every_condition_that_is_counted_has_an_alarm():
    """Of its own or shared. Other numbers are for looking at, but for the age of the data. Missing
    beats keep nothing from being watched: they are an incident and no alarm."""
    looked_at = {Metric.ACTIVE_REGION, Metric.REGION_HEALTHY, Metric.BEATS_MISSING}
    counted = {metric for metric in Metric if metric.unit == "Count"} - looked_at
    alarmed = {ALARM_OF.get(metric, metric) for metric in counted}

    assert {put["MetricName"] for put in PUT.values()} == alarmed | {Metric.REPLICATION_AGE}


def test_the_age_of_the_data_that_is_an_alarm_can_be_chosen():
    alarm = alarms_written()["ReplicationAgeAlarm"]

    assert arguments(alarm, ReplicationAgeLimit="300")["Threshold"] == "300"


def test_heartbeats_are_watched_over_where_there_are_any():
    """An alarm on a function that the stack does not have would never end."""
    tables = "arn:aws:dynamodb:*:123456789012:table/my-app-data"
    watched = Deployment(DataTables=tables).resources()
    assert {"heartbeat-dead-man", "replication-age"} == WITH_DATA
    assert {"HeartbeatFunction", "HeartbeatDeadManAlarm"} <= watched.keys()
    assert "${HeartbeatDeadManAlarm.Arn}" in str(watched["Dashboard"])
    assert "Heartbeat" not in str(Deployment().resources().keys())
    assert "HeartbeatDeadManAlarm" not in str(Deployment().resources()["Dashboard"])


def test_the_dashboard_can_be_left_out():
    assert "Dashboard" in Deployment().resources()
    assert "Dashboard" not in Deployment(WithDashboard="false").resources()


def test_the_bill_counts_every_alarm_and_the_dashboard():
    always = len(PUT.keys() - WITH_DATA)
    assert len(template(r"Type: AWS::CloudWatch::Alarm\n    Properties:")) == always
    assert len(template(r"Type: AWS::CloudWatch::Dashboard\b")) == 1
    page = (ROOT / "docs" / "costs.md").read_text()
    assert f"{always} of them cost {cost(Use(alarms=always)):.2f} $" in page
    assert f"The dashboard costs {cost(Use(dashboards=1)):.0f} $" in page
    [board] = map(arguments, of_type("AWS::CloudWatch::Dashboard").values())
    named = re.findall(r'"service", "linode-region-failover"', board["DashboardBody"])
    assert f"It shows {len(named)}, and" in page
