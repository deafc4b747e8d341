"""The Linode token is replaced, or its store is away, while a region dies: the failover goes on."""

from collections.abc import Iterator
from typing import Any

import pytest

from failover.adapters.linode.token import SsmToken
from local.region import RegionFault
from local.world import TOKEN_PARAMETER, LocalWorld
from tests.scenarios.night import BRISK, Night


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """One world for all stories."""
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        yield world


@pytest.fixture
def night(world: LocalWorld) -> Night:
    """Everything healthy, and the token in its store."""
    world.reset()
    world.aws.put_token(TOKEN_PARAMETER, world.linode.token)
    return Night(world)


def rotate(world: LocalWorld) -> None:
    """What a person does: make a new token, store it, revoke the old one."""
    world.aws.put_token(TOKEN_PARAMETER, world.linode.rotate_token())


def source(night: Night) -> SsmToken:
    """Where this process has its token from."""
    dns: Any = night.monitor.world.dns
    token: SsmToken = dns._api._token
    return token


def test_a_token_that_is_replaced_while_it_runs_costs_no_failover(night: Night) -> None:
    """The old one is refused, and the new one is read at once, in the same call."""
    with night.watched():
        night.adopted()
        rotate(night.world)
        night.world.regions[night.first.name].fault = RegionFault.UNAVAILABLE
        night.moved()
        night.settled()
    assert night.writes() == ["PUT", "PUT"]


def test_a_token_that_is_revoked_in_the_middle_of_a_write_costs_no_failover(night: Night) -> None:
    """Between the two records that have to move."""
    world = night.world
    with night.watched():
        night.adopted()
        world.linode.fail(method="PUT", times=1, status=500, meanwhile=lambda: rotate(world))
        world.regions[night.first.name].fault = RegionFault.UNAVAILABLE
        night.moved()
        night.settled()
    assert 401 in {call.status for call in world.linode.requests}
    assert night.writes() == ["PUT", "PUT"]


def test_a_token_that_was_revoked_too_early_is_late_and_not_lost(night: Night) -> None:
    """Revoked before the new one was stored: a refused token is read anew every 30 s."""
    world = night.world
    with night.watched():
        night.adopted()
        new = world.linode.rotate_token()
        world.regions[night.first.name].fault = RegionFault.UNAVAILABLE
        night.until(lambda: 401 in {call.status for call in world.linode.requests}, "the refusal")
        world.aws.put_token(TOKEN_PARAMETER, new)
        night.moved()
        night.settled()


def test_while_its_store_is_away_the_last_good_token_moves_the_name(night: Night) -> None:
    """The parameter is gone, and the token that is known is older than its five minutes."""
    with night.watched():
        night.adopted()
        night.world.aws.client("ssm").delete_parameter(Name=TOKEN_PARAMETER)
        source(night)._next_read = 0.0
        night.world.regions[night.first.name].fault = RegionFault.UNAVAILABLE
        night.moved()
        night.settled()
    assert source(night)._problem
    assert night.writes() == ["PUT", "PUT"]
