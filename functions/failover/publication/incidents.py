"""The incidents of a service, as its decision remembers them between rounds.

An incident begins when its condition has lasted for as long as its kind asks. It ends when the
condition has been absent for a quiet time. Operators are notified once of each, and reminded
meanwhile.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from operator import attrgetter

from failover.notify.catalogue import NOTICES
from failover.notify.events import NO_FACTS, EventFacts, What, as_time
from failover.notify.kinds import RAISED_AFTER, TWINS, Kind
from failover.notify.notice import Reach
from failover.publication.outbox import recorded, waits
from failover.publication.parts import HOUR, Accepted, Incident
from failover.publication.state import State

DAY = 24 * HOUR
FIRST_REMINDER = HOUR
NEXT_REMINDERS = 4 * HOUR
"""Seconds between two notices that an incident lasts: 1, 5, 9, 13, 17, and 21 hours after it began,
then every 4 hours. That is six a day."""

SHORTEST_QUIET = 300.0
LONGEST_QUIET = 4 * HOUR
"""Seconds for which a condition must be absent before its incident ends. The shortest time counts
for the first incident of a kind within a day. It doubles with each one that follows, so that a
condition that flaps for a day begins ten times at the most."""

KEPT_BEGINNINGS = 10

NO_TIMES: Mapping[Kind, float] = {}

_noted = attrgetter("notices", "followed.balancers")
"""All that this module changes of a decision, its version aside."""


def with_conditions(
    before: State,
    lasting: frozenset[Kind],
    now: float,
    balancers: Mapping[str, Accepted] | None = None,
    seen: Callable[[Kind], EventFacts] = lambda _kind: NO_FACTS,
    since: Mapping[Kind, float] = NO_TIMES,
) -> State:
    """The incidents and the accepted NodeBalancers after this round, with the events about them.

    The same object where nothing changed. `seen` gives the facts of the round about a kind, and
    `since` when conditions began that are older than the round that first looks for them.
    """
    present = {kind: _lasts(before, kind, now, since.get(kind, now)) for kind in sorted(lasting)}
    absent = _absent(before, present, now)
    ended = {k: i for k, i in absent.items() if now - i.over >= quiet_time(before, k, now)}
    found = {**present, **{k: i for k, i in absent.items() if k not in ended}}
    merged = _newest(before.followed.balancers, balancers or {})
    after = replace(
        before,
        version=before.version + 1,
        notices=replace(before.notices, incidents=found),
        followed=replace(before.followed, balancers=merged),
    )
    for kind, incident in ended.items():
        facts = {**_facts(kind, incident, NO_FACTS), "over": as_time(incident.over)}
        after = recorded(after, What.INCIDENT_ENDED, now, facts)
    for kind, incident in present.items():
        after = _told(after, kind, incident, now, seen)
    return before if _noted(after) == _noted(before) else after


def _absent(before: State, present: Container[Kind], now: float) -> dict[Kind, Incident]:
    """The incidents of which operators know, and whose condition is not there any more."""
    return {
        kind: replace(incident, over=incident.over or now)
        for kind, incident in sorted(before.notices.incidents.items())
        if incident.told and kind not in present and TWINS.get(kind, kind) not in present
    }


def quiet_time(state: State, kind: Kind, now: float) -> float:
    """Seconds for which the condition of an incident must be absent before the incident ends."""
    earlier = max(len(_begun_lately(state, kind, now)) - 1, 0)
    return min(SHORTEST_QUIET * 2.0**earlier, LONGEST_QUIET)


def _begun_lately(state: State, kind: Kind, now: float) -> tuple[float, ...]:
    return tuple(at for at in state.notices.told.get(kind, ()) if at > now - DAY)


def _lasts(before: State, kind: Kind, now: float, since: float) -> Incident:
    """The incident of a condition that is present. Of twins the second continues the first."""
    begun = Incident(since=min(since, now), raised=False)
    twin = before.notices.incidents.get(TWINS.get(kind, kind), begun)
    old = before.notices.incidents.get(kind, Incident(twin.since, raised=False, told=twin.told))
    due = now - old.since >= RAISED_AFTER.get(kind, 0.0)
    return replace(old, raised=old.raised or due, over=0.0)


def _told(
    state: State,
    kind: Kind,
    incident: Incident,
    now: float,
    seen: Callable[[Kind], EventFacts],
) -> State:
    """The state with an event, if operators must be notified of this incident now.

    No reminder is added while the notice that it began still waits to be sent.
    """
    if not incident.raised:
        return state
    notices = state.notices
    if not incident.told:
        begun = (*_begun_lately(state, kind, now), now)[-KEPT_BEGINNINGS:]
        notices = replace(notices, told={**notices.told, kind: begun})
        what = What.INCIDENT_BEGAN
    elif not _reminder_is_due(kind, incident, now):
        return state
    else:
        what = What.INCIDENT_LASTS
    silent = what is What.INCIDENT_LASTS and waits(state, f"incident/{kind}")
    told = {**notices.incidents, kind: replace(incident, told=now)}
    state = replace(state, notices=replace(notices, incidents=told))
    return state if silent else recorded(state, what, now, _facts(kind, incident, seen(kind)))


def _reminder_is_due(kind: Kind, incident: Incident, now: float) -> bool:
    if NOTICES[f"incident/{kind}"].reach is not Reach.REMINDED:
        return False
    early = incident.told - incident.since < FIRST_REMINDER
    return now - incident.told >= (FIRST_REMINDER if early else NEXT_REMINDERS)


def _facts(kind: Kind, incident: Incident, seen: EventFacts) -> EventFacts:
    return {**seen, "incident": kind.value, "since": as_time(incident.since)}


def _newest(ours: Mapping[str, Accepted], theirs: Mapping[str, Accepted]) -> Mapping[str, Accepted]:
    """Both together. Of two for one label the newer revision counts, and else who was first."""
    kept = {
        label: accepted
        for label, accepted in ours.items()
        if label not in theirs or accepted.revision >= theirs[label].revision
    }
    return {**theirs, **kept}
