"""Looking where a publication has got to: rendered by Linode, then served by its name servers.

It happens between rounds and delays none.
"""

from functools import partial
from typing import TypeGuard

from failover.core import transitions
from failover.core.proof import PROOF_SECONDS, everywhere, shows, statements
from failover.core.settings import Service
from failover.core.state import Phase, State
from failover.errors import FailoverError
from failover.ports import World
from failover.usecases.keeping import keep
from failover.usecases.report import Report

LOOK_EVERY = 1.0
LOOK_SECONDS = 1.5

TELL_AFTER = 60.0
"""Seconds after a publication from which on it is kept what each source says."""


def unproved(state: State | None, now: float) -> bool:
    """Whether a publication is to be looked for now, again and again."""
    return _unserved(state) and not overdue(state, now)


def overdue(state: State | None, now: float) -> bool:
    """Whether a publication has not been served for so long that one look in a tick is enough."""
    return _unserved(state) and now - state.published_at >= PROOF_SECONDS


def _unserved(state: State | None) -> TypeGuard[State]:
    return (
        state is not None
        and state.phase is Phase.PUBLISHED
        and state.attempt > 0
        and state.domain_id is not None
    )


def look(world: World, service: Service, state: State, report: Report) -> State:
    """One look; the state after it. What is new is kept, if nobody else changed the decision."""
    assert state.domain_id is not None
    seen = world.witness.look(service.domain, state.domain_id, service.record, LOOK_SECONDS)
    now = world.clock.now()
    served_at = now if everywhere(state, seen.served) else 0.0
    rendered_at = state.rendered_at
    if not rendered_at and (shows(state, seen.rendered) or served_at):
        rendered_at = now
    late = now - state.published_at >= TELL_AFTER and not served_at
    said = statements(seen) if late else ()
    if (rendered_at, served_at, said) == (state.rendered_at, state.served_at, state.seen):
        return state

    proved = partial(transitions.proved, rendered_at=rendered_at, served_at=served_at, seen=said)
    try:
        after = keep(world.store, service.name, state, proved)
    except FailoverError:
        return state  # the next round reads what is there now
    if served_at:
        report.settled(after)
    return after
