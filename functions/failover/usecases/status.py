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
from failover.core.settings import Region, Service, Settings
from failover.core.state import State
from failover.core.tally import Tally
from failover.core.view import Decision, View
from failover.core.votes import Ballot, newest_reading
from failover.ports import Clock, Snapshot, Standing, Store
from failover.usecases.answers import Facts, forced_to, guarded, pin_of, stop_of, until_when
from failover.usecases.summary import lines


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
    gate = stop_of(standing.gate, clock.now())
    summary = list(standing.broken)
    summary += [f"everything is paused {until_when(gate)}"] if gate else []
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
        summary += lines(view, decision, store)
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
        "pin": pin_of(state, now) if state else None,
        "pause": stop_of(state.pause, now) if state else None,
        "excluded": sorted(state.excluded) if state else [],
        "incidents": {
            kind: {"since": as_time(incident.since), "raised": incident.raised}
            for kind, incident in (state.incidents.items() if state else ())
        },
        "ages_in_seconds": _ages(view, standing),
        "vantages": {ballot.vantage: _vantage(view, ballot) for ballot in view.ballots},
    }


def _region(view: View, region: Region) -> Facts:
    verdict = view.verdict(region.addresses)
    return {
        "active": bool(view.state and region.name in view.state.active),
        "forced": forced_to(view, region),
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
