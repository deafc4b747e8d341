"""What becomes of a decision on its way into DNS, as a function from one state to the next.

None writes anything: whoever calls one writes its result on the condition that the table still
holds the state it came from. Every change raises `version`. What the records say in the end is in
`outcomes`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from failover.notify.events import NO_FACTS, EventFacts, What
from failover.publication.in_flight import added, ended, still_due, unexpired
from failover.publication.outbox import LONGEST_FACT, recorded
from failover.publication.parts import HOUR, Announcement, Cause, Claim, Phase, Terms
from failover.publication.state import Limits, Publication, Served, State
from failover.publication.terms import followed, gives
from failover.quoting import one_line
from failover.settings.model import Addresses, Service, Settings

MOST_REMEMBERED = 20
"""Repairs of one hour that are remembered: more than any limit needs."""


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
    known = before.served.revision if before else 0
    publication = Publication(
        generation=1,
        attempt=1,
        phase=Phase.PUBLISHING,
        cause=cause,
        decided_at=now,
        targets=targets,
        asked=Terms(settings.revision if gives(targets, service) else known, service.ttl),
        unfinished_since=now,
        claim=claim,
        because=because,
    )
    if before is None:
        return State(1, publication, Served({}, cause, now), followed(None, settings, service))
    old, excluded = before.publication, before.orders.excluded_until
    unfinished = old.phase is Phase.PUBLISHING
    return replace(
        before,
        version=before.version + 1,
        publication=replace(
            publication,
            generation=old.generation + 1,
            unfinished_since=old.unfinished_since if unfinished else now,
            wrote=unfinished and old.wrote,
        ),
        followed=followed(before, settings, service),
        orders=replace(
            before.orders, excluded_until={n: at for n, at in excluded.items() if n not in targets}
        ),
        limits=_counted(before.limits, now)
        if cause is Cause.DRIFT and not explained
        else before.limits,
        announced=unexpired(still_due(before.announced, explained), now),
    )


def _counted(before: Limits, now: float) -> Limits:
    lately = (at for at in before.republished if at > now - HOUR)
    return replace(before, republished=(*lately, now)[-MOST_REMEMBERED:])


def reclaimed(before: State, claim: Claim) -> State:
    """The same decision, claimed for one more attempt at its publication."""
    again = replace(before.publication, attempt=before.publication.attempt + 1, claim=claim)
    return replace(before, version=before.version + 1, publication=again)


def renewed(before: State, until: float, write: Announcement) -> State:
    """The claim lasts longer and the next write is announced before it is sent."""
    claim = before.publication.claim
    if claim is None:
        raise ValueError("only a claimed decision can be renewed")
    return replace(
        before,
        version=before.version + 1,
        publication=replace(before.publication, claim=replace(claim, until=until), wrote=True),
        announced=added(before.announced, write),
    )


def let_go(
    before: State, answered: Iterable[Announcement], error: str = "", changed: bool = False
) -> State:
    """The attempt failed: the decision stays unfinished, and anybody may try it again at once.
    `changed` says that Linode confirmed a write all the same."""
    return replace(
        before,
        version=before.version + 1,
        publication=replace(
            before.publication,
            claim=None,
            changed=before.publication.changed or changed,
            last_error=one_line(error)[:LONGEST_FACT],
        ),
        announced=ended(before.announced, answered),
    )


def withdrawn(before: State, now: float) -> State:
    """The decision is given up before anything was written: the name stays where it is."""
    given_up, served = before.publication, before.served
    publication = Publication(
        generation=given_up.generation + 1,
        attempt=0,
        phase=Phase.SETTLED if served.served_at else Phase.PUBLISHED,
        cause=served.moved_by,
        decided_at=now,
        targets=served.active,
    )
    after = replace(before, version=before.version + 1, publication=publication)
    where = {"from": ", ".join(given_up.targets), "to": ", ".join(served.active)}
    return recorded(after, What.WITHDRAWN, now, {**given_up.because, **where})


def given_back(decided_from: State, claimed_as: State) -> State:
    """A claim is given back before anything was written: the decision is again what it was.

    What others changed meanwhile (a pin, a pause, incidents) stays.
    """
    generation = claimed_as.publication.generation
    return replace(
        claimed_as,
        version=claimed_as.version + 1,
        publication=replace(decided_from.publication, generation=generation, claim=None),
        followed=replace(claimed_as.followed, accepted=decided_from.followed.accepted),
        limits=replace(claimed_as.limits, republished=decided_from.limits.republished),
        announced=decided_from.announced,
    )
