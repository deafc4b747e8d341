"""How each service stands, why, since when, and what automation does next. Read-only."""

from collections.abc import Mapping

from failover.app.control import service_status
from failover.app.control.answers import Facts, stop_of
from failover.app.viewing import view_of
from failover.decision.balancers import Unresolved, resolve
from failover.decision.decide import decide
from failover.decision.headline import Headline, headline, reasons, worst
from failover.decision.view import View
from failover.decision.words import balancers
from failover.decision.words import status as words
from failover.health.beats import still
from failover.notify.events import as_time
from failover.notify.kinds import Kind
from failover.ports import Clock
from failover.settings.model import Settings
from failover.settings.shards import MOST, assigned, part
from failover.store import Store

MOST_LINES = 2000
"""Lines of the summary after which services of more than one shard have a line each."""

LATELY = 20
"""Events of the history among which the error of an incident is looked for."""


def status(
    clock: Clock, store: Store, settings: Settings, vantage: str, only: str | None = None
) -> Facts:
    """The state of one service or of all: a summary to read first, then the facts. Of more than one
    shard can have, those that are OK are only counted: Lambda returns 6 MB at the most.

    Works with the monitor stopped, and says how old what it shows is. Raises StoreUnavailable, and
    KeyError for a service that is not in the settings.
    """
    if only is not None and settings.service(only) is None:
        raise KeyError(only)
    where = assigned(settings)
    asked = [service for service in settings.services if only in (None, service.name)]
    shards = {where[service.name]: part(settings, where[service.name]) for service in asked}
    standings = {shard: store.standing(vantage, shard) for shard in shards}
    first = next(iter(standings.values()))  # all have the same stop switch
    brief = len(asked) > MOST
    summary: list[str] = []
    services: dict[str, Facts] = {}
    found: dict[str, Headline] = {}
    for service in asked:
        standing, its = standings[where[service.name]], shards[where[service.name]]
        snapshot = store.read(service.name)
        try:
            resolution = resolve(service, snapshot.state, standing.lookup, settings.revision)
        except Unresolved as reason:
            why_not = balancers.all_said(reason.anomalies)
            found[service.name] = Headline.DEGRADED
            services[service.name] = {
                "headline": Headline.DEGRADED,
                "record": service.record,
                "not_watched": why_not,
            }
            summary.append(words.not_watched(service.name, service.record, why_not))
            continue
        view = view_of(clock.now(), its, resolution, vantage, snapshot, first.gate)
        decision = decide(view)
        errors = _errors(view, store)
        why = reasons(view)
        found[service.name] = headline(why)
        said = words.lines(view, decision, why, errors)
        if brief and (found[service.name] is Headline.OK or len(summary) > MOST_LINES):
            services[service.name] = {"headline": headline(why), "record": service.record}
            summary += said[:1] if why else []
            continue
        services[service.name] = service_status.of(view, decision, standing, why, errors)
        summary += said
    quiet = _standing_still(clock, store, settings, vantage) if only is None else ()
    trouble = (*first.broken, *(words.stands_still(shard, settings.shards) for shard in quiet))
    overall = worst([*found.values(), *([Headline.DEGRADED] if trouble else [])])
    if trouble or len(found) != 1:
        summary = [*words.of_several(overall, found, trouble), *summary]
    return {
        "summary": summary,
        "headline": overall,
        "at": as_time(clock.now()),
        "settings": {"revision": settings.revision, "vantages": list(settings.vantages)},
        "stopped": stop_of(first.gate, clock.now()),
        "services": services,
        **({"shards": settings.shards} if settings.shards > 1 else {}),
    }


def _standing_still(
    clock: Clock, store: Store, settings: Settings, vantage: str
) -> tuple[int, ...]:
    """The shards of this vantage that nobody runs. Raises StoreUnavailable."""
    if settings.shards == 1:
        return ()
    return still(store.signs(vantage), settings, clock.now())


def _errors(view: View, store: Store) -> Mapping[Kind, str]:
    """The last known error of each incident that is open. Raises StoreUnavailable."""
    state = view.state
    if state is None or not state.notices.raised():
        return {}
    found: dict[Kind, str] = {}
    told = (*reversed(state.notices.pending), *store.history(view.service.name, LATELY))
    for kind in state.notices.raised():
        events = (event for event in told if event.about == f"incident/{kind}")
        errors = (event.text("error") for event in events if "error" in event.facts)
        if error := next(errors, ""):
            found[kind] = error
    return found
