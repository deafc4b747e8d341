"""What the functions print: structured lines for people, and metrics in CloudWatch's EMF."""

import threading
from collections.abc import Callable, Mapping
from enum import Enum

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from failover.core.metrics import Metric

SERVICE = "linode-region-failover"
"""The dimension `service` of the series that the alarms watch."""

LONGEST_TEXT = 2000


class PowertoolsTelemetry:
    """The Telemetry port. Safe to use from many threads at once.

    `redact` takes out of every text what must never be printed.
    """

    def __init__(self, namespace: str, level: str, redact: Callable[[str], str]) -> None:
        self._namespace = namespace
        self._redact = redact
        self._lock = threading.Lock()
        self._logger = Logger(service=SERVICE, level=level, use_rfc3339=True, location=None)
        self._logger.setLevel(level)

    def log(self, event: str, **facts: object) -> None:
        """One structured line about something that happened."""
        self._say(self._logger.info, event, facts)

    def problem(self, event: str, **facts: object) -> None:
        """The same for something that should not have happened."""
        self._say(self._logger.error, event, facts)

    def metrics(self, values: Mapping[Metric, float], **dimensions: str) -> None:
        """Print these values as one line. Without dimensions they are the series of the alarms."""
        if not values:
            return
        with self._lock:
            emf = EphemeralMetrics(namespace=self._namespace)
            for name, text in (dimensions or {"service": SERVICE}).items():
                emf.add_dimension(name=name, value=text)
            for metric, number in values.items():
                emf.add_metric(name=metric.value, unit=metric.unit, value=number)
            emf.flush_metrics()

    def _say(self, write: Callable[..., None], event: str, facts: Mapping[str, object]) -> None:
        plain = {name: self._plain(fact) for name, fact in facts.items()}
        with self._lock:
            write(event, extra={"event": event, **plain})

    def _plain(self, fact: object) -> object:
        if isinstance(fact, Enum):
            return self._plain(fact.value)
        if fact is None or isinstance(fact, bool | int | float):
            return fact
        if isinstance(fact, Mapping):
            return {self._text(name): self._plain(inner) for name, inner in fact.items()}
        if isinstance(fact, list | tuple | set | frozenset):
            return [self._plain(inner) for inner in fact]
        return self._text(fact)

    def _text(self, fact: object) -> str:
        return self._redact(str(fact))[:LONGEST_TEXT]
