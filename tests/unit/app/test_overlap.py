"""Ticks of one vantage overlap: the older one ends its last round after the newer one has begun."""

from dataclasses import replace

import pytest

from failover.health.probe import Reason
from failover.health.tally import Tally, Vote
from tests.unit.app.stage import EAST, WEST, Stage

KEY = "shop", "eu-west-1"


@pytest.fixture
def stage() -> Stage:
    """The shop at its first region, which dies after 62 s. Nothing new was written for a while."""
    stage = Stage().set_up().pointing_at(EAST)
    stage.after(62, lambda: stage.prober.down.update({EAST.ipv4: Reason.REFUSED}))
    return stage


def late(stage: Stage) -> None:
    """The tick before has counted three failures since, and writes its votes only now."""
    before, now = stage.store.ballots[KEY], stage.hub.now()
    fell = Tally(Vote.UNHEALTHY, now - 1.0, now - 1.0, failures=3, fallen=True)
    votes = {**before.tallies, EAST.ipv4: fell}
    stage.store.ballots[KEY] = replace(before, at=now - 1.0, tallies=votes)


def test_a_newer_tick_goes_on_from_votes_that_the_older_one_wrote_late(stage: Stage) -> None:
    """It does not write over them with what it had read before: that the region is healthy."""
    stage.after(65, lambda: late(stage))
    stage.run(100)
    since = [
        ballot.tallies[EAST.ipv4] for ballot in stage.store.votes if ballot.at > stage.started + 65
    ]
    assert {tally.vote for tally in since} == {Vote.UNHEALTHY}


def test_votes_that_come_late_delay_the_failover_by_no_more_than_a_round(stage: Stage) -> None:
    stage.after(65, lambda: late(stage))
    stage.run(100)
    assert stage.dns.addresses() == [WEST.ipv4]
    assert stage.state.served.moved_at < stage.started + 82


def test_a_tick_that_gets_its_number_late_counts_nothing_just_after_another_one(
    stage: Stage,
) -> None:
    """The last two failures behind a verdict are apart, whoever has seen them."""

    def counts_one() -> None:
        before, now = stage.store.ballots[KEY], stage.hub.now()
        failing = Tally(Vote.HEALTHY, before.at, now, failures=1, failing_since=now)
        votes = {**before.tallies, EAST.ipv4: failing}
        stage.store.ballots[KEY] = replace(before, at=now, tallies=votes)

    stage.after(59, lambda: setattr(stage.store, "away", True))
    stage.after(64, lambda: setattr(stage.store, "away", False))
    stage.after(68.5, counts_one)
    stage.run(76)
    seen = [b.at - stage.started for b in stage.store.votes if b.tallies[EAST.ipv4].failures > 1]
    assert min(seen) >= 73.5


def test_a_tick_that_counts_nothing_yet_votes_under_its_own_settings(stage: Stage) -> None:
    """Other vantages must hear of newer settings before this one decides anything by them."""

    def deployed() -> None:
        before = stage.store.ballots[KEY]
        stage.store.ballots[KEY] = replace(before, at=stage.hub.now())
        stage.settings = replace(stage.settings, revision=2, digest="newer")

    stage.after(59.9, deployed)
    stage.run(64)
    newest = stage.store.ballots[KEY]
    assert (newest.revision, newest.digest) == (2, "newer")
