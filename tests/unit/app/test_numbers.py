"""Whatever happens to the numbers in the table, the next tick runs, votes and moves names."""

from dataclasses import replace

import pytest

from failover.health.probe import Reason
from tests.unit.app.stage import EAST, WEST, Stage

VANTAGE = "eu-west-1"
DAY = 86_400


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region, which dies after 200 s. Ticks have run for weeks."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.store.runners[VANTAGE] = 50_000
    stage.after(200, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    return stage


def assert_moved_in_time(stage: Stage) -> None:
    stage.run(260)
    assert stage.puts == [WEST.ipv4]
    assert stage.state.served.moved_at - stage.started < 225


def test_a_table_that_is_recreated_in_the_middle_of_a_tick(stage: Stage) -> None:
    def recreated() -> None:
        for items in (stage.store.states, stage.store.ballots, stage.store.runners):
            items.clear()

    stage.after(95, recreated)
    assert_moved_in_time(stage)


def test_a_number_that_is_deleted(stage: Stage) -> None:
    stage.after(95, stage.store.runners.clear)
    assert_moved_in_time(stage)


def test_a_table_that_is_restored_from_a_backup(stage: Stage) -> None:
    stage.after(95, lambda: stage.store.runners.update({VANTAGE: 20_000}))
    assert_moved_in_time(stage)


def test_votes_of_a_tick_whose_clock_was_a_day_fast(stage: Stage) -> None:
    def voted() -> None:
        key = ("shop", VANTAGE)
        later = int(stage.hub.now()) + DAY
        stage.store.ballots[key] = replace(
            stage.store.ballots[key], runner=later, at=stage.hub.now() + DAY
        )
        stage.store.runners.clear()

    stage.after(119, voted)
    assert_moved_in_time(stage)
