"""The evaluator that the alarms are tested with, against the tables of AWS's user guide."""

import pytest

from tests.support.cloudwatch import Alarm, Datum, Series, State, judged

LETTERS = {"0": False, "X": True, "-": None}

# "How alarm state is evaluated when data is missing": both tables, the columns BREACHING and
# NOT BREACHING. Three data points are needed, five fetched.
THREE_OF_THREE = [
    ("0 - X - X", "OK", "OK"),
    ("0 - - - -", "OK", "OK"),
    ("- - - - -", "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM", "ALARM"),
    ("0 0 X 0 X", "ALARM", "ALARM"),
    ("0 - X - -", "ALARM", "OK"),
    ("- - - - 0", "ALARM", "OK"),
    ("- - - X -", "ALARM", "OK"),
]
ROWS = [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE]


@pytest.mark.parametrize(("to_alarm", "points", "breaching", "not_breaching"), ROWS)
def test_missing_data_are_judged_as_aws_says(to_alarm, points, breaching, not_breaching):
    row = [LETTERS[letter] for letter in points.split()]

    assert judged(row, 3, to_alarm, "breaching") == breaching
    assert judged(row, 3, to_alarm, "notBreaching") == not_breaching


SERIES = Series("Shop", "Rounds", frozenset({("service", "shop")}))


def alarm(**changes):
    put = {
        "Namespace": "Shop",
        "MetricName": "Rounds",
        "Dimensions": [{"Name": "service", "Value": "shop"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 2,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return Alarm.of(put | changes, extra=0)


def data(*times, value=1.0):
    return {SERIES: [Datum(at, value, "Count") for at in times]}


def test_a_period_adds_up_what_falls_into_it():
    assert alarm().state(data(0, 59), 60) is State.ALARM
    assert alarm().state(data(0, 60), 60) is State.OK
    assert alarm().state(data(-1, 59), 60) is State.OK


def test_the_windows_slide_with_the_clock():
    slow = alarm(Period=300)

    assert slow.states(data(290, 310), 240, 660) == ["OK"] + ["ALARM"] * 4 + ["OK"] * 2


def test_other_dimensions_are_another_series():
    other = alarm(Dimensions=[{"Name": "service", "Value": "shelf"}])

    assert other.state(data(1, 2), 60) is State.OK


@pytest.mark.parametrize(
    ("statistic", "threshold", "state"),
    [
        ("Maximum", 5, "ALARM"),
        ("SampleCount", 2, "ALARM"),
        ("Average", 6, "OK"),
        ("Sum", 6, "ALARM"),
    ],
)
def test_the_statistic_decides_what_is_compared(statistic, threshold, state):
    found = alarm(Statistic=statistic, Threshold=threshold).state(data(1, 2, value=5.0), 60)

    assert found == state


def test_some_of_the_periods_may_be_enough():
    patient = alarm(Threshold=1, EvaluationPeriods=3, DatapointsToAlarm=2)

    assert patient.state(data(10), 180) is State.OK
    assert patient.state(data(10, 130), 180) is State.ALARM
