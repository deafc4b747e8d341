"""The facts of one service, in the order of the questions during an incident.

Where does the name point; how is each region, and is one forced; what happens next, and why not
more; what is under way or held; how old is all this.
"""

from collections.abc import Mapping

from failover.app.control.answers import Facts, guarded, pin_of, stop_of
from failover.app.control.records_status import name_servers, publication, reading, records
from failover.decision.decision import Decision
from failover.decision.headline import Reason, headline
from failover.decision.retries import Retry, retries
from failover.decision.view import View
from failover.decision.words import guards, reasons, values
from failover.decision.words import status as words
from failover.health.tally import Tally
from failover.health.votes import Ballot
from failover.notify.events import as_time
from failover.notify.kinds import Kind
from failover.preflight.report import Report
from failover.preflight.words import fault
from failover.publication.in_flight import unexpired
from failover.publication.parts import REPUBLISHED_AN_HOUR
from failover.publication.state import State
from failover.settings.model import Region
from failover.store import Standing


def of(
    view: View,
    decision: Decision,
    standing: Standing,
    found: tuple[Reason, ...],
    errors: Mapping[Kind, str],
) -> Facts:
    """All of them. `found` is what makes the service less than OK, `errors` are the last ones known
    of the incidents that are open."""
    state = view.state
    return {
        "headline": headline(found),
        "reasons": [
            {
                "code": each.code,
                "about": list(each.about),
                "says": reasons.reason(view, each, errors),
            }
            for each in found
        ],
        "record": view.service.record,
        **_pointing(state),
        "records": records(view),
        "reading": reading(view),
        "publication": publication(view),
        "name_servers_without_answer": name_servers(view),
        "regions": {region.name: _region(view, region) for region in view.service.regions},
        "next": _next(view, decision),
        "mode": view.service.mode,
        "decision": _decision(state, view.now) if state else None,
        "budget": _budget(view, state) if state else None,
        **_orders(state, view),
        "incidents": _incidents(state) if state else {},
        "preflight": {each.vantage: _preflight(view, each) for each in view.preflights},
        "ages_in_seconds": _ages(view, standing),
        "vantages": {ballot.vantage: _vantage(view, ballot) for ballot in view.ballots},
    }


def _pointing(state: State | None) -> Facts:
    """Where the name points, since when, and why."""
    if state is None:
        return dict.fromkeys(("points_at", "since", "moved_by"))
    return {
        "points_at": list(state.served.active),
        "since": as_time(state.served.moved_at),
        "moved_by": state.served.moved_by,
    }


def _next(view: View, decision: Decision) -> Facts:
    return {
        "action": decision.action,
        "targets": list(decision.targets),
        "why": [guarded(guard) for guard in guards.why(decision)],
        "lasting": sorted(decision.lasting),
        "retries": [_retry(retry) for retry in retries(view)],
    }


def _orders(state: State | None, view: View) -> Facts:
    """What people have ordered, as far as it is in force."""
    if state is None:
        return {"pin": None, "pause": None, "excluded": {}}
    until = state.orders.excluded_until
    return {
        "pin": pin_of(state, view.now),
        "pause": stop_of(state.orders.pause, view.now),
        "excluded": {name: as_time(until[name]) for name in sorted(view.excluded())},
    }


def _incidents(state: State) -> Facts:
    return {
        kind: {
            "since": as_time(incident.since),
            "raised": incident.raised,
            "over_since": as_time(incident.over) if incident.over else None,
        }
        for kind, incident in state.notices.incidents.items()
    }


def _retry(retry: Retry) -> Facts:
    return {
        "what": retry.what,
        "failed": retry.failed,
        "since": as_time(retry.since),
        "last_error": retry.error or None,
        "not_before": as_time(retry.again) if retry.again else None,
    }


def _region(view: View, region: Region) -> Facts:
    verdict = view.verdict(region.addresses)
    return {
        "active": bool(view.state and region.name in view.state.served.active),
        "forced": words.forced(view, region),
        "verdict": verdict.vote,
        "since": as_time(verdict.since),
        "rests_on": values.verdict(verdict),
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
    claim = state.publication.claim
    return {
        "targets": list(state.publication.targets),
        "cause": state.publication.cause,
        "decided": as_time(state.publication.decided_at),
        "phase": state.publication.phase,
        "generation": state.publication.generation,
        "attempt": state.publication.attempt,
        "claim": {
            "vantage": claim.vantage,
            "until": as_time(claim.until),
            "over": claim.until <= now,
        }
        if claim
        else None,
        "published": as_time(state.served.published_at) if state.served.published_at else None,
        "rendered": as_time(state.served.rendered_at) if state.served.rendered_at else None,
        "served": as_time(state.served.served_at) if state.served.served_at else None,
        "writes_without_reply": len(unexpired(state.announced, now)),
    }


def _budget(view: View, state: State) -> Facts:
    return {
        "switches_in_the_last_hour": f"{state.limits.flips_lately(view.now)} of "
        f"{view.service.flip_budget}",
        "drift_written_over_in_the_last_hour": f"{state.limits.republished_lately(view.now)} of "
        f"{REPUBLISHED_AN_HOUR}",
    }


def _ages(view: View, standing: Standing) -> Mapping[str, float | None]:
    lookup = standing.lookup
    rounds = [view.now - ballot.at for ballot in view.ballots]
    return {
        "records": round(view.now - view.reading.at, 1) if view.reading else None,
        "newest_round": round(min(rounds), 1) if rounds else None,
        "decision": round(view.now - view.state.publication.decided_at, 1) if view.state else None,
        "nodebalancers": round(view.now - lookup.at, 1) if lookup else None,
    }


def _preflight(view: View, report: Report) -> Facts:
    """What a preflight found; None for `ready` where it is too old to say."""
    return {
        "ready": None if report.over(view.now) else not report.errors,
        "seconds_ago": round(view.now - report.at),
        "errors": report.errors,
        "warnings": report.warnings,
        "not_checked": report.not_checked,
        "faults": [fault(each, view.service.name) for each in report.faults],
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
