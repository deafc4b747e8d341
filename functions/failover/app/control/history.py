"""What happened, newest first: the history that the table keeps, and what is not in it yet."""

from collections.abc import Iterable

from failover.app.control.answers import Facts
from failover.notify.commands import EVERYTHING
from failover.notify.events import Event, as_time
from failover.notify.messages import title_of
from failover.publication.orders import LOG_OF_ALL
from failover.quoting import one_line
from failover.settings.model import Settings
from failover.store import Store


def history(store: Store, settings: Settings, service: str, limit: int) -> Facts:
    """The last events of a service, or of all. Those that wait in the decision, to be sent or to be
    moved here, come first. Raises StoreUnavailable."""
    names = [s.name for s in settings.services] if service == EVERYTHING else [service]
    waiting: dict[str, tuple[str, Event]] = {}
    kept: dict[str, tuple[str, Event]] = {}
    for name in names:
        state = store.read(name).state
        waiting |= _by_id(name, state.notices.pending if state else ())
        kept |= _by_id(name, store.history(name, limit))
    kept |= _by_id(EVERYTHING, store.history(LOG_OF_ALL, limit))
    for event_id in waiting:
        kept.pop(event_id, None)
    found = [*_newest_first(waiting.values()), *_newest_first(kept.values())][:limit]
    said = [_line(settings, name, event, event.id in waiting) for name, event in found]
    return {
        "summary": said or ["nothing has happened yet"],
        "events": [_facts(name, event, event.id in waiting) for name, event in found],
    }


def _facts(name: str, event: Event, waits: bool) -> Facts:
    return {
        "id": event.id,
        "at": as_time(event.at),
        "service": name,
        "what": event.what,
        "by": event.by,
        "facts": dict(event.facts),
        "waits": waits,
    }


def _by_id(name: str, events: Iterable[Event]) -> dict[str, tuple[str, Event]]:
    return {event.id: (name, event) for event in events}


def _newest_first(events: Iterable[tuple[str, Event]]) -> list[tuple[str, Event]]:
    return sorted(events, key=lambda each: each[1].at, reverse=True)


def _line(settings: Settings, name: str, event: Event, waits: bool) -> str:
    service = settings.service(name)
    said = event.text("said") or (title_of(event, service) if service else "")
    reason = f" ({event.text('reason')})" if event.by and "reason" in event.facts else ""
    by = f"{event.by}: " if event.by else ""
    mark = " [not sent yet]" if waits else ""
    where = "everything" if name == EVERYTHING else name
    return one_line(f"{as_time(event.at)} {where} {event.what}: {by}{said}{reason}{mark}")
