"""How often a tick reads what the control table has of a service."""

from dataclasses import replace

import pytest

from failover.health.beats import Beat
from failover.health.probe import Reason
from failover.health.tally import Tally, Vote
from failover.store import Snapshot
from tests.unit.app.stage import EAST, WEST, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage().set_up().with_queue().pointing_at(EAST)


@pytest.fixture
def reads(stage: Stage) -> list[float]:
    """When the service was read, in seconds from the start."""
    began: list[float] = []
    read = stage.store.read

    def noting(service: str) -> Snapshot:
        began.append(stage.hub.time - stage.started)
        return read(service)

    stage.store.read = noting  # type: ignore[method-assign]
    return began


def between(reads: list[float], since: float, until: float) -> int:
    return sum(since <= moment < until for moment in reads)


def test_a_short_tick_with_nothing_new_reads_a_service_once(
    stage: Stage, reads: list[float]
) -> None:
    stage.run(280)
    assert [between(reads, start, start + 5.0) for start in (250.0, 260.0, 270.0)] == [1, 1, 1]


def test_a_round_that_changes_a_vote_decides_on_what_was_read_after_its_write(
    stage: Stage,
) -> None:
    """The last of two vantages that vote at the same moment moves the name: it knows of both."""
    stage.run(200)
    stage.settings = replace(stage.settings, vantages=("eu-west-1", "us-east-2"))
    ours = stage.store.ballots["shop", "eu-west-1"]
    theirs = replace(ours, vantage="us-east-2", at=stage.hub.now())
    stage.store.ballots["shop", "us-east-2"] = theirs
    fell = Tally(Vote.UNHEALTHY, theirs.at, theirs.at, failures=3, fallen=True)
    nearly = Tally(Vote.HEALTHY, ours.at, ours.at, failures=2, failing_since=ours.at - 8.0)
    stage.store.ballots["shop", "eu-west-1"] = replace(
        ours, at=ours.at - 8.0, tallies={**ours.tallies, EAST.ipv4: nearly}
    )
    stage.prober.down[EAST.ipv4] = Reason.REFUSED
    probe = stage.prober.probe

    def votes_meanwhile(*asked):
        stage.store.ballots["shop", "us-east-2"] = replace(
            theirs, at=stage.hub.now(), tallies={**theirs.tallies, EAST.ipv4: fell}
        )
        return probe(*asked)

    stage.prober.probe = votes_meanwhile
    beat = Beat(stage.store.seeds["eu-west-1"], 50)
    stage.hub.run(lambda: stage.one_tick(beat=beat))

    assert stage.dns.addresses() == [WEST.ipv4]


def test_what_was_read_before_slow_probes_is_read_again_after_them(
    stage: Stage, reads: list[float]
) -> None:
    """Seconds have passed: a person may have given an order since."""
    stage.after(100, lambda: stage.prober.down.update({WEST.ipv4: Reason.DEADLINE}))
    stage.run(280)
    assert between(reads, 270.0, 275.0) == 2
