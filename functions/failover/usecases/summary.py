"""The status in lines for a person to read first: the facts are in `status`."""

from failover.core.access import insufficient, needs
from failover.core.events import as_duration, as_time
from failover.core.meaning import differs, shown
from failover.core.notices import alerts
from failover.core.outbox import stuck
from failover.core.quoting import one_line, quoted
from failover.core.records import ACTIVE
from failover.core.replication import Freshness, Seen
from failover.core.settings import Region
from failover.core.state import Phase, State
from failover.core.tally import Vote
from failover.core.view import Action, Decision, View
from failover.ports import Store
from failover.usecases.answers import forced_to, pin_of, stop_of, until_when

LATELY = 20
"""Events of the history among which the error of an incident is looked for."""

LONGEST_ERROR = 300


def lines(view: View, decision: Decision, store: Store) -> list[str]:
    """One service in lines. What others said cannot add one. Raises StoreUnavailable."""
    said = [*_now(view), *_next(view, decision), *_orders(view), *_lasting(view, store)]
    return [one_line(line) for line in said]


def _now(view: View) -> list[str]:
    state, service = view.state, view.service
    points = _points(view, state) if state else "is not managed yet: nothing was decided so far"
    regions = ", ".join(_in_short(view, region) for region in service.regions)
    lines = [f"{service.name}: {service.record} {points}", *_about_age(view)]
    lines += [f"  regions: {regions}", *_records(view), *_served(view), *_data_in_short(view)]
    return lines


def _records(view: View) -> list[str]:
    """How old the reading is, and what keeps anybody from reading again."""
    reading, now = view.reading, view.now
    said = []
    failing = [b.unread for b in view.ballots if b.unread and b.alive(now)]
    for unread in failing[:1]:
        for_long = f"for {as_duration(now - unread.since)}"
        said.append(f"  records: not readable {for_long}: {quoted(unread.error, LONGEST_ERROR)}")
    if reading is None:
        return said or ["  records: not read yet"]
    age = as_duration(now - reading.at)
    said.append(f"  records: {shown(reading)}, read {age} ago")
    if reading.zone != ACTIVE:
        said.append(f"  domain: Linode says that it is {quoted(reading.zone, LONGEST_ERROR)}")
    needed = needs(view.service)
    for ballot in view.ballots:
        if ballot.alive(now) and (reason := insufficient(ballot.access, needed)):
            said.append(f"  token: does not suffice: {quoted(reason, LONGEST_ERROR)}")
            break
    return said


def _served(view: View) -> list[str]:
    """How far a written change has come, until every name server gives it."""
    state = view.state
    if state is None or state.phase is not Phase.PUBLISHED or not state.attempt:
        return []
    since = as_duration(view.now - state.published_at)
    promised = as_duration(view.settings.publish_allowance)
    rendered = "rendered by Linode" if state.rendered_at else "not rendered by Linode yet"
    said = f"  served: not by every name server yet, {since} after the write; {rendered}"
    return [f"{said}; promised within {promised}", *(f"    {source}" for source in state.seen)]


def _next(view: View, decision: Decision) -> list[str]:
    """What the next round does. A hold says why, and a retry how often it has failed."""
    said = [f"  next: {_doing(view, decision)}, because:"]
    for guard in decision.why[-2:]:
        said.append(f"    {guard.name}: {guard.saw}")
        if guard.override and decision.action is Action.HOLD:
            said.append(f"      override: {guard.override}")
    state = view.state
    if state and state.phase is Phase.PUBLISHING and state.last_error:
        said.append(f"    last error: {quoted(state.last_error, LONGEST_ERROR)}")
    return said


def _doing(view: View, decision: Decision) -> str:
    state, targets = view.state, ", ".join(decision.targets)
    if state and state.phase is Phase.PUBLISHING and decision.action in (Action.HOLD, Action.RETRY):
        claimed = state.claim is not None and state.claim.until > view.now
        failed = state.attempt - claimed
        tries = f"failed {failed} {'time' if failed == 1 else 'times'} so far"
        where = ", ".join(state.targets)
        if claimed:
            return f"the change to {where} is being written; it {tries}"
        if decision.action is Action.HOLD:
            return f"the change to {where} waits; it {tries}"
        return f"retry the change to {where}, which {tries} and is retried every round"
    if decision.action is Action.HOLD:
        return "no change"
    return f"{decision.action} {targets}".rstrip()


def _orders(view: View) -> list[str]:
    state, said = view.state, []
    if state and (held := pin_of(state, view.now)):
        said.append(f"  pinned: {held['region']} {until_when(held)}")
    if state and (held := stop_of(state.pause, view.now)):
        said.append(f"  paused {until_when(held)}")
    return said


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
        error = next((event.text("error") for event in events if "error" in event.facts), "")
        incident = state.incidents[kind]
        over = f", over since {as_time(incident.over)}" if incident.over else ""
        why = f": {quoted(error, LONGEST_ERROR)}" if error and not over else ""
        lines.append(f"  trouble: {kind} since {as_time(incident.since)}{over}{why}")
    if stuck(state, view.now):
        first = as_time(min(event.at for event in state.pending if alerts(event)))
        lines.append(f"  alert delivery is failing: one waits since {first}; see history")
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
