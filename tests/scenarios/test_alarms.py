"""Every alarm of the template goes off for its condition, and for nothing else; and every metric
is fed in one of these nights.

It takes about 10 s of computing time for 36 nights of an hour or two, and as much in the long run,
in which ticks stay awake.
"""

import botocore.session
import pytest

from failover.notify.metrics import Metric
from tests.scenarios.conditions import CONDITIONS, NIGHTS, played
from tests.support.cloudwatch import EXTRA, Series
from tests.support.nights import MINUTE, NAMESPACE, OF_ALARMS, PUT, SHAPES

pytestmark = pytest.mark.essential

AWAKE = {"paced": False}


@pytest.mark.parametrize("extra", [0, EXTRA, 5])
@pytest.mark.parametrize("name", NIGHTS)
def test_its_alarms_go_off_and_no_other(name, extra):
    """However many data points CloudWatch looks at beyond those that it needs."""
    night = played(name)
    first, *others = (v.went_off(night.begin, night.end, extra) for v in night.vantages)

    assert first == NIGHTS[name].alarms
    assert all(found == NIGHTS[name].elsewhere for found in others)


@pytest.mark.long
@pytest.mark.parametrize("name", NIGHTS)
def test_its_alarms_go_off_and_no_other_where_ticks_stay_awake(name):
    """No beats arrive, and each tick runs its rounds itself."""
    night = played(name, **AWAKE)
    first, *others = (v.went_off(night.begin, night.end) for v in night.vantages)

    assert first == NIGHTS[name].alarms
    assert all(found == NIGHTS[name].elsewhere for found in others)


@pytest.mark.parametrize(
    "settings",
    [pytest.param({}, id="beats"), pytest.param(AWAKE, id="awake", marks=pytest.mark.long)],
)
@pytest.mark.parametrize("name", CONDITIONS)
def test_an_alarm_comes_in_time(name, settings):
    """Counted from what went wrong to the mail, whatever has to be confirmed in between."""
    condition, night = CONDITIONS[name], played(name, **settings)
    found = night.first.went_off(night.begin, night.begin + condition.within * MINUTE)

    assert found == condition.alarms


@pytest.mark.parametrize("name", CONDITIONS)
def test_an_alarm_ends_with_its_condition(name):
    night = played(name)

    for vantage in night.vantages:
        assert vantage.went_off(night.dawn - 5 * MINUTE, night.dawn) == set()


@pytest.mark.parametrize("name", NIGHTS)
def test_the_end_of_a_condition_sets_off_what_it_brings(name):
    condition, night = NIGHTS[name], played(name)
    new = night.first.went_off(night.end, night.dawn) - condition.alarms

    assert new == condition.after


def test_every_alarm_has_a_condition():
    found = set().union(*(condition.alarms for condition in CONDITIONS.values()))

    assert found == set(PUT)


def test_after_the_first_deployment_the_dead_man_wakes_up_once():
    """No round was completed before the stack was there. It shows that mail works."""
    night = played("nothing")
    for extra in (0, EXTRA):
        assert night.first.went_off(night.started, night.started + MINUTE, extra) == {"dead-man"}
        assert night.first.went_off(night.started + 2 * MINUTE, night.begin, extra) == set()


def test_two_missing_minutes_are_not_a_dead_monitor():
    night = played("stopped monitor")

    assert night.first.went_off(night.begin, night.begin + 2 * MINUTE) == set()


def test_a_freeze_of_less_than_an_hour_is_nobodys_business():
    night = played("frozen by a pause")

    assert night.first.went_off(night.begin, night.begin + 55 * MINUTE) == set()


@pytest.fixture(scope="module")
def emitted():
    """Every series that was fed in any night, with the units of its values."""
    found: dict[Series, set[str]] = {}
    for name in CONDITIONS:
        for vantage in played(name).vantages:
            for series, data in vantage.tape.data().items():
                found.setdefault(series, set()).update(datum.unit for datum in data)
    return found


def test_every_metric_is_emitted_in_some_night(emitted):
    assert {series.name for series in emitted} == set(Metric)


def test_every_value_has_the_unit_of_its_metric_and_cloudwatch_knows_it(emitted):
    cloudwatch = botocore.session.get_session().get_service_model("cloudwatch")
    units = cloudwatch.shape_for("StandardUnit").enum

    for series, found in emitted.items():
        assert found == {Metric(series.name).unit}
        assert found <= set(units)


def test_every_series_is_one_that_is_paid_for_and_each_of_those_is_fed(emitted):
    found = {(s.name, frozenset(name for name, _ in s.dimensions)) for s in emitted}

    assert found == SHAPES
    for series in emitted:
        assert series.namespace == NAMESPACE
        assert "service" not in dict(series.dimensions) or series.dimensions == OF_ALARMS
