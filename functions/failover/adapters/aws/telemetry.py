"""What the functions print: structured lines for people, and metrics in CloudWatch's EMF.

Both are lines of JSON on the standard output, which Lambda sends to CloudWatch. They are ASCII:
there are readers for whom a line also ends at other characters than a line feed.
"""

import json
import logging
import math
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS
from aws_lambda_powertools.metrics import EphemeralMetrics

from failover.notify.metrics import Metric, with_alarms

SERVICE = "linode-region-failover"
"""The dimension `service` of the series that the alarms watch."""

MOST_BYTES = 13_000
"""Of all facts of a line: with what Powertools adds, it stays below 16 KB."""

LONGEST_TEXT = 1000
LONGEST_NAME = 100
DEEPEST = 6
LARGEST = 1e18

_ESCAPED = 2
"""How much longer a JSON text gets, at the most, inside another one."""

_TAKEN = {*RESERVED_LOG_ATTRS, *vars(logging.makeLogRecord({})), "message", "service", "event"}
"""Names that a fact cannot have: logging or Powertools would raise, or drop it."""

_lock = threading.Lock()


class PowertoolsTelemetry:
    """The Telemetry port. Safe to use from many threads at once.

    `redact` takes out of every text what must never be printed. `level` is a name of the logging
    module; problems are errors there.
    """

    def __init__(self, namespace: str, level: str, redact: Callable[[str], str]) -> None:
        self._namespace = namespace
        self._redact = redact
        self._about: dict[str, object] = {}
        self._logger = Logger(
            service=SERVICE,
            level=level,
            logger_handler=_StandardOutput(),
            json_serializer=json.dumps,
            use_rfc3339=True,
            utc=True,
            location=None,
        )
        # All of a process share one Logger, which only its first one sets up.
        self._logger.setLevel(level)

    def about(self, **facts: object) -> None:
        """Facts of this invocation, in every line from now on. None takes one out again.

        Two invocations that overlap print into one log group: this is what tells them apart.
        """
        known = {**self._about, **facts}
        self._about = {name: fact for name, fact in known.items() if fact is not None}

    def log(self, event: str, **facts: object) -> None:
        """One structured line about something that happened."""
        self._say(self._logger.info, event, facts)

    def problem(self, event: str, **facts: object) -> None:
        """The same for something that should not have happened."""
        self._say(self._logger.error, event, facts)

    def metrics(self, values: Mapping[Metric, float], **dimensions: str) -> None:
        """Print these values, and those of the alarms that they share, as one line. Without
        dimensions they are the series of the alarms.

        What is not a finite number has no place in JSON and is left out.
        """
        # A service of its own would be added to all dimensions, and make other series of them.
        emf = EphemeralMetrics(namespace=self._namespace, service="")
        for name, text in (dimensions or {"service": SERVICE}).items():
            emf.add_dimension(name=name, value=self._text(text).strip() or "unknown")
        for metric, number in with_alarms(values).items():
            if math.isfinite(number):
                emf.add_metric(name=metric.value, unit=metric.unit, value=number)
        if emf.metric_set:
            _print(json.dumps(emf.serialize_metric_set()))

    def _say(self, write: Callable[..., None], event: str, facts: Mapping[str, object]) -> None:
        facts = {**self._about, **facts}
        named = {f"{name}_" if name in _TAKEN else name: fact for name, fact in facts.items()}
        plain = {name: self._shown(fact) for name, fact in named.items()}
        event = self._text(event)[:LONGEST_NAME]
        write(event, extra={"event": event, **_bounded(plain)})

    def _shown(self, fact: object) -> object:
        """A fact as plain JSON. Whatever is odd about it, the line about it gets printed."""
        try:
            return self._plain(fact, DEEPEST)
        except Exception as error:  # noqa: BLE001 - anything may come from a stranger's __str__
            return f"[{type(fact).__name__} that cannot be shown: {type(error).__name__}]"

    def _plain(self, fact: object, depth: int) -> object:
        if isinstance(fact, Enum):
            return self._plain(fact.value, depth)
        if fact is None or _is_short_number(fact):
            return fact
        if is_dataclass(fact) and not isinstance(fact, type):
            fact = {field.name: getattr(fact, field.name) for field in fields(fact)}
        if not isinstance(fact, Mapping | list | tuple | set | frozenset):
            return self._text(fact)
        return self._parts(fact, depth - 1) if depth else "..."

    def _parts(self, facts: Mapping[object, object] | Collection[object], depth: int) -> object:
        if not isinstance(facts, Mapping):
            return [self._plain(inner, depth) for inner in facts]
        named = ((self._text(name)[:LONGEST_NAME], inner) for name, inner in facts.items())
        return {name: self._plain(inner, depth) for name, inner in named}

    def _text(self, fact: object) -> str:
        """Redacted before it is cut: the rest of a secret would not be recognised."""
        if isinstance(fact, Enum):
            fact = fact.value
        text = f"{type(fact).__name__}: {fact}" if isinstance(fact, BaseException) else str(fact)
        # Half a character would not be JSON to everybody.
        text = self._redact(text).encode("utf-8", "replace").decode()
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."


def _is_short_number(fact: object) -> bool:
    return isinstance(fact, bool | int | float) and -LARGEST < fact < LARGEST


class _StandardOutput(logging.Handler):
    """Prints each record as one line, as metrics are."""

    def emit(self, record: logging.LogRecord) -> None:
        _print(self.format(record))


def _print(line: str) -> None:
    """One write for a whole line, so that the lines of many threads cannot mix."""
    with _lock:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _bounded(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts as far as there is room; `cut` is the beginning of the first that has none."""
    kept: dict[str, object] = {}
    room = MOST_BYTES
    for name, fact in facts.items():
        text = json.dumps({name: fact})
        room -= len(text)
        if room < 0:
            kept["cut"] = text[: (room + len(text)) // _ESCAPED]
            break
        kept[name] = fact
    return kept
