"""The commands of the control function: one event, one answer, and nothing changed by a bad one."""

from collections.abc import Callable, Mapping

from failover.app.control.answers import Facts, guarded
from failover.app.control.data_status import data_status
from failover.app.control.history import history
from failover.app.control.manual import Switched, switch, tried
from failover.app.control.ordering import (
    Refused,
    change,
    gate_would_change,
    switch_gate,
    would_change,
)
from failover.app.control.readiness import readiness
from failover.app.control.requests import KEYS, BadEvent, Question, read
from failover.app.control.status import status
from failover.decision.decision import Action, Decision
from failover.decision.guard import Ground
from failover.decision.words import guards, values
from failover.errors import FailoverError
from failover.notify.commands import EVERYTHING, Command, Order, ways
from failover.notify.events import as_time
from failover.ports import World
from failover.publication import orders
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.settings.model import Routing, Settings
from failover.zone.records import Reading

BY_HAND = "if a name must move now, change its records by hand: docs/by-hand.md"

CHANGES: Mapping[Command, Callable[[State, Order, float], State]] = {
    Command.RELEASE: orders.released,
    Command.PAUSE: orders.paused,
    Command.RESUME: orders.resumed,
}
"""The orders that change what is remembered, and no record."""


def answer(
    event: object,
    world: World,
    settings: Settings,
    vantage: str,
    request_id: str,
    seconds_left: Callable[[], float],
) -> dict[str, object]:
    """The answer to one event: what was asked for, or one clear refusal.

    `request_id` is Lambda's: the same in every repeat of an invocation. `seconds_left` is what the
    function may still run. Known trouble is an answer, too.
    """
    try:
        asked = read(event, settings, request_id, world.clock.now())
    except BadEvent as bad:
        return _not_understood(bad, settings)
    try:
        if isinstance(asked, Question):
            return _told(asked, world, settings, vantage)
        if asked.dry_run:
            return _tried(asked, world, settings, vantage)
        done = _done(asked, world, settings, vantage, seconds_left)
    except Refused as no:
        return _refused(asked, no)
    except FailoverError as error:
        return _failed(asked, error)
    world.telemetry.log(
        "order", app=asked.service, command=asked.command, by=asked.by, **_log(done)
    )
    return _with_status(done, asked, world, settings, vantage)


def _told(asked: Question, world: World, settings: Settings, vantage: str) -> Facts:
    if asked.command is Command.HISTORY:
        return history(world.store, settings, asked.service, asked.limit)
    only = None if asked.service == EVERYTHING else asked.service
    if asked.command is Command.DATA_STATUS:
        return data_status(world, settings, only)
    if asked.command is Command.PREFLIGHT:
        return readiness(world, settings, vantage, only)
    return status(world.clock, world.store, settings, vantage, only)


def _done(
    order: Order,
    world: World,
    settings: Settings,
    vantage: str,
    seconds_left: Callable[[], float],
) -> Facts:
    """Raises Refused and StoreUnavailable."""
    if order.service == EVERYTHING:
        _, said, changed = switch_gate(world, vantage, order, world.clock.now())
        return {"summary": [said], "changed": changed}
    if order.command not in CHANGES:
        return _of_switch(order, switch(world, settings, vantage, order, seconds_left))
    follow = CHANGES[order.command]
    state, changed = change(world, order, lambda before, now: follow(before, order, now))
    if changed:
        return {"summary": [f"{order.service}: {_said(state, order)}"], "changed": True}
    if order.id in state.orders.commands:
        return {"summary": [_repeated(order)], "changed": False, "repeated": True}
    return {"summary": [f"{order.service}: there is nothing to {order.command}"], "changed": False}


def _tried(order: Order, world: World, settings: Settings, vantage: str) -> Facts:
    """What an order would do now. Raises Refused and StoreUnavailable."""
    if order.service != EVERYTHING and order.command not in CHANGES:
        return _of_try(order, tried(world, settings, vantage, order))
    if order.service == EVERYTHING:
        would = gate_would_change(world.store, vantage, order, world.clock.now())
    else:
        follow, now = CHANGES[order.command], world.clock.now()
        would = would_change(world.store, order, lambda before: follow(before, order, now))
    effect = f"would {order.command}" if would else f"there is nothing to {order.command}"
    what = "everything" if order.service == EVERYTHING else order.service
    until = f" until {as_time(order.until)}" if would and order.until else ""
    return _dry_run(f"{what}: {effect}{until}", would=would)


def _of_try(order: Order, decision: Decision) -> Facts:
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
        **_dry_run(*lines, would=pinned or not there),
        "action": decision.action,
        "targets": list(decision.targets),
    }


def _dry_run(*lines: str, would: bool) -> Facts:
    summary = ["dry run: nothing was changed", *lines]
    return {"summary": summary, "dry_run": True, "changed": False, "would_change": would}


def _said(state: State, order: Order) -> str:
    return next((e.text("said") for e in state.notices.pending if e.id == order.id), "done")


def _repeated(order: Order) -> str:
    return (
        f"{order.service}: this very event was followed before; nothing was changed now. To order "
        "the same once more, send it with another id, or with none"
    )


def _of_switch(order: Order, done: Switched) -> Facts:
    if done.repeated:
        return {"summary": [_repeated(order)], "changed": False, "repeated": True}
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
        "  any vantage's next round goes on with it; where no monitor runs, repeat the event",
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


def _refused(asked: Order | Question, no: Refused) -> Facts:
    lines = [f"refused: {asked.command} of {asked.service}; nothing was changed"]
    for guard in no.guards:
        lines.append(f"  {guard}")
        if guard.override:
            lines += ways("override", guard.override, " " * 4)
    return {"summary": lines, "refused": True, "guards": [guarded(guard) for guard in no.guards]}


def _failed(asked: Order | Question, error: FailoverError) -> Facts:
    lines = [f"{asked.command} of {asked.service} did not end: {error}"]
    if isinstance(asked, Order):
        lines.append(
            "it may have been followed or not; an event with an id of its own acts once, however "
            "often it is sent"
        )
    return {"summary": [*lines, BY_HAND], "failed": True}


def _not_understood(bad: BadEvent, settings: Settings) -> Facts:
    lines = ["refused: the event cannot be followed; nothing was changed", *bad.problems]
    services = {s.name: [region.name for region in s.regions] for s in settings.services}
    allowed: Facts = {
        "commands": {
            str(command): {"needs": sorted(needed), "may_have": sorted(possible)}
            for command, (needed, possible) in KEYS.items()
            if bad.command in (None, command)
        },
        "services": list(services),
        "regions": services,
    }
    return {"summary": lines, "refused": True, "problems": bad.problems, "allowed": allowed}


def _with_status(
    done: Facts, order: Order, world: World, settings: Settings, vantage: str
) -> dict[str, object]:
    """The answer, and then how things are now."""
    only = None if order.service == EVERYTHING else order.service
    try:
        now = status(world.clock, world.store, settings, vantage, only)
    except FailoverError as error:
        return {**done, "status": f"not read: {error}"}
    return {**now, **done, "summary": [*_lines(done), *_lines(now)]}


def _lines(facts: Facts) -> list[str]:
    lines = facts["summary"]
    assert isinstance(lines, list)
    return lines


def _log(done: Facts) -> Facts:
    return {"said": _lines(done)[0], "changed": done["changed"]}
