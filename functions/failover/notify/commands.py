"""What a person may ask for: the commands, an order, and how either is written as an event."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from failover.notify.events import as_time

LONGEST_ORDER = 72 * 3600.0
"""Seconds for which a pin or a pause may hold: one that is forgotten must end by itself."""

FOR_EXAMPLE = "4h"
"""How long an order holds in the events that are shown to people."""

EVERYTHING = "*"
"""Stands in an event for all services; no service can be called so."""


class Command(StrEnum):
    """The commands of the control function."""

    STATUS = "status"
    FAILOVER = "failover"
    FAILBACK = "failback"
    PIN = "pin"
    RELEASE = "release"
    PAUSE = "pause"
    RESUME = "resume"
    TAKEOVER = "takeover"
    HISTORY = "history"
    DATA_STATUS = "data-status"
    PREFLIGHT = "preflight"


QUESTIONS = frozenset((Command.STATUS, Command.HISTORY, Command.DATA_STATUS, Command.PREFLIGHT))
"""The commands that change nothing: nobody has to say who asks, and why."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command that changes something, and who asked for it.

    `id` is that of this one event, repeats of it included. `service` is EVERYTHING for all.
    `until` is Unix seconds. A `dry_run` is judged, and changes nothing.
    """

    command: Command
    id: str
    service: str
    by: str
    reason: str
    region: str | None = None
    until: float | None = None
    force: bool = False
    dry_run: bool = False

    def event(self, **changes: object) -> "Sendable":
        """This order as an event, with other keys: what a person sends instead."""
        asked = {"region": self.region, "force": self.force or None}
        return written(
            changes.pop("command", self.command),
            self.service,
            **{**asked, "until": as_time(self.until) if self.until else None, **changes},
            by=self.by,
            reason=self.reason,
        )


class Sendable(str):
    """An event as JSON on one line, which a person can send. `command` is the command line that
    sends it."""

    __slots__ = ("command",)
    command: str

    @classmethod
    def of(cls, event: Mapping[str, object]) -> "Sendable":
        """The text of an event."""
        text = cls(json.dumps(event, ensure_ascii=False))
        text.command = typed(event)
        return text


def ways(label: str, what: str, indent: str) -> list[str]:
    """How a person does something, in lines: by the command, and then by the event. Where no event
    does it, in the words that there are."""
    if not isinstance(what, Sendable):
        return [f"{indent}{label}: {what}"]
    return [f"{indent}{label}: {what.command}", f"{indent}  event: {what}"]


def typed(event: Mapping[str, object]) -> str:
    """The command line that sends an event, as far as the event is complete: `linode-failover` asks
    for what is left out."""
    given = {key: str(value) for key, value in event.items() if not _left_open(value)}
    everything = given.get("service") == EVERYTHING
    words = ["linode-failover", given["command"]]
    words += ["--everything"] if everything else [given["service"]] if "service" in given else []
    words += [given["region"]] if "region" in given else []
    words += ["--force"] if event.get("force") else []
    for key in ("until", "by", "reason"):
        words += [f"--{key}", given[key]] if key in given else []
    return shlex.join(words)


def _left_open(value: object) -> bool:
    """Whether it is a place for somebody's own words."""
    return isinstance(value, str) and value.startswith("<") and value.endswith(">")


def written(command: object, service: str, **keys: object) -> Sendable:
    """An event as JSON on one line, to be sent as it is once the names in <> are filled in."""
    who = {} if command in QUESTIONS else {"by": "<you>", "reason": "<why>"}
    event = {"command": str(command), "service": service, **who, **keys}
    order = ("command", "service", "region", "force", "until", "by", "reason")
    return Sendable.of({k: event[k] for k in order if event.get(k) is not None})
