"""Every change that may be made to a decision, as a function from one state to the next.

None writes anything: whoever calls one writes its result on the condition that the table still
holds the state it came from. Every change raises `version`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from failover.notify.commands import LONGEST_ORDER
from failover.notify.events import NO_FACTS, EventFacts, What, as_time, seconds_between
from failover.publication.in_flight import added, ended, still_due, unexpired
from failover.publication.outbox import LONGEST_FACT, recorded
from failover.publication.state import (
    HOUR,
    REPUBLISHED_AN_HOUR,
    Announcement,
    Cause,
    Claim,
    Phase,
    State,
    Terms,
)
from failover.publication.terms import accepted, gives
from failover.quoting import one_line
from failover.settings.model import Addresses, Routing, Service, Settings
from failover.zone.records import Family, Reading, missing
from failover.zone.statement import Statement

MOST_REMEMBERED = 20
"""Repairs of one hour that are remembered: more than any limit needs."""

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
        generation=1,
        attempt=0,
        phase=Phase.PUBLISHED,
        cause=cause,
        decided_at=now,
        active=active,
        targets=active,
        moved_by=cause,
        moved_at=now,
        published_at=now,
        revision=settings.revision if fits else 0,
        accepted=accepted(before, service),
        ttl=service.ttl if ttls == {service.ttl} else max(ttls - {service.ttl}, default=0),
        domain_id=reading.domain_id,
        record_ids=record_ids(reading),
        digest=settings.digest,
        digest_revision=settings.revision,
        record_name=reading.name,
    )
    if missing(found.answer, reading):
        found = replace(found, create_not_before=now)
    facts = {**because, "cause": cause.value, "to": ", ".join(active)}
    if before is None:
        return recorded(found, What.ADOPTED, now, facts)
    after = replace(
        found,
        version=before.version + 1,
        generation=before.generation + 1,
        announced=before.announced,
        pause=before.pause,
        excluded_until=_excluded(before, active, cause, service, now),
        flips=before.flips,
        republished=before.republished,
        create_not_before=before.create_not_before or found.create_not_before,
        create_refused=before.create_refused,
        digest=before.digest,
        digest_revision=before.digest_revision,
        incidents=before.incidents,
        balancers=before.balancers,
        pending=before.pending,
        told=before.told,
        commands=before.commands,
    )
    after = recorded(after, What.ADOPTED, now, {**facts, "from": ", ".join(before.active)})
    pin = before.pinned(now)
    if pin is None:
        return after
    ended = {"region": pin.region, "until": as_time(pin.until), "reason": pin.reason}
    return recorded(after, What.PIN_ENDED, now, {**ended, "to": facts["to"]}, by=pin.by)


def claimed(
    before: State | None,
    targets: Mapping[str, Addresses],
    cause: Cause,
    settings: Settings,
    service: Service,
    claim: Claim,
    now: float,
    explained: frozenset[Announcement] = frozenset(),
    because: EventFacts = NO_FACTS,
) -> State:
    """A new decision, claimed for publication: the next generation.

    `because` are the facts that it rests on, kept for the event that tells of the publication.

    `explained` are the announcements whose late arrival this decision undoes: each is good for one
    such repair, which is not counted against the limit on writing over drift.
    """
    known = before.revision if before else 0
    asked = Terms(settings.revision if gives(targets, service) else known, service.ttl)
    if before is None:
        return State(
            version=1,
            generation=1,
            attempt=1,
            phase=Phase.PUBLISHING,
            cause=cause,
            decided_at=now,
            active={},
            targets=targets,
            moved_by=cause,
            moved_at=now,
            published_at=0.0,
            revision=0,
            accepted=accepted(None, service),
            ttl=0,
            asked=asked,
            unfinished_since=now,
            claim=claim,
            because=because,
            digest=settings.digest,
            digest_revision=settings.revision,
        )
    counts = cause is Cause.DRIFT and not explained
    unfinished = before.phase is Phase.PUBLISHING
    return replace(
        before,
        version=before.version + 1,
        generation=before.generation + 1,
        attempt=1,
        phase=Phase.PUBLISHING,
        cause=cause,
        decided_at=now,
        targets=targets,
        asked=asked,
        accepted=accepted(before, service),
        unfinished_since=before.unfinished_since if unfinished else now,
        claim=claim,
        wrote=unfinished and before.wrote,
        excluded_until={n: at for n, at in before.excluded_until.items() if n not in targets},
        announced=unexpired(still_due(before.announced, explained), now),
        republished=_republished(before, now) if counts else before.republished,
        because=because,
        last_error="",
        changed=False,
    )


def reclaimed(before: State, claim: Claim) -> State:
    """The same decision, claimed for one more attempt at its publication."""
    return replace(before, version=before.version + 1, attempt=before.attempt + 1, claim=claim)


def renewed(before: State, until: float, write: Announcement) -> State:
    """The claim lasts longer and the next write is announced before it is sent."""
    if before.claim is None:
        raise ValueError("only a claimed decision can be renewed")
    return replace(
        before,
        version=before.version + 1,
        claim=replace(before.claim, until=until),
        wrote=True,
        announced=added(before.announced, write),
    )


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
    active = _said(before.targets, reading)
    moved = active.keys() != before.active.keys() and (
        set(active.values()) != set(before.active.values())
    )
    asked = before.asked or Terms(before.revision, before.ttl)
    flips = before.flips
    if before.cause in (Cause.UNHEALTHY, Cause.FAILBACK) and moved and before.active:
        flips = (*(at for at in flips if at > now - HOUR), now)
    after = replace(
        before,
        version=before.version + 1,
        phase=Phase.PUBLISHED,
        claim=None,
        active=active,
        targets=active,
        revision=asked.revision,
        ttl=asked.ttl,
        asked=None,
        moved_by=before.cause if moved else before.moved_by,
        moved_at=now if moved else before.moved_at,
        published_at=now,
        rendered_at=0.0,
        served_at=0.0,
        domain_id=reading.domain_id,
        record_ids=record_ids(reading),
        record_name=reading.name,
        announced=ended(before.announced, answered),
        flips=flips,
        create_not_before=max(before.create_not_before, again or now)
        if missing(before.answer, reading)
        else before.create_not_before,
        because={},
        last_error="",
        changed=False,
        seen=(),
    )
    wrote = before.changed or changed or _in_flight(before, after.announced)
    facts = {
        **before.because,
        "cause": _told_as(before, active, wrote),
        "moved": "yes" if moved else "",
        "from": ", ".join(before.active),
        "to": ", ".join(active),
        "ttl": str(asked.ttl),
        "attempts": str(before.attempt),
        "seconds_to_publish": f"{seconds_between(before.decided_at, now):.1f}",
    }
    insists = before.cause is Cause.DRIFT and before.republished_lately(now) > REPUBLISHED_AN_HOUR
    return recorded(after, What.PUBLISHED, now, facts, _who(before.because), quiet=insists)


def _said(targets: Mapping[str, Addresses], reading: Reading) -> Mapping[str, Addresses]:
    """The regions of a decision that the records name: those of the A records, where there are
    any. What nobody could add a record for is not among them."""
    a, aaaa = reading.addresses(Family.A), reading.addresses(Family.AAAA)
    named = {n: t for n, t in targets.items() if (t.ipv4 in a if a else t.ipv6 in aaaa)}
    return named or targets


def _told_as(before: State, active: Mapping[str, Addresses], wrote: bool) -> str:
    """The cause that the event names. Where the name stays at the same addresses, nothing has
    moved: a record, or only its TTL, was corrected, or nothing was written."""
    if before.cause not in STAYING or dict(active) != dict(before.active):
        return before.cause.value
    return STAYING[before.cause].value if wrote else UNCHANGED


def _in_flight(before: State, announced: Iterable[Announcement]) -> bool:
    """Whether a change of this decision may still be carried out: its reply is missing."""
    return any(a.record_id is not None and a.at >= before.decided_at for a in announced)


def _who(because: EventFacts) -> str | None:
    by = because.get("by")
    return by if isinstance(by, str) else None


def proved(
    before: State, rendered_at: float, served_at: float, seen: tuple[Statement, ...] = ()
) -> State:
    """What has been seen of the publication: when Linode had rendered it, when all servers had it.

    0 is not yet. With the second the decision is settled. `seen` is what each source says.
    """
    after = replace(
        before,
        version=before.version + 1,
        phase=Phase.SETTLED if served_at else before.phase,
        rendered_at=rendered_at,
        served_at=served_at,
        seen=seen,
    )
    if not served_at:
        return after
    facts = {
        "to": ", ".join(before.active),
        "seconds_to_render": f"{seconds_between(before.published_at, rendered_at):.1f}",
        "seconds_to_serve": f"{seconds_between(before.published_at, served_at):.1f}",
    }
    return recorded(after, What.SETTLED, served_at, facts)


def let_go(
    before: State, answered: Iterable[Announcement], error: str = "", changed: bool = False
) -> State:
    """The attempt failed: the decision stays unfinished, and anybody may try it again at once.
    `changed` says that Linode confirmed a write all the same."""
    return replace(
        before,
        version=before.version + 1,
        claim=None,
        announced=ended(before.announced, answered),
        changed=before.changed or changed,
        last_error=one_line(error)[:LONGEST_FACT],
    )


def withdrawn(before: State, now: float) -> State:
    """The decision is given up before anything was written: the name stays where it is."""
    after = replace(
        before,
        version=before.version + 1,
        generation=before.generation + 1,
        attempt=0,
        phase=Phase.SETTLED if before.served_at else Phase.PUBLISHED,
        cause=before.moved_by,
        decided_at=now,
        targets=before.active,
        asked=None,
        claim=None,
        wrote=False,
        because={},
        last_error="",
        changed=False,
    )
    where = {"from": ", ".join(before.targets), "to": ", ".join(before.active)}
    return recorded(after, What.WITHDRAWN, now, {**before.because, **where})


def given_back(decided_from: State, claimed_as: State) -> State:
    """A claim is given back before anything was written: the decision is again what it was.

    What others changed meanwhile (a pin, a pause, incidents) stays.
    """
    return replace(
        claimed_as,
        version=claimed_as.version + 1,
        attempt=decided_from.attempt,
        phase=decided_from.phase,
        cause=decided_from.cause,
        decided_at=decided_from.decided_at,
        targets=decided_from.targets,
        asked=decided_from.asked,
        accepted=decided_from.accepted,
        unfinished_since=decided_from.unfinished_since,
        wrote=decided_from.wrote,
        announced=decided_from.announced,
        republished=decided_from.republished,
        because=decided_from.because,
        last_error=decided_from.last_error,
        changed=decided_from.changed,
        claim=None,
    )


def _excluded(
    before: State, active: Mapping[str, Addresses], cause: Cause, service: Service, now: float
) -> Mapping[str, float]:
    """Until when regions are left out: for as long as any order of a person may hold, those that
    the name pointed at until a person changed its records."""
    if cause is not Cause.EXTERNAL or service.routing is not Routing.MULTIVALUE:
        return {n: at for n, at in before.excluded_until.items() if n not in active}
    left = dict.fromkeys(before.active, now + LONGEST_ORDER)
    return {n: at for n, at in {**before.excluded_until, **left}.items() if n not in active}


def _republished(before: State, now: float) -> tuple[float, ...]:
    lately = (at for at in before.republished if at > now - HOUR)
    return (*lately, now)[-MOST_REMEMBERED:]
