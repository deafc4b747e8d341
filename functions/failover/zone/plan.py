"""What to write so that the records give an answer: desired minus actual, as a value.

Records are changed in place and their number is never lowered, so that the name cannot be empty
for a moment. A plan cannot be made for an empty answer, for a CNAME at the name, or for records of
a family that the answer does not have.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from failover.zone.records import Answer, Family, Reading, Record

NOTHING_KNOWN: Mapping[int, str] = {}


class UnsafePlan(Exception):
    """The records cannot be made to say what was decided without a risk. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write: what the record will say. `record_id` None adds a record.

    `moves` tells whether the address changes; `ttl` is None where it stays as it is.
    """

    family: Family
    record_id: int | None
    address: str
    ttl: int | None
    moves: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """All writes of one publication, in order: changes in place first, then what is missing."""

    domain_id: int
    changes: tuple[Change, ...]


def plan(
    answer: Answer,
    ttl: int,
    reading: Reading,
    may_create: bool,
    given: frozenset[str] | None = None,
    before: Mapping[int, str] = NOTHING_KNOWN,
) -> Plan:
    """The writes that make these records give this answer.

    A record without an address could not be read: it is written in any case, with the address that
    it had `before` if that is wanted, so that the two families go on to name the same regions.

    Only what is `given` by the settings is written to a record that says another address, and
    added; None is everything. Surplus records say an address that another one says, too. Where
    `may_create` is not set, what is missing stays missing. Records of a family that the answer does
    not have are left alone.

    Raises:
        UnsafePlan: the records at the name cannot be made to say this without removing one, or
            with addresses of the settings alone, or nothing at all could be written although
            something must be.
    """
    if reading.others:
        other = reading.others[0]
        raise UnsafePlan(f"there is a {other.type} record at the name (id {other.id})")
    changes = tuple(_changes(answer, ttl, reading, given, before))
    missing = [change for change in changes if change.record_id is None]
    if missing and not may_create and not reading.records:
        raise UnsafePlan("the name has no records, and adding one is not allowed now")
    in_place = [change for change in changes if change.record_id is not None]
    return Plan(reading.domain_id, (*in_place, *(missing if may_create else ())))


def _changes(
    answer: Answer,
    ttl: int,
    reading: Reading,
    given: frozenset[str] | None,
    before: Mapping[int, str],
) -> Iterator[Change]:
    for family in filter(answer.family, Family):
        records = [record for record in reading.records if record.type == family]
        wanted = answer.family(family)
        writable = wanted if given is None else wanted & given
        placed = _placed(sorted(wanted), sorted(writable), records, before)
        yield from filter(None, (_change(record, address, ttl) for record, address in placed))
        left = writable.difference(address for _, address in placed)
        yield from (Change(family, None, address, ttl) for address in sorted(left))


def _placed(
    wanted: list[str], writable: list[str], records: Iterable[Record], before: Mapping[int, str]
) -> list[tuple[Record, str]]:
    """Each record with the address that it is to say: first those that must change, since a write
    without a reply may be the last one; those that already say a wanted one keep it.

    Raises UnsafePlan where a record must change and nothing may be written to it.
    """
    open_addresses = list(wanted)
    kept: dict[Record, str] = {}
    moved: dict[Record, str] = {}
    others: list[Record] = []
    for record in sorted(records, key=lambda record: record.id):
        unread = before.get(record.id) if not record.address else None
        address = unread if unread in writable else record.address
        if address in open_addresses:
            open_addresses.remove(address)
            kept[record] = address
        else:
            others.append(record)
    missing = [address for address in open_addresses if address in writable]
    for record in others:
        if missing:
            moved[record] = missing.pop(0)
        elif record.address in wanted:
            moved[record] = record.address
        elif writable:
            moved[record] = writable[0]
        else:
            said = ", ".join(wanted)
            raise UnsafePlan(f"record {record.id} would say {said}, which is not in the settings")
    return [*moved.items(), *kept.items()]


def _change(record: Record, address: str, ttl: int) -> Change | None:
    if record.address == address and record.ttl == ttl:
        return None
    return Change(
        family=Family(record.type),
        record_id=record.id,
        address=address,
        ttl=None if record.ttl == ttl else ttl,
        moves=record.address != address,
    )
