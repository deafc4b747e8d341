"""Rule 5: the records can be relied on. What the name should say is published, if that is another
thing than it says; and each fact that this rests on is put into words."""

from failover.decision.desired import Because, Desired, Held, desired
from failover.decision.evidence import addable
from failover.decision.places import raised
from failover.decision.view import Action, Decision, Guard, Hold, View
from failover.decision.words import guards, values
from failover.health.tally import Vote
from failover.notify.commands import Command
from failover.publication.state import Cause, Phase, State
from failover.settings.model import Routing


def follow(view: View, why: list[Guard]) -> Decision:
    """Publish what the name should say, or leave it as it is."""
    state = view.state
    assert state is not None
    want = desired(view, state.active)
    why += _about_settings(view, state)
    if view.pinned():
        why.append(guards.pin(view))
    elif view.service.routing is Routing.MULTIVALUE:
        why += _about_several(view, state, want)
    else:
        why += _about_one(view, state, want)
    if want.cause:
        return Decision(Action.PUBLISH, tuple(why), want.cause, want.regions)
    return _completed(view, state, why) or Decision(Action.HOLD, tuple(why))


def _completed(view: View, state: State, why: list[Guard]) -> Decision | None:
    """The same regions once more: with the TTL of newer settings, or with what was missing."""
    dead = any(view.vote(addresses) is Vote.UNHEALTHY for addresses in state.active.values())
    current = all(view.gives(addresses) for addresses in state.active.values())
    if raised(view) and current and not dead and view.service.ttl != state.ttl:
        guard = guards.new_terms(view.service)
        return Decision(Action.PUBLISH, (*why, guard), Cause.SETTINGS, state.active)
    known = view.reading if view.confirmed and state.create_not_before else None
    due = known and addable(view.settings, state, known, view.now)
    if due and current and state.phase is not Phase.PUBLISHING:
        guard = Guard("creation", "a record is missing: adding it is tried again")
        return Decision(Action.PUBLISH, (*why, guard), Cause.COMPLETION, state.active)
    return None


def _about_settings(view: View, state: State) -> list[Guard]:
    """What newer settings say of the regions that the name points at."""
    told = []
    if view.service.routing is Routing.FAILOVER and len(state.active) > 1:
        told.append(f"{', '.join(state.active)} are published, and the routing is failover now")
    for name, serving in state.active.items():
        region = view.service.region(name)
        if region is None:
            told += [f"{name} is not in the settings any more"] if raised(view) else []
        elif region.addresses != serving:
            vote = view.vote(region.addresses)
            told.append(f"the new address of {name} is {vote}")
            if not raised(view):
                told.append("it is published once revision is raised, or the old one is dead")
            elif vote is not Vote.HEALTHY:
                told.append("it is published once it is healthy")
    return [Guard("settings", "; ".join(told))] if told else []


def _not_followed(view: View, state: State) -> list[Guard]:
    return [guards.pin(view)] if state.pinned(view.now) else []


def _about_one(view: View, state: State, want: Desired) -> list[Guard]:
    """Who stays, who is left, who takes over, and what keeps that back."""
    saw = guards.verdicts(view, state.active)
    unsure = any(view.vote(a) is not Vote.HEALTHY for a in state.active.values())
    seen = [Guard("active region", saw, view.event_elsewhere() if unsure else None)]
    for name in want.passed:
        region = view.service.region(name)
        assert region is not None
        seen.append(guards.passed_over(view, region))
    if want.held:
        seen.append(held(view, state, want.held))
    elif want.cause is Cause.FAILBACK:
        (name,) = want.regions
        saw = f"{name} is preferred and has been healthy for long enough"
        seen.append(Guard("failback", saw))
    elif want.cause:
        (name,) = want.regions
        region = view.service.region(name)
        stale = guards.stale_anyway(view, name) if region and view.stale(region) else None
        seen.append(stale or Guard("candidate", guards.verdicts(view, want.regions)))
    return [*_not_followed(view, state), *seen]


def _about_several(view: View, state: State, want: Desired) -> list[Guard]:
    seen = _not_followed(view, state)
    seen.append(Guard("regions", guards.regions(view)))
    if view.excluded():
        seen.append(guards.excluded(view, state))
    if want.spared:
        saw = f"{', '.join(want.spared)} is used all the same: no other region is healthy"
        seen.append(Guard("excluded", saw))
    if want.held:
        seen.append(held(view, state, want.held))
    if want.leaving:
        seen.append(Guard("leaving", f"{', '.join(want.leaving)}: unhealthy"))
    elif want.cause is Cause.FAILBACK:
        seen.append(Guard("joining", f"{', '.join(want.regions)} are published"))
    return seen


def held(view: View, state: State, what: Held) -> Guard:
    """What keeps a change back, in words."""
    names = ", ".join(what.regions)
    if what.hold is Hold.FAILBACK:
        return Guard(what.hold, _not_returned(view, state, what), _back(view, what))
    if what.hold is Hold.FLIP_BUDGET:
        return guards.rate_limited(view, state, names, _back(view, what))
    if what.hold is Hold.DATA:
        return guards.waits_for_data(view, what.regions, what.left or 0.0)
    if what.hold is Hold.CREATION:
        return Guard(what.hold, f"there is no record for {names}, and none can be added now")
    return guards.nobody_healthy(view)


def _back(view: View, what: Held) -> str:
    """The event by which a person returns traffic all the same."""
    if view.service.routing is Routing.MULTIVALUE:
        return view.event(Command.FAILBACK)
    return view.event(Command.FAILOVER, region=what.regions[0])


def _not_returned(view: View, state: State, what: Held) -> str:
    (name,) = what.regions
    region = view.service.region(name)
    assert region is not None
    if what.because is Because.ORDERED:
        return f"{name} is healthy, but the name was moved {values.MOVED[state.moved_by]}"
    if what.because is Because.MANUAL:
        return f'{name} is healthy; failback is "manual"'
    if what.because is Because.STALE:
        return guards.data(view, region)
    asked = view.service.failback_after
    return f"{name} has been healthy for {asked - (what.left or 0):.0f} s of {asked:.0f} s"
