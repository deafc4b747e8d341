"""What is, why, since when, and what automation would do next: read-only, from the table alone."""

from collections.abc import Mapping
from datetime import UTC, datetime

from failover.core.balancers import Unresolved, resolve
from failover.core.decide import decide
from failover.core.settings import Region, Service, Settings
from failover.core.state import State, Stop
from failover.core.view import Action, Decision, View
from failover.core.votes import Ballot, newest_reading
from failover.ports import Clock, Snapshot, Standing, Store

Facts = dict[str, object]

LAST_MOMENT = datetime.max.replace(tzinfo=UTC).timestamp() - 1


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
    summary: list[str] = []
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
        services[service.name] = _facts(view, decision)
        summary += _summary(view, decision)
    return {
        "summary": summary,
        "at": _time(clock.now()),
        "settings": {"revision": settings.revision, "vantages": list(settings.vantages)},
        "stopped": _stop(standing.gate, clock.now()),
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
    return View(
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


def _summary(view: View, decision: Decision) -> list[str]:
    state, service = view.state, view.service
    if state is None:
        points = "is not followed yet: nothing was decided so far"
    else:
        where = ", ".join(state.active) or "nothing of ours"
        points = f"points at {where} since {_time(state.moved_at)} ({state.moved_by})"
    regions = ", ".join(f"{r.name} {view.vote(r.addresses)}" for r in service.regions)
    lines = [f"{service.name}: {service.record} {points}", f"  regions: {regions}"]
    age = _newest_round_age(view)
    if age is None:
        lines.append("  no vantage has voted yet: is the monitor running?")
    elif not any(ballot.alive(view.now) for ballot in view.ballots):
        lines.append(f"  the votes are old: the last round was {age:.0f} s ago; is it running?")
    doing = "nothing" if decision.action is Action.HOLD else str(decision.action)
    targets = ", ".join(decision.targets)
    lines.append(f"  next: {doing}{' ' + targets if targets else ''}, because:")
    lines += [f"    {guard.name}: {guard.saw}" for guard in decision.why[-2:]]
    return lines


def _facts(view: View, decision: Decision) -> Facts:
    state = view.state
    return {
        "record": view.service.record,
        "mode": view.service.mode,
        "regions": {region.name: _region(view, region) for region in view.service.regions},
        "decision": _decision(state, view.now) if state else None,
        "records": _records(view),
        "next": {
            "action": decision.action,
            "targets": list(decision.targets),
            "why": [
                {"guard": g.name, "saw": g.saw, **({"override": g.override} if g.override else {})}
                for g in decision.why
            ],
            "lasting": sorted(decision.lasting),
        },
        "vantages": {ballot.vantage: _vantage(view, ballot) for ballot in view.ballots},
    }


def _region(view: View, region: Region) -> Facts:
    verdict = view.verdict(region.addresses)
    state = view.state
    pin = state.pinned(view.now) if state else None
    forced = "pinned" if pin and pin.region == region.name else None
    if state and region.name in state.excluded:
        forced = "excluded"
    return {
        "active": bool(state and region.name in state.active),
        "forced": forced,
        "verdict": verdict.vote,
        "since": _time(verdict.since),
        "rests_on": str(verdict),
        "nodebalancer": region.nodebalancer,
        "ipv4": region.addresses.ipv4,
        "ipv6": region.addresses.ipv6,
        "tallies": {
            ballot.vantage: _tally(view, ballot, region)
            for ballot in view.ballots
            if region.addresses.ipv4 in ballot.tallies
        },
    }


def _tally(view: View, ballot: Ballot, region: Region) -> Facts:
    tally, health = ballot.tallies[region.addresses.ipv4], view.service.health
    return {
        "vote": tally.vote,
        "counts": ballot.fresh(region.addresses.ipv4, view.now) is not None,
        "failures": f"{tally.failures} of {health.failure_threshold}",
        "successes": f"{tally.successes} of {health.recovery_threshold}",
        "last_failure": f"{tally.reason}: {tally.detail}" if tally.reason else None,
        "age_seconds": round(view.now - tally.at, 1),
    }


def _decision(state: State, now: float) -> Facts:
    return {
        "active": list(state.active),
        "since": _time(state.moved_at),
        "moved_by": state.moved_by,
        "targets": list(state.targets),
        "cause": state.cause,
        "generation": state.generation,
        "attempt": state.attempt,
        "phase": state.phase,
        "claim": {"vantage": state.claim.vantage, "until": _time(state.claim.until)}
        if state.claim
        else None,
        "pin": {"region": state.pin.region, "until": _time(state.pin.until), "by": state.pin.by}
        if state.pin
        else None,
        "pause": _stop(state.pause, now),
        "flips_in_the_last_hour": state.flips_lately(now),
        "writes_without_reply": len(state.announced),
        "incidents": {
            kind: {"since": _time(incident.since), "raised": incident.raised}
            for kind, incident in state.incidents.items()
        },
    }


def _records(view: View) -> Facts | None:
    if view.reading is None:
        return None
    return {
        "say": [f"{r.type} {r.address} (TTL {r.ttl}, id {r.id})" for r in view.reading.records],
        "age_seconds": round(view.now - view.reading.at, 1),
    }


def _vantage(view: View, ballot: Ballot) -> Mapping[str, object]:
    return {
        "last_round_seconds_ago": round(view.now - ballot.at, 1),
        "counts": ballot.alive(view.now),
        "tick": ballot.runner,
        "revision": ballot.revision,
        "digest": ballot.digest,
    }


def _newest_round_age(view: View) -> float | None:
    return min((view.now - ballot.at for ballot in view.ballots), default=None)


def _stop(stop: Stop | None, now: float) -> Facts | None:
    if stop is None or stop.until <= now:
        return None
    return {"until": _time(stop.until), "by": stop.by, "reason": stop.reason}


def _time(at: float) -> str:
    """A moment for people. What lies beyond the calendar shows as its end."""
    return datetime.fromtimestamp(min(max(at, 0.0), LAST_MOMENT), UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
