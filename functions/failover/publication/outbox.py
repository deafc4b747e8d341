"""The events that wait in a decision: added, marked by a sender, taken out, and never too many."""

from collections.abc import Collection
from dataclasses import replace

from failover.notify.catalogue import alerts
from failover.notify.events import Event, EventFacts
from failover.publication.parts import Phase
from failover.publication.state import State
from failover.quoting import one_line

MARK_SECONDS = 30.0
"""For so long a sender is left alone with an event that it has marked."""

MOST_AT_ONCE = 5
"""Alerts that are sent, and entries that are moved to the history, at the same time."""

MOST_WAITING = 20
"""Alerts that wait to be sent, each for itself. Of more, those alike are told as one."""

STUCK_SECONDS = 300.0
"""An alert that has waited for so long does not get out."""

LONGEST_FACT = 1000
MOST_LINES = 20


def recorded(
    state: State,
    what: str,
    now: float,
    facts: EventFacts,
    by: str | None = None,
    *,
    quiet: bool = False,
) -> State:
    """The state with one more event, in the version that it has already.

    The id tells the version, so that whoever writes this version again writes the same id.
    """
    stem = f"{int(now)}-{state.version}-"
    number = sum(1 for event in state.notices.pending if event.id.startswith(stem))
    event = Event(id=f"{stem}{number}", at=now, what=what, facts=short(facts), by=by, quiet=quiet)
    return _waiting(state, (*state.notices.pending, event))


def _waiting(state: State, pending: tuple[Event, ...]) -> State:
    return replace(state, notices=replace(state.notices, pending=pending))


def short(facts: EventFacts) -> EventFacts:
    """Facts as they are kept: none is empty, none has a line break, and the length is limited."""
    return {
        name: one_line(fact[:LONGEST_FACT])
        if isinstance(fact, str)
        else tuple(one_line(line[:LONGEST_FACT]) for line in fact[:MOST_LINES])
        for name, fact in facts.items()
        if fact
    }


def same_decision(before: State | None, found: State) -> bool:
    """Whether only bookkeeping lies between the two, on which nothing that is decided depends:
    notices, and what is seen of a publication. What was decided from the one may then be written on
    top of the other."""
    if before is None:
        return False
    old, publication = before.served, found.publication
    seen = replace(
        found.served,
        rendered_at=old.rendered_at,
        served_at=old.served_at,
        seen=old.seen,
        late=old.late,
    )
    if {before.publication.phase, publication.phase} == {Phase.PUBLISHED, Phase.SETTLED}:
        publication = replace(publication, phase=before.publication.phase)
    same = replace(
        found,
        version=before.version,
        publication=publication,
        served=seen,
        notices=before.notices,
    )
    return same == before


def due(state: State, now: float) -> tuple[Event, ...]:
    """What is to be sent or moved to the history now, the oldest of both kinds first.

    Alerts that do not get out hold up no entry of the history.
    """
    waiting = [event for event in state.notices.pending if event.marked_until <= now]
    loud = [event for event in waiting if alerts(event)]
    rest = [event for event in waiting if not alerts(event)]
    return (*loud[:MOST_AT_ONCE], *rest[:MOST_AT_ONCE])


def marked(before: State, now: float) -> State:
    """What is due is a sender's for a while."""
    ours = {event.id for event in due(before, now)}
    pending = tuple(
        replace(event, marked_until=now + MARK_SECONDS) if event.id in ours else event
        for event in before.notices.pending
    )
    after = replace(before, version=before.version + 1)
    return _waiting(after, _folded(pending, now))


def moved(before: State, ids: Collection[str]) -> State:
    """These events are in the history and wait no more. The same object where none did."""
    left = tuple(event for event in before.notices.pending if event.id not in ids)
    if left == before.notices.pending:
        return before
    return _waiting(replace(before, version=before.version + 1), left)


def waits(state: State, about: str) -> bool:
    """Whether people have yet to be told of something of this kind."""
    return any(event.about == about and not event.quiet for event in state.notices.pending)


def alerts_waiting(state: State | None) -> tuple[Event, ...]:
    """The alerts that have not been sent."""
    return tuple(event for event in (state.notices.pending if state else ()) if alerts(event))


def stuck(state: State | None, now: float) -> bool:
    """Whether operators have not been notified of something for too long."""
    return any(now - event.at > STUCK_SECONDS for event in alerts_waiting(state))


def _folded(pending: tuple[Event, ...], now: float) -> tuple[Event, ...]:
    """Too many alerts wait: an older one goes to the history unsent where a newer one of the same
    kind can tell of it. What is different is never dropped, so that the item stays small by the
    number of kinds."""
    kept = list(pending)
    while sum(1 for event in kept if alerts(event)) > MOST_WAITING:
        pair = _alike(kept, now)
        if pair is None:
            break
        older, newer = pair
        earlier = sum(int(event.text("earlier", "0")) for event in pair) + 1
        earliest = min(float(event.text("earliest", str(event.at))) for event in pair)
        facts = {**newer.facts, "earlier": str(earlier), "earliest": f"{earliest:.0f}"}
        kept[kept.index(newer)] = replace(newer, facts=facts)
        kept[kept.index(older)] = replace(older, quiet=True)
    return tuple(kept)


def _alike(pending: list[Event], now: float) -> tuple[Event, Event] | None:
    """The oldest alert that nobody is sending, with the newest one that is of the same kind."""
    free = [event for event in pending if alerts(event) and event.marked_until <= now]
    for older in free:
        later = [e for e in free if (e.what, e.about) == (older.what, older.about) and e != older]
        if later:
            return older, later[-1]
    return None
