"""What the records say from now on: adopted, published, or seen on the name servers.

Each is a function from one state to the next, as in `transitions`, and tells of it by an event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from failover.notify.commands import LONGEST_ORDER
from failover.notify.events import NO_FACTS, EventFacts, What, as_time, seconds_between
from failover.publication.in_flight import ended
from failover.publication.outbox import recorded
from failover.publication.parts import (
    HOUR,
    REPUBLISHED_AN_HOUR,
    Announcement,
    Cause,
    Phase,
    Terms,
)
from failover.publication.state import Limits, Orders, Publication, Served, State
from failover.publication.terms import followed, gives
from failover.settings.model import Addresses, Routing, Service, Settings
from failover.zone.records import Family, Reading, missing
from failover.zone.statement import Statement

UNCHANGED = "unchanged"
"""In place of the cause, where a decision has ended without a write and the name stays."""

STAYING: Mapping[Cause, Cause] = {
    Cause.UNHEALTHY: Cause.SETTINGS,
    Cause.FAILBACK: Cause.SETTINGS,
    Cause.OPERATOR: Cause.DRIFT,
    Cause.DRIFT: Cause.DRIFT,
}
"""What a decision is told as that has left the name at the same addresses."""


def record_ids(reading: Reading | None) -> Mapping[str, tuple[int, ...]]:
    """The ids of the address records, by family, to be found again without a list."""
    if reading is None:
        return {}
    return {
        family.value: tuple(r.id for r in reading.records if r.type == family) for family in Family
    }


def adopted(
    before: State | None,
    active: Mapping[str, Addresses],
    cause: Cause,
    settings: Settings,
    service: Service,
    reading: Reading,
    now: float,
    because: EventFacts = NO_FACTS,
) -> State:
    """The records are taken as they are: nothing is written. A pin ends.

    Records with a TTL or an address that the settings do not ask for are remembered as made under
    revision 0, so that the settings rule publishes what is asked for once.
    """
    ttls = {record.ttl for record in reading.records}
    fits = ttls == {service.ttl} and gives(active, service)
    found = State(
        version=1,
        publication=Publication(1, 0, Phase.PUBLISHED, cause, now, active),
        served=Served(
            active=active,
            moved_by=cause,
            moved_at=now,
            published_at=now,
            revision=settings.revision if fits else 0,
            ttl=service.ttl if ttls == {service.ttl} else max(ttls - {service.ttl}, default=0),
            domain_id=reading.domain_id,
            record_ids=record_ids(reading),
            record_name=reading.name,
        ),
        followed=followed(before, settings, service),
    )
    if missing(found.publication.answer, reading):
        found = replace(found, limits=replace(found.limits, create_not_before=now))
    facts = {**because, "cause": cause.value, "to": ", ".join(active)}
    if before is None:
        return recorded(found, What.ADOPTED, now, facts)
    waits = before.limits.create_not_before or found.limits.create_not_before
    after = replace(
        found,
        version=before.version + 1,
        publication=replace(found.publication, generation=before.publication.generation + 1),
        orders=_without_pin(before, active, cause, service, now),
        limits=replace(before.limits, create_not_before=waits),
        notices=before.notices,
        announced=before.announced,
    )
    origin = ", ".join(before.served.active)
    after = recorded(after, What.ADOPTED, now, {**facts, "from": origin})
    pin = before.orders.pinned(now)
    if pin is None:
        return after
    ended = {"region": pin.region, "until": as_time(pin.until), "reason": pin.reason}
    return recorded(after, What.PIN_ENDED, now, {**ended, "to": facts["to"]}, by=pin.by)


def _without_pin(
    before: State, active: Mapping[str, Addresses], cause: Cause, service: Service, now: float
) -> Orders:
    """The orders that stay. For as long as any order of a person may hold, those regions are left
    out that the name pointed at until a person changed its records."""
    until = dict(before.orders.excluded_until)
    if cause is Cause.EXTERNAL and service.routing is Routing.MULTIVALUE:
        until |= dict.fromkeys(before.served.active, now + LONGEST_ORDER)
    excluded = {name: at for name, at in until.items() if name not in active}
    return replace(before.orders, pin=None, excluded_until=excluded)


def published(
    before: State,
    answered: Iterable[Announcement],
    reading: Reading,
    now: float,
    again: float = 0.0,
    changed: bool = False,
) -> State:
    """The records say what they must, as far as they are there. What they say is active now.

    `answered` are the writes whose reply came, `changed` says that Linode confirmed one of them.
    Where a record is missing, adding it is tried again from `again` on.
    """
    done, served = before.publication, before.served
    active = _said(done.targets, reading)
    moved = active.keys() != served.active.keys() and (
        set(active.values()) != set(served.active.values())
    )
    asked = done.asked or Terms(served.revision, served.ttl)
    after = replace(
        before,
        version=before.version + 1,
        publication=replace(
            done,
            phase=Phase.PUBLISHED,
            claim=None,
            targets=active,
            asked=None,
            because={},
            last_error="",
            changed=False,
        ),
        served=Served(
            active=active,
            moved_by=done.cause if moved else served.moved_by,
            moved_at=now if moved else served.moved_at,
            published_at=now,
            revision=asked.revision,
            ttl=asked.ttl,
            domain_id=reading.domain_id,
            record_ids=record_ids(reading),
            record_name=reading.name,
        ),
        limits=_counted(before, reading, moved, now, again),
        announced=ended(before.announced, answered),
    )
    wrote = done.changed or changed or _in_flight(before, after.announced)
    facts = {
        **done.because,
        "cause": _told_as(before, active, wrote),
        "moved": "yes" if moved else "",
        "from": ", ".join(served.active),
        "to": ", ".join(active),
        "ttl": str(asked.ttl),
        "attempts": str(done.attempt),
        "seconds_to_publish": f"{seconds_between(done.decided_at, now):.1f}",
    }
    often = before.limits.republished_lately(now) > REPUBLISHED_AN_HOUR
    insists = done.cause is Cause.DRIFT and often
    return recorded(after, What.PUBLISHED, now, facts, _who(done.because), quiet=insists)


def _counted(before: State, reading: Reading, moved: bool, now: float, again: float) -> Limits:
    """The limits with one more switch, if automation made one, and with when to add what is
    missing."""
    limits, done = before.limits, before.publication
    if moved and before.served.active and done.cause in {Cause.UNHEALTHY, Cause.FAILBACK}:
        limits = replace(limits, flips=(*(at for at in limits.flips if at > now - HOUR), now))
    if missing(done.answer, reading):
        waits = max(limits.create_not_before, again or now)
        limits = replace(limits, create_not_before=waits)
    return limits


def _said(targets: Mapping[str, Addresses], reading: Reading) -> Mapping[str, Addresses]:
    """The regions of a decision that the records name: those of the A records, where there are
    any. What nobody could add a record for is not among them."""
    a, aaaa = reading.addresses(Family.A), reading.addresses(Family.AAAA)
    named = {n: t for n, t in targets.items() if (t.ipv4 in a if a else t.ipv6 in aaaa)}
    return named or targets


def _told_as(before: State, active: Mapping[str, Addresses], wrote: bool) -> str:
    """The cause that the event names. Where the name stays at the same addresses, nothing has
    moved: a record, or only its TTL, was corrected, or nothing was written."""
    cause = before.publication.cause
    if cause not in STAYING or dict(active) != dict(before.served.active):
        return cause.value
    return STAYING[cause].value if wrote else UNCHANGED


def _in_flight(before: State, announced: Iterable[Announcement]) -> bool:
    """Whether a change of this decision may still be carried out: its reply is missing."""
    since = before.publication.decided_at
    return any(a.record_id is not None and a.at >= since for a in announced)


def _who(because: EventFacts) -> str | None:
    by = because.get("by")
    return by if isinstance(by, str) else None


def proved(
    before: State,
    rendered_at: float,
    served_at: float,
    seen: tuple[Statement, ...] = (),
    *,
    late: bool = False,
) -> State:
    """What has been seen of the publication: when Linode had rendered it, when all servers had it.

    0 is not yet. With the second the decision is settled. `seen` is what each source says, and
    `late` that it should have been served before.
    """
    phase = Phase.SETTLED if served_at else before.publication.phase
    after = replace(
        before,
        version=before.version + 1,
        publication=replace(before.publication, phase=phase),
        served=replace(
            before.served, rendered_at=rendered_at, served_at=served_at, seen=seen, late=late
        ),
    )
    if not served_at:
        return after
    published_at = before.served.published_at
    facts = {
        "to": ", ".join(before.served.active),
        "seconds_to_render": f"{seconds_between(published_at, rendered_at):.1f}",
        "seconds_to_serve": f"{seconds_between(published_at, served_at):.1f}",
    }
    return recorded(after, What.SETTLED, served_at, facts)
