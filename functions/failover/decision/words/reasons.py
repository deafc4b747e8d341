"""What makes a service less than OK: a sentence each, with its code."""

from collections.abc import Callable, Mapping

from failover.decision.headline import Reason, Trouble
from failover.decision.retries import Retried, retries
from failover.decision.view import View
from failover.decision.words import values
from failover.notify.incident_notices import INCIDENTS
from failover.notify.kinds import Kind
from failover.publication.outbox import alerts_waiting
from failover.zone.access import insufficient, needs


def reason(view: View, found: Reason, errors: Mapping[Kind, str]) -> str:
    """Why a service is less than OK, as a sentence with its code."""
    if isinstance(found.code, Kind):
        return incident(view, found.code, errors.get(found.code, ""))
    return f"{_SENTENCES[found.code](view, values.names(found.about))} [{found.code}]"


def incident(view: View, kind: Kind, error: str = "") -> str:
    """An incident that is open: what it is, since when, and the last error known."""
    assert view.state is not None
    known = view.state.notices.incidents[kind]
    title = INCIDENTS[kind].title.format_map({"record": view.service.record})
    if known.over:
        over = values.ago(known.over, view.now)
        return f"{title} [{kind}]: it began {values.ago(known.since, view.now)} and ended {over}"
    last = f"; last error: {values.error(error)}" if error else ""
    return f"{title} [{kind}], {values.lasting(known.since, view.now)}{last}"


def _stop(view: View, *, everything: bool) -> str:
    stops = view.stops().items()
    [stop] = [stop for what, stop in stops if (what != view.service.name) is everything]
    return values.stop(stop, view.now, everything=everything)


def _excluded(view: View, _names: str) -> str:
    until = view.state.orders.excluded_until if view.state else {}
    return "; ".join(
        f"{name} was removed from the records by a person and stays excluded"
        f" {values.ending(until[name], view.now)}"
        for name in sorted(view.excluded())
    )


def _no_votes(view: View, _names: str) -> str:
    if not view.ballots:
        return "no vantage has voted yet. Is the monitor running?"
    last = values.ago(max(ballot.at for ballot in view.ballots), view.now)
    return (
        f"no vantage votes: the last round was {last}. Is the monitor running? An order to fail "
        "over probes the regions itself"
    )


def _unread(view: View, _names: str) -> str:
    [retry] = [r for r in retries(view) if r.what is Retried.READING]
    lasting = values.lasting(retry.since, view.now)
    return f"the records cannot be read {lasting}: {values.error(retry.error)}"


def _token(view: View, _names: str) -> str:
    needed = needs(view.service)
    found = (insufficient(b.access, needed) for b in view.alive)
    return f"the Linode token does not suffice: {values.error(next(filter(None, found)))}"


def _differ(view: View, _names: str) -> str:
    assert view.reading is not None
    return f"the records say {values.records(view.reading)}, which was not decided here"


def _stuck(view: View, _names: str) -> str:
    waiting = alerts_waiting(view.state)
    oldest = values.lasting(min(event.at for event in waiting), view.now)
    return f"alert delivery is failing: {len(waiting)} not sent, the oldest {oldest}; see history"


_SENTENCES: Mapping[Trouble, Callable[[View, str], str]] = {
    Trouble.ALL_UNHEALTHY: lambda _, names: (
        f"every region that the name points at is unhealthy: {names}"
    ),
    Trouble.NO_RECORDS: lambda _view, _: "the name has no records",
    Trouble.DOMAIN_INACTIVE: lambda _, status: (
        f"Linode does not serve the domain: its status is {values.error(status)}"
    ),
    Trouble.DOMAIN_REFUSED: lambda _view, _: (
        "Linode's name servers refuse to answer for the domain"
    ),
    Trouble.STOPPED: lambda view, _: _stop(view, everything=True),
    Trouble.PAUSED: lambda view, _: _stop(view, everything=False),
    Trouble.PINNED: lambda view, _: values.pin_in_force(view),
    Trouble.EXCLUDED: _excluded,
    Trouble.NOT_MANAGED: lambda _view, _: "there is no decision yet: nothing fails over",
    Trouble.UNFINISHED: lambda _, names: f"the change to {names} is not finished",
    Trouble.RECORDS_DIFFER: _differ,
    Trouble.NO_VOTES: _no_votes,
    Trouble.NO_VOTE_OF: lambda _, names: f"no vote from vantage {names}",
    Trouble.UNREAD: _unread,
    Trouble.TOKEN: _token,
    Trouble.UNHEALTHY: lambda _, names: f"unhealthy: {names}",
    Trouble.UNKNOWN: lambda _, names: f"no verdict yet, or no majority: {names}",
    Trouble.ALERTS_STUCK: _stuck,
}
