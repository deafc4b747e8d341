"""What counts as the records of a name: of a zone, and of what could be read by id."""

import pytest

from failover.app.reading import at_name, current
from failover.errors import DnsUnavailable
from failover.zone.records import Reading, Record, Zone
from tests.support.builders import EAST, SHOP, WEST, record, settings_of
from tests.unit.app.stage import Stage


def test_a_name_with_thousands_of_records_is_not_read() -> None:
    """Their reading would not fit into the item of a vote, and no vote would ever be written."""
    crowd = tuple(Record(number, "app", "A", EAST.ipv4, 30) for number in range(1, 4001))
    with pytest.raises(DnsUnavailable, match="4000 records"):
        at_name(SHOP, Zone(7, crowd, at=0.0))


class TestById:
    """No list can be read, and another vantage has seen two records."""

    BOTH = Reading(
        domain_id=7,
        records=(record("A", EAST.ipv4, 101), record("A", WEST.ipv4, 102)),
        at=1.0,
        since=1.0,
        name=SHOP.record,
    )

    @pytest.fixture
    def stage(self) -> Stage:
        """Both are there."""
        return Stage().pointing_at(EAST, WEST)

    def read(self, stage: Stage) -> Reading | None:
        """By a function that has just started, and knows nothing itself."""
        return stage.hub.run(
            lambda: current(stage.world, settings_of(), SHOP, None, None, None, [self.BOTH])
        )

    def test_what_another_vantage_knows_is_read(self, stage: Stage) -> None:
        found = self.read(stage)
        assert found
        assert [each.id for each in found.records] == [101, 102]
        assert found.checked_at > 0

    def test_a_part_of_the_records_is_not_taken_for_all_of_them(self, stage: Stage) -> None:
        """Whoever knew of this part alone would adopt it."""

        def once() -> None:
            stage.dns.on_get = lambda: None
            raise DnsUnavailable("no answer")

        stage.dns.on_get = once
        assert self.read(stage) is None
