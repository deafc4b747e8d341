"""CloudWatch as far as alarms go: the data in EMF lines, and alarms evaluated over it.

The rules are those of AWS's user guide, "Alarm evaluation", "Configuring how CloudWatch alarms
treat missing data" and "Alarm evaluation window" (docs.aws.amazon.com/AmazonCloudWatch/latest/
monitoring/): once a minute an alarm looks at the last so many periods, of which it fetches some
more than it needs. How many more AWS does not say, only that three needed ones make five: here it
is a parameter. Data are kept by the minute, so every period begins with one. Left out is what no
alarm here uses: periods below a minute, and `missing` and `ignore` for missing data.
"""

import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from failover.notify.metrics import Metric
from failover.ports import Telemetry

MINUTE = 60.0
EXTRA = 2
"""Data points that are fetched beyond those needed, in AWS's one example."""


class State(StrEnum):
    """What an alarm says. None here is ever without a verdict: all say what missing data means."""

    OK = "OK"
    ALARM = "ALARM"


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of CloudWatch: every set of dimensions is another one."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Datum:
    """One value of a series."""

    at: float
    value: float
    unit: str


Data = Mapping[Series, Sequence[Datum]]


class Tape(io.TextIOBase):
    """A standard output that notes at which time of a clock each line was printed.

    Powertools stamps its lines with the real time, of which a virtual night takes none: the time
    of the print is put in place of it.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self.lines: list[tuple[float, dict[str, Any]]] = []

    def write(self, text: str) -> int:
        """Take one whole line, as the functions print them."""
        self.lines.append((self._now(), json.loads(text)))
        return len(text)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Whatever is printed in here is on this tape."""
        with redirect_stdout(self):
            yield

    def data(self) -> dict[Series, list[Datum]]:
        """The metric data that CloudWatch makes of the lines."""
        found: dict[Series, list[Datum]] = defaultdict(list)
        for at, line in self.lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
                for names in directive["Dimensions"]:
                    dimensions = frozenset((name, line[name]) for name in names)
                    for metric in directive["Metrics"]:
                        series = Series(directive["Namespace"], metric["Name"], dimensions)
                        values = line[metric["Name"]]
                        for value in values if isinstance(values, list) else [values]:
                            found[series].append(Datum(at, value, metric["Unit"]))
        return found


@dataclass(slots=True)
class Taped:
    """The Telemetry port: the production adapter, each call printed on the tape of one vantage."""

    adapter: Telemetry
    tape: Tape

    def about(self, **facts: object) -> None:
        self.adapter.about(**facts)

    def log(self, event: str, **facts: object) -> None:
        with self.tape.running():
            self.adapter.log(event, **facts)

    def problem(self, event: str, **facts: object) -> None:
        with self.tape.running():
            self.adapter.problem(event, **facts)

    def metrics(self, values: Mapping[Metric, float], **dimensions: str) -> None:
        with self.tape.running():
            self.adapter.metrics(values, **dimensions)


STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

FILLED_WITH = {"breaching": True, "notBreaching": False}
"""What stands for a missing data point: whether it breaches."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as PutMetricAlarm is told of it."""

    series: Series
    statistic: str
    period: float
    needed: int
    to_alarm: int
    comparison: str
    threshold: float
    missing: str
    extra: int = field(default=EXTRA)

    @classmethod
    def of(cls, put: Mapping[str, Any], extra: int = EXTRA) -> "Alarm":
        """The alarm that these arguments of PutMetricAlarm make."""
        dimensions = frozenset((each["Name"], each["Value"]) for each in put["Dimensions"])
        return cls(
            series=Series(put["Namespace"], put["MetricName"], dimensions),
            statistic=put["Statistic"],
            period=put["Period"],
            needed=put["EvaluationPeriods"],
            to_alarm=put.get("DatapointsToAlarm", put["EvaluationPeriods"]),
            comparison=put["ComparisonOperator"],
            threshold=put["Threshold"],
            missing=put["TreatMissingData"],
            extra=extra,
        )

    def states(self, data: Data, start: float, end: float) -> list[State]:
        """What it says at each full minute after `start`, until `end`."""
        minutes = range(int(start // MINUTE) + 1, int(end // MINUTE) + 1)
        return [self.state(data, minute * MINUTE) for minute in minutes]

    def state(self, data: Data, now: float) -> State:
        """What it says at one moment."""
        windows = range(self.needed + self.extra, 0, -1)
        values = [statistic(self, data, now - back * self.period) for back in windows]
        breaches = COMPARISONS[self.comparison]
        return judged(
            [None if value is None else breaches(value, self.threshold) for value in values],
            self.needed,
            self.to_alarm,
            self.missing,
        )


def statistic(alarm: Alarm, data: Data, start: float) -> float | None:
    """The data point of the period that begins then, or None where it is missing."""
    end = start + alarm.period
    values = [datum.value for datum in data.get(alarm.series, ()) if start <= datum.at < end]
    return STATISTICS[alarm.statistic](values) if values else None


def judged(points: Sequence[bool | None], needed: int, to_alarm: int, missing: str) -> State:
    """The verdict on data points, oldest first: whether each breaches, None where it is missing.

    The newest real ones count, as many as are needed; only where there are fewer of them in all
    that was fetched is the rest filled in.
    """
    real = [point for point in points if point is not None][-needed:]
    filled = (needed - len(real)) * FILLED_WITH[missing]
    return State.ALARM if sum(real) + filled >= to_alarm else State.OK
