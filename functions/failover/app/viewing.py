"""What is known of a service, put together: for rounds, for orders and for the status alike."""

from failover.decision import evidence
from failover.decision.balancers import Resolution
from failover.decision.data import with_data
from failover.decision.view import View
from failover.health.votes import Ballot
from failover.publication.parts import Stop
from failover.settings.model import Service, Settings
from failover.store import Snapshot
from failover.zone.records import Reading


def view_of(
    now: float,
    settings: Settings,
    resolution: Resolution,
    vantage: str,
    found: Snapshot,
    gate: Stop | None,
    own: Ballot | None = None,
    reading: Reading | None = None,
) -> View:
    """The view that a decision is made from.

    `found` is what the control table holds, `own` what this vantage knows better of itself, and
    `reading` what it has read of the records; otherwise the newest counts that any vantage has.
    """
    others = tuple(b for b in found.ballots if own is None or b.vantage != own.vantage)
    ballots = (own, *others) if own else others
    service = resolution.service
    known = evidence.before(reading, service)
    if known is None or known.unread:
        known = newest_reading(service, ballots)
    view = View(
        settings=settings,
        service=service,
        vantage=vantage,
        now=now,
        state=found.state,
        ballots=ballots,
        reading=known,
        confirmed=evidence.confirmed(settings, found.state, known, now),
        gate=gate,
        resolution=resolution,
        preflights=tuple(r for r in found.preflights if r.vantage in settings.vantages),
    )
    return with_data(view, found.findings)


def newest_reading(service: Service, ballots: tuple[Ballot, ...]) -> Reading | None:
    """The most recent reading of the service's records that any vantage has recorded; or, where its
    vantage cannot read them now, the most recent that says the same of one that can."""
    readings = [r for ballot in ballots if (r := evidence.before(ballot.reading, service))]
    newest = max(readings, key=_read_at, default=None)
    alike = (r for r in readings if not r.unread and r.same_content(newest))
    return max(alike, key=_read_at, default=newest)


def _read_at(reading: Reading) -> float:
    return reading.at
