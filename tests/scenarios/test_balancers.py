"""Regions that are named by the labels of their NodeBalancers, on real sockets."""

from collections.abc import Iterator

import pytest

from local.region import RegionFault, RegionServer
from local.world import TABLE, LocalWorld
from tests.scenarios.night import BRISK, Night

LABELS = ("lb-us-east", "lb-us-west")
NEW_ADDRESS = "198.18.0.9"


@pytest.fixture(scope="module")
def opened() -> Iterator[LocalWorld]:
    """One world for all stories."""
    with LocalWorld(health=BRISK, render_delay=0.1) as world:
        yield world


@pytest.fixture
def balancers(opened: LocalWorld) -> Iterator[list[int]]:
    """A NodeBalancer for each region, by their ids."""
    ids = [
        opened.linode.add_nodebalancer(label, place.name, place.ipv4, place.ipv6)
        for label, place in zip(LABELS, opened.places, strict=True)
    ]
    yield ids
    for balancer in ids:
        opened.linode.delete_nodebalancer(balancer)


@pytest.fixture
def world(opened: LocalWorld, balancers: list[int]) -> LocalWorld:
    """The same at the start of each story."""
    opened.reset()
    return opened


def deployed(world: LocalWorld, revision: int = 1) -> Night:
    """A new container, whose settings name labels instead of addresses."""
    world.write_settings(revision=str(revision))
    text = world.settings_file.read_text(encoding="utf-8")
    for label, place in zip(LABELS, world.places, strict=True):
        addresses = f'ipv4 = "{place.ipv4}"\nipv6 = "{place.ipv6}"'
        assert addresses in text
        text = text.replace(addresses, f'nodebalancer = "{label}"')
    world.settings_file.write_text(text, encoding="utf-8")
    return Night(world)


def ten_minutes_pass(world: LocalWorld) -> None:
    """The look-up that is on record becomes as old as one may be."""
    world.aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": "vantage#eu-west-1"}, "sk": {"S": "runner"}},
        UpdateExpression="SET balancers.#at = balancers.#at - :long",
        ExpressionAttributeNames={"#at": "at"},
        ExpressionAttributeValues={":long": {"N": "600"}},
    )


def test_a_failover_needs_no_nodebalancer_api(world: LocalWorld) -> None:
    """A cold container, the API down, the last look-up long ago: the record moves all the same."""
    night = deployed(world)
    with night.watched():
        night.adopted()
    ten_minutes_pass(world)
    world.linode.fail(path="^/nodebalancers", status=500)
    world.linode.forget_requests()
    cold = deployed(world)
    with cold.watched():
        world.regions[cold.first.name].fault = RegionFault.UNAVAILABLE
        cold.moved()
        cold.settled()
    assert any(call.path.startswith("/nodebalancers") for call in world.linode.requests)


def test_a_changed_address_alerts_and_counts_only_with_a_raised_revision(
    world: LocalWorld, balancers: list[int]
) -> None:
    """The balancer of the active region is made anew: nothing moves until somebody says so."""
    night = deployed(world)
    with night.watched():
        night.adopted()
    world.linode.set_nodebalancer(balancers[0], ipv4=NEW_ADDRESS)
    ten_minutes_pass(world)
    with RegionServer("127.0.0.1", 0, night.first.aws_region) as renewed:
        world.lead(NEW_ADDRESS, renewed.port)
        alarmed = deployed(world)
        with alarmed.watched():
            alarmed.until(
                lambda: (s := alarmed.state()) and "balancer_changed" in s.notices.raised(),
                "the alert",
            )
        assert world.targets() == [night.first.ipv4]
        assert night.writes() == []
        assert not renewed.requests
        raised = deployed(world, revision=2)
        with raised.watched():
            raised.until(lambda: world.targets() == [NEW_ADDRESS], "the new address")
            raised.settled()
            raised.until(
                lambda: (s := raised.state()) and "balancer_changed" not in s.notices.holding(),
                "the end",
            )
    assert world.targets("AAAA") == [night.first.ipv6]
    state = raised.state()
    assert state is not None
    assert list(state.served.active) == [night.first.name]
