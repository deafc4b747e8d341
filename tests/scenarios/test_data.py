"""The data of a region goes stale, and then the active region dies: on real sockets.

The heartbeats run with a clock that is set back, a minute less in each run, so that the minutes
between them need not pass.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import pytest

from failover.adapters.clock import SystemClock
from failover.app.control.status import status
from failover.app.heartbeat import heartbeat
from failover.staleness.replication import Freshness
from local.container import ROOT
from local.copies import Copies, CopiesEndpoint, CopyFault
from local.region import RegionFault
from local.schedule import invoke
from local.world import PLACES, LocalWorld, Place
from tests.scenarios.night import BRISK, Night

EVENTS = ROOT / "events"
EAST, WEST, OHIO = "us-east-1", "us-west-2", "us-east-2"
THREE = (*PLACES, Place("us-mid", OHIO, "198.18.0.3", "fd00::31:3"))


@dataclass
class Behind:
    """A clock that is so many seconds behind."""

    seconds: float

    def now(self) -> float:
        """Unix time in seconds."""
        return SystemClock().now() - self.seconds

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return SystemClock().monotonic()


class DataNight(Night):
    """A night whose application has a global table."""

    def __init__(
        self,
        world: LocalWorld,
        copies: Copies,
        endpoint: CopiesEndpoint,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        super().__init__(world, AWS_ENDPOINT_URL=endpoint.url)
        self.copies = copies
        self.endpoint = endpoint
        self.capsys = capsys

    def beats(self, minutes_ago: int) -> None:
        """The heartbeat function runs, so many minutes ago."""
        behind = replace(self.monitor.world, clock=Behind(60.0 * minutes_ago))
        with self.copies.pumping():
            heartbeat(behind, self.monitor.settings, "eu-west-1")

    def cut_for_two_minutes(self) -> None:
        """Nothing that is written in the east arrives in the west any more."""
        self.beats(minutes_ago=2)
        self.copies.cut.add((EAST, WEST))
        self.beats(minutes_ago=1)
        self.beats(minutes_ago=0)

    def accepted(self) -> float | None:
        """The age of the stale data that the last decision to publish accepted, from its line."""
        lines = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        published = [
            line for line in lines if line.get("event") == "decided" and line["action"] == "publish"
        ]
        return published[-1].get("data_age")  # type: ignore[no-any-return]  # none is not printed

    def freshness(self) -> dict[str, str]:
        """What the decision would see, by region."""
        world, settings = self.monitor.world, self.monitor.settings
        told = status(world.clock, world.store, settings, "eu-west-1")
        regions = told["services"]["shop"]["regions"]  # type: ignore[index]
        return {name: region["data"]["freshness"] for name, region in regions.items()}


Nights = Callable[..., AbstractContextManager[DataNight]]


@pytest.fixture
def night(capsys: pytest.CaptureFixture[str]) -> Nights:
    """A world of its own: what its table went through must not reach the next one."""

    @contextmanager
    def night(places: tuple[Place, ...], **data: str) -> Iterator[DataNight]:
        settings = {"table": '"orders"', "max_age": '"30s"', **data}
        regions = [place.aws_region for place in places]
        with (
            LocalWorld(places, health=BRISK, render_delay=0.1, data=settings) as world,
            CopiesEndpoint(world.aws.url, "orders") as endpoint,
        ):
            copies = Copies(world.aws, "orders", regions, ("pk", "sk"))
            yield DataNight(world, copies, endpoint, capsys)

    return night


def test_a_failover_prefers_the_region_with_fresh_data(night: Nights) -> None:
    """The second region is next in order, and behind: the third one is taken."""
    with night(THREE) as dark, dark.watched():
        dark.adopted()
        dark.cut_for_two_minutes()
        assert dark.freshness() == {
            "us-east": Freshness.FRESH, "us-west": Freshness.STALE, "us-mid": Freshness.FRESH
        }  # fmt: skip
        dark.world.regions["us-east"].fault = RegionFault.REFUSE
        dark.until(lambda: dark.world.targets() == ["198.18.0.3"], "the third region")
        dark.settled()
        state = dark.state()
    assert state is not None
    assert list(state.served.active) == ["us-mid"]


def test_stale_data_is_accepted_when_there_is_no_other_and_patience_ends(night: Nights) -> None:
    """It moves, and says what was lost."""
    with night(PLACES, accept_stale_after='"4s"') as dark, dark.watched():
        dark.adopted()
        dark.cut_for_two_minutes()
        dark.world.regions["us-east"].fault = RegionFault.REFUSE
        dark.moved()
        dark.settled()
    assert dark.accepted() == pytest.approx(120.0, abs=20.0)


def test_a_replica_that_takes_no_writes_is_left_with_nothing_lost(night: Nights) -> None:
    """Its own health says so, and what it had accepted has arrived everywhere."""
    with night(PLACES) as dark, dark.watched():
        dark.adopted()
        dark.beats(minutes_ago=2)
        dark.endpoint.faults[EAST] = CopyFault.READ_ONLY
        dark.beats(minutes_ago=1)
        dark.beats(minutes_ago=0)
        assert dark.freshness()["us-west"] is Freshness.FRESH
        dark.world.regions["us-east"].fault = RegionFault.UNAVAILABLE
        dark.moved()
        dark.settled()
    assert dark.accepted() is None


def test_the_shipped_handlers_measure_and_tell(night: Nights) -> None:
    """As Lambda would start them: a run of the heartbeats, and then the command."""
    with night(PLACES) as dark, dark.copies.pumping():
        env = dark.world.env | {"AWS_ENDPOINT_URL": dark.endpoint.url}
        ran, lines, noise = invoke("heartbeat.handler.handler", EVENTS / "tick.json", env)
        told, _, _ = invoke("control.handler.handler", EVENTS / "data-status.json", env)
    assert ran == {"tables": 1, "links": 2, "oldest_seconds": 0.0}, noise
    assert [line["ReplicationAge"] for line in lines if line.get("service") and "_aws" in line]
    assert told["summary"][0] == "shop: table orders, eventual consistency"
    assert "    of us-east-1             -           0.0" in told["summary"]
