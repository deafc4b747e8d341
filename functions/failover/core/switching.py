"""Rules 6 to 9: which region the name must point at when the records can be relied on."""

from dataclasses import replace

from failover.core.choice import pinned
from failover.core.commands import Command
from failover.core.events import as_time
from failover.core.settings import Failback, Region, Routing
from failover.core.state import (
    HOUR,
    Cause,
    Kind,
    State,
)
from failover.core.tally import Vote
from failover.core.view import Action, Decision, Guard, View

BETWEEN_FLIPS = 600.0
"""Once the flip budget is spent: at most one switch in this many seconds."""


def pin(view: View, why: list[Guard]) -> Decision | None:
    """Rule 6: an operator holds a region until a time, even if it is unhealthy."""
    if view.state is None or (held := view.state.pinned(view.now)) is None:
        return None
    targets = pinned(view)
    if not targets:
        why.append(Guard("pin", f"{held.region} is not in the settings any more: not followed"))
        return None
    vote = view.vote(targets[held.region])
    saw = (
        f"{held.by} pinned {held.region} ({held.reason}) until {as_time(held.until)}; it is {vote}"
    )
    guards = (*why, Guard("pin", saw, view.event(Command.RELEASE)))
    if targets.keys() == view.state.active.keys():
        return Decision(Action.HOLD, guards)
    return Decision(Action.PUBLISH, guards, Cause.OPERATOR, targets)


def stay(view: View, why: list[Guard]) -> Decision | None:
    """Rule 7: who is healthy, or not known to be unhealthy, keeps the traffic; and failback."""
    state = view.state
    assert state is not None
    ((name, serving),) = state.active.items()
    verdict = view.verdict(serving)
    guard = Guard("active region", f"{name} is {verdict}")
    if verdict.vote is Vote.UNHEALTHY:
        why.append(guard)
        return None
    better = _preferred(view, name)
    if verdict.vote is Vote.UNKNOWN:
        guard = replace(guard, override=view.event_elsewhere())
    if better is None or verdict.vote is Vote.UNKNOWN:
        return Decision(Action.HOLD, (*why, guard))
    why.append(guard)
    blocked = _failback_blocked(view, state, better)
    if blocked:
        return Decision(Action.HOLD, (*why, blocked))
    saw = f"{better.name} is preferred and has been healthy for long enough"
    return _published(why, Guard("failback", saw), Cause.FAILBACK, better)


def leave(view: View, why: list[Guard]) -> Decision | None:
    """Rules 8 and 9: the active region is unhealthy."""
    state = view.state
    assert state is not None
    candidates = [r for r in view.healthy_regions() if r.name not in state.active]
    if not candidates:
        others = (r for r in view.service.regions if r.name not in state.active)
        saw = "; ".join(f"{r.name} is {view.verdict(r.addresses)}" for r in others)
        return Decision(
            Action.HOLD,
            (*why, Guard("candidates", f"none is healthy: {saw}", view.event_elsewhere())),
        )
    lasting, held = flip_budget(view, state, why)
    if held:
        return held
    return _to_first_fresh(view, why, candidates, lasting)


def flip_budget(
    view: View, state: State, why: list[Guard]
) -> tuple[frozenset[Kind], Decision | None]:
    """Whether leaving a dead region must wait: once the budget is spent, ten minutes between."""
    if state.flips_lately(view.now) < view.service.flip_budget:
        return frozenset(), None
    lasting = frozenset({Kind.FLIP_BUDGET_SPENT})
    left = max(state.flips) + BETWEEN_FLIPS - view.now
    if left <= 0:
        why.append(Guard("flip budget", "spent, but a dead region is left all the same"))
        return lasting, None
    saw = f"{view.service.flip_budget} switches within the hour; next one in {left:.0f} s"
    guard = Guard("flip budget", saw, _at_once(view))
    return lasting, Decision(Action.HOLD, (*why, guard), lasting=lasting)


def _at_once(view: View) -> str:
    """The event by which a person leaves a dead region without waiting for the budget."""
    if view.service.routing is Routing.MULTIVALUE:
        return view.event(Command.FAILBACK)
    return view.event_elsewhere()


def _to_first_fresh(
    view: View, why: list[Guard], candidates: list[Region], lasting: frozenset[Kind]
) -> Decision:
    fresh = [region for region in candidates if not view.stale(region)]
    if fresh:
        region = fresh[0]
        for better in candidates[: candidates.index(region)]:
            saw = f"{better.name} is passed over: its data is stale, {view.seen(better)}"
            why.append(Guard("data", saw))
        guard = Guard("candidate", f"{region.name} is {view.verdict(region.addresses)}")
        return _published(why, guard, Cause.UNHEALTHY, region, lasting)
    assert view.state is not None
    (serving,) = view.state.active.values()
    patience = view.service.data.accept_stale_after if view.service.data else 0.0
    down_for = view.now - view.verdict(serving).since
    region = candidates[0]
    ages = ", ".join(f"{each.name} is {view.seen(each)}" for each in candidates)
    every = f"every healthy region has stale data ({ages})"
    if down_for < patience:
        saw = f"{every}: waits another {patience - down_for:.0f} s"
        event = view.event(Command.FAILOVER, region=region.name, force=True)
        return Decision(Action.HOLD, (*why, Guard("data", saw, event)), lasting=lasting)
    guard = Guard("data", f"{every}: {region.name} is taken anyway")
    return _published(why, guard, Cause.UNHEALTHY, region, lasting)


def _preferred(view: View, active: str) -> Region | None:
    """The most preferred healthy region above the active one."""
    order = [region.name for region in view.service.regions]
    if active not in order:
        return None
    above = order[: order.index(active)]
    return next((r for r in view.healthy_regions() if r.name in above), None)


def _failback_blocked(view: View, state: State, better: Region) -> Guard | None:
    by_hand = view.event(Command.FAILOVER, region=better.name)
    if state.moved_by is not Cause.UNHEALTHY:
        saw = f"{better.name} is healthy, but the name was moved here by {state.moved_by}"
        return Guard("failback", saw, by_hand)
    if view.service.failback is Failback.MANUAL:
        return Guard("failback", f'{better.name} is healthy; failback is "manual"', by_hand)
    asked = view.service.failback_after
    healthy_for = view.now - view.verdict(better.addresses).since
    if healthy_for < asked:
        saw = f"{better.name} has been healthy for {healthy_for:.0f} s of {asked:.0f} s"
        return Guard("failback", saw, by_hand)
    if view.stale(better):
        saw = f"the data of {better.name} is stale: {view.seen(better)}"
        return Guard("failback", saw, by_hand)
    if state.flips_lately(view.now) >= view.service.flip_budget:
        saw = f"{state.flips_lately(view.now)} switches within the last {HOUR / 60:.0f} minutes"
        return Guard("flip budget", saw, by_hand)
    return None


def _published(
    why: list[Guard],
    guard: Guard,
    cause: Cause,
    region: Region,
    lasting: frozenset[Kind] = frozenset(),
) -> Decision:
    return Decision(Action.PUBLISH, (*why, guard), cause, {region.name: region.addresses}, lasting)
