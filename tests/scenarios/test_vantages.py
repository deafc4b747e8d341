"""Three monitors in processes of their own, each with its own endpoint of one control table."""

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from local.container import ROOT, Line
from local.network import VARIABLE, Network
from local.region import RegionFault
from local.replicas import Replicas
from local.schedule import Invocation
from local.world import TABLE, TOKEN_PARAMETER, LocalWorld
from tests.scenarios.night import BRISK
from tests.support.waiting import until

VANTAGES = ("eu-west-1", "eu-west-2", "eu-central-1")
FIRST, SECOND, THIRD = VANTAGES
EAST, WEST = "198.18.0.1", "198.18.0.2"


class Watch:
    """Three vantages that watch one world. A context manager."""

    def __init__(self, world: LocalWorld, directory: Path) -> None:
        self.world = world
        self.replicas = Replicas(world.aws.url, FIRST, VANTAGES)
        self.lines: dict[str, list[Line]] = {vantage: [] for vantage in VANTAGES}
        self.running: dict[str, Invocation] = {}
        self._networks = {vantage: Network(directory / vantage) for vantage in VANTAGES}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            starting.enter_context(self.replicas)
            starting.callback(lambda: [running.kill() for running in self.running.values()])
            for vantage in VANTAGES:
                self.start(vantage)
            until(lambda: all(self.heard(v, "decided") for v in VANTAGES), "three decisions")
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start(self, vantage: str) -> None:
        """A tick of this vantage begins."""
        shutil.copy(self.world.network.file, self._networks[vantage].file)
        env = {
            **self.world.env,
            "AWS_ENDPOINT_URL": self.replicas.url(vantage),
            "AWS_REGION": vantage,
            "AWS_DEFAULT_REGION": vantage,
            "VANTAGE": vantage,
            "CONTROL_TABLE_KIND": "strong",
            VARIABLE: str(self._networks[vantage].file),
        }
        tick = ROOT / "events" / "tick.json"
        heard = self.lines[vantage].append
        self.running[vantage] = Invocation("monitor.handler.handler", tick, env, 190, heard)

    def does_not_see(self, vantage: str, address: str) -> None:
        """The path from this vantage to this address is broken."""
        self._networks[vantage].cut(address)

    def heard(self, vantage: str, event: str, **facts: object) -> bool:
        """Whether this vantage has said so."""
        return any(
            line.get("event") == event and facts.items() <= line.items()
            for line in list(self.lines[vantage])
        )

    def rounds(self, count: int) -> None:
        """Wait until each vantage has begun and ended so many more rounds."""

        def ended(vantage: str) -> int:
            return sum("RoundCompleted" in line for line in list(self.lines[vantage]))

        enough = {vantage: ended(vantage) + count + 1 for vantage in VANTAGES}
        until(lambda: all(ended(v) >= enough[v] for v in VANTAGES), f"{count} more rounds")

    def published(self, count: int = 1) -> None:
        """Wait until the publication was recorded."""
        until(
            lambda: sum(self.heard(v, "published", active=["us-west"]) for v in VANTAGES) >= count,
            "the publication",
        )

    def votes(self, verdict: str, *vantages: str) -> None:
        """Wait until these vantages have recorded this vote on the first region."""

        def voted() -> bool:
            table = self.world.aws.client("dynamodb", FIRST)
            found = table.scan(TableName=TABLE, ConsistentRead=True)["Items"]
            votes = {i["vantage"]["S"]: i["tallies"]["M"] for i in found if "tallies" in i}
            return all(votes[v][EAST]["M"]["vote"]["S"] == verdict for v in vantages)

        until(voted, f"{', '.join(vantages)} say {verdict}")

    def writes(self) -> Counter[str]:
        """How often each address was written."""
        calls = self.world.linode.requests
        return Counter(c.body["target"] for c in calls if c.method == "PUT" and c.status == 200)


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """One world for all stories."""
    vantages = f"[{', '.join(map(repr, VANTAGES))}]"
    with LocalWorld(health=BRISK, render_delay=0.1, settings={"vantages": vantages}) as world:
        for vantage in VANTAGES:
            world.aws.client("ssm", vantage).put_parameter(
                Name=TOKEN_PARAMETER, Value=world.linode.token, Type="SecureString", Overwrite=True
            )
        yield world


@pytest.fixture
def watch(world: LocalWorld, tmp_path: Path) -> Iterator[Watch]:
    """Everything healthy, and three vantages that have seen it."""
    world.reset()
    with Watch(world, tmp_path) as watch:
        yield watch


ONCE = Counter({WEST: 1, "fd00::31:2": 1})


def test_three_vantages_move_the_name_with_one_write_for_each_record(watch: Watch) -> None:
    watch.world.regions["us-east"].fault = RegionFault.REFUSE
    watch.published()
    watch.votes("unhealthy", *VANTAGES)
    assert watch.world.targets() == [WEST]
    assert watch.writes() == ONCE


def test_a_vantage_that_dies_with_the_region_changes_nothing(watch: Watch) -> None:
    watch.running[FIRST].kill()
    watch.world.regions["us-east"].fault = RegionFault.UNAVAILABLE
    watch.published()
    assert watch.writes() == ONCE


def test_a_publisher_that_dies_in_the_middle_is_followed_by_another_vantage(watch: Watch) -> None:
    watch.world.linode.fail(method="PUT", how="hang", times=1)
    watch.world.regions["us-east"].fault = RegionFault.REFUSE
    until(lambda: any(c.method == "PUT" for c in watch.world.linode.requests), "the first write")
    publisher = next(v for v in VANTAGES if watch.heard(v, "decided", action="publish"))
    watch.running[publisher].kill()
    watch.world.linode.heal()
    watch.published()
    assert watch.world.targets() == [WEST]
    assert not watch.heard(publisher, "published", active=["us-west"])


def test_a_vantage_that_is_cut_off_from_the_table_leaves_it_to_the_others(watch: Watch) -> None:
    with watch.replicas.cut_off(FIRST):
        until(lambda: watch.heard(FIRST, "table_unavailable"), "it notices")
        watch.world.regions["us-east"].fault = RegionFault.REFUSE
        watch.published()
        assert not watch.heard(FIRST, "published", active=["us-west"])
        assert watch.writes() == ONCE
    watch.votes("unhealthy", FIRST)
    assert watch.writes() == ONCE


def test_a_region_that_only_one_vantage_does_not_reach_keeps_its_name(watch: Watch) -> None:
    watch.does_not_see(THIRD, EAST)
    watch.votes("unhealthy", THIRD)
    watch.votes("healthy", FIRST, SECOND)
    watch.rounds(5)  # more than a failover takes
    assert watch.world.targets() == [EAST]
    assert watch.writes() == Counter()


def test_what_two_of_three_do_not_reach_is_left(watch: Watch) -> None:
    for vantage in (FIRST, THIRD):
        watch.does_not_see(vantage, EAST)
    watch.published()
    assert watch.writes() == ONCE
