"""What is retried tells how often it has failed, since when, and the last error."""

from dataclasses import replace

from failover.decision.retries import Retried, retries
from failover.decision.words import status
from failover.zone.failing import Failing
from tests.support.builders import NOW, claim, moving, only, pointing_at, scene


def test_where_nothing_fails_nothing_is_retried() -> None:
    assert retries(scene("HHH")) == ()


def test_a_change_counts_its_attempts() -> None:
    view = scene("UHH", moving("east", "west", attempt=4, last_error="401 Unauthorized"))
    retry = only(retries(view))
    assert (retry.what, retry.failed, retry.regions) == (Retried.PUBLICATION, 4, ("west",))
    assert status.retried(view, retry) == (
        "retry the change to west every round; it has failed 4 times in 20 s "
        '(since 2027-01-15T07:59:40Z); last error: "401 Unauthorized"'
    )


def test_the_attempt_that_is_under_way_has_not_failed() -> None:
    view = scene("UHH", moving("east", "west", attempt=1, claim=claim()))
    retry = only(retries(view))
    assert (retry.failed, retry.by) == (0, "v1")
    assert status.retried(view, retry) == (
        "v1 is writing the change to west now; it began 20 s ago (2027-01-15T07:59:40Z)"
    )


def test_a_reading_is_retried_for_as_long_as_the_vantage_that_fails_longest() -> None:
    view = scene("HHH")
    (mine,) = view.ballots
    ours = replace(mine, unread=Failing(NOW - 40, "404 Not Found", failed=9))
    theirs = replace(mine, vantage="v2", unread=Failing(NOW - 20, "no answer", failed=3))
    retry = only(retries(replace(view, ballots=(theirs, ours))))
    assert (retry.what, retry.failed, retry.error) == (Retried.READING, 9, "404 Not Found")


def test_a_record_that_linode_refuses_to_add_says_when_it_is_tried_again() -> None:
    refused = Failing(NOW - 1200, "403 Forbidden", failed=2)
    state = pointing_at("east", create_not_before=NOW + 540, create_refused=refused)
    view = scene("HHH", state)
    assert status.retried(view, only(retries(view))) == (
        "retry adding the missing record in 9 min 0 s; it has failed 2 times in 20 min 0 s "
        '(since 2027-01-15T07:40:00Z); last error: "403 Forbidden"'
    )
