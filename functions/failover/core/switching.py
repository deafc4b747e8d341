"""Rule 5: the records can be relied on. What the name should say is published, if that is another
thing than it says; and each fact that this rests on is put into words."""

from failover.core.commands import Command
from failover.core.desired import Because, Desired, Held, desired
from failover.core.events import as_time
from failover.core.evidence import addable
from failover.core.places import raised
from failover.core.settings import Routing
from failover.core.state import HOUR, Cause, Phase, State
from failover.core.tally import Vote
from failover.core.view import Action, Decision, Guard, Hold, View


def follow(view: View, why: list[Guard]) -> Decision:
    """Publish what the name should say, or leave it as it is."""
    state = view.state
    assert state is not None
    want = desired(view, state.active)
    why += _about_settings(view, state)
    if view.pinned():
        why.append(_pinned(view))
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
        guard = Guard("settings", f"the TTL becomes {view.service.ttl} s")
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
            if vote is not Vote.HEALTHY:
                told.append("it is published once it is healthy")
    return [Guard("settings", "; ".join(told))] if told else []


def _pinned(view: View) -> Guard:
    """An operator holds a region until a time, even if it is unhealthy."""
    pin = view.state.pinned(view.now) if view.state else None
    region = view.pinned()
    assert pin is not None
    assert region is not None
    vote = view.vote(view.state.active.get(region.name, region.addresses)) if view.state else ""
    saw = f"{pin.by} pinned {pin.region} ({pin.reason}) until {as_time(pin.until)}; it is {vote}"
    return Guard(Hold.PIN, saw, view.event(Command.RELEASE))


def _not_followed(view: View, state: State) -> list[Guard]:
    pin = state.pinned(view.now)
    if pin is None:
        return []
    return [Guard("pin", f"{pin.region} is not in the settings any more: not followed")]


def _about_one(view: View, state: State, want: Desired) -> list[Guard]:
    """Who stays, who is left, who takes over, and what keeps that back."""
    saw = "; ".join(f"{n} is {view.verdict(a)}" for n, a in state.active.items())
    unsure = any(view.vote(a) is not Vote.HEALTHY for a in state.active.values())
    guards = [Guard("active region", saw, view.event_elsewhere() if unsure else None)]
    for name in want.passed:
        region = view.service.region(name)
        assert region is not None
        saw = f"{name} is passed over: its data is stale, {view.seen(region)}"
        guards.append(Guard(Hold.DATA, saw))
    if want.held:
        guards.append(held(view, state, want.held))
    elif want.cause is Cause.FAILBACK:
        (name,) = want.regions
        saw = f"{name} is preferred and has been healthy for long enough"
        guards.append(Guard("failback", saw))
    elif want.cause:
        (name,) = want.regions
        saw = f"{name} is {view.verdict(want.regions[name])}"
        guards.append(_stale(view, name) or Guard("candidate", saw))
    return [*_not_followed(view, state), *guards]


def _stale(view: View, name: str) -> Guard | None:
    """That the data of whoever takes over is old, because that of all the others is."""
    region = view.service.region(name)
    if region is None or not view.stale(region):
        return None
    ages = ", ".join(f"{each.name} is {view.seen(each)}" for each in view.healthy_regions())
    return Guard(Hold.DATA, f"every healthy region has stale data ({ages}): {name} is taken anyway")


def _about_several(view: View, state: State, want: Desired) -> list[Guard]:
    guards = _not_followed(view, state)
    guards.append(Guard("regions", all_regions(view)))
    if excluded := view.excluded():
        saw = "; ".join(f"{n} until {as_time(state.excluded_until[n])}" for n in sorted(excluded))
        guards.append(Guard("excluded", f"removed by a person: {saw}", view.event(Command.RELEASE)))
    if want.spared:
        saw = f"{', '.join(want.spared)} is used all the same: no other region is healthy"
        guards.append(Guard("excluded", saw))
    if want.held:
        guards.append(held(view, state, want.held))
    if want.leaving:
        guards.append(Guard("leaving", f"{', '.join(want.leaving)}: unhealthy"))
    elif want.cause is Cause.FAILBACK:
        guards.append(Guard("joining", f"{', '.join(want.regions)} are published"))
    return guards


def all_regions(view: View) -> str:
    """Every region of the settings with its verdict, for people."""
    return "; ".join(f"{r.name} is {view.verdict(r.addresses)}" for r in view.service.regions)


def held(view: View, state: State, what: Held) -> Guard:
    """What keeps a change back, in words."""
    names = ", ".join(what.regions)
    if what.hold is Hold.FAILBACK:
        return Guard(what.hold, _not_returned(view, state, what), _back(view, what))
    if what.hold is Hold.FLIP_BUDGET:
        saw = f"{state.flips_lately(view.now)} switches within the last {HOUR / 60:.0f} minutes"
        return Guard(what.hold, f"{saw}: no traffic is returned to {names}", _back(view, what))
    if what.hold is Hold.DATA:
        regions = [region for region in view.service.regions if region.name in what.regions]
        ages = ", ".join(f"{region.name} is {view.seen(region)}" for region in regions)
        saw = f"every healthy region has stale data ({ages}): waits another {what.left:.0f} s"
        event = view.event(Command.FAILOVER, region=what.regions[0], force=True)
        return Guard(what.hold, saw, event)
    if what.hold is Hold.CREATION:
        return Guard(what.hold, f"there is no record for {names}, and none can be added now")
    saw = f"none is healthy, what is published stays: {all_regions(view)}"
    return Guard(what.hold, saw, view.event_elsewhere())


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
        return f"{name} is healthy, but the name was moved here by {state.moved_by}"
    if what.because is Because.MANUAL:
        return f'{name} is healthy; failback is "manual"'
    if what.because is Because.STALE:
        return f"the data of {name} is stale: {view.seen(region)}"
    asked = view.service.failback_after
    return f"{name} has been healthy for {asked - (what.left or 0):.0f} s of {asked:.0f} s"
