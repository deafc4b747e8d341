"""Regions from one file and two commands, until the monitor votes that they are healthy."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from cli.trouble import Exit
from failover.health.tally import Vote
from local import ruby_region
from local.fleet import Fleet
from local.linode_token import WHOLE_REGIONS
from local.region import free_port
from local.world import LocalWorld
from tests.scenarios.night import BRISK, Night
from tests.support import region_file
from tests.support.linode_description import described
from tests.support.ruby import needs_ruby
from tests.support.waiting import until

MONITOR = "domains:read_write nodebalancers:read_only"
BODY = 'check_body = \'"status": "healthy"\'\n'
"""As the servers of the embedded world write it."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalWorld]:
    """A zone without the name, AWS, and no region."""
    with LocalWorld(health=BRISK, render_delay=0.1, records=False) as world:
        monkeypatch.setenv("LINODE_API_URL", world.linode.url)
        monkeypatch.setenv("LINODE_TOKEN", world.linode.token)
        world.linode.allow(WHOLE_REGIONS)
        yield world


def file_in(folder: Path, balancer: str = BODY) -> Path:
    return region_file.written(folder, balancer=balancer)


def watched_by_the_monitor(world: LocalWorld) -> Night:
    """The settings name the NodeBalancers; the token is that of the monitor again."""
    world.linode.allow(MONITOR)
    text = world.settings_file.read_text(encoding="utf-8")
    for place in world.places:
        addresses = f'ipv4 = "{place.ipv4}"\nipv6 = "{place.ipv6}"'
        assert addresses in text
        text = text.replace(addresses, f'nodebalancer = "app-{place.name}"')
    world.settings_file.write_text(text, encoding="utf-8")
    return Night(world)


def both_are_voted_healthy(night: Night) -> bool:
    (ballot,) = night.monitor.world.store.read("shop").ballots or (None,)
    votes = {at: tally.vote for at, tally in ballot.tallies.items()} if ballot else {}
    return votes == dict.fromkeys(addresses(night.world).values(), Vote.HEALTHY)


def test_two_commands_make_regions_that_the_monitor_finds_healthy(world, tmp_path, capsys):
    file = file_in(tmp_path)
    with described(world.linode), Fleet(world.linode, world.network) as fleet:
        assert run(["region", "apply", str(file), "--yes", "--quiet"]) == Exit.OK
        assert run(["region", "verify", str(file), "--wait", "600", "--json"]) == Exit.OK
        assert json.loads(capsys.readouterr().out)["good"]
        night = watched_by_the_monitor(world)
        with night.watched():
            night.until(lambda: both_are_voted_healthy(night), "two healthy votes")
            fleet.broken |= {"app-us-east-1", "app-us-east-2"}
            night.until(
                lambda: world.targets("A") == [addresses(world)["app-us-west"]],
                "the record at the region that works",
            )
    # The failover is no drift: apply leaves the record where it is.
    world.linode.allow(WHOLE_REGIONS)
    capsys.readouterr()
    assert run(["region", "plan", str(file), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["steps"] == []


def addresses(world: LocalWorld) -> dict[str, str]:
    balancers = world.linode.compute.account.nodebalancers.values()
    return {each["label"]: each["ipv4"] for each in balancers}


@needs_ruby
def test_the_instances_run_the_ruby_application_and_know_their_region(world, tmp_path):
    def ruby(aws_region: str) -> ruby_region.RubyRegion:
        port = free_port(["127.0.0.1"])
        return ruby_region.RubyRegion("127.0.0.1", port, aws_region, world.aws)

    file = file_in(tmp_path, balancer="")
    file.write_text(file.read_text().replace('image = "linode/debian12"', SINGLE))
    with Fleet(world.linode, world.network, ruby):
        assert run(["region", "apply", str(file), "--yes", "--quiet"]) == Exit.OK
        assert run(["region", "verify", str(file), "--wait", "600", "--quiet"]) == Exit.OK
        night = watched_by_the_monitor(world)
        with night.watched():
            night.until(lambda: both_are_voted_healthy(night), "two healthy votes")


SINGLE = 'image = "linode/debian12"\ncount = 1'


def test_a_region_is_added_once_it_works_and_told_with_the_lines_for_the_settings(
    world, tmp_path, capsys
):
    file = file_in(tmp_path)
    add = ["region", "add", str(file), "us-west", "--service", "shop", "--yes", "--wait", "600"]
    with Fleet(world.linode, world.network):
        assert run(["region", "apply", str(file), "--only", "us-east", "--yes", "-q"]) == Exit.OK
        assert list(addresses(world)) == ["app-us-east"]
        assert run([*add, "--json"]) == Exit.OK
    told = json.loads(capsys.readouterr().out)
    assert 'nodebalancer = "app-us-west"' in told["settings"]
    assert list(addresses(world)) == ["app-us-east", "app-us-west"]


def test_verify_says_what_does_not_work(world, tmp_path, capsys):
    file = file_in(tmp_path)

    def bad() -> list[str]:
        assert run(["region", "verify", str(file)]) == Exit.NOT_READY
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD")]

    with Fleet(world.linode, world.network) as fleet:
        fleet.broken |= {"app-us-west-2"}
        run(["region", "apply", str(file), "--yes", "--quiet"])
        until(lambda: is_led_to(world, "app-us-east"), "a node that is up in us-east")
        until(lambda: is_led_to(world, "app-us-west"), "a node that is up in us-west")
        capsys.readouterr()
        until(lambda: bad() == ["BAD us-west: 1 of 2 nodes are up"], "one node that is not up")


def is_led_to(world: LocalWorld, balancer: str) -> bool:
    """Whether the first checks of its nodes are over and one of them is up."""
    return any(at == addresses(world)[balancer] for at, _ in world.network.routes())
