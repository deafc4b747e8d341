"""Several services of one tick: what one sees of a region makes the others look at once."""

import itertools
from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.settings.model import Addresses, Region
from tests.unit.app.stage import EAST, SHOP, WEST, Stage

NEWS_EAST = Addresses("127.0.2.1")
NEWS_WEST = Addresses("127.0.2.2")
NEWS = replace(
    SHOP,
    name="news",
    record="news.shop.test",
    regions=(Region("east", "us-east-1", NEWS_EAST), Region("west", "us-west-2", NEWS_WEST)),
)
QUICK = replace(SHOP, health=replace(SHOP.health, interval=7.0))


@pytest.fixture
def stage() -> Stage:
    """Two services at the same regions. The shop's rounds come every 7 s, those of the news every
    10 s."""
    stage = Stage().set_up(QUICK).pointing_at(EAST)
    stage.dns.add("news", "A", NEWS_EAST.ipv4)
    stage.settings = replace(stage.settings, services=(QUICK, NEWS))
    return stage


def probes(stage: Stage, address: str) -> list[float]:
    """When this address was probed, in whole seconds from the beginning."""
    return [round(at - stage.started) for at, seen in stage.prober.seen if seen == address]


def test_a_region_that_dies_between_two_rounds_is_seen_by_all_services_together(
    stage: Stage,
) -> None:
    """It dies just after the news' round at 20 s; the shop's comes at 21 s, the next of the news
    would come at 30 s."""
    both = {EAST.ipv4: Reason.REFUSED, NEWS_EAST.ipv4: Reason.REFUSED}
    stage.after(20.5, lambda: stage.prober.down.update(both))
    stage.run(59)
    assert [at for at in probes(stage, EAST.ipv4) if at > 20.5][:3] == [21, 26, 31]
    assert [at for at in probes(stage, NEWS_EAST.ipv4) if at > 20.5][:3] == [21, 26, 31]
    assert sorted(stage.dns.addresses()) == [WEST.ipv4, NEWS_WEST.ipv4]
    written = [stage.store.states[name].served.published_at for name in ("shop", "news")]
    assert max(written) - min(written) <= 1.0


def test_a_region_that_comes_and_goes_for_one_service_costs_the_others_one_round_in_an_interval(
    stage: Stage,
) -> None:
    """The shop's region dies every 25 s and is back after 7 s; the news' interval is 60 s."""
    slow = replace(NEWS, health=replace(NEWS.health, interval=60.0))
    stage.settings = replace(stage.settings, services=(QUICK, slow))
    for second in range(20, 120, 25):
        stage.after(second, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
        stage.after(second + 7, stage.prober.down.clear)
    stage.run(120, every=1000)
    rounds = probes(stage, NEWS_EAST.ipv4)
    between = [later - earlier for earlier, later in itertools.pairwise(rounds)]
    assert min(between) < 60
    assert all(two >= 60 for two in map(sum, itertools.pairwise(between)))


def test_another_region_that_fails_is_no_reason_to_hurry(stage: Stage) -> None:
    """The news are not served from where the shop fails."""
    elsewhere = replace(NEWS, regions=(replace(NEWS.regions[0], name="south"), NEWS.regions[1]))
    stage.settings = replace(stage.settings, services=(QUICK, elsewhere))
    stage.after(20.5, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    stage.run(59)
    assert probes(stage, NEWS_EAST.ipv4)[:5] == [0, 10, 20, 30, 40]
