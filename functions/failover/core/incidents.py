"""Which conditions of a service last, as its decision remembers them between rounds, and what
people are told of them: once when one begins, once when it ends, and now and then meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from failover.core.events import NO_FACTS, What, as_time
from failover.core.notices import NOTICES, Reach
from failover.core.outbox import recorded, waits
from failover.core.state import HOUR, RAISED_AFTER, TWINS, Accepted, Incident, Kind, State

FIRST_REMINDER = HOUR
NEXT_REMINDERS = 4 * HOUR
"""Seconds between two times that people are told that an incident lasts."""

TOLD_AT_ONCE = 3
"""Beginnings of one kind within an hour that people are told of at once."""

THEN_EVERY = 600.0
"""Of more than that one is told when this many seconds have passed since the one before."""


def with_conditions(
    before: State,
    lasting: frozenset[Kind],
    now: float,
    balancers: Mapping[str, Accepted] | None = None,
    seen: Callable[[], Mapping[str, str]] = dict,
) -> State:
    """The incidents and the accepted NodeBalancers after this round, with the events that tell of
    them; the same object where nothing changed. `seen` gives the facts of the round."""
    found = {kind: _lasts(before, kind, now) for kind in sorted(lasting)}
    merged = _newest(before.balancers, balancers or {})
    after = replace(before, version=before.version + 1, incidents=found, balancers=merged)
    for kind, incident in before.incidents.items():
        if incident.told and kind not in found and TWINS.get(kind, kind) not in found:
            after = recorded(after, What.INCIDENT_ENDED, now, _facts(kind, incident, NO_FACTS))
    for kind, incident in found.items():
        after = _told(after, kind, incident, now, seen)
    if replace(after, version=before.version) == before:
        return before
    return after


def _lasts(before: State, kind: Kind, now: float) -> Incident:
    """The incident of a condition that lasts. Of twins the second goes on where the first was."""
    twin = before.incidents.get(TWINS.get(kind, kind), Incident(since=now, raised=False))
    old = before.incidents.get(kind, Incident(twin.since, raised=False, told=twin.told))
    due = now - old.since >= RAISED_AFTER.get(kind, 0.0)
    return replace(old, raised=old.raised or due)


def _told(
    state: State,
    kind: Kind,
    incident: Incident,
    now: float,
    seen: Callable[[], Mapping[str, str]],
) -> State:
    """The state with an event where people have to be told of this incident now.

    While they still wait to be told that it began, no reminder is added.
    """
    if not incident.raised:
        return state
    if not incident.told:
        recent = tuple(at for at in state.told.get(kind, ()) if at > now - HOUR)
        if len(recent) >= TOLD_AT_ONCE and now - recent[-1] < THEN_EVERY:
            return state
        state = replace(state, told={**state.told, kind: (*recent, now)[-TOLD_AT_ONCE:]})
        what = What.INCIDENT_BEGAN
    elif not _reminder_is_due(kind, incident, now):
        return state
    else:
        what = What.INCIDENT_LASTS
    silent = what is What.INCIDENT_LASTS and waits(state, f"incident/{kind}")
    told = replace(incident, told=now)
    state = replace(state, incidents={**state.incidents, kind: told})
    return state if silent else recorded(state, what, now, _facts(kind, incident, seen()))


def _reminder_is_due(kind: Kind, incident: Incident, now: float) -> bool:
    if NOTICES[f"incident/{kind}"].reach is not Reach.REMINDED:
        return False
    early = incident.told - incident.since < FIRST_REMINDER
    return now - incident.told >= (FIRST_REMINDER if early else NEXT_REMINDERS)


def _facts(kind: Kind, incident: Incident, seen: Mapping[str, str]) -> Mapping[str, str]:
    return {**seen, "incident": kind.value, "since": as_time(incident.since)}


def _newest(ours: Mapping[str, Accepted], theirs: Mapping[str, Accepted]) -> Mapping[str, Accepted]:
    """Both together. Of two for one label the newer revision counts, and else who was first."""
    kept = {
        label: accepted
        for label, accepted in ours.items()
        if label not in theirs or accepted.revision >= theirs[label].revision
    }
    return {**theirs, **kept}
