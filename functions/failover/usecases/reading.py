"""Reading the records of a service: from a listing of its domain, or one by one by their ids."""

from dataclasses import replace
from functools import partial
from http import HTTPStatus

from failover.core.records import Family, Reading, Record, Zone
from failover.core.settings import Service
from failover.core.state import State
from failover.core.transitions import record_ids
from failover.core.view import View
from failover.errors import DnsRefused, DnsUnavailable, FailoverError
from failover.ports import World

GET_SECONDS = 2.0

MOST_RECORDS = 100
"""At one name. A reading is kept in the control table, where an item has 400 KB."""


def label(service: Service) -> str:
    """The service's name relative to its domain; "" at the apex."""
    return service.record.removesuffix(service.domain).removesuffix(".")


def at_name(service: Service, zone: Zone, before: Reading | None) -> Reading:
    """The records of a listing at the service's name. `since` is kept where nothing changed.

    Raises DnsUnavailable when there are too many.
    """
    name = label(service)
    passed_over = Family.AAAA if service.ignores_ipv6 else None
    reading = Reading(
        domain_id=zone.domain_id,
        records=tuple(r for r in zone.records if r.name == name and r.type != passed_over),
        at=zone.at,
        since=zone.at,
        zone=zone.status,
    )
    if len(reading.records) > MOST_RECORDS:
        raise DnsUnavailable(
            f"{service.record} has {len(reading.records)} records, at most {MOST_RECORDS} can be "
            "looked after: remove what is too many"
        )
    if before is None or not reading.same_content(before):
        return reading
    return replace(reading, since=before.since)


def read_by_id(world: World, view: View, state: State) -> Reading:
    """The records that the decision or the newest list knows by id, without a list.

    What a record says whose GET fails too is not known, whatever was read of it earlier: it may
    have been written since. It is written in any case, and the reply tells whether it was the right
    one. Raises DnsUnavailable when no id is known, or one of them is now a record of another name
    or type.
    """
    if state.domain_id is None or not any(state.record_ids.values()):
        raise DnsUnavailable("the records could not be listed, and no record id is known yet")
    name = label(view.service)
    known = {
        (family, record_id): Record(record_id, name, family, "", 0)
        for ids_of in (state.record_ids, record_ids(view.reading))
        for family, ids in ids_of.items()
        for record_id in ids
    }
    asked = [partial(_one, world, state.domain_id, record) for record in known.values()]
    records = [record for record in world.tasks.gather(asked) if record is not None]
    now = world.clock.now()
    for record in records:
        if record.name != name or record.type not in tuple(Family):
            raise DnsUnavailable(f"record {record.id} is not an address of {view.service.record}")
    return Reading(state.domain_id, tuple(records), at=now, since=now)


def _one(world: World, domain_id: int, unknown: Record) -> Record | None:
    """The record, or None when it is gone."""
    try:
        found = world.dns.get(domain_id, unknown.id, GET_SECONDS)
    except DnsRefused as error:
        return None if error.status == HTTPStatus.NOT_FOUND else unknown
    except FailoverError:
        return unknown
    if found.type != unknown.type:
        raise DnsUnavailable(f"record {unknown.id} is of type {found.type}, not {unknown.type}")
    return found
