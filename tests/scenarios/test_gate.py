"""Regions whose probes carry a secret, on real sockets with TLS: what happens without it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.linode_token import new_secret
from local.region import RegionFault
from local.tls import Authority
from local.world import RECORD, LocalWorld
from tests.scenarios.night import BRISK, Night

PARAMETER = "/failover/probe/key"
GATED = BRISK | {"secret_headers": f'{{ "X-Gate-Key" = "{PARAMETER}" }}'}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def world(authority: Authority) -> Iterator[LocalWorld]:
    context = authority.server_context(RECORD)
    with LocalWorld(health=GATED, render_delay=0.1, tls=context) as world:
        yield world


@pytest.fixture
def night(world: LocalWorld, authority: Authority) -> Night:
    return Night(world, PROBE_CA_FILE=str(authority.ca_file))


def test_with_its_secret_the_monitor_moves_a_name_and_tells_nobody(world, night):
    """The watch over all output looks into the logs, the control table and the alerts."""
    world.aws.put_token(PARAMETER, new_secret())
    with night.watched():
        night.adopted()
        world.regions[night.first.name].fault = RegionFault.REFUSE
        night.moved()
        night.settled()


def test_without_its_secret_the_monitor_is_blind_and_moves_nothing(world, night):
    world.regions[night.first.name].fault = RegionFault.REFUSE
    with night.watched():
        night.rounds(5)
    (ballot,) = night.monitor.world.store.read("shop").ballots
    assert ballot.blind
    assert not ballot.tallies
    assert night.writes() == []
    assert world.regions[night.second.name].requests == 0
