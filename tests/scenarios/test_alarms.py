"""Every alarm of the template goes off for its condition, and for nothing else."""

import pytest

from tests.scenarios.conditions import CONDITIONS, NIGHTS, played
from tests.support.cloudwatch import EXTRA
from tests.support.nights import MINUTE, PUT

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


@pytest.mark.parametrize("name", NIGHTS)
def test_its_alarms_go_off_and_no_other_where_ticks_stay_awake(name):
    """No beats arrive, and each tick runs its rounds itself."""
    night = played(name, **AWAKE)
    first, *others = (v.went_off(night.begin, night.end) for v in night.vantages)

    assert first == NIGHTS[name].alarms
    assert all(found == NIGHTS[name].elsewhere for found in others)


@pytest.mark.parametrize("settings", [{}, AWAKE], ids=["beats", "awake"])
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
