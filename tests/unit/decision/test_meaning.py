"""What records mean beside the decision."""

from failover.decision.meaning import differs
from tests.support.builders import EAST, NOW, pointing_at, reads


def test_without_a_decision_every_record_differs() -> None:
    assert differs(None, reads(EAST))


def test_a_reading_from_before_the_publication_says_nothing_about_it() -> None:
    state = pointing_at("west", published_at=NOW)
    assert not differs(state, reads(EAST, at=NOW))
    assert differs(state, reads(EAST, at=NOW + 1))
