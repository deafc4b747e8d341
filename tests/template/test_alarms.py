"""The alarms and the dashboard of the template, put into an account that moto plays."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.scenarios.conditions import played
from tests.support.cloudwatch import Alarm, statistic
from tests.support.nights import PUT
from tests.template.stack import Json, arguments, of_type, written

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
    data = night.monitor.tape.data()
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


@pytest.mark.parametrize("name", alarms_written())
def test_a_description_fits_whatever_the_stack_is_called(name):
    """1,024 characters are what PutMetricAlarm takes."""
    put = arguments(
        alarms_written()[name],
        **{"AWS::StackName": LONGEST_STACK_NAME, "AWS::Region": "ap-southeast-99"},
    )

    assert LONGEST_STACK_NAME in put["AlarmName"]
    assert 200 < len(put["AlarmDescription"]) <= 1024
