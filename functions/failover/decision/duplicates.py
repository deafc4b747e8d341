"""Records at the name that nobody needs: they say what another one says, and are too many."""

from operator import attrgetter

from failover.decision.view import View
from failover.notify.events import EventFacts
from failover.settings.model import Routing
from failover.zone.records import Family, Record


def surplus(view: View) -> tuple[Record, ...]:
    """The records that may be removed without changing any answer: a creation that was carried out
    late has made them, or a person.

    With `multivalue` a region that is out leaves its record to another one: that is none too many.
    """
    if view.reading is None or not view.confirmed:
        return ()
    needed = len(view.service.regions) if view.service.routing is Routing.MULTIVALUE else 1
    found: list[Record] = []
    for family in Family:
        records = sorted(
            (r for r in view.reading.records if r.type == family), key=attrgetter("id")
        )
        first = {r.address: r for r in reversed(records)}
        again = [r for r in records if first[r.address] is not r]
        found += again[max(0, len(again) - max(0, len(records) - needed)) :]
    return tuple(found)


def said(view: View) -> EventFacts:
    """The same as facts for people: which records, and the command that removes the surplus."""
    found = surplus(view)
    reading = view.reading
    if not found or reading is None:
        return {}
    told: list[str] = []
    for record in found:
        ids = sorted(r.id for r in reading.records if (r.type, r.address) == _says(record))
        told.append(f"{record.type} {record.address}: records {' and '.join(map(str, ids))}")
    delete = f"linode-cli domains records-delete {reading.domain_id}"
    return {
        "surplus": tuple(dict.fromkeys(told)),
        "remove": tuple(f"{delete} {record.id}" for record in found),
    }


def _says(record: Record) -> tuple[str, str]:
    return record.type, record.address
