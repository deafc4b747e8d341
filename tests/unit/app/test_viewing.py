"""Which reading of the records counts, where several vantages have one."""

from dataclasses import replace

from failover.app.viewing import newest_reading
from failover.zone.records import Reading
from tests.support.builders import EAST, NOW, SHOP, WEST, ballot, reads


def newest(*readings: Reading | None) -> Reading | None:
    ballots = [ballot({}, f"v{i}", reading=each) for i, each in enumerate(readings)]
    return newest_reading(SHOP, tuple(ballots))


def test_the_newest_reading_counts() -> None:
    before, after = reads(EAST, at=NOW - 20), reads(WEST, at=NOW - 10)
    assert newest(before, after) == newest(after, before) == after


def test_what_was_read_last_counts_although_nothing_can_be_read_since() -> None:
    """A vantage that is away since before that has never failed to read."""
    away, unread = reads(EAST, at=NOW - 200), replace(reads(WEST, at=NOW - 10), unread=True)
    assert newest(away, unread) == newest(unread, away) == unread


def test_of_readings_that_say_the_same_one_counts_that_can_be_read() -> None:
    read, unread = reads(EAST, at=NOW - 20), replace(reads(EAST, at=NOW - 10), unread=True)
    assert newest(read, unread) == newest(unread, read) == read


def test_a_reading_of_another_name_counts_for_nothing() -> None:
    other = replace(reads(WEST, at=NOW), name="www.shop.test")
    assert newest(other, None) is None
    assert newest(other, reads(EAST, at=NOW - 10)) == reads(EAST, at=NOW - 10)
