"""How much memory a process has used, as a part of what its function has."""

from failover.adapters.memory import used


def test_it_is_the_part_of_the_limit_that_this_process_has_used() -> None:
    small, large = used(64), used(64_000)

    assert small > 0.1
    assert large < small
    assert round(small / 1000, 2) == large
