"""Settings and releases are changed under a monitor that runs: the steps of docs/upgrading.md."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from failover.adapters.aws import items
from failover.errors import SettingsRefused
from local.region import RegionFault
from local.world import PLACES, TABLE, LocalWorld, Place
from tests.scenarios.night import BRISK, Night

THIRD = Place("eu-central", "eu-central-1", "198.18.0.3", "fd00::31:3")


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """Three regions, of which the settings name what a story lets them name."""
    with LocalWorld((*PLACES, THIRD), health=BRISK, render_delay=0.1) as world:
        yield world


@pytest.fixture
def whole(world: LocalWorld) -> str:
    """Everything healthy and nothing remembered; the text of settings with all three regions."""
    world.reset()
    world.write_settings(revision="1")
    return world.settings_file.read_text()


def deploy(world: LocalWorld, text: str, revision: int) -> Night:
    """What `make build && sam deploy` ends in: the next tick starts with these settings."""
    world.settings_file.write_text(re.sub("revision = [0-9]+", f"revision = {revision}", text))
    return Night(world)


def without_third(text: str) -> str:
    """The settings before the third region was added."""
    return text[: text.rindex("[[service.region]]")]


def die(world: LocalWorld, *places: Place) -> None:
    """These regions answer 503."""
    for place in places:
        world.regions[place.name].fault = RegionFault.UNAVAILABLE


def decision(world: LocalWorld) -> dict[str, Any]:
    """The item of the decision."""
    key = {"pk": {"S": "service#shop"}, "sk": {"S": "decision"}}
    table = world.aws.client("dynamodb")
    found: dict[str, Any] = table.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]
    return found


def test_a_region_is_added_while_it_runs(world: LocalWorld, whole: str) -> None:
    """Nobody is moved by it, and a failover goes there when the others are dead."""
    before = deploy(world, without_third(whole), 1)
    with before.watched():
        before.adopted()
    after = deploy(world, whole, 2)
    with after.watched():
        after.until(
            lambda: (s := after.state()) and s.publication.generation == 1, "the same decision"
        )
        assert after.writes() == []
        die(world, *PLACES)
        after.until(lambda: world.targets() == [THIRD.ipv4], "the name at the new region")
        after.settled()
    assert world.targets("AAAA") == [THIRD.ipv6]


def test_a_region_is_removed_while_the_name_points_at_it(world: LocalWorld, whole: str) -> None:
    """The name goes to the first healthy region that is left."""
    before = deploy(world, whole, 1)
    with before.watched():
        before.adopted()
        die(world, *PLACES)
        before.until(lambda: world.targets() == [THIRD.ipv4], "the name at the third region")
        before.settled()
    for place in PLACES:
        world.regions[place.name].fault = None
    after = deploy(world, without_third(whole), 2)
    with after.watched():
        after.until(lambda: world.targets() == [PLACES[0].ipv4], "the name at the first region")
        after.settled()


def test_older_settings_come_back_with_a_higher_revision(world: LocalWorld, whole: str) -> None:
    """The TTL is raised, and lowered again: with its old revision nothing would be published."""
    first = deploy(world, whole, 1)
    with first.watched():
        first.adopted()
    second = deploy(world, whole.replace("ttl = 30", "ttl = 120"), 2)
    with second.watched():
        second.until(lambda: served(world) == {120}, "the new TTL")
        second.settled()
    lower = deploy(world, whole, 1)
    with lower.watched():
        lower.until(lambda: (v := votes(lower)) and v.revision == 1, "a vote of the old revision")
        lower.rounds()
    assert served(world) == {120}
    higher = deploy(world, whole, 3)
    with higher.watched():
        higher.until(lambda: served(world) == {30}, "the old TTL")
        higher.settled()


def served(world: LocalWorld) -> set[int]:
    """The TTLs of the records."""
    return {r["ttl_sec"] for r in world.linode.records("shop.test") if r["name"] == "app"}


def votes(night: Night) -> Any:
    """The ballot of the only vantage."""
    return next(iter(night.monitor.world.store.read("shop").ballots), None)


def test_settings_with_a_mistake_leave_everything_as_it_is(world: LocalWorld, whole: str) -> None:
    """The function does not start, so that nothing is probed with half of them."""
    before = deploy(world, whole, 1)
    with before.watched():
        before.adopted()
    with pytest.raises(SettingsRefused, match="ttl"):
        deploy(world, whole.replace("ttl = 30", "ttl = 31"), 2)
    assert before.writes() == []


def test_after_a_rollback_the_items_of_the_newer_release_are_understood(
    world: LocalWorld, whole: str
) -> None:
    """A failover goes through, and what the newer release has added to the item is still there."""
    night = deploy(world, whole, 1)
    with night.watched():
        night.adopted()
    newer = decision(world)
    newer |= {"schema": {"N": str(items.SCHEMA + 1)}, "weights": {"M": {"a": {"N": "3"}}}}
    word = {"S": "a-word-of-a-newer-release"}
    newer["publication"]["M"] |= {"phase": word, "cause": word}
    newer["notices"]["M"]["incidents"]["M"]["flooded"] = {"M": {"level": {"N": "1"}}}
    world.aws.client("dynamodb").put_item(TableName=TABLE, Item=newer)
    with night.watched():
        die(world, PLACES[0])
        night.moved()
        night.settled()
    assert decision(world)["weights"] == {"M": {"a": {"N": "3"}}}


def test_the_items_of_an_older_release_are_understood(world: LocalWorld, whole: str) -> None:
    """They miss what this release has added since, and a failover goes through."""
    night = deploy(world, whole, 1)
    with night.watched():
        night.adopted()
    older = decision(world)
    del older["notices"], older["orders"], older["followed"]["M"]["balancers"]
    for added in ("rendered_at", "served_at"):
        del older["served"]["M"][added]
    del older["limits"]["M"]["republished"]
    world.aws.client("dynamodb").put_item(TableName=TABLE, Item=older)
    with night.watched():
        die(world, PLACES[0])
        night.moved()
        night.settled()
