"""Writes in flight: sent, or about to be, and without a reply. Linode may carry one out later.

A decision remembers each for as long as it may still arrive. What it explains is ours, and never
taken for a person's change; after that time a person wins.
"""

from collections.abc import Iterable
from dataclasses import replace

from failover.publication.parts import ANNOUNCEMENT_SECONDS, MOST_COUNTED, Announcement
from failover.publication.state import State
from failover.zone.records import Answer, Family, Reading, Record, missing


def unexpired(announced: Iterable[Announcement], now: float) -> tuple[Announcement, ...]:
    """Those that may still arrive."""
    return tuple(a for a in announced if now - a.at < ANNOUNCEMENT_SECONDS)


def added(announced: Iterable[Announcement], write: Announcement) -> tuple[Announcement, ...]:
    """One more. Writes of the same address to the same record are one, with the requests of all:
    an item must not grow with each retry."""
    others = tuple(a for a in announced if not _alike(a, write))
    before = sum(a.arrivals for a in announced if _alike(a, write))
    return (*others, replace(write, arrivals=min(before + write.arrivals, MOST_COUNTED)))


def ended(
    announced: Iterable[Announcement], answered: Iterable[Announcement]
) -> tuple[Announcement, ...]:
    """What is left once these have ended: as many requests of each as it counts have a reply, or
    were never sent."""
    left = tuple(announced)
    for write in answered:
        left = tuple(
            replace(a, arrivals=a.arrivals - write.arrivals) if _alike(a, write) else a
            for a in left
        )
    return tuple(a for a in left if a.arrivals > 0)


def still_due(
    announced: Iterable[Announcement], explained: frozenset[Announcement]
) -> tuple[Announcement, ...]:
    """What may still arrive once each of these has done so once more."""
    return ended(announced, (replace(a, arrivals=1) for a in explained))


def awaited(state: State, family: Family, address: str, listed_at: float, patience: float) -> bool:
    """Whether an earlier request to add this record is in flight that a list which began so many
    seconds later would show."""
    return any(
        a.record_id is None
        and (a.family, a.address) == (family, address)
        and listed_at - a.at < patience
        for a in state.announced
    )


def knowing(before: State, name: str, domain_id: int, created: Iterable[Record]) -> State:
    """The same with the ids of records that were added at this name: they exist, whatever a list
    says. No version of its own."""
    kept = before.served.record_ids if before.served.record_name == name else {}
    ids = {family: set(kept.get(family, ())) for family in Family}
    for record in created:
        ids[Family(record.type)].add(record.id)
    if not any(ids.values()):
        return before
    numbers = {family.value: tuple(sorted(found)) for family, found in ids.items()}
    served = replace(before.served, domain_id=domain_id, record_name=name, record_ids=numbers)
    return replace(before, served=served)


def never_sent(before: State, write: Announcement) -> State:
    """A write that was announced was not sent after all. The same object where it is not there, or
    somebody else has sent the same one: then it counts on, rather than one too few."""
    if not any(_alike(a, write) and a.at == write.at for a in before.announced):
        return before
    kept = ended(before.announced, [write])
    return replace(before, version=before.version + 1, announced=kept)


def late_writes(state: State, reading: Reading, now: float) -> frozenset[Announcement]:
    """The writes in flight that explain the difference from what was decided; empty if they do not.

    They must explain every address that was not decided. Where some are missing, and all others
    were decided: the records that say what another one says already, or else all that are left.
    """
    answer = state.publication.answer
    strange = [record for record in reading.records if not _decided(answer, record)]
    doubled = _doubled(reading)
    suspects = strange or doubled or reading.records
    explaining = list(filter(None, (late(state, record, now) for record in suspects)))
    lacking = missing(answer, reading)
    if strange:
        explained = len(explaining) == len(strange)
    elif doubled:
        explained = 0 < len(lacking) <= len(set(explaining))
    else:
        explained = bool(lacking) and len(explaining) == len(reading.records)
    return frozenset(explaining) if explained else frozenset()


def late(state: State, record: Record, now: float) -> Announcement | None:
    """A write in flight that may have made this record say what it says."""
    matching = (
        a
        for a in unexpired(state.announced, now)
        if a.family == record.type
        and a.address == record.address
        and a.record_id in (None, record.id)
    )
    return next(matching, None)


def _alike(one: Announcement, other: Announcement) -> bool:
    return (one.family, one.record_id, one.address) == (
        other.family,
        other.record_id,
        other.address,
    )


def _decided(answer: Answer, record: Record) -> bool:
    known = record.type in (Family.A, Family.AAAA)
    return known and record.address in answer.family(Family(record.type))


def _doubled(reading: Reading) -> list[Record]:
    """The records whose address another one has, too."""
    said = [(record.type, record.address) for record in reading.records]
    return [r for r in reading.records if said.count((r.type, r.address)) > 1]
