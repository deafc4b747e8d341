"""The commands of the control function: one event, one answer, and nothing changed by a bad one."""

from collections.abc import Callable, Mapping

from failover.app.control import switch_answers
from failover.app.control.answers import Facts, guarded
from failover.app.control.data_status import data_status
from failover.app.control.history import history
from failover.app.control.manual import switch, tried
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
from failover.errors import FailoverError
from failover.notify.commands import EVERYTHING, Command, Order, ways
from failover.notify.events import as_time
from failover.ports import World
from failover.publication import orders
from failover.publication.state import State
from failover.settings.model import Settings

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
        return switch_answers.of_switch(
            order, switch(world, settings, vantage, order, seconds_left)
        )
    follow = CHANGES[order.command]
    state, changed = change(world, order, lambda before, now: follow(before, order, now))
    if changed:
        return {"summary": [f"{order.service}: {_said(state, order)}"], "changed": True}
    if order.id in state.orders.commands:
        return {"summary": [switch_answers.repeated(order)], "changed": False, "repeated": True}
    return {"summary": [f"{order.service}: there is nothing to {order.command}"], "changed": False}


def _tried(order: Order, world: World, settings: Settings, vantage: str) -> Facts:
    """What an order would do now. Raises Refused and StoreUnavailable."""
    if order.service != EVERYTHING and order.command not in CHANGES:
        return switch_answers.of_try(order, tried(world, settings, vantage, order))
    if order.service == EVERYTHING:
        would = gate_would_change(world.store, vantage, order, world.clock.now())
    else:
        follow, now = CHANGES[order.command], world.clock.now()
        would = would_change(world.store, order, lambda before: follow(before, order, now))
    effect = f"would {order.command}" if would else f"there is nothing to {order.command}"
    what = "everything" if order.service == EVERYTHING else order.service
    until = f" until {as_time(order.until)}" if would and order.until else ""
    return switch_answers.dry_run(f"{what}: {effect}{until}", would=would)


def _said(state: State, order: Order) -> str:
    return next((e.text("said") for e in state.notices.pending if e.id == order.id), "done")


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
