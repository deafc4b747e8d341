"""What is, why, since when, and what automation would do next: read-only, from the table alone.

The order is that of the questions at night: where does the name point; how is each region, and is
one forced; what happens next, and why not more; what is under way or held; how old is all this.
"""

from collections.abc import Mapping

from failover.core.balancers import Unresolved, resolve
from failover.core.data import with_data
from failover.core.decide import decide
from failover.core.drift import REPUBLISHED_AN_HOUR
from failover.core.events import as_time
from failover.core.notices import alerts
from failover.core.outbox import stuck
from failover.core.replication import Freshness, Seen
from failover.core.settings import Region, Service, Settings
from failover.core.state import Phase, State, Stop
from failover.core.tally import Tally, Vote
from failover.core.view import Action, Decision, View, differs, shown
from failover.core.votes import Ballot, newest_reading
from failover.ports import Clock, Snapshot, Standing, Store
from failover.usecases.answers import Facts, guarded

LATELY = 20
"""Events of the history among which the error of what goes on is looked for."""


def status(
    clock: Clock, store: Store, settings: Settings, vantage: str, only: str | None = None
) -> Facts:
    """The state of one service or of all: a summary to read first, then the facts.

    Works with the monitor stopped, and says how old what it shows is. Raises StoreUnavailable, and
    KeyError for a service that is not in the settings.
    """
    if only is not None and settings.service(only) is None:
        raise KeyError(only)
    standing = store.standing(vantage)
    gate = _stop(standing.gate, clock.now())
    summary = [f"everything is paused {_held(gate)}"] if gate else []
    services: dict[str, Facts] = {}
    for service in settings.services:
        if only not in (None, service.name):
            continue
        snapshot = store.read(service.name)
        try:
            view = _view(clock.now(), settings, service, vantage, snapshot, standing)
        except Unresolved as reason:
            services[service.name] = {"record": service.record, "not_watched": str(reason)}
            summary += [f"{service.name}: {service.record} is not watched: {reason}"]
            continue
        decision = decide(view)
        services[service.name] = _facts(view, decision, standing)
        summary += [*_summary(view, decision), *_lasting(view, store)]
    return {
        "summary": summary,
        "at": as_time(clock.now()),
        "settings": {"revision": settings.revision, "vantages": list(settings.vantages)},
        "stopped": gate,
        "services": services,
    }


def _view(
    now: float,
    settings: Settings,
    service: Service,
    vantage: str,
    found: Snapshot,
    standing: Standing,
) -> View:
    """Raises Unresolved."""
    resolution = resolve(service, found.state, standing.lookup, settings.revision)
    view = View(
        settings=settings,
        service=resolution.service,
        vantage=vantage,
        now=now,
        state=found.state,
        ballots=found.ballots,
        reading=newest_reading(found.ballots),
        confirmed=True,
        gate=standing.gate,
        resolution=resolution,
    )
    return with_data(view, found.findings)


def _summary(view: View, decision: Decision) -> list[str]:
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
    if state and (held := _pin(state, view.now)):
        lines.append(f"  pinned: {held['region']} {_held(held)}")
    if state and (held := _stop(state.pause, view.now)):
        lines.append(f"  paused {_held(held)}")
    return lines


def _points(view: View, state: State) -> str:
    """Where the name points; and where it should, if that is not what its records say."""
    since = f"since {as_time(state.moved_at)} ({state.moved_by.words})"
    where = ", ".join(state.active) or "nothing of ours"
    if state.phase is Phase.PUBLISHING:
        to = ", ".join(state.targets)
        return f"points at {where} {since}; to {to} was decided at {as_time(state.decided_at)}"
    if view.reading and differs(state, view.reading, view.now):
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
    forced = _forced(view, region)
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


def _facts(view: View, decision: Decision, standing: Standing) -> Facts:
    state, now = view.state, view.now
    return {
        "record": view.service.record,
        "points_at": list(state.active) if state else None,
        "since": as_time(state.moved_at) if state else None,
        "moved_by": state.moved_by if state else None,
        "records": _records(view),
        "regions": {region.name: _region(view, region) for region in view.service.regions},
        "next": {
            "action": decision.action,
            "targets": list(decision.targets),
            "why": [guarded(guard) for guard in decision.why],
            "lasting": sorted(decision.lasting),
        },
        "mode": view.service.mode,
        "decision": _decision(state, now) if state else None,
        "budget": _budget(view, state) if state else None,
        "pin": _pin(state, now) if state else None,
        "pause": _stop(state.pause, now) if state else None,
        "excluded": sorted(state.excluded) if state else [],
        "incidents": {
            kind: {"since": as_time(incident.since), "raised": incident.raised}
            for kind, incident in (state.incidents.items() if state else ())
        },
        "ages_in_seconds": _ages(view, standing),
        "vantages": {ballot.vantage: _vantage(view, ballot) for ballot in view.ballots},
    }


