"""What is known of the records at a name, how sure that is, and how old.

Reads by id and replies to our own writes are current. Lists may lag behind: where a list says
something new, the records concerned are read by id, and only what those reads say is judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from failover.decision.meaning import differs, lacks
from failover.health import cadence
from failover.publication import in_flight
from failover.publication.parts import ANNOUNCEMENT_SECONDS, Phase
from failover.publication.state import State
from failover.settings.model import Service, Settings
from failover.zone.records import Address, Answer, Family, Reading, Record, Step, missing

LIST_LAG = 120.0
"""Seconds by which a list may be behind. Linode promises nothing; that is twice what its name
servers may take."""

STANDS = 90.0
"""Seconds for which a reading stands beyond the age that lists have anyway."""

Answers = Mapping[int, Record | None]
"""What reads by id have found: None is a record that is gone. Who could not be read is not in."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is that is known by its id, and of which type."""

    domain_id: int
    type: str


def confirmed(settings: Settings, state: State | None, reading: Reading | None, now: float) -> bool:
    """Whether what follows from a reading may be done: it is recent, its content was read by id,
    and since the last decision where it differs from that."""
    if reading is None or reading.unread or not _recent(settings, reading, reading.at, now):
        return False
    return checked(state, reading)


def checked(state: State | None, reading: Reading) -> bool:
    """Whether its content was read by id; after the last decision, where it matters for that."""
    if reading.checked_at < reading.since:
        return False
    if state is None:
        return reading.checked_at > 0
    if reading.after.reaches(state.publication.step):
        return True
    return state.publication.phase is not Phase.PUBLISHING and not differs(state, reading)


def label(service: Service) -> str:
    """The service's name relative to its domain; "" at the apex."""
    return service.record.removesuffix(service.domain).removesuffix(".")


def labels(settings: Settings) -> dict[str, frozenset[str]]:
    """The relative names of the services, by their domain."""
    domains = {service.domain for service in settings.services}
    return {
        domain: frozenset(label(s) for s in settings.services if s.domain == domain)
        for domain in domains
    }


def before(reading: Reading | None, service: Service) -> Reading | None:
    """What was known already, if it was read for the name that the settings have now."""
    return reading if reading and reading.name == service.record else None


def says_nothing_new(state: State | None, known: Reading, listed: Reading | None) -> bool:
    """Whether a list only repeats what was read by id before: nothing has to be read again."""
    return (
        listed is not None
        and (state is None or state.publication.phase is not Phase.PUBLISHING)
        and listed.same_content(known)
        and checked(state, known)
    )


def repeated(known: Reading, listed: Reading | None, state: State | None = None) -> Reading:
    """What was known, as old as the newest list that says the same.

    With the `state`, which knows of no record at the name: two lists are enough to show that it is
    empty.
    """
    if listed is None or not listed.same_content(known):
        return known
    seen_twice = not known.records and listed.at > known.since
    return replace(
        known,
        unread=False,
        at=max(known.at, listed.at),
        listed_at=max(known.listed_at, listed.listed_at),
        pages=listed.pages,
        zone=listed.zone,
        checked_at=max(known.checked_at, listed.at) if seen_twice else known.checked_at,
        after=state.publication.step if state and seen_twice else known.after,
    )


def ids(service: Service, state: State | None, *readings: Reading | None) -> dict[int, Place]:
    """The ids under which records of the name are known."""
    found: dict[int, Place] = {}
    if state and state.served.domain_id is not None and state.served.record_name == service.record:
        for family, numbers in state.served.record_ids.items():
            found |= dict.fromkeys(numbers, Place(state.served.domain_id, family))
    for reading in readings:
        if reading and reading.name == service.record:
            found |= {r.id: Place(reading.domain_id, r.type) for r in reading.records}
    return found


def read_by_id(
    service: Service,
    state: State | None,
    known: Reading | None,
    listed: Reading | None,
    wanted: Mapping[int, Place],
    answers: Answers,
    now: float,
) -> Reading:
    """What reads by id say; of records that could not be read what a list says, or was known.

    A record that a list does not show and that exists is there. One that is gone is not, whatever
    a list shows. One that has another name now is none of ours. `state` is what was known of the
    decision when the reads began.
    """
    blank = Reading(next(iter(wanted.values())).domain_id, (), 0.0, 0.0)
    sources = [*filter(None, (known, listed))] or [blank]
    said = {r.id: r for reading in sources for r in reading.records} | dict(answers)
    found = filter(None, map(said.get, wanted))
    reading = replace(
        sources[-1],
        records=tuple(r for r in found if r.name == label(service)),
        at=now,
        since=now,
        name=service.record,
        checked_at=0.0,
        after=Step(),
        listed_at=max(reading.listed_at for reading in sources),
        unread=False,
    )
    if wanted.keys() <= answers.keys():
        step = state.publication.step if state else Step()
        reading = replace(reading, checked_at=now, after=step)
    return _with_its_age(reading, known, listed)


def _with_its_age(reading: Reading, known: Reading | None, listed: Reading | None) -> Reading:
    """Since when the name has this content. Where not all could be read now, an earlier check of
    the same content still counts."""
    if known and reading.same_content(known):
        checked = reading if reading.checked_at else known
        return replace(
            reading, since=known.since, checked_at=checked.checked_at, after=checked.after
        )
    if listed and reading.same_content(listed):
        return replace(reading, since=listed.since)
    return reading


def addable(
    settings: Settings, state: State, reading: Reading, now: float, answer: Answer | None = None
) -> frozenset[Address]:
    """Of what an answer lacks, that which may be added now: a list has shown that it is missing, no
    earlier request to add it is in flight, and none was refused lately. Without an `answer` it is
    the one that was decided.

    At a name without an A record such a request counts until a list would show what it made: two
    equal records do less harm than none. At an empty name all that is missing is added together, or
    nothing: a part of the answer must not stand for all of it.
    """
    listed_at = reading.listed_at
    stale = listed_at < reading.since or not listed_lately(settings, reading, now)
    if stale or state.limits.create_not_before > now:
        return frozenset()
    patience = ANNOUNCEMENT_SECONDS if reading.addresses(Family.A) else LIST_LAG
    wanted = missing(answer or state.publication.answer, reading)
    possible = frozenset(
        (family, address)
        for family, address in wanted
        if not in_flight.awaited(state, family, address, listed_at, patience)
    )
    return possible if reading.records or possible == wanted else frozenset()


def listed_lately(settings: Settings, reading: Reading, now: float) -> bool:
    """Whether a list is recent enough to show what is missing."""
    return _recent(settings, reading, reading.listed_at, now)


def waits_to_add(settings: Settings, state: State, reading: Reading, now: float) -> bool:
    """Whether nothing is wrong with the records but what is missing and may not be added now."""
    return lacks(state, reading) and not addable(settings, state, reading, now)


def missing_for_long(reading: Reading, now: float) -> bool:
    """Whether what is missing has been so for longer than a request to add it may be in flight."""
    return now - reading.since >= ANNOUNCEMENT_SECONDS


def _recent(settings: Settings, reading: Reading, at: float, now: float) -> bool:
    return now - at <= STANDS + cadence.reading_age(settings, reading.pages)
