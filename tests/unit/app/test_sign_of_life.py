"""The outside dead-man's switch hears once in a tick that every service is watched."""

import itertools
from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.settings.model import Addresses, Region
from tests.unit.app.stage import EAST, SHOP, Stage

OTHER = replace(
    SHOP,
    name="blog",
    record="blog.shop.test",
    regions=(
        Region("one", "us-east-1", Addresses("127.0.2.1")),
        Region("two", "us-west-2", Addresses("127.0.2.2")),
    ),
)


@pytest.fixture
def stage() -> Stage:
    """The shop, pointing at its first region."""
    return Stage().set_up().pointing_at(EAST)


def minutes(stage: Stage) -> list[int]:
    """When it was heard, in minutes after the beginning."""
    last = max(began for began, _ in stage.ran) + 60
    heard = (at - stage.started for at in stage.dead_man.heard)
    return [int(at // 60) for at in heard if at < last]


def test_it_is_heard_once_in_each_tick(stage: Stage) -> None:
    stage.run(230)
    assert minutes(stage) == [0, 1, 2, 3]


def test_a_dead_region_is_no_reason_for_silence(stage: Stage) -> None:
    """The monitor works; what it found is told by alerts."""
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.run(230)
    assert minutes(stage) == [0, 1, 2, 3]


def test_one_service_that_cannot_be_watched_is(stage: Stage) -> None:
    stage.settings = replace(stage.settings, services=(SHOP, OTHER))
    stage.dns.add("blog", "A", "127.0.2.1")
    stage.run(110)
    assert minutes(stage) == [0, 1]
    real = stage.prober.probe

    def probe(service, aws_region, address):  # type: ignore[no-untyped-def]
        if service.name == "blog":
            raise RuntimeError("unforeseen")
        return real(service, aws_region, address)

    stage.prober.probe = probe  # type: ignore[method-assign]
    stage.run(170)
    assert minutes(stage) == [0, 1]


def test_a_control_table_that_is_away_is(stage: Stage) -> None:
    stage.store.away = True
    stage.run(230)
    assert minutes(stage) == []


def test_a_topic_that_takes_no_alerts_is_until_it_does(stage: Stage) -> None:
    """Nobody inside AWS can tell of that. One sign of life is enough for a minute."""
    stage.alerts.away = True
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    stage.after(900, lambda: setattr(stage.alerts, "away", False))
    stage.run(1200)
    assert minutes(stage) == [*range(6), 15, *range(17, 21)]


def test_a_round_that_fails_at_first_is_made_up_for(stage: Stage) -> None:
    stage.store.away = True
    stage.after(25, lambda: setattr(stage.store, "away", False))
    stage.run(59)
    assert len(minutes(stage)) == 1


def test_one_that_hears_nothing_delays_no_round_and_is_logged_once_a_tick(stage: Stage) -> None:
    stage.dead_man.deaf = True
    stage.run(50)
    assert len(stage.telemetry.told("dead_man_unheard")) == 1
    at = sorted({round(when, 1) for when, _ in stage.prober.seen})
    assert [later - sooner for sooner, later in itertools.pairwise(at)] == pytest.approx(
        [10.0] * (len(at) - 1), abs=0.2
    )


def test_without_a_switch_nothing_is_asked(stage: Stage) -> None:
    stage.world = replace(stage.world, dead_man=None)
    stage.run(120)
    assert stage.dead_man.heard == []
