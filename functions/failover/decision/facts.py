"""What a decision rests on, as the facts of the event that will tell of it.

Facts are texts or lists of texts, and nothing takes one apart again. What a server or a person said
is quoted, so that it cannot be taken for words of ours.
"""

from operator import attrgetter

from failover.decision import duplicates
from failover.decision.decision import Decision
from failover.decision.guard import Hold
from failover.decision.view import View
from failover.decision.words import data, guards, values
from failover.notify.events import EventFacts, as_time, seconds_between
from failover.notify.kinds import Kind
from failover.preflight import words
from failover.publication.outbox import short
from failover.publication.state import State
from failover.quoting import quoted
from failover.settings.model import Region
from failover.staleness.replication import Freshness
from failover.zone.access import insufficient, needs

LONGEST_DETAIL = 80

MOVABLE = frozenset((Kind.FAILOVER_HELD, Kind.QUORUM_LOST, Kind.SPLIT_VERDICT))
"""The incidents that a person can end by moving the name."""


def of(view: View, decision: Decision) -> EventFacts:
    """Why, what was seen of each region, how long it took to notice, and what is known of the data.

    `seconds_to_detect` counts from the first failed probe; nobody knows when a region really died.
    """
    facts: dict[str, str | tuple[str, ...]] = {
        "why": tuple(map(str, guards.why(decision)[-2:])),
        "regions": tuple(_seen(view, region) for region in view.service.regions),
        "data": tuple(_data(view, decision)),
        "stopped": tuple(view.stops()),
        "blind": ", ".join(sorted(b.vantage for b in view.alive if b.blind)),
    }
    began = failing_since(view, view.state) if view.state and decision.targets else None
    if began is not None:
        facts["seconds_to_detect"] = f"{seconds_between(began, view.now):.1f}"
    return short(facts)


def of_incident(view: View, decision: Decision, kind: Kind, error: str) -> EventFacts:
    """The facts of a decision, and what else explains an incident of this kind.

    `error` is why the attempt of this round failed, empty if it did not or there was none.
    """
    explained = _EXPLAINED.get(kind, _publication_error)(view) or error
    more: EventFacts = {"error": explained, "servers": _servers(view, kind)}
    if kind is Kind.DUPLICATE_RECORDS:
        more = {**more, **duplicates.said(view)}
    if kind in MOVABLE:
        more = {**more, **_elsewhere(view)}
    return {**of(view, decision), **short(more)}


def _elsewhere(view: View) -> EventFacts:
    """The order by which a person can move the name now."""
    keys = view.elsewhere()
    return {
        "region": str(keys["region"]),
        "force": "yes" if keys["force"] else "",
        "until": str(keys["until"] or ""),
    }


def _publication_error(view: View) -> str:
    return view.state.publication.last_error if view.state else ""


def _unread_error(view: View) -> str:
    errors = [b.unread for b in view.alive if b.unread]
    return max(errors, key=lambda unread: unread.since).error if errors else ""


def _token_error(view: View) -> str:
    needed = needs(view.service)
    said = (insufficient(b.access, needed) for b in view.alive)
    return next((reason for reason in said if reason), "")


def _beats_error(view: View) -> str:
    said = (f"{b.vantage}: {b.unpaced.error}" for b in view.alive if b.unpaced)
    return next(said, "")


def _preflight_errors(view: View) -> str:
    failed = (each for each in view.preflights if each.errors or each.over(view.now))
    return "; ".join(words.readiness(each, view.service.name, view.now) for each in failed)


_EXPLAINED = {
    Kind.RECORDS_UNREAD: _unread_error,
    Kind.TOKEN_REFUSED: _token_error,
    Kind.BEATS_MISSING: _beats_error,
    Kind.PREFLIGHT_FAILED: _preflight_errors,
}
"""Where the error of an incident is found, if it is not that of the last publication."""


def _servers(view: View, kind: Kind) -> tuple[str, ...]:
    """What each source says of a publication that is not served, or why a domain is not."""
    if kind is Kind.ZONE_DISABLED:
        return tuple(map(values.source, view.unanswered()))
    if kind is not Kind.NOT_SERVED or view.state is None:
        return ()
    return tuple(values.source(statement) for statement in view.state.served.seen)


def _data(view: View, decision: Decision) -> list[str]:
    """What the decision says of the data, or else what keeps anybody from knowing its age."""
    said = [guard.saw for guard in guards.why(decision) if guard.name is Hold.DATA]
    if said or Kind.DATA_UNKNOWN not in decision.lasting:
        return said
    unknown = [r for r in view.service.regions if view.seen(r).freshness is Freshness.UNKNOWN]
    return [data.of(view, region.name) for region in unknown]


def failing_since(view: View, left: State) -> float | None:
    """When the first of the failures was seen that brought the region down which was left."""
    seen = [
        tally.failing_since
        for addresses in left.served.active.values()
        for ballot in view.ballots
        if (tally := ballot.fresh(addresses.ipv4, view.now)) and tally.failing_since
    ]
    return min(seen, default=None)


def _seen(view: View, region: Region) -> str:
    verdict = view.verdict(region.addresses)
    failed = [
        tally
        for ballot in view.ballots
        if (tally := ballot.fresh(region.addresses.ipv4, view.now)) and tally.reason
    ]
    last = max(failed, key=attrgetter("at"), default=None)
    said = f", last failure: {last.reason} {quoted(last.detail, LONGEST_DETAIL)}" if last else ""
    return f"{region.name} is {values.verdict(verdict)} since {as_time(verdict.since)}{said}"
