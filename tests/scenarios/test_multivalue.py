"""Every healthy region is published, on real sockets."""

from collections.abc import Iterator

import pytest

from local.region import RegionFault
from local.world import DOMAIN, PLACES, LocalWorld, Place
from tests.scenarios.night import BRISK, Night

THREE = (*PLACES, Place("us-central", "us-east-2", "198.18.0.3", "fd00::31:3"))


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """One world for all stories."""
    routing = {"routing": '"multivalue"'}
    with LocalWorld(THREE, health=BRISK, service=routing, render_delay=0.1) as world:
        yield world


@pytest.fixture
def night(world: LocalWorld) -> Night:
    """Three healthy regions, each with its records."""
    world.reset()
    for place in THREE[1:]:
        world.linode.add_record(DOMAIN, "app", "A", place.ipv4, ttl_sec=30)
        world.linode.add_record(DOMAIN, "app", "AAAA", place.ipv6, ttl_sec=30)
    return Night(world)


def published(night: Night, *places: Place) -> bool:
    """Whether the records say exactly these regions, in both families."""
    return set(night.world.targets("A")) == {place.ipv4 for place in places} and set(
        night.world.targets("AAAA")
    ) == {place.ipv6 for place in places}


def until_published(night: Night, *places: Place) -> None:
    what = f"{', '.join(place.name for place in places)} published"
    night.until(lambda: published(night, *places), what)


def test_a_dead_region_leaves_and_comes_back_and_no_record_is_ever_removed(night: Night) -> None:
    """While it is out, its own record says the address of a healthy region."""
    records = night.world.record_ids()
    with night.watched():
        night.adopted()
        night.world.regions[night.second.name].fault = RegionFault.REFUSE
        until_published(night, THREE[0], THREE[2])
        night.settled()
        assert night.world.record_ids() == records
        night.world.regions[night.second.name].fault = None
        until_published(night, *THREE)
        night.settled()
    assert night.world.record_ids() == records
    assert night.writes() == ["PUT"] * 4


def test_all_down_keeps_what_was_there(night: Night) -> None:
    """The answer is never empty, and no guess is made."""
    with night.watched():
        night.adopted()
        for region in night.world.regions.values():
            region.fault = RegionFault.UNAVAILABLE
        night.until(
            lambda: (s := night.state()) and "no_healthy_region" in s.notices.raised(),
            "the incident",
        )
        night.rounds()
    assert published(night, *THREE)
    assert night.writes() == []


def test_the_last_two_die_one_after_the_other_and_the_last_answer_stays(night: Night) -> None:
    """First one of three, then the other two at once: what was published last is what is kept."""
    with night.watched():
        night.adopted()
        night.world.regions[THREE[0].name].fault = RegionFault.REFUSE
        until_published(night, *THREE[1:])
        night.settled()
        for place in THREE[1:]:
            night.world.regions[place.name].fault = RegionFault.REFUSE
        night.until(
            lambda: (s := night.state()) and "no_healthy_region" in s.notices.raised(),
            "the incident",
        )
    assert len(night.world.targets("A")) == 3
    assert set(night.world.targets("A")) <= {place.ipv4 for place in THREE[1:]}


def test_a_name_with_one_record_gets_one_for_each_region(night: Night) -> None:
    """Whoever comes from one active region has too few records: the missing ones are added."""
    for record in night.world.record_ids():
        night.world.linode.delete_record(record)
    night.world.linode.add_record(DOMAIN, "app", "A", THREE[0].ipv4, ttl_sec=30)
    night.world.linode.add_record(DOMAIN, "app", "AAAA", THREE[0].ipv6, ttl_sec=30)
    with night.watched():
        until_published(night, *THREE)
        night.settled()
    assert night.writes() == ["POST"] * 4
