"""Which conditions of a service last, as its decision remembers them between rounds."""

from collections.abc import Mapping
from dataclasses import replace

from failover.core.state import RAISED_AFTER, TWINS, Accepted, Incident, Kind, State


def with_conditions(
    before: State,
    lasting: frozenset[Kind],
    now: float,
    balancers: Mapping[str, Accepted] | None = None,
) -> State:
    """The incidents and the accepted NodeBalancers after this round; the same object where nothing
    changed."""
    incidents: dict[Kind, Incident] = {}
    for kind in sorted(lasting):
        twin = before.incidents.get(TWINS.get(kind, kind))
        fresh = Incident(since=twin.since if twin else now, raised=False)
        old = before.incidents.get(kind, fresh)
        due = now - old.since >= RAISED_AFTER.get(kind, 0.0)
        incidents[kind] = replace(old, raised=old.raised or due)
    merged = _newest(before.balancers, balancers or {})
    if incidents == dict(before.incidents) and merged == dict(before.balancers):
        return before
    return replace(before, version=before.version + 1, incidents=incidents, balancers=merged)


def _newest(ours: Mapping[str, Accepted], theirs: Mapping[str, Accepted]) -> Mapping[str, Accepted]:
    """Both together. Of two for one label the newer revision counts, and else who was first."""
    kept = {
        label: accepted
        for label, accepted in ours.items()
        if label not in theirs or accepted.revision >= theirs[label].revision
    }
    return {**theirs, **kept}
