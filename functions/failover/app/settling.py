"""Looking where a publication has got to: rendered by Linode, then served by its name servers.

It happens between rounds and delays none. The rendered zone costs least, because all services of a
domain share it: the name servers are asked again soon only once it shows the publication.
"""

from functools import partial
from typing import TypeGuard

from failover.app.keeping import keep
from failover.app.report import Report
from failover.errors import FailoverError
from failover.ports import World
from failover.publication import outcomes
from failover.publication.parts import Phase
from failover.publication.proof import (
    PROOF_SECONDS,
    Evidence,
    contradicts,
    due,
    everywhere,
    shows,
    statements,
)
from failover.publication.state import State
from failover.settings.model import Service
from failover.zone.statement import Unserved

LOOK_EVERY = 1.0
LOOK_SECONDS = 1.5

ASK_AGAIN = 2.0
"""Seconds after which name servers are asked again, once Linode has rendered the publication."""

UNRENDERED_ASK_AGAIN = 15.0
"""The same before that: perhaps it is the zone file that cannot be read."""

GLANCE_EVERY = 300.0
"""The same where nothing is to be proved: a zone may be disabled, or a name server refuse it."""

TELL_AFTER = 60.0
"""Seconds after a publication from which on it is kept what each source says."""


def unproved(state: State | None, now: float) -> bool:
    """Whether a publication is to be looked for now, again and again."""
    return _unserved(state) and not overdue(state, now)


def overdue(state: State | None, now: float) -> bool:
    """Whether a publication has not been served for so long that one look in a tick is enough."""
    return _unserved(state) and now - state.served.published_at >= PROOF_SECONDS


def _unserved(state: State | None) -> TypeGuard[State]:
    return (
        state is not None
        and state.publication.phase is Phase.PUBLISHED
        and state.served.domain_id is not None
    )


def look(world: World, service: Service, allowance: float, state: State, report: Report) -> State:
    """One look; the state after it. The allowance is the `publish_allowance` of the settings."""
    return judged(world, service, allowance, state, seen(world, service, state), report)


def seen(world: World, service: Service, state: State) -> Evidence:
    """What the sources say now; no name server's answer is from before the publication."""
    assert state.served.domain_id is not None
    age = ASK_AGAIN if state.served.rendered_at else UNRENDERED_ASK_AGAIN
    age = min(age, world.clock.now() - state.served.published_at)
    return world.witness.look(
        service.domain, state.served.domain_id, service.record, LOOK_SECONDS, age
    )


def glance(
    world: World, service: Service, domain_id: int, before: Unserved | None = None
) -> Evidence:
    """What the sources said a few minutes ago at most, or just now, if one gave no answer then."""
    age = UNRENDERED_ASK_AGAIN if before else GLANCE_EVERY
    return world.witness.look(service.domain, domain_id, service.record, LOOK_SECONDS, age)


def judged(
    world: World,
    service: Service,
    allowance: float,
    state: State,
    seen: Evidence,
    report: Report,
) -> State:
    """The state after a look. What is new is kept, if nobody else changed the decision."""
    now, before = world.clock.now(), state.served
    served_at = now if everywhere(state, seen.served) else 0.0
    rendered_at = before.rendered_at
    if not rendered_at and (shows(state, seen.rendered) or served_at):
        rendered_at = now
    due_at = due(state, allowance)
    slow = now >= min(before.published_at + TELL_AFTER, due_at)
    said = statements(seen) if slow and not served_at and _unexpected(state, seen) else ()
    late = bool(said) and now >= due_at
    known = (before.rendered_at, before.served_at, before.seen, before.late)
    if (rendered_at, served_at, said, late) == known:
        return state
    proved = partial(
        outcomes.proved, rendered_at=rendered_at, served_at=served_at, seen=said, late=late
    )
    try:
        after = keep(world.store, service.name, state, proved)
    except FailoverError:
        return state  # the next round reads what is there now
    if served_at:
        report.settled(after)
    return after


def _unexpected(state: State, seen: Evidence) -> bool:
    """Whether operators will want to know what each source says: of what we wrote, or of what the
    sources contradict."""
    return state.publication.attempt > 0 or contradicts(state, seen)
