"""Which of two ticks is the newer one, by their numbers."""

import pytest

from failover.health.numbers import FAR_AHEAD, following, outranks

AT = 1_800_000_000


@pytest.mark.parametrize(
    ("before", "number"),
    [
        (0, AT),
        (50_000, AT),
        (AT - 60, AT),
        (AT, AT + 1),
        (AT + 5, AT + 6),
        (AT + FAR_AHEAD + 1, AT),
    ],
)
def test_a_tick_that_takes_over_is_numbered_by_the_time_or_one_more(
    before: int, number: int
) -> None:
    assert following(before, AT) == number
    assert not outranks(before, number)


def test_the_number_of_a_newer_tick_outranks_and_no_other() -> None:
    assert outranks(AT + 1, AT)
    assert outranks(AT + FAR_AHEAD, AT)
    assert not outranks(AT, AT)
    assert not outranks(AT - 1, AT)
    assert not outranks(AT + FAR_AHEAD + 1, AT)
