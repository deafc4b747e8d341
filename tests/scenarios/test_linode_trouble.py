"""The Linode API is in trouble while a region is dead: the record ends at the healthy one."""

from collections.abc import Callable, Iterator

import pytest

from local.region import RegionFault
from local.world import LocalWorld
from tests.scenarios.night import BRISK, Night

TROUBLES: dict[str, Callable[[LocalWorld], object]] = {
    "429 with Retry-After": lambda w: w.linode.fail(
        method="PUT", status=429, headers={"Retry-After": "2"}, times=2
    ),
    "writes hang": lambda w: w.linode.fail(method="PUT", how="hang", times=2),
    "every list is refused": lambda w: w.linode.fail(
        method="GET", path="(/records|/domains)$", status=500
    ),
    "lists are half a minute behind": lambda w: w.linode.fail(
        method="GET", path="/records$", stale_for=30.0
    ),
    "nothing can be read": lambda w: w.linode.fail(method="GET", status=503),
    "applied, and the reply is lost": lambda w: w.linode.fail(
        method="PUT", how="drop", applied_after=0, times=2
    ),
    "applied much later": lambda w: w.linode.fail(
        method="PUT", how="drop", applied_after=4, times=1
    ),
}
"""What a single call makes of any other answer is in tests/integration/test_linode_adapter.py."""


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """One world for all stories."""
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        yield world


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_record_ends_at_the_healthy_region(world: LocalWorld, trouble: str) -> None:
    """No second record appears, and the decision ends as published."""
    world.reset()
    night = Night(world)
    with night.watched():
        night.adopted()
        TROUBLES[trouble](world)
        world.regions[night.first.name].fault = RegionFault.UNAVAILABLE
        night.moved()
        night.settled()
    world.linode.heal()
    assert world.targets("A") == [night.second.ipv4]
    assert world.targets("AAAA") == [night.second.ipv6]


@pytest.mark.parametrize("how", ["refused", "lost"])
def test_a_creation_makes_no_second_record(world: LocalWorld, how: str) -> None:
    """The reply to a POST is lost, or servers fail: in the end there is one record of each."""
    world.reset()
    for record in world.record_ids():
        world.linode.delete_record(record)
    if how == "lost":
        world.linode.fail(method="POST", how="drop", applied_after=0, times=2)
    else:
        world.linode.fail(method="POST", status=500, times=2)
    night = Night(world)
    with night.watched():
        night.settled()
    assert world.targets("A") == [night.first.ipv4]
    assert world.targets("AAAA") == [night.first.ipv6]
