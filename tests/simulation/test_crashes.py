"""Two processes die in a row, one after the other: a third one finishes within guarantee 3.

Enumerated, not sampled: for a failover, a failback, the creation of records and a change of
several regions, the publishing vantage dies after each of its calls, and so does the one that takes
over. One death alone, wherever others can see it, is among the events of `tests.exploration`.
"""

import pytest

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
def test_two_deaths_in_a_row_are_made_good(name: str) -> None:
    """The second process dies in taking over, at every call of its publication.

    Slow by nature: some hundred runs of the whole story, one for each pair of calls.
    """
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
