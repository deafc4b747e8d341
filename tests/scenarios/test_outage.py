"""A region dies on real sockets: the production wiring moves a real record."""

from collections.abc import Iterator

import pytest

from local.region import RegionFault
from local.world import LocalWorld
from tests.scenarios.night import BRISK, Night

FAULTS = (RegionFault.REFUSE, RegionFault.UNAVAILABLE, RegionFault.HANG)
"""One of each kind: no connection, a bad answer, no answer. What else a probe may meet is in
tests/integration/test_prober.py."""


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """One world for all stories; each begins where the one before ended."""
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        yield world


@pytest.fixture
def night(world: LocalWorld) -> Night:
    """Everything healthy, the name at the first region, nothing remembered."""
    for region in world.regions.values():
        region.fault = None
    world.reset()
    return Night(world)


@pytest.mark.parametrize(
    "fault", [pytest.param(FAULTS[0], marks=pytest.mark.essential), *FAULTS[1:]]
)
def test_traffic_leaves_a_dead_region(night: Night, fault: RegionFault) -> None:
    """Each record is written once, and stays as it is then."""
    with night.watched():
        night.adopted()
        night.world.regions[night.first.name].fault = fault
        night.moved()
        night.settled()
        night.rounds()
    assert night.writes() == ["PUT", "PUT"]


def test_a_region_that_fails_every_second_probe_is_left(night: Night) -> None:
    """Failures between good probes add up."""
    with night.watched():
        night.adopted()
        night.world.regions[night.first.name].fault = RegionFault.EVERY_SECOND
        night.moved()


@pytest.mark.essential
def test_all_regions_down_writes_nothing(night: Night) -> None:
    """The record stays what it was, and the incident is on record."""
    with night.watched():
        night.adopted()
        for region in night.world.regions.values():
            region.fault = RegionFault.UNAVAILABLE
        night.until(
            lambda: (s := night.state()) and "no_healthy_region" in s.notices.raised(),
            "the incident",
        )
    assert night.writes() == []
    assert night.world.targets() == [night.first.ipv4]


def test_installing_on_the_second_region_moves_nobody(night: Night) -> None:
    """The records are adopted as they are."""
    for record, address in zip(
        night.world.record_ids(), (night.second.ipv4, night.second.ipv6), strict=True
    ):
        night.world.linode.set_target(record, address)
    with night.watched():
        night.adopted()
        night.rounds()
    state = night.state()
    assert state is not None
    assert list(state.served.active) == [night.second.name]
    assert night.writes() == []


@pytest.mark.essential
def test_missing_records_are_created(night: Night) -> None:
    """A name without records gets both of the first healthy region."""
    for record in night.world.record_ids():
        night.world.linode.delete_record(record)
    with night.watched():
        night.settled()
    assert night.world.targets("A") == [night.first.ipv4]
    assert night.world.targets("AAAA") == [night.first.ipv6]
    assert night.writes() == ["POST", "POST"]


def test_a_foreign_address_is_left_alone(night: Night) -> None:
    """Whoever pointed the name elsewhere is not fought, even while a region is down."""
    with night.watched():
        night.adopted()
        night.world.linode.set_target(night.world.record_ids()[0], "127.0.77.7")
        night.world.regions[night.first.name].fault = RegionFault.UNAVAILABLE
        night.until(
            lambda: (s := night.state()) and "drift_blocks_failover" in s.notices.raised(),
            "the incident",
        )
    assert night.world.targets() == ["127.0.77.7"]
    assert night.writes() == []


def test_a_switch_by_hand_is_adopted(night: Night) -> None:
    """Somebody moves both records to the other region: theirs is the decision now."""
    with night.watched():
        night.adopted()
        a, aaaa = night.world.record_ids()
        night.world.linode.set_target(aaaa, night.second.ipv6)
        night.world.linode.set_target(a, night.second.ipv4)
        night.until(
            lambda: (s := night.state()) and list(s.served.active) == [night.second.name],
            "adoption",
        )
    assert night.writes() == []


def test_nobody_switches_while_the_table_is_away(night: Night) -> None:
    """The table is stopped: no switch. It comes back: the switch happens."""
    with night.watched():
        night.adopted()
        with night.world.aws.frozen():
            night.world.regions[night.first.name].fault = RegionFault.REFUSE
            night.rounds()
            assert night.writes() == []
        night.moved()


def test_neighbours_are_never_touched(night: Night) -> None:
    """Other records of the domain are as before."""

    def others() -> list[object]:
        return [r for r in night.world.linode.records("shop.test") if r["name"] != "app"]

    before = others()
    with night.watched():
        night.adopted()
        night.world.regions[night.first.name].fault = RegionFault.REFUSE
        night.moved()
        night.settled()
    assert others() == before


def test_a_vantage_that_reaches_nothing_at_all_is_blind(night: Night) -> None:
    """No region answers and no reference does: nothing is counted, nothing moves."""
    with night.watched():
        night.adopted()
        night.world.reference.fault = RegionFault.REFUSE
        for region in night.world.regions.values():
            region.fault = RegionFault.REFUSE
        night.until(lambda: (s := night.state()) and "blind" in s.notices.raised(), "the incident")
        night.rounds()
    state = night.state()
    assert state is not None
    assert "no_healthy_region" not in state.notices.raised()
    assert night.writes() == []
