"""Back ends as a second witness of a region."""

import pytest

from failover.health.backing import Share, judged
from failover.health.probe import Probe, Reason

GOOD = Probe(None, "", 0.2)


@pytest.mark.parametrize("share", [Share(5, 10), Share(10, 10), Share(0, 0), None])
def test_a_good_probe_stays_good_with_enough_back_ends_or_with_none_known(share) -> None:
    assert judged(GOOD, share, 0.5) is GOOD


@pytest.mark.parametrize("up", [0, 1, 4])
def test_too_few_back_ends_fail_it_with_a_reason_of_their_own(up: int) -> None:
    found = judged(GOOD, Share(up, 10), 0.5)
    assert found.reason is Reason.BACKENDS
    assert found.detail == f"{up} of 10 back ends are up, at least 50% must be"
    assert found.took == GOOD.took


def test_a_share_is_kept_exactly() -> None:
    assert judged(GOOD, Share(7, 100), 0.07).ok
    assert not judged(GOOD, Share(6, 100), 0.07).ok


def test_a_probe_that_failed_by_itself_keeps_its_reason() -> None:
    refused = Probe(Reason.REFUSED, "connection refused", 0.1)
    assert judged(refused, Share(0, 10), 0.5) is refused
