"""Back ends as a second witness, on real sockets: every region answers its probes all the time."""

from collections.abc import Iterator

import pytest

from local.world import LocalWorld
from tests.scenarios.night import BRISK, Night
from tests.support.linode_description import described

LABELS = ("lb-us-east", "lb-us-west")


@pytest.fixture
def world() -> Iterator[LocalWorld]:
    with LocalWorld(health=BRISK | {"min_backends": "0.5"}, render_delay=0.1) as world:
        yield world


@pytest.fixture
def configs(world: LocalWorld) -> list[int]:
    """The NodeBalancer of each region, with ten back ends that are up; the settings name it."""
    made = []
    text = world.settings_file.read_text(encoding="utf-8")
    for label, place in zip(LABELS, world.places, strict=True):
        balancer = world.linode.add_nodebalancer(label, place.name, place.ipv4, place.ipv6)
        made.append(world.linode.add_config(balancer, 80, up=10))
        world.linode.set_config(made[-1], check="http_body", check_path="/health")
        addresses = f'ipv4 = "{place.ipv4}"\nipv6 = "{place.ipv6}"'
        assert addresses in text
        text = text.replace(addresses, f'nodebalancer = "{label}"')
    world.settings_file.write_text(text, encoding="utf-8")
    return made


def one_of_ten_is_left(world: LocalWorld, config: int) -> None:
    world.linode.set_config(config, nodes_status={"up": 1, "down": 9})


def test_a_region_with_one_of_ten_back_ends_loses_its_traffic(world, configs):
    with described(world.linode) as calls:
        night = Night(world)
        with night.watched():
            night.adopted()
            one_of_ten_is_left(world, configs[0])
            night.moved()
            night.settled()
    (ballot,) = night.monitor.world.store.read("shop").ballots
    assert ballot.tallies[night.first.ipv4].reason == "backends"
    assert "GET /nodebalancers/{nodeBalancerId}/configs" in calls


def test_it_keeps_its_traffic_while_linode_does_not_say_how_many_are_up(world, configs):
    one_of_ten_is_left(world, configs[0])
    fault = world.linode.fail(path="/configs", status=500)
    night = Night(world)
    with night.watched():
        night.adopted()
        night.until(lambda: fault.hits, "Linode refuses to say it")
        night.rounds(12)
    assert night.writes() == []
    assert list(night.state().served.active) == [night.first.name]


def test_linode_is_asked_less_often_than_the_regions_are(world, configs):
    def asked() -> int:
        return sum(call.path.endswith("/configs") for call in world.linode.requests)

    night = Night(world)
    with night.watched():
        night.adopted()
        night.until(asked, "Linode is asked")
        night.rounds(8)
    assert asked() <= 4 * len(LABELS)
