"""What a status says of trouble that is no incident yet, and of what comes next."""

from dataclasses import replace

import pytest

from failover.decision.decide import decide
from failover.decision.headline import Trouble, reasons
from failover.decision.view import View
from failover.decision.words.status import lines
from failover.health.tally import Tally, Vote
from failover.publication.parts import Phase
from failover.publication.proof import LATE_SECONDS
from failover.zone.access import Access
from failover.zone.failing import Failing
from tests.support.builders import (
    EAST,
    HEALTH,
    NOW,
    WEST,
    ballot,
    pointing_at,
    reads,
    scene,
    settings_of,
    tally,
    votes,
)


def summary(view: View) -> list[str]:
    """All lines about the service."""
    return lines(view, decide(view), reasons(view), {})


def said(view: View, trouble: Trouble) -> str:
    """The line about one thing that makes the service less than OK."""
    [line] = [each for each in summary(view) if each.endswith(f"[{trouble}]")]
    return line


def test_records_that_were_not_decided_here_are_named() -> None:
    view = scene("HHH", reading=reads(WEST))
    assert f"A {WEST.ipv4}, which was not decided here" in said(view, Trouble.RECORDS_DIFFER)


def test_a_token_that_does_not_suffice_is_told_with_what_it_lacks() -> None:
    view = scene("HHH", reading=reads(EAST))
    access = Access(scopes=frozenset({"domains:read_only"}))
    view = replace(view, ballots=tuple(replace(b, access=access) for b in view.ballots))
    line = said(view, Trouble.TOKEN)
    assert "the Linode token does not suffice" in line
    assert "domains:read_write" in line


def unreadable(letters: str) -> View:
    """The only vantage cannot read the records."""
    unread = Failing(NOW - 60.0, "Unauthorized", 6)
    return scene(letters, ballots=(ballot(votes(letters), unread=unread),))


def test_while_reading_is_retried_the_records_stay_and_the_status_says_why() -> None:
    status = summary(unreadable("HHH"))
    assert "  meanwhile the records stay as they are, because:" in status
    assert "  next: no change" not in status


def test_a_failover_while_reading_is_retried_does_not_promise_that_the_records_stay() -> None:
    status = summary(unreadable("UHH"))
    assert "  next: publish west" in status
    assert "  because:" in status


@pytest.mark.parametrize(
    ("left", "due"), [(1.0, "expected within 1 s"), (0.0, "overdue"), (-1.0, "overdue")]
)
def test_a_change_is_overdue_once_its_time_is_up(left: float, due: str) -> None:
    allowed = settings_of().publish_allowance + LATE_SECONDS
    published = pointing_at("east", phase=Phase.PUBLISHED, published_at=NOW - allowed + left)
    [line] = [each for each in summary(scene("HHH", published)) if each.startswith("  served:")]
    assert line.endswith(f", {due}")


def regions(*tallies: Tally) -> str:
    """The line about the regions, where each vantage counted this for east."""
    ballots = tuple(
        ballot({**votes("HHH"), EAST.ipv4: each}, f"v{number}")
        for number, each in enumerate(tallies, start=1)
    )
    view = scene("HHH", ballots=ballots, vantages=tuple(b.vantage for b in ballots))
    [line] = [each for each in summary(view) if each.startswith("  regions: ")]
    return line


def test_bad_probes_of_a_healthy_region_are_counted_up_to_the_verdict() -> None:
    assert "east healthy, west" in regions(tally(Vote.HEALTHY))
    turning = f"east healthy (1 of {HEALTH.failure_threshold} bad probes), west"
    assert turning in regions(tally(Vote.HEALTHY, failures=1))


def test_good_probes_of_an_unhealthy_region_are_counted_up_to_the_verdict() -> None:
    assert "east unhealthy, west" in regions(tally(Vote.UNHEALTHY))
    turning = f"east unhealthy (1 of {HEALTH.recovery_threshold} good probes), west"
    assert turning in regions(tally(Vote.UNHEALTHY, successes=1))


def test_of_several_vantages_the_one_that_counted_most_is_told() -> None:
    counted = (tally(Vote.HEALTHY, failures=n) for n in (1, 2, 0))
    assert f"east healthy (2 of {HEALTH.failure_threshold} bad probes)" in regions(*counted)


@pytest.mark.parametrize(("left", "when"), [(1.0, "in 1 s"), (0.0, "in the next round")])
def test_a_record_that_could_not_be_added_is_tried_again_at_its_time(
    left: float, when: str
) -> None:
    refused = Failing(NOW - 60.0, "403 Forbidden", 2)
    state = pointing_at("east", create_not_before=NOW + left, create_refused=refused)
    [line] = [each for each in summary(scene("HHH", state)) if each.startswith("  next: retry")]
    assert line.startswith(f"  next: retry adding the missing record {when}; it has failed 2 times")
