"""Regions that run the Ruby application: a replica fails, traffic moves, the region recovers."""

import subprocess

import pytest
import requests

from failover.health.tally import Vote
from local import ruby_region
from local.container import ROOT
from local.ruby_region import RubyFault
from local.world import LocalWorld
from tests.scenarios.night import Night
from tests.support.ruby import needs_ruby
from tests.support.waiting import LIMIT

pytestmark = needs_ruby

HEALTH = {
    "timeout": '"1500ms"',
    "interval": '"1600ms"',
    "confirm_interval": '"1600ms"',
    "recovery_threshold": "3",
}
"""An answer that takes a second, which the application may, is no failure."""


@pytest.fixture(scope="module")
def world():
    with LocalWorld(health=HEALTH, render_delay=0.1, serve=ruby_region.serve) as world:
        yield world


@pytest.fixture
def night(world):
    world.reset()
    return Night(world)


@pytest.mark.parametrize("fault", [RubyFault.NO_WRITES, RubyFault.DATA_HANGS])
def test_its_replica_fails_the_region_falls_traffic_moves_and_it_recovers(night, fault):
    """The record moves once, and stays when the region is healthy again."""
    first = night.world.regions[night.first.name]
    with night.watched():
        night.adopted()
        assert visited(night) == "us-east-1"
        first.fault = fault
        night.moved()
        night.settled()
        night.until(lambda: visited(night) == "us-west-2", "a visitor in the other region")
        first.fault = None
        night.until(lambda: vote(night) == Vote.HEALTHY, "the region's recovery")
        night.rounds()
    assert night.writes() == ["PUT", "PUT"]
    assert visited(night) == "us-west-2"
    assert list(night.state().served.active) == [night.second.name]


def test_each_region_tells_how_long_ago_it_heard_of_the_others(night):
    """The table is replicated: who asks one region sees that the other one writes."""
    east, west = (night.world.regions[place.name] for place in night.world.places)
    with night.watched():
        night.until(lambda: ages(east).get("us-west-2", 60.0) < 10.0, "the age of the west")
        night.until(lambda: ages(west).get("us-east-1", 60.0) < 10.0, "the age of the east")


def ages(region):
    """What a region says of the others' heartbeats; nothing, while it is not well."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"http://{region.address}:{region.port}/health", timeout=LIMIT)
    return answer.json().get("ages", {})


def visited(night):
    """The region that answers somebody who asks the name server and goes where it says."""
    (address,), _ = night.world.ask()
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"http://{address}/", timeout=LIMIT).json()["region"]


def vote(night):
    """What the monitor thinks of the first region."""
    (ballot,) = night.monitor.world.store.read("shop").ballots
    return ballot.tallies[night.first.ipv4].vote


def test_make_local_runs_the_application_and_breaks_its_replica():
    typed = "help\nfault us-east no_writes\nheal us-east\nquit\n"
    done = subprocess.run(
        ["make", "local", "REGION_APP=ruby"],
        cwd=ROOT, input=typed, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "refuse, hang, no_writes, data_hangs, wrong_region" in said
    assert "us-east: no_writes" in done.stdout
    assert "us-east is healthy" in done.stdout
