"""Reading the records of a service: from a list of its domain, and one by one by their ids."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from failover.decision import evidence
from failover.decision.evidence import label
from failover.decision.view import View
from failover.errors import DnsRefused, DnsUnavailable, FailoverError
from failover.health import cadence
from failover.ports import World
from failover.publication.state import State
from failover.settings.model import Service, Settings
from failover.zone.records import Family, Reading, Record, Zone

GET_SECONDS = 2.0
LIST_SECONDS = 2.0

MOST_RECORDS = 100
"""At one name. A reading is kept in the control table, where an item has 400 KB."""

UNCONFIRMED = "a list shows records that could not be confirmed by reading them one by one"


def at_name(service: Service, zone: Zone) -> Reading:
    """What a list shows at the service's name. Raises DnsUnavailable when that is too much."""
    name = label(service)
    passed_over = Family.AAAA if service.ignores_ipv6 else None
    records = tuple(r for r in zone.records if r.name == name and r.type != passed_over)
    if len(records) > MOST_RECORDS:
        raise DnsUnavailable(
            f"{service.record} has {len(records)} records, at most {MOST_RECORDS} can be "
            "looked after: remove what is too many"
        )
    return Reading(
        domain_id=zone.domain_id,
        records=records,
        at=zone.at,
        since=zone.at,
        name=service.record,
        listed_at=zone.at,
        pages=zone.pages,
        zone=zone.status,
    )


def listed(world: World, service: Service, max_age: float = 0.0) -> Reading:
    """What a list shows that began at most `max_age` seconds ago. Raises FailoverError."""
    return at_name(service, world.dns.list(service.domain, LIST_SECONDS, max_age))


def current(
    world: World,
    settings: Settings,
    service: Service,
    state: State | None,
    known: Reading | None,
    new: Reading | None,
    others: Iterable[Reading | None] = (),
    again: bool = False,
) -> Reading | None:
    """What the records say, given what was `known` and a `new` list, if there is one.

    Records are read by id where that list says something new, where there is none, and after a
    decision of ours; not more often than the budget allows, unless `again`. `others` are readings
    that may know more ids. None, or what was known, marked `unread`, where nothing can be read. A
    part of the records is never taken for all of them.
    """
    now = world.clock.now()
    known = evidence.before(known, service)
    wanted = evidence.ids(service, state, *others, known, new)
    age = cadence.rereading_age(settings, len(wanted))
    if known and not again:
        just_read = 0 <= now - known.checked_at < age
        if just_read or evidence.says_nothing_new(state, known, new):
            return evidence.repeated(known, new)
    answers = _answers(world, service, wanted)
    part = known is None and bool(wanted.keys() - answers.keys())
    if new is None and (part or not any(answers.values())):
        return replace(known, unread=True) if known else None
    if not wanted:
        return evidence.repeated(known, new, state) if known else new
    return evidence.read_by_id(service, state, known, new, wanted, answers, world.clock.now())


def reread(
    world: World,
    settings: Settings,
    service: Service,
    state: State | None,
    known: Reading | None,
    new: Reading | FailoverError,
    others: Iterable[Reading | None],
) -> tuple[Reading | None, str | None]:
    """What the records say, as far as a round could read them; and why nobody could rely on that,
    or None. A list that says something new counts only once the records were read by their ids."""
    shown = None if isinstance(new, FailoverError) else new
    read = current(world, settings, service, state, known, shown, others)
    if evidence.confirmed(settings, state, read, world.clock.now()):
        return read, None
    if isinstance(new, FailoverError):
        return read, str(new)
    return read, UNCONFIRMED if read and read.records else None


def before_writing(world: World, view: View, state: State) -> tuple[Reading, bool]:
    """The records just before they are written, read by id; and whether all could be read.

    What a record says whose read fails is not known, whatever was read of it earlier: it may have
    been written since. It is written in any case, and the reply tells whether it was the right one.
    Raises DnsUnavailable when no id is known of a name that may have records, and what a list
    raises when none of them is there and the domain cannot be listed.
    """
    wanted = evidence.ids(view.service, state, view.reading)
    if not wanted:
        if view.reading is None:
            raise DnsUnavailable("the records could not be listed, and no record id is known yet")
        return view.reading, True
    answers = _answers(world, view.service, wanted)
    if _all_gone(answers):
        listed(world, view.service)
    unread = wanted.keys() - answers.keys()
    name, now = label(view.service), world.clock.now()
    found = evidence.read_by_id(view.service, state, view.reading, None, wanted, answers, now)
    known = tuple(r for r in found.records if r.id not in unread)
    blank = (Record(i, name, wanted[i].type, "", 0) for i in sorted(unread))
    return replace(found, records=(*known, *blank)), not unread


def _answers(
    world: World, service: Service, wanted: Mapping[int, evidence.Place]
) -> evidence.Answers:
    """What reads by id say. An AAAA record that is not managed here counts as gone."""
    asked = [partial(_one, world, place.domain_id, i) for i, place in wanted.items()]
    passed_over = Family.AAAA if service.ignores_ipv6 else None
    found: dict[int, Record | None] = {}
    for record_id, answer in zip(wanted, world.tasks.gather(asked), strict=True):
        if not isinstance(answer, FailoverError):
            kept = answer is not None and answer.type != passed_over
            found[record_id] = answer if kept else None
    return found


def _all_gone(answers: evidence.Answers) -> bool:
    """Whether no record is there. That is believed only of a domain that can be listed: a token
    that cannot see the domain gets the same answers."""
    return bool(answers) and not any(answers.values())


def _one(world: World, domain_id: int, record_id: int) -> Record | FailoverError | None:
    """The record, None when it is gone, or why it could not be read."""
    try:
        return world.dns.get(domain_id, record_id, GET_SECONDS)
    except DnsRefused as error:
        return None if error.status == HTTPStatus.NOT_FOUND else error
    except FailoverError as error:
        return error
