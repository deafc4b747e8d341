"""The conditions that concern records: reading them, writing them, and seeing them served."""

from failover.decision import duplicates
from failover.decision.meaning import differs
from failover.decision.view import View
from failover.notify.kinds import RAISED_AFTER, Kind
from failover.publication.proof import awaited, due
from failover.zone.access import insufficient, needs
from failover.zone.records import ACTIVE, Family

PUBLICATION_SECONDS = 60.0
"""A publication that has not succeeded for this long is an incident; it is retried meanwhile."""


def unread_since(view: View) -> float | None:
    """Since when no vantage can read the records; None while one of them can."""
    failing = [ballot.unread.since for ballot in view.alive if ballot.unread]
    return max(failing) if failing and len(failing) == len(view.alive) else None


def unread_for_long(view: View) -> bool:
    """Whether that has lasted long enough to be reported, also before the first decision."""
    since = unread_since(view)
    return since is not None and view.now - since >= RAISED_AFTER[Kind.RECORDS_UNREAD]


def records_unread(view: View) -> bool:
    """No vantage can read the records."""
    return unread_since(view) is not None


def token_refused(view: View) -> bool:
    """A vantage has no token that suffices."""
    needed = needs(view.service)
    return any(insufficient(ballot.access, needed) is not None for ballot in view.alive)


def zone_disabled(view: View) -> bool:
    """Linode says that the domain is not active, or its name servers refuse to answer for it."""
    return (view.reading is not None and view.reading.zone != ACTIVE) or view.refused()


def not_served(view: View) -> bool:
    """The records say it, and somebody looked after the time that was promised, and not every name
    server had it, whoever wrote it. Where nobody could look, nobody knows; and where the records
    say something else, or have done so lately, that is drift."""
    state, reading = view.state, view.reading
    if state is None or not awaited(state) or not state.served.late:
        return False
    if reading is None:
        return True
    again = due(state, view.settings.publish_allowance, reading.since)
    return view.now >= again and not differs(state, reading)


def ipv6_unmanaged(view: View) -> bool:
    """The settings name no IPv6 address any more, and the name still has some of ours."""
    state, reading = view.state, view.reading
    return bool(
        state
        and reading
        and reading.addresses(Family.AAAA)
        and not any(region.addresses.ipv6 for region in view.service.regions)
    )


def failing_to_publish(view: View) -> bool:
    """A publication has not succeeded for long."""
    state = view.unfinished
    return state is not None and (
        view.now - state.publication.unfinished_since >= PUBLICATION_SECONDS
    )


def not_added(view: View) -> bool:
    """Linode was asked to add a record and did not."""
    return view.state is not None and view.state.limits.create_refused is not None


def duplicated(view: View) -> bool:
    """A round that could not confirm what it read ends nothing."""
    raised = view.state.notices.raised() if view.state and not view.confirmed else ()
    return Kind.DUPLICATE_RECORDS in raised or bool(duplicates.surplus(view))