def _forced(view: View, region: Region) -> str | None:
    state = view.state
    if state is None:
        return None
    pin = state.pinned(view.now)
    if pin and pin.region == region.name:
        return "pinned"
    return "excluded" if region.name in state.excluded else None


def _region(view: View, region: Region) -> Facts:
    verdict = view.verdict(region.addresses)
    return {
        "active": bool(view.state and region.name in view.state.active),
        "forced": _forced(view, region),
        "verdict": verdict.vote,
        "since": as_time(verdict.since),
        "rests_on": str(verdict),
        "nodebalancer": region.nodebalancer,
        "ipv4": region.addresses.ipv4,
        "ipv6": region.addresses.ipv6,
        "data": _data(view, region) if view.service.data else None,
        "tallies": {
            ballot.vantage: _tally(view, ballot, ballot.tallies[region.addresses.ipv4], region)
            for ballot in view.ballots
            if region.addresses.ipv4 in ballot.tallies
        },
    }


def _data(view: View, region: Region) -> Facts:
    return {
        "freshness": view.seen(region).freshness,
        "age_seconds": view.seen(region).age,
    }


def _tally(view: View, ballot: Ballot, tally: Tally, region: Region) -> Facts:
    health = view.service.health
    enough = health.recovery_threshold if tally.fallen else health.clear_threshold
    return {
        "vote": tally.vote,
        "since": as_time(tally.since),
        "counts": ballot.fresh(region.addresses.ipv4, view.now) is not None,
        "failures": f"{tally.failures} of {health.failure_threshold}",
        "successes": f"{min(tally.successes, enough)} of {enough}",
        "last_failure": f"{tally.reason}: {tally.detail}" if tally.reason else None,
        "age_seconds": round(view.now - tally.at, 1),
    }


def _decision(state: State, now: float) -> Facts:
    claim = state.claim
    return {
        "targets": list(state.targets),
        "cause": state.cause,
        "decided": as_time(state.decided_at),
        "phase": state.phase,
        "generation": state.generation,
        "attempt": state.attempt,
        "claim": {
            "vantage": claim.vantage,
            "until": as_time(claim.until),
            "over": claim.until <= now,
        }
        if claim
        else None,
        "published": as_time(state.published_at) if state.published_at else None,
        "rendered": as_time(state.rendered_at) if state.rendered_at else None,
        "served": as_time(state.served_at) if state.served_at else None,
        "writes_without_reply": len(state.announced),
    }


def _budget(view: View, state: State) -> Facts:
    return {
        "switches_in_the_last_hour": f"{state.flips_lately(view.now)} of "
        f"{view.service.flip_budget}",
        "drift_written_over_in_the_last_hour": f"{state.republished_lately(view.now)} of "
        f"{REPUBLISHED_AN_HOUR}",
    }


def _records(view: View) -> list[str] | None:
    if view.reading is None:
        return None
    return [f"{r.type} {r.address} (TTL {r.ttl}, id {r.id})" for r in view.reading.records]


def _ages(view: View, standing: Standing) -> Mapping[str, float | None]:
    lookup = standing.lookup
    rounds = [view.now - ballot.at for ballot in view.ballots]
    return {
        "records": round(view.now - view.reading.at, 1) if view.reading else None,
        "newest_round": round(min(rounds), 1) if rounds else None,
        "decision": round(view.now - view.state.decided_at, 1) if view.state else None,
        "nodebalancers": round(view.now - lookup.at, 1) if lookup else None,
    }


def _vantage(view: View, ballot: Ballot) -> Facts:
    return {
        "last_round_seconds_ago": round(view.now - ballot.at, 1),
        "counts": ballot.alive(view.now) and not ballot.blind,
        "blind": ballot.blind,
        "tick": ballot.runner,
        "revision": ballot.revision,
        "digest": ballot.digest,
    }


def _pin(state: State, now: float) -> Facts | None:
    pin = state.pinned(now)
    return {"region": pin.region, **_until(pin.until, now, pin.by, pin.reason)} if pin else None


def _stop(stop: Stop | None, now: float) -> Facts | None:
    if stop is None or stop.until <= now:
        return None
    return _until(stop.until, now, stop.by, stop.reason)


def _until(until: float, now: float, by: str, reason: str) -> Facts:
    return {
        "until": as_time(until),
        "ends_in_seconds": round(until - now),
        "by": by,
        "reason": reason,
    }


def _held(facts: Facts) -> str:
    return f"until {facts['until']} by {facts['by']} ({facts['reason']})"
