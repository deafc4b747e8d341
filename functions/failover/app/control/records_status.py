"""What is known of the records: how old the reading is, and whether the last change is served."""

from failover.app.control.answers import Facts
from failover.decision.view import View
from failover.notify.events import as_time
from failover.publication.parts import Phase
from failover.zone.access import insufficient, needs


def records(view: View) -> list[Facts] | None:
    """The records of the newest reading."""
    if view.reading is None:
        return None
    return [
        {"type": r.type, "address": r.address, "ttl": r.ttl, "id": r.id}
        for r in view.reading.records
    ]


def reading(view: View) -> Facts:
    """Whether the records can be read now, and whether the token suffices."""
    needed = needs(view.service)
    return {
        "at": as_time(view.reading.at) if view.reading else None,
        "domain_status": view.reading.zone if view.reading else None,
        "failing": {
            ballot.vantage: {"since": as_time(ballot.unread.since), "error": ballot.unread.error}
            for ballot in view.alive
            if ballot.unread
        },
        "token": {
            ballot.vantage: insufficient(ballot.access, needed)
            for ballot in view.alive
            if ballot.access
        },
    }


def name_servers(view: View) -> Facts:
    """The name servers that gave no answer when a vantage last asked them, each with why."""
    return {vantage: unserved.errors for vantage, unserved in view.unserved().items()}


def publication(view: View) -> Facts | None:
    """How far the last change has come: what is not served yet, and what each source says."""
    state = view.state
    if state is None or not (state.publication.attempt or state.served.seen):
        return None
    return {
        "served_everywhere": state.publication.phase is Phase.SETTLED,
        "last_error": state.publication.last_error or None,
        "sources": {
            t.source: list(t.addresses) if t.addresses is not None else t.error or "no answer"
            for t in state.served.seen
        },
    }
