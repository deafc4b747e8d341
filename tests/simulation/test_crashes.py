"""Every point at which a process can die: somebody else finishes its work within guarantee 3.

Enumerated, not sampled: for a failover, a failback, the creation of records and a change of
several regions, the publishing vantage dies before and after each of its calls.
"""

import itertools

import pytest

from failover.publication.parts import CLAIM_SECONDS
from tests.simulation.stories import STORIES, Crashed

MOST_CALLS = 80
"""More calls than any of the stories has."""


@pytest.fixture(params=STORIES)
def name(request: pytest.FixtureRequest) -> str:
    """One of the stories."""
    return str(request.param)


def judge(crashed: Crashed, deaths: int) -> None:
    universe = crashed.universe
    told = "\n".join(universe.trace or ())
    assert not universe.observer.violations, told
    assert universe.linode.addresses("A") == crashed.story.ends_at, told
    assert len(crashed.died_at) == deaths, told
    assert 0 < crashed.agreed_at <= crashed.due, told


def test_the_stories_end_well_when_nobody_dies(name: str) -> None:
    judge(Crashed(STORIES[name]).run(), deaths=0)


@pytest.mark.long
def test_a_death_at_any_call_is_made_good(name: str) -> None:
    """Whichever vantage it is that publishes: one of the deaths leaves a claim behind.

    Slow by nature: some hundred runs of the whole story, one for each call at which it may end.
    `make test` has deaths at any call of a failover in `tests.exploration`.
    """
    taken_over = 0
    for vantage in STORIES[name].setting.vantages:
        for call, after in itertools.product(range(1, MOST_CALLS), (False, True)):
            crashed = Crashed(STORIES[name]).dies_at(vantage, call, after).run()
            judge(crashed, deaths=1)
            taken_over += crashed.agreed_at - crashed.decided_at > CLAIM_SECONDS
            if crashed.died_at[0] > crashed.agreed_at:
                break  # the work was done when it died
        else:
            raise AssertionError("the publication never ended")
    assert taken_over >= 10


@pytest.mark.long
def test_two_deaths_in_a_row_are_made_good(name: str) -> None:
    """The second process dies in taking over, at every call of its publication."""
    seen = set()
    for first in range(1, MOST_CALLS):
        for second in range(1, MOST_CALLS):
            crashed = Crashed(STORIES[name]).dies_in_publication(first, second).run()
            judge(crashed, deaths=len(crashed.died_at))
            seen.add(len(crashed.died_at))
            if len(crashed.died_at) < 2 or crashed.died_at[1] > crashed.agreed_at:
                break
        if not crashed.died_at or crashed.died_at[0] > crashed.agreed_at:
            break
    assert 2 in seen
