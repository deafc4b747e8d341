"""The status in lines for a person, who reads them at night: the facts are in `status`."""

from failover.core.events import as_time
from failover.core.meaning import differs, shown
from failover.core.notices import alerts
from failover.core.outbox import stuck
from failover.core.replication import Freshness, Seen
from failover.core.settings import Region
from failover.core.state import Phase, State
from failover.core.tally import Vote
from failover.core.view import Action, Decision, View
from failover.ports import Store
from failover.usecases.answers import forced_to, pin_of, stop_of, until_when

LATELY = 20
"""Events of the history among which the error of what goes on is looked for."""


def lines(view: View, decision: Decision, store: Store) -> list[str]:
    """One service in lines. Raises StoreUnavailable."""
    return [*_now_and_next(view, decision), *_lasting(view, store)]


def _now_and_next(view: View, decision: Decision) -> list[str]:
    state, service = view.state, view.service
    if state is None:
        points = "is not followed yet: nothing was decided so far"
    else:
        points = _points(view, state)
    regions = ", ".join(_in_short(view, region) for region in service.regions)
    lines = [f"{service.name}: {service.record} {points}", *_about_age(view)]
    lines.append(f"  regions: {regions}")
    lines += _data_in_short(view)
    doing = "nothing" if decision.action is Action.HOLD else str(decision.action)
    targets = ", ".join(decision.targets)
    lines.append(f"  next: {doing}{' ' + targets if targets else ''}, because:")
    for guard in decision.why[-2:]:
        lines.append(f"    {guard.name}: {guard.saw}")
        if guard.override and decision.action is Action.HOLD:
            lines.append(f"      to get past it: {guard.override}")
    if state and (held := pin_of(state, view.now)):
        lines.append(f"  pinned: {held['region']} {until_when(held)}")
    if state and (held := stop_of(state.pause, view.now)):
        lines.append(f"  paused {until_when(held)}")
    return lines


def _points(view: View, state: State) -> str:
    """Where the name points; and where it should, if that is not what its records say."""
    since = f"since {as_time(state.moved_at)} ({state.moved_by.words})"
    where = ", ".join(state.active) or "nothing of ours"
    if state.phase is Phase.PUBLISHING:
        to = ", ".join(state.targets)
        return f"points at {where} {since}; to {to} was decided at {as_time(state.decided_at)}"
    if view.reading and differs(state, view.reading):
        return f"should point at {where} {since}, but its records say {shown(view.reading)}"
    return f"points at {where} {since}"


def _lasting(view: View, store: Store) -> list[str]:
    """What goes on that people were told of, with its last known error; and what they were not."""
    state = view.state
    if state is None:
        return []
    raised = sorted(state.raised())
    told = (*reversed(state.pending), *store.history(view.service.name, LATELY)) if raised else ()
    lines = []
    for kind in raised:
        events = (event for event in told if event.about == f"incident/{kind}")
        error = next((event.facts["error"] for event in events if "error" in event.facts), "")
        since = as_time(state.incidents[kind].since)
        lines.append(f"  trouble: {kind} since {since}{f': {error}' if error else ''}")
    if stuck(state, view.now):
        first = as_time(min(event.at for event in state.pending if alerts(event)))
        lines.append(f"  alerts do not get out: one waits since {first}; the history has it")
    return lines


def _in_short(view: View, region: Region) -> str:
    """The real state of a region, and beside it the forced one."""
    forced = forced_to(view, region)
    verdict = view.verdict(region.addresses).vote
    reasons = {
        tally.reason.value
        for ballot in view.ballots
        if (tally := ballot.fresh(region.addresses.ipv4, view.now)) and tally.reason
    }
    why = f": {', '.join(sorted(reasons))}" if verdict is Vote.UNHEALTHY and reasons else ""
    return f"{region.name} {verdict}{f' ({forced})' if forced else ''}{why}{_turning(view, region)}"


def _turning(view: View, region: Region) -> str:
    """How far a region is on its way to the other verdict, as the vantage sees it that is ahead."""
    health, verdict = view.service.health, view.verdict(region.addresses).vote
    fresh = [t for b in view.ballots if (t := b.fresh(region.addresses.ipv4, view.now))]
    bad = max((tally.failures for tally in fresh), default=0)
    good = max((tally.successes for tally in fresh), default=0)
    if verdict is Vote.HEALTHY and bad:
        return f" ({bad} of {health.failure_threshold} bad probes)"
    if verdict is Vote.UNHEALTHY and good:
        return f" ({good} of {health.recovery_threshold} good probes)"
    return ""


def _data_in_short(view: View) -> list[str]:
    """How old the data is wherever the name does not point."""
    active = view.state.active if view.state else {}
    others = [region for region in view.service.regions if region.name not in active]
    if view.service.data is None or not others:
        return []
    told = [f"{region.name} {_seen_in_short(view.seen(region))}" for region in others]
    return [f"  data: {'; '.join(told)}"]


def _seen_in_short(seen: Seen) -> str:
    if seen.freshness is Freshness.UNKNOWN:
        return "unknown, which counts as fresh: see data-status"
    return f"{seen.freshness}, {seen}"


def _about_age(view: View) -> list[str]:
    age = min((view.now - ballot.at for ballot in view.ballots), default=None)
    if age is None:
        return ["  no vantage has voted yet: is the monitor running?"]
    if any(ballot.alive(view.now) for ballot in view.ballots):
        return []
    return [
        (
            f"  the votes are old: the last round was {age:.0f} s ago. Is the monitor running? "
            "An order to switch probes the regions itself"
        )
    ]
