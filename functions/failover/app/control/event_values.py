"""What each key of an event may hold: how its value is read, and what is allowed, in words."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from failover.notify.commands import EVERYTHING, LONGEST_ORDER, Command
from failover.settings.model import Settings
from failover.settings.refusal import Refusal

MOST_EVENTS = 200
SHORTEST_ORDER = 60.0

_FOR_ALL = {
    Command.STATUS,
    Command.HISTORY,
    Command.DATA_STATUS,
    Command.PAUSE,
    Command.RESUME,
}

_DURATION = re.compile(r"([1-9][0-9]{0,5})(s|m|h)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_PLACEHOLDER = re.compile("<[^<>]*>")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_LONGEST = {"by": 100, "reason": 500}

Check = Callable[[object, float], object]


def rule(
    key: str, command: Command, settings: Settings, event: Mapping[str, object]
) -> tuple[Check, str]:
    """How a key's value is read, and what is allowed there, in words with an example."""
    if key == "service":
        return _service(command, settings)
    if key == "region":
        return _region(settings, event.get("service"))
    return _RULES[key]


def _service(command: Command, settings: Settings) -> tuple[Check, str]:
    names = [service.name for service in settings.services]
    if command in _FOR_ALL:
        names.append(EVERYTHING)
    allowed = f'allowed is one of {", ".join(names)}, for example "service": "{names[0]}"'
    if command in _FOR_ALL:
        allowed += f'; "{EVERYTHING}" is everything'
    return _one_of(names), allowed


def _region(settings: Settings, name: object) -> tuple[Check, str]:
    service = settings.service(name) if isinstance(name, str) else None
    if service is None:
        return _one_of([]), "allowed is a region of the service"
    names = [region.name for region in service.regions]
    return _one_of(names), f'allowed is one of {", ".join(names)}, for example "{names[0]}"'


def _one_of(names: list[str]) -> Check:
    def check(value: object, _now: float) -> object:
        if not isinstance(value, str) or value not in names:
            raise Refusal
        return value

    return check


def _flag(value: object, _now: float) -> object:
    if not isinstance(value, bool):
        raise Refusal
    return value


def _limit(value: object, _now: float) -> object:
    if type(value) is not int or not 1 <= value <= MOST_EVENTS:
        raise Refusal
    return value


def _identity(value: object, _now: float) -> object:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Refusal
    return value


def _words(longest: int) -> Check:
    def check(value: object, _now: float) -> object:
        if not isinstance(value, str) or not value.strip():
            raise Refusal
        if len(value) > longest:
            raise Refusal(f"{len(value)} characters")
        if not value.isprintable() or re.search("[\ud800-\udfff]", value):
            raise Refusal("with characters that cannot be printed on one line")
        if _PLACEHOLDER.fullmatch(value.strip()):
            raise Refusal("which is a place for your own words")
        return value.strip()

    return check


def _until(value: object, now: float) -> object:
    """A time from now, or a moment; either way in Unix seconds."""
    if not isinstance(value, str):
        raise Refusal("not text")
    until = _moment(value, now)
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


_RULES: Mapping[str, tuple[Check, str]] = {
    "until": (
        _until,
        (
            'allowed is a time from now, "1m" to "72h", or a moment with its zone such as '
            '"2026-01-31T06:00:00Z", 72 h away at the most, for example "until": "4h"'
        ),
    ),
    "force": (_flag, 'allowed is true or false, for example "force": true'),
    "limit": (
        _limit,
        f'allowed is a whole number from 1 to {MOST_EVENTS}, for example "limit": 20',
    ),
    "by": (
        _words(_LONGEST["by"]),
        'allowed is your name, in 100 characters at the most, for example "by": "ana"',
    ),
    "reason": (
        _words(_LONGEST["reason"]),
        (
            "allowed is why, for those who read it later, in 500 characters at the most, "
            'for example "reason": "maintenance in us-east"'
        ),
    ),
    "id": (
        _identity,
        (
            "allowed are 1 to 64 of A-Z a-z 0-9 . _ : -, "
            'for example "id": "incident-42"; leave it out otherwise'
        ),
    ),
}
