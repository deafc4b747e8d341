"""What an event asks for: checked as a whole, with everything that is wrong with it at once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from failover.app.control.event_values import rule
from failover.errors import FailoverError
from failover.notify.commands import EVERYTHING, Command, Order
from failover.settings.model import Settings
from failover.settings.refusal import Refusal, shown

FEW_EVENTS = 20

_WHO = {"by", "reason"}
KEYS: Mapping[Command, tuple[frozenset[str], frozenset[str]]] = {
    command: (frozenset(needed), frozenset(possible))
    for command, needed, possible in (
        (Command.STATUS, set(), {"service"}),
        (Command.FAILOVER, {"service", *_WHO}, {"region", "force", "until", "id"}),
        (Command.FAILBACK, {"service", *_WHO}, {"id"}),
        (Command.PIN, {"service", "region", "until", *_WHO}, {"id"}),
        (Command.RELEASE, {"service", *_WHO}, {"id"}),
        (Command.PAUSE, {"service", "until", *_WHO}, {"id"}),
        (Command.RESUME, {"service", *_WHO}, {"id"}),
        (Command.TAKEOVER, {"service", *_WHO}, {"region", "force", "until", "id"}),
        (Command.HISTORY, set(), {"service", "limit"}),
        (Command.DATA_STATUS, set(), {"service"}),
    )
}
"""What the event of each command must and may have beside `command`."""


class BadEvent(FailoverError):
    """The event cannot be followed: nothing was changed. `problems` are sentences, one a fault."""

    def __init__(self, problems: list[str], command: Command | None) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
        self.command = command


@dataclass(frozen=True, slots=True)
class Question:
    """A command that changes nothing. `service` is EVERYTHING for all."""

    command: Command
    service: str
    limit: int


def read(event: object, settings: Settings, request_id: str, now: float) -> Question | Order:
    """What the event asks for. Raises BadEvent.

    `request_id` is Lambda's: a repeat of an invocation has the same one. A person may give an `id`
    instead, so that an event that is sent twice acts once.
    """
    if not isinstance(event, Mapping):
        raise BadEvent(['an event is a JSON object, for example {"command": "status"}'], None)
    command = _command(event)
    needed, possible = KEYS[command]
    problems = [
        f"{command} needs {json.dumps(key)}: {rule(key, command, settings, event)[1]}"
        for key in sorted(needed)
        if event.get(key) is None
    ]
    strange = sorted(shown(str(key)) for key in set(event) - needed - possible - {"command"})
    if strange:
        listed = ", ".join(sorted(needed | possible)) or "nothing else"
        problems.append(f"{command} does not know {', '.join(strange[:5])}; it knows {listed}")
    values: dict[str, Any] = {}
    for key in sorted((needed | possible) & event.keys()):
        if event[key] is None:
            continue
        check, allowed = rule(key, command, settings, event)
        try:
            values[key] = check(event[key], now)
        except Refusal as refusal:
            why = f", {refusal}" if str(refusal) else ""
            problems.append(f'"{key}" is {shown(event[key])}{why}; {allowed}')
    if problems:
        raise BadEvent(problems, command)
    service = values.pop("service", EVERYTHING)
    if not needed:
        return Question(command, service, values.get("limit", FEW_EVENTS))
    identity = f"{values.pop('id', None) or request_id}/{_digest(event)}"
    return Order(command=command, id=identity, service=service, **values)


def _command(event: Mapping[str, object]) -> Command:
    asked = event.get("command")
    try:
        return Command(str(asked) if isinstance(asked, str) else "")
    except ValueError:
        allowed = ", ".join(sorted(Command))
        found = f"is {shown(asked)}" if asked is not None else "is missing"
        raise BadEvent([f'"command" {found}; allowed is one of {allowed}'], None) from None


def _digest(event: Mapping[str, object]) -> str:
    """Two events with one id that ask for different things are two orders."""
    text = json.dumps(event, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
