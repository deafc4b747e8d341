"""The one word for how a service stands, and the facts that lead to it.

- `OUTAGE`: users are not served. Every address that the name points at is unhealthy, the name has
  no record, or Linode does not serve its domain.
- `FROZEN`: an order keeps automation from moving the name: a pause, a pin, or an exclusion.
- `DEGRADED`: users are served as far as is known, and something is wrong: an incident is open, a
  region is not healthy, the records cannot be read, nobody votes, a change is not finished.
- `OK`: none of these.

The first that applies counts, in this order: an outage needs an operator now; what is frozen needs
one as soon as a region dies, because automation will not act; what is degraded is watched by
automation. An address without a verdict is no outage: it is `DEGRADED`, because nobody knows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from failover.decision.meaning import differs, pointed_at
from failover.decision.view import View
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.outbox import stuck
from failover.settings.model import Addresses
from failover.zone.access import insufficient, needs
from failover.zone.records import ACTIVE


class Headline(StrEnum):
    """How a service stands, the worst first."""

    OUTAGE = "OUTAGE"
    FROZEN = "FROZEN"
    DEGRADED = "DEGRADED"
    OK = "OK"


class Trouble(StrEnum):
    """What makes a service less than OK, beside the incidents that are open."""

    ALL_UNHEALTHY = "all_unhealthy"
    NO_RECORDS = "no_records"
    DOMAIN_INACTIVE = "domain_inactive"
    DOMAIN_REFUSED = "domain_refused"
    STOPPED = "stopped"
    PAUSED = "paused"
    PINNED = "pinned"
    EXCLUDED = "excluded"
    NO_VOTES = "no_votes"
    NO_VOTE_OF = "no_vote_of"
    NOT_MANAGED = "not_managed"
    UNFINISHED = "unfinished"
    RECORDS_DIFFER = "records_differ"
    UNREAD = "unread"
    TOKEN = "token"  # noqa: S105 - a kind of trouble
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    ALERTS_STUCK = "alerts_stuck"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that makes a service less than OK.

    `code` is a `Trouble`, or the kind of an incident that is open. `about` names the regions or
    vantages concerned.
    """

    headline: Headline
    code: Trouble | Kind
    about: tuple[str, ...] = ()


def worst(found: Iterable[Headline]) -> Headline:
    """The worst of several; OK where there is none."""
    order = list(Headline)
    return min(found, key=order.index, default=Headline.OK)


def headline(reasons: Iterable[Reason]) -> Headline:
    """The word that these reasons amount to."""
    return worst(reason.headline for reason in reasons)


def reasons(view: View) -> tuple[Reason, ...]:
    """All that makes a service less than OK, the worst first; none where it is OK.

    What an open incident says is not said twice.
    """
    incidents = sorted(view.state.notices.raised()) if view.state else []
    return (
        *(Reason(Headline.OUTAGE, code, about) for code, about in _outage(view)),
        *(Reason(Headline.FROZEN, code, about) for code, about in _frozen(view)),
        *(Reason(Headline.DEGRADED, kind) for kind in incidents),
        *(
            Reason(Headline.DEGRADED, code, about)
            for code, about in _degraded(view)
            if SAME.get(code) not in incidents
        ),
    )


SAME: Mapping[Trouble, Kind] = {
    Trouble.UNREAD: Kind.RECORDS_UNREAD,
    Trouble.TOKEN: Kind.TOKEN_REFUSED,
    Trouble.RECORDS_DIFFER: Kind.DRIFT,
    Trouble.UNFINISHED: Kind.FAILOVER_FAILED,
    Trouble.NOT_MANAGED: Kind.ADOPTION_HELD,
}
"""What is told at once, and the incident that it becomes."""


Found = Iterator[tuple[Trouble, tuple[str, ...]]]


def _outage(view: View) -> Found:
    reading = view.reading
    if reading and reading.zone != ACTIVE:
        yield Trouble.DOMAIN_INACTIVE, (reading.zone,)
    elif view.refused():
        yield Trouble.DOMAIN_REFUSED, ()
    if reading and view.confirmed and not reading.records:
        yield Trouble.NO_RECORDS, ()
        return
    there = _pointed_at(view)
    if {view.vote(addresses) for addresses in there} == {Vote.UNHEALTHY}:
        yield Trouble.ALL_UNHEALTHY, tuple(sorted({view.known()[a] for a in there}))


def _pointed_at(view: View) -> frozenset[Addresses]:
    """The addresses that the name points at; none where one of them is not known to us."""
    if view.current is None:
        return frozenset(view.active.values())
    ours = view.addresses()
    if any(record.address not in ours for record in view.current.records):
        return frozenset()
    return pointed_at(view, view.current)


def _frozen(view: View) -> Found:
    for stopped in view.stops():
        everything = stopped != view.service.name
        yield (Trouble.STOPPED if everything else Trouble.PAUSED), ()
    if view.state and (pin := view.state.orders.pinned(view.now)):
        yield Trouble.PINNED, (pin.region,)
    if excluded := view.excluded():
        yield Trouble.EXCLUDED, tuple(sorted(excluded))


def _degraded(view: View) -> Found:
    yield from _publication(view)
    if view.alive:
        yield from _vantages(view)
        yield from _regions(view)
    else:
        yield Trouble.NO_VOTES, ()
    if any(ballot.unread for ballot in view.alive):
        yield Trouble.UNREAD, ()
    if any(insufficient(ballot.access, needs(view.service)) for ballot in view.alive):
        yield Trouble.TOKEN, ()
    if stuck(view.state, view.now):
        yield Trouble.ALERTS_STUCK, ()


def _publication(view: View) -> Found:
    """Whether the records say what was decided."""
    if view.state is None:
        yield Trouble.NOT_MANAGED, ()
    elif view.unfinished:
        yield Trouble.UNFINISHED, tuple(view.state.publication.targets)
    elif view.reading and differs(view.state, view.reading):
        yield Trouble.RECORDS_DIFFER, ()


def _vantages(view: View) -> Found:
    """Which vantages do not vote."""
    voting = {ballot.vantage for ballot in view.alive if not ballot.blind}
    if silent := tuple(v for v in view.settings.vantages if v not in voting):
        yield Trouble.NO_VOTE_OF, silent


def _regions(view: View) -> Found:
    """Which regions are not healthy, where that is not the outage itself."""
    votes = {region.name: view.vote(region.addresses) for region in view.service.regions}
    sick = tuple(name for name, vote in votes.items() if vote is Vote.UNHEALTHY)
    if sick and (Trouble.ALL_UNHEALTHY, sick) not in _outage(view):
        yield Trouble.UNHEALTHY, sick
    if unknown := tuple(name for name, vote in votes.items() if vote is Vote.UNKNOWN):
        yield Trouble.UNKNOWN, unknown
