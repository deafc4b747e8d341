"""The answers to orders that move a name: what came of one, or would come of it now."""

from failover.app.control.answers import Facts
from failover.app.control.manual import Switched
from failover.decision.decision import Action, Decision
from failover.decision.guard import Ground
from failover.decision.words import guards, values
from failover.notify.commands import Command, Order, ways
from failover.notify.events import as_time
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.settings.model import Routing
from failover.zone.records import Reading


def repeated(order: Order) -> str:
    """That an order was followed before."""
    return (
        f"{order.service}: this very event was followed before; nothing was changed now. To order "
        "the same once more, send it with another id, or with none"
    )


def of_switch(order: Order, done: Switched) -> Facts:
    """What came of an order."""
    if done.repeated:
        return {"summary": [repeated(order)], "changed": False, "repeated": True}
    outcome = done.outcome
    lines = [
        *_ended(order, done),
        *(f"  {g}" for g in guards.why(done.decision) if g.name is not Ground.ORDER),
        *_from_now_on(order, done),
    ]
    if outcome is None:
        return {"summary": lines, "changed": order.until is not None}
    before, after = _records(done.view.reading), _records(outcome.reading)
    measured = done.state if outcome.published else None
    return {
        "summary": [*lines, f"  records before: {before}; after: {after}"],
        "changed": True,
        "publication": {
            "published": outcome.published,
            "error": outcome.error or None,
            "before": before,
            "after": after,
            "generation": done.state.publication.generation if done.state else None,
            "seconds": _seconds(measured) if measured else None,
        },
    }


def _ended(order: Order, done: Switched) -> list[str]:
    """Whether the name points there now."""
    name, record, where = order.service, done.view.service.record, ", ".join(done.decision.targets)
    if done.outcome is None:
        return [f"{name}: {record} points at {where} already: nothing to publish"]
    if done.outcome.published and done.state:
        return [f"{name}: {record} now points at {where}; {_times(done.state)}"]
    return [
        f"{name}: to {where} was decided, and is not written yet: {done.outcome.error}",
        "  any vantage's next round goes on with it",
        *ways("where no monitor runs", order.event(), " " * 4),
    ]


def _records(reading: Reading | None) -> str:
    return values.records(reading) if reading else "not read"


def _seconds(state: State) -> Facts:
    """What was measured, from the order on; None is not yet."""

    def after(at: float) -> float | None:
        return round(at - state.publication.decided_at, 3) if at else None

    return {
        "written": after(state.served.published_at),
        "rendered": after(state.served.rendered_at),
        "served": after(state.served.served_at),
    }


def _times(state: State) -> str:
    written = f"written after {state.served.published_at - state.publication.decided_at:.1f} s"
    if state.served.served_at:
        served = state.served.served_at - state.publication.decided_at
        return f"{written}, every name server answers so after {served:.1f} s"
    return (
        f"{written}; not every name server answers so yet, which may take a minute: "
        "the status tells when"
    )


def _from_now_on(order: Order, done: Switched) -> list[str]:
    """What automation makes of it, and how to end that."""
    state, service = done.state, done.view.service
    pin = state.orders.pinned(done.view.now) if state else None
    if pin:
        release = order.event(command=Command.RELEASE, region=None, force=None, until=None)
        return [
            f"  {pin.region} is held until {as_time(pin.until)}, whatever its health",
            *ways("to end it", release, " " * 4),
        ]
    if service.routing is Routing.MULTIVALUE or state is None:
        return []
    if Cause.OPERATOR in (state.served.moved_by, state.publication.cause):
        return ["  automation leaves this region if it dies, and returns no traffic by itself"]
    hold = order.event(
        command=Command.PIN, region=next(iter(state.served.active), None), until="4h"
    )
    return ["  automation goes on as before", *ways("to hold the name there", hold, " " * 4)]


def of_try(order: Order, decision: Decision) -> Facts:
    """What would come of it."""
    view, where = decision.view, ", ".join(decision.targets)
    name, record = order.service, view.service.record
    there = decision.action is Action.HOLD
    pinned = order.until is not None
    lines = [
        f"{name}: {record} points at {where} already: nothing to publish"
        if there
        else f"{name}: {record} would point at {where}",
        *(f"  {g}" for g in guards.why(decision) if g.name is not Ground.ORDER),
        *([f"  {where} would be held until {as_time(order.until)}"] if order.until else []),
        f"  records now: {_records(view.reading)}",
    ]
    return {
        **dry_run(*lines, would=pinned or not there),
        "action": decision.action,
        "targets": list(decision.targets),
    }


def dry_run(*lines: str, would: bool) -> Facts:
    """The answer of a dry run; `would` says that the order would change something."""
    summary = ["dry run: nothing was changed", *lines]
    return {"summary": summary, "dry_run": True, "changed": False, "would_change": would}
