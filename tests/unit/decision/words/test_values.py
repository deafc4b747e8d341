"""Single facts in words."""

import pytest

from failover.decision.guard import Because, Guard, Hold
from failover.decision.words import data, values
from failover.decision.words.guards import said as guard_said
from failover.health.tally import Vote
from failover.health.votes import Verdict
from failover.notify.commands import Command, Order
from failover.settings.model import Data
from failover.staleness.replication import Freshness, Seen
from failover.zone.failing import LONGEST_ERROR
from failover.zone.statement import Statement
from tests.support.builders import EAST, NOW, SOUTH, WEST, reading, reads, scene, shop, stop


def verdict(fresh: int, listed: int) -> Verdict:
    return Verdict(Vote.HEALTHY, NOW, fresh, 1, listed, healthy=fresh, unhealthy=0)


@pytest.mark.parametrize(
    ("fresh", "listed", "text"),
    [
        (1, 1, "healthy"),
        (0, 1, "healthy (0 healthy, 0 unhealthy of 0 fresh votes; 1 of 1 vantages needed)"),
        (1, 2, "healthy (1 healthy, 0 unhealthy of 1 fresh votes; 1 of 2 vantages needed)"),
    ],
)
def test_a_verdict_of_one_vote_by_one_vantage_needs_no_counts(fresh, listed, text) -> None:
    assert values.verdict(verdict(fresh, listed)) == text


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        (Seen(Freshness.UNKNOWN), "unknown, which counts as fresh: see data-status"),
        (Seen(Freshness.FRESH, 0.0), "fresh, up to date"),
        (Seen(Freshness.FRESH, 0.5), "fresh, 0.5 s behind"),
        (Seen(Freshness.STALE, 300.0), "stale, 300.0 s behind"),
        (Seen(Freshness.STALE), "stale, of unknown age"),
    ],
)
def test_how_fresh_data_is_comes_with_its_age(seen: Seen, text: str) -> None:
    assert values.freshness(seen) == text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (Statement("ns1", ("192.0.2.1", "192.0.2.2")), "ns1 says 192.0.2.1, 192.0.2.2"),
        (Statement("ns1", ()), "ns1 says no address"),
        (Statement("ns1", None, "REFUSED"), "ns1: REFUSED"),
        (Statement("ns1", None), "ns1: no answer"),
    ],
)
def test_what_a_source_says_is_an_answer_or_an_error(said: Statement, text: str) -> None:
    assert values.source(said) == text


def test_times_are_told_with_their_moment() -> None:
    assert values.ago(NOW - 90, NOW) == "1 min 30 s ago (2027-01-15T07:58:30Z)"
    assert values.lasting(NOW - 90, NOW) == "for 1 min 30 s (since 2027-01-15T07:58:30Z)"
    assert values.within(NOW - 90, NOW) == "in 1 min 30 s (since 2027-01-15T07:58:30Z)"
    assert values.ending(NOW + 90, NOW) == "for another 1 min 30 s (until 2027-01-15T08:01:30Z)"


def test_how_often_is_a_word_or_a_number() -> None:
    assert [values.times(n) for n in (0, 1, 2)] == ["0 times", "once", "2 times"]


def test_records_are_told_by_their_addresses() -> None:
    assert values.records(reads(EAST, WEST)) == f"A {EAST.ipv4}, A {WEST.ipv4}"
    assert values.records(reading()) == "nothing at all"


def test_a_long_error_is_cut() -> None:
    assert values.error("x" * LONGEST_ERROR) == f'"{"x" * LONGEST_ERROR}"'
    assert values.error("x" * (LONGEST_ERROR + 1)) == f'"{"x" * LONGEST_ERROR}..."'


def test_a_stop_says_what_it_stops() -> None:
    until = "for another 1 h 0 min (until 2027-01-15T09:00:00Z): maintenance"
    assert values.stop(stop(), NOW, everything=True) == f"ana paused everything {until}"
    assert values.stop(stop(), NOW, everything=False) == f"ana paused this service {until}"


DATA = shop(data=Data(table="orders", max_age=60.0, accept_stale_after=300.0))
STALE = scene(
    "HHH",
    service=DATA,
    freshness={"us-west-2": Freshness.STALE, "us-east-2": Freshness.STALE},
)
BOTH = {"west": WEST, "south": SOUTH}
ORDER = Order(Command.FAILBACK, "e1", "shop", "ana", "why")


@pytest.mark.parametrize(
    ("because", "text"),
    [
        (
            Because.EARLY,
            (
                "every healthy region has stale data (west is 300.0 s behind,"
                " south is 300.0 s behind): failover waits 1 min 30 s more"
            ),
        ),
        (
            Because.PASSED,
            "west is passed over: the data of west is 300.0 s behind, which is stale",
        ),
        (
            Because.ANYWAY,
            (
                "every healthy region has stale data (east is of unknown age,"
                " west is 300.0 s behind, south is 300.0 s behind): west takes over anyway"
            ),
        ),
        (None, "the data of west is 300.0 s behind, which is stale"),
    ],
)
def test_stale_data_is_told_by_what_it_keeps_back(because: Because | None, text: str) -> None:
    assert guard_said(STALE, Guard(Hold.DATA, BOTH, because, 90.0)).saw == text


def test_a_failover_that_waits_for_data_can_be_forced_to_the_first_region() -> None:
    override = guard_said(STALE, Guard(Hold.DATA, BOTH, Because.EARLY, 90.0)).override
    assert override == STALE.event(Command.FAILOVER, region="west", force=True)


def test_an_order_that_stale_data_refuses_can_be_forced_as_a_failover() -> None:
    said = guard_said(STALE, Guard(Hold.DATA, BOTH), ORDER)
    assert said.saw == "; ".join(data.of(STALE, name) for name in BOTH)
    assert said.override == ORDER.event(command=Command.FAILOVER, region="west", force=True)
