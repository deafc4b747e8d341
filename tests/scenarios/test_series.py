"""What the dashboard shows of what the functions feed into CloudWatch.

That every series here is fed in some night is in test_alarms, where those nights are played.
"""

import json
import re
from itertools import combinations

import botocore.session
import pytest

from failover.notify.metrics import Metric
from tests.scenarios.conditions import replicated
from tests.support.nights import NAMESPACE, OF_ALARMS, SHAPES
from tests.template.deployed import Deployment
from tests.template.stack import arguments, of_type, written

pytestmark = pytest.mark.essential

[BOARD] = map(arguments, of_type("AWS::CloudWatch::Dashboard").values())
BODY = json.loads(BOARD["DashboardBody"])
WIDGETS = [widget["properties"] for widget in BODY["widgets"]]
SEARCH = re.compile(r"""SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName="(\w+)"', '(\w+)'\)""")
FILLED = re.compile(r"FILL\((.*), 0\)")
AT_ZERO = "TIME_SERIES(0)"
"""A line that is there on every day, also on one on which nothing is fed."""

GRID = 24


@pytest.fixture(scope="module")
def model():
    """CloudWatch's API, as botocore has it."""
    return botocore.session.get_session().get_service_model("cloudwatch")


def test_without_region_metrics_no_series_names_a_region():
    night = replicated(region_metrics=False).play(lambda: None, lambda: None, 1)

    assert {series.dimensions for series in night.first.tape.data()} == {OF_ALARMS}


# The dashboard


def searched(line):
    """The search of a graph's line, whether or not its gaps are filled with zeros."""
    expression = line[0]["expression"]
    filled = FILLED.fullmatch(expression)
    found = SEARCH.fullmatch(filled[1] if filled else expression)
    assert found, expression
    return found


def graphed():
    """Each series of a graph: its namespace, its metric, and the names of its dimensions."""
    for widget in WIDGETS:
        for line in widget.get("metrics", ()):
            if isinstance(line[0], dict):
                if line[0]["expression"] != AT_ZERO:
                    found = searched(line)
                    yield found[1], found[3], frozenset(found[2].split(","))
            else:
                namespace, metric, *dimensions = line
                assert frozenset(zip(dimensions[::2], dimensions[1::2], strict=True)) == OF_ALARMS
                yield namespace, metric, frozenset(dimensions[::2])


def test_the_dashboard_names_what_the_code_emits():
    for namespace, metric, dimensions in graphed():
        assert namespace == NAMESPACE
        assert (metric, dimensions) in SHAPES


def test_the_dashboard_shows_every_metric():
    assert {metric for _, metric, _ in graphed()} == set(Metric)


def test_the_dashboard_shows_every_alarm():
    [shown] = [widget["alarms"] for widget in WIDGETS if "alarms" in widget]

    assert shown == [
        arguments({"Fn::GetAtt": [name, "Arn"]}) for name in of_type("AWS::CloudWatch::Alarm")
    ]


def test_a_graph_says_what_it_needs(model):
    """The properties that AWS asks for, and a statistic for every line."""
    statistics = model.shape_for("Statistic").enum

    for widget in WIDGETS:
        assert widget.get("title") or widget["markdown"].startswith("# ")
        if "metrics" in widget:
            assert widget["region"] == "eu-west-1"
            assert widget["period"] == 60
            of_searches = [
                searched(line)[4]
                for line in widget["metrics"]
                if isinstance(line[0], dict) and line[0]["expression"] != AT_ZERO
            ]
            assert {*of_searches, widget.get("stat", "Sum")} <= set(statistics)
            assert of_searches or "stat" in widget


@pytest.fixture(scope="module")
def good_day():
    """The metrics that are fed while nothing at all happens."""
    night = replicated().play(lambda: None, lambda: None, 1)
    return {series.name for series in night.first.tape.data()}


@pytest.mark.parametrize("widget", [w for w in WIDGETS if "metrics" in w], ids=lambda w: w["title"])
def test_no_graph_is_empty_on_a_good_day(widget, good_day):
    lines = widget["metrics"]
    at_zero = any(isinstance(line[0], dict) and line[0]["expression"] == AT_ZERO for line in lines)
    names = {line[1] if len(line) > 1 else searched(line)[3] for line in lines if not at_zero}
    assert at_zero or names & good_day


def test_graphs_of_data_are_left_out_where_there_is_none():
    tables = "arn:aws:dynamodb:*:123456789012:table/my-app-data"
    without = Deployment().resources()["Dashboard"]["Properties"]["DashboardBody"]
    beside = Deployment(DataTables=tables).resources()["Dashboard"]["Properties"]["DashboardBody"]

    assert "HeartbeatCompleted" in str(beside)
    assert "HeartbeatCompleted" not in str(without)


def test_a_line_is_drawn_where_an_alarm_goes_off():
    thresholds = {
        put["MetricName"]: float(put["Threshold"])
        for put in map(arguments, of_type("AWS::CloudWatch::Alarm").values())
    }
    for widget in WIDGETS:
        alarmed = {line[1] for line in widget.get("metrics", ()) if len(line) > 1} & set(thresholds)
        drawn = [each["value"] for each in widget.get("annotations", {}).get("horizontal", ())]
        assert drawn == sorted({thresholds[metric] for metric in alarmed})


def test_where_a_name_points_is_a_strip_that_ends_where_it_has_moved():
    [strips] = [w for w in WIDGETS if "Where each name points" in w.get("title", "")]

    assert strips["stacked"] is True
    [line] = strips["metrics"]
    assert FILLED.fullmatch(line[0]["expression"])
    assert searched(line)[3] == Metric.ACTIVE_REGION
    assert {"Dim.app", "Dim.region"} == set(re.findall(r"Dim\.\w+", line[0]["label"]))


def test_the_first_panel_says_what_to_read_and_to_type():
    first = BODY["widgets"][0]
    told = first["properties"]["markdown"]

    assert (first["type"], first["y"]) == ("text", 0)
    assert arguments(written()["Outputs"]["StatusCommand"]["Value"]) in told
    assert "docs/commands.md" in told
    assert "(https://runbooks.example/failover)" in text_panel("https://runbooks.example/failover")


def test_without_an_address_for_the_runbook_its_file_is_named():
    board = Deployment().resources()["Dashboard"]["Properties"]["DashboardBody"]

    assert board["Fn::Sub"][1]["Runbook"] == "docs/runbook.md"


def text_panel(runbook):
    [board] = of_type("AWS::CloudWatch::Dashboard").values()
    body = arguments(board, RunbookUrl=runbook)["DashboardBody"]
    return json.loads(body)["widgets"][0]["properties"]["markdown"]


def test_the_address_of_the_dashboard_is_an_output():
    address = arguments(written()["Outputs"]["DashboardUrl"]["Value"])

    assert address.startswith("https://eu-west-1.console.aws.amazon.com/cloudwatch/")
    assert "#dashboards/dashboard/" in address


def test_no_widget_lies_over_another():
    cells = [
        {
            (x, y)
            for x in range(w["x"], w["x"] + w["width"])
            for y in range(w["y"], w["y"] + w["height"])
        }
        for w in BODY["widgets"]
    ]

    assert not any(one & other for one, other in combinations(cells, 2))
    assert all(x < GRID for each in cells for x, _ in each)


def test_two_vantages_of_one_account_have_a_dashboard_each():
    """All dashboards of an account are in one namespace, whatever the AWS region."""
    assert BOARD["DashboardName"] == "linode-region-failover-eu-west-1"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", BOARD["DashboardName"])
