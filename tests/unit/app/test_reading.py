"""What of a zone counts as the records of a name."""

import pytest

from failover.app.reading import at_name
from failover.errors import DnsUnavailable
from failover.zone.records import Record, Zone
from tests.support.builders import EAST, SHOP


def test_a_name_with_thousands_of_records_is_not_read() -> None:
    """Their reading would not fit into the item of a vote, and no vote would ever be written."""
    crowd = tuple(Record(number, "app", "A", EAST.ipv4, 30) for number in range(1, 4001))
    with pytest.raises(DnsUnavailable, match="4000 records"):
        at_name(SHOP, Zone(7, crowd, at=0.0))
