"""What an event asks for: checked as a whole, with everything that is wrong with it at once."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import PlainValidator, ValidationError, ValidationInfo

from failover.errors import FailoverError
from failover.notify.commands import EVERYTHING, LONGEST_ORDER, Command, Order
from failover.settings.model import Settings
from failover.settings.refusal import Refusal, shown
from failover.settings.rules import text, whole
from failover.settings.validation import UNSAID, Table, allowed, few, keys, problems

MOST_EVENTS = 200
FEW_EVENTS = 20
MOST_PROBLEMS = 20
SHORTEST_ORDER = 60.0

_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_PLACEHOLDER = re.compile("<[^<>]*>")


@dataclass(frozen=True, slots=True)
class _Now:
    """What an event is checked against."""

    settings: Settings
    time: float


def _service(value: object, info: ValidationInfo[_Now]) -> object:
    names = [service.name for service in info.context.settings.services]
    return _one_of(names, value, f'"service": "{names[0]}"')


def _service_or_all(value: object, info: ValidationInfo[_Now]) -> object:
    names = [service.name for service in info.context.settings.services]
    example = f'"service": "{names[0]}"; "{EVERYTHING}" is everything'
    return _one_of([*names, EVERYTHING], value, example)


def _region(value: object, info: ValidationInfo[_Now]) -> object:
    service = info.context.settings.service(info.data.get("service", ""))
    if service is None:
        raise Refusal(instead="allowed is a region of the service")
    names = [region.name for region in service.regions]
    return _one_of(names, value, f'"region": "{names[0]}"')


def _one_of(names: list[str], value: object, example: str) -> object:
    if not isinstance(value, str) or value not in names:
        raise Refusal(instead=f"allowed is one of {', '.join(names)}, for example {example}")
    return value


def _line(longest: int) -> PlainValidator:
    def check(value: object) -> object:
        if not isinstance(value, str) or not value.strip():
            raise Refusal
        if len(value) > longest:
            raise Refusal(f"{len(value)} characters")
        if not value.isprintable() or re.search("[\ud800-\udfff]", value):
            raise Refusal("with characters that cannot be printed on one line")
        if _PLACEHOLDER.fullmatch(value.strip()):
            raise Refusal("which is a place for your own words")
        return value.strip()

    return PlainValidator(check)


def _until(value: object, info: ValidationInfo[_Now]) -> float:
    """A time from now, or a moment; either way in Unix seconds."""
    if not isinstance(value, str):
        raise Refusal
    until, now = _moment(value, info.context.time), info.context.time
    if until - now > LONGEST_ORDER:
        raise Refusal("which is too far away")
    if until - now < SHORTEST_ORDER:
        raise Refusal("which is over, or nearly so")
    return until


def _moment(text: str, now: float) -> float:
    if match := _DURATION.fullmatch(text):
        return now + int(match[1]) * _UNITS[match[2]]
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise Refusal("a time without its zone")
        return moment.astimezone(UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, Refusal) else Refusal from None


_REGION = Annotated[str, PlainValidator(_region)]
_UNTIL = Annotated[
    float,
    PlainValidator(_until),
    allowed(
        'a time from now, "1m" to "72h", or a moment with its zone such as '
        '"2026-01-31T06:00:00Z", 72 h away at the most',
        "4h",
    ),
]


class _Question(Table):
    service: Annotated[str, PlainValidator(_service_or_all)] = EVERYTHING

    @classmethod
    def written(cls, key: str, value: object) -> str:
        """As JSON."""
        return f"{json.dumps(key)}: {json.dumps(value)}"


class _History(_Question):
    limit: int = whole(1, MOST_EVENTS, 20, default=FEW_EVENTS)


class _Order(_Question):
    service: Annotated[str, PlainValidator(_service)]
    by: Annotated[str, _line(100)] = allowed("your name, in 100 characters at the most", "ana")
    reason: Annotated[str, _line(500)] = allowed(
        "why, for those who read it later, in 500 characters at the most", "maintenance in us-east"
    )
    id: str = text(
        "[A-Za-z0-9._:-]{1,64}",
        "1 to 64 of A-Z a-z 0-9 . _ : -, or no id",
        "incident-42",
        default=UNSAID,
    )
    dry_run: bool = allowed("true or false", example=True, default=False)


class _Switch(_Order):
    region: _REGION = UNSAID
    until: _UNTIL = UNSAID
    force: bool = allowed("true or false", example=True, default=False)


class _Pin(_Order):
    region: _REGION
    until: _UNTIL


class _Resume(_Order):
    service: Annotated[str, PlainValidator(_service_or_all)]


class _Pause(_Resume):
    until: _UNTIL


_EVENTS: Mapping[Command, type[_Question]] = {
    Command.STATUS: _Question,
    Command.FAILOVER: _Switch,
    Command.FAILBACK: _Order,
    Command.PIN: _Pin,
    Command.RELEASE: _Order,
    Command.PAUSE: _Pause,
    Command.RESUME: _Resume,
    Command.TAKEOVER: _Switch,
    Command.HISTORY: _History,
    Command.DATA_STATUS: _Question,
    Command.PREFLIGHT: _Question,
}


def _required(event: type[Table], required: bool) -> frozenset[str]:
    return frozenset(key for key, spec in keys(event).items() if spec.is_required() is required)


KEYS = {
    command: (_required(event, required=True), _required(event, required=False))
    for command, event in _EVENTS.items()
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
    limit: int = FEW_EVENTS


def read(event: object, settings: Settings, request_id: str, now: float) -> Question | Order:
    """What the event asks for. Raises BadEvent.

    `request_id` is Lambda's: a repeat of an invocation has the same one. A person may give an `id`
    instead, so that an event that is sent twice acts once.
    """
    if not isinstance(event, Mapping):
        raise BadEvent(['an event is a JSON object, for example {"command": "status"}'], None)
    command = _command(event)
    kind, said = _EVENTS[command], {_key(k): v for k, v in event.items() if v is not None}
    del said["command"]
    asked_for = {**dict.fromkeys(KEYS[command][0]), **said}  # what is missing is None
    try:
        asked = dict(kind.model_validate(asked_for, context=_Now(settings, now)))
    except ValidationError as refused:
        found = [sentence for _, sentence in problems(refused, said, kind)]
        raise BadEvent(few(found, MOST_PROBLEMS), command) from None
    if not issubclass(kind, _Order):
        return Question(command, **asked)
    identity = f"{asked.pop('id') or request_id}/{_digest(event)}"
    return Order(command=command, id=identity, **asked)


def _key(key: object) -> str:
    return str(key).encode("utf-8", "replace").decode()


def _command(event: Mapping[str, object]) -> Command:
    asked = event.get("command")
    try:
        return Command(str(asked) if isinstance(asked, str) else "")
    except ValueError:
        allowed = ", ".join(sorted(Command))
        found = f"found {shown(asked)}" if asked is not None else "missing"
        raise BadEvent([f"command: {found}; allowed is one of {allowed}"], None) from None


def _digest(event: Mapping[str, object]) -> str:
    """Two events with one id that ask for different things are two orders."""
    text = json.dumps(event, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
