"""Rule 5: the records can be relied on. What the name should say is published, if that is another
thing than it says; and each fact that this rests on is named."""

from failover.decision.decision import Action, Decision
from failover.decision.desired import Desired, desired
from failover.decision.evidence import addable
from failover.decision.guard import Because, Ground, Guard, Hold
from failover.decision.places import raised
from failover.decision.view import View
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.settings.model import Routing


def follow(view: View, why: list[Guard]) -> Decision:
    """Publish what the name should say, or leave it as it is."""
    state = view.state
    assert state is not None
    want = desired(view, state.served.active)
    why += _about_settings(view, state)
    if view.pinned():
        why.append(Guard(Hold.PIN))
    else:
        why += [Guard(Ground.PIN, because=Because.LOST)] if state.orders.pinned(view.now) else []
        several = view.service.routing is Routing.MULTIVALUE
        why += _about_several(view, want) if several else _about_one(view, state, want)
    if want.cause:
        return Decision(view, Action.PUBLISH, tuple(why), want.cause, want.regions)
    return _completed(view, state, why) or Decision(view, Action.HOLD, tuple(why))


def _completed(view: View, state: State, why: list[Guard]) -> Decision | None:
    """The same regions once more: with the TTL of newer settings, or with what was missing."""
    active = state.served.active
    if not all(view.gives(addresses) for addresses in active.values()):
        return None
    if raised(view) and view.service.ttl != state.served.ttl and not view.unhealthy(active):
        guard = Guard(Ground.SETTINGS, because=Because.TTL)
        return Decision(view, Action.PUBLISH, (*why, guard), Cause.SETTINGS, active)
    known = view.reading if view.confirmed and state.limits.create_not_before else None
    if known and addable(view.settings, state, known, view.now):
        guard = Guard(Ground.CREATION)
        return Decision(view, Action.PUBLISH, (*why, guard), Cause.COMPLETION, active)
    return None


def _about_settings(view: View, state: State) -> list[Guard]:
    """What newer settings say of the regions that the name points at."""
    several = view.service.routing is Routing.FAILOVER and len(state.served.active) > 1
    found = {}
    for name, serving in state.served.active.items():
        region = view.service.region(name)
        if (region is None and raised(view)) or (region and region.addresses != serving):
            found[name] = serving
    because = Because.SEVERAL if several else None
    return [Guard(Ground.SETTINGS, found, because)] if found or several else []


def _about_one(view: View, state: State, want: Desired) -> list[Guard]:
    """Who stays, who is left, who takes over, and what keeps that back."""
    seen = [Guard(Ground.ACTIVE_REGION, state.served.active)]
    seen += [Guard(Hold.DATA, {name: a}, Because.PASSED) for name, a in want.passed.items()]
    if want.held:
        seen.append(want.held)
    elif want.cause is Cause.FAILBACK:
        seen.append(Guard(Ground.FAILBACK, want.regions))
    elif want.cause:
        stale = Guard(Hold.DATA, want.regions, Because.ANYWAY)
        anyway = view.stale_of(want.regions)
        seen.append(stale if anyway else Guard(Ground.CANDIDATE, want.regions))
    return seen


def _about_several(view: View, want: Desired) -> list[Guard]:
    seen = [Guard(Ground.REGIONS)]
    if view.excluded():
        seen.append(Guard(Ground.EXCLUDED))
    if want.spared:
        seen.append(Guard(Ground.EXCLUDED, want.spared, Because.ANYWAY))
    if want.held:
        seen.append(want.held)
    if want.leaving:
        seen.append(Guard(Ground.LEAVING, want.leaving))
    elif want.cause is Cause.FAILBACK:
        seen.append(Guard(Ground.JOINING, want.regions))
    return seen
