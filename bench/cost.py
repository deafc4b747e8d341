"""What a month costs, from the requests, durations and lines of real ticks.

usage: python -m bench.cost [--quick] [--save]
One service in two regions with the default settings, watched by one vantage, by three, and with
`tick_length = "0s"`, all side by side; first in a steady state, then with one failed probe. The
sizes of items, memory and alarms are those of the table and of the template. Takes five minutes.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.crowd import TABLE, VANTAGE, Crowd
from bench.figures import item_bytes, read_units, write_units
from bench.monitor import MonitorProcess, Seen
from bench.prices import FREE, PRICES, Use, cost
from bench.report import COSTS, ROOT, circumstances, options, table, tell
from local.region import RegionFault, RegionServer

VANTAGES = (VANTAGE, "eu-central-1", "eu-west-3")
MINUTE = 60.0
INTERVAL = 10.0
MINUTES_A_MONTH = 730 * 60
OVERHEAD = 26
"""Bytes that CloudWatch Logs counts for each line beside its text (API reference, PutLogEvents)."""
PLATFORM_BYTES = 900
"""What Lambda itself adds to the log for an invocation, roughly: start, runtime done, report."""

Items = dict[tuple[str, str], int]
"""The bytes of items, by partition key and sort key."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """What one tick of one vantage does, on the average.

    `billed` are its seconds when the hand-over falls anywhere between two rounds. Here it always
    falls at the same place, since both intervals divide the minute.
    """

    seconds: float
    billed: float
    calls: dict[str, float]
    reads: float
    writes: float
    log_bytes: float
    series: int

    def month(self, vantages: int, memory: float, alarms: int, dashboards: int, keys: int) -> Use:
        """What all vantages use in a month, with a tick a minute.

        A write to a global table is billed in each of its replicas.
        """
        ticks = MINUTES_A_MONTH * vantages
        return Use(
            requests=ticks,
            gb_seconds=ticks * self.billed * memory / 1024,
            reads=ticks * self.reads,
            writes=ticks * self.writes * vantages,
            schedules=ticks,
            metrics=self.series * vantages,
            alarms=alarms * vantages,
            dashboards=dashboards * vantages,
            keys=keys * vantages,
            log_gb=ticks * (self.log_bytes + PLATFORM_BYTES) / 1e9,
        )


@dataclass(slots=True)
class Deployment:
    """Monitors of one table, and what they have seen once they have ended."""

    crowd: Crowd
    monitors: list[MonitorProcess]
    overlapping: bool
    seen: Seen | None = None

    def let_a_probe_fail(self) -> None:
        """From now on the first region is unwell."""
        self._server.fault = RegionFault.UNAVAILABLE

    def heal(self) -> bool:
        """Well again, if the first vantage has had its failed probe."""
        if not any(line.get("event") == "probe_failed" for line in self.monitors[0].lines()):
            return False
        self._server.fault = None
        return True

    def ticks(self, start: float, end: float) -> Ticks:
        """The average of the first vantage's ticks that started between two moments."""
        assert self.seen
        items = self._items()
        started = [tick for tick in self.seen.ticks if start <= tick[0] < end]
        # A second early: a tick starts up to half a second late, and the next one is not counted.
        window = (started[0][0] - 1.0, started[-1][0] + MINUTE - 1.0)
        calls = Counter(what for what, at in self.seen.calls if window[0] <= at < window[1])
        if not any(what.startswith("dynamodb.") for what in calls):
            raise RuntimeError("no call to the control table was counted: nothing can be computed")
        lines = self.monitors[0].lines_between(*window)
        count = len(started)
        seconds = sum(ended - began for began, ended in started) / count
        return Ticks(
            seconds=seconds,
            billed=MINUTE + INTERVAL / 2 if self.overlapping else seconds,
            calls={what: number / count for what, number in sorted(calls.items())},
            reads=sum(number * _reads(what, items) for what, number in calls.items()) / count,
            writes=sum(number * _writes(what, items) for what, number in calls.items()) / count,
            log_bytes=sum(len(json.dumps(line)) + OVERHEAD for line in lines) / count,
            series=len({series for line in lines for series in _series(line)}),
        )

    @property
    def _server(self) -> RegionServer:
        return self.crowd.servers[self.crowd.names[0]][0]

    def _items(self) -> Items:
        """The bytes of every item of the table."""
        found = self.crowd.table().scan(TableName=TABLE)["Items"]
        return {(item["pk"]["S"], item["sk"]["S"]): item_bytes(item) for item in found}


def _series(line: dict[str, Any]) -> list[tuple[str, ...]]:
    """The CloudWatch metrics that a line feeds: each name with each set of dimensions is one."""
    return [
        (metric["Name"], *(f"{name}={line[name]}" for name in dimensions))
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", [])
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    ]


def _reads(what: str, items: Items) -> int:
    """Read units of a call, all of them strongly consistent. One that finds nothing costs one."""
    operation, _, partition = what.partition(" ")
    if operation == "dynamodb.BatchGetItem":  # the runner and the gate, each rounded up by itself
        return sum(read_units(_biggest(items, key)) for key in ("runner", "gate"))
    if operation == "dynamodb.Query":  # the items of the partition, rounded up together
        return read_units(sum(size for (pk, _), size in items.items() if pk == partition))
    return 0


def _writes(what: str, items: Items) -> int:
    operation, _, key = what.partition(" ")
    return write_units(_biggest(items, key)) if operation in _WRITING else 0


def _biggest(items: Items, key: str) -> int:
    """The bytes of the item with a sort key, or of the largest, since each vantage has a runner."""
    return max((size for (_, sk), size in items.items() if sk == key), default=0)


_WRITING = ("dynamodb.PutItem", "dynamodb.UpdateItem")


def measure(quick: bool) -> dict[str, tuple[Ticks, Ticks]]:
    """Run the deployments; for each its steady ticks, and the one with a suspicion."""
    steady = 1 if quick else 2
    with ExitStack() as open_:
        wanted = {"one": ("130s", 1), "short": ("0s", 1)}
        if not quick:
            wanted["three"] = ("130s", 3)
        found = {name: _deploy(open_, *what) for name, what in wanted.items()}
        began = time.monotonic()
        time.sleep((1 + steady) * MINUTE + 10.0)
        faulty = time.monotonic()
        for deployment in found.values():
            deployment.let_a_probe_fail()
        ill = list(found.values())
        while ill and time.monotonic() < faulty + 1.5 * MINUTE:
            ill = [deployment for deployment in ill if not deployment.heal()]
            time.sleep(0.02)
        # A tick has ended when the next one has taken over, at its next round.
        time.sleep(max(0.0, began + (3 + steady) * MINUTE + 15.0 - time.monotonic()))
        for deployment in found.values():
            deployment.seen = deployment.monitors[0].finish()
        return {name: _compared(deployment, faulty) for name, deployment in found.items()}


def _deploy(open_: ExitStack, tick_length: str, vantages: int) -> Deployment:
    listed = VANTAGES[:vantages]
    names = ", ".join(f'"{name}"' for name in listed)
    settings = {"tick_length": f'"{tick_length}"', "vantages": f"[{names}]"}
    crowd = open_.enter_context(Crowd(1, 2, settings=settings))
    kind = "strong" if vantages > 1 else "plain"
    monitors = [
        open_.enter_context(
            MonitorProcess(crowd.env | {"VANTAGE": name, "CONTROL_TABLE_KIND": kind}, MINUTE)
        )
        for name in listed
    ]
    return Deployment(crowd, monitors, overlapping=tick_length != "0s")


def _compared(deployment: Deployment, faulty: float) -> tuple[Ticks, Ticks]:
    """The ticks of the steady state, and the one with the suspicion: which ran already where ticks
    overlap, and was still to come where they are short.

    The steady state begins once the records are adopted, which takes two rounds: the first tick,
    or the first two where a tick is one round.
    """
    assert deployment.seen
    first = deployment.seen.ticks[0][0]
    adopted, before, after = (
        (first + 1.0, faulty - MINUTE, faulty)
        if deployment.overlapping
        else (first + MINUTE + 1.0, faulty, faulty + MINUTE)
    )
    return deployment.ticks(adopted, before), deployment.ticks(before, after)


def template(pattern: str) -> list[str]:
    """What a pattern finds in the template."""
    return re.findall(pattern, (ROOT / "template.yaml").read_text())


def told_requests(found: dict[str, tuple[Ticks, Ticks]]) -> str:
    """What a tick does, for docs/costs.md."""
    heads = {
        "one": "one vantage",
        "three": "one of three vantages",
        "short": '`tick_length = "0s"`',
    }
    present = [name for name in heads if name in found]
    head = ["one tick", *(f"{heads[n]}, {how}" for n in present for how in ("steady", "suspicion"))]
    columns = [ticks for name in present for ticks in found[name]]
    calls = sorted({what for ticks in columns for what in ticks.calls})
    rows: list[list[object]] = [
        ["seconds", *(f"{t.seconds:.2f}" for t in columns)],
        *([f"`{what}`", *(f"{t.calls.get(what, 0):g}" for t in columns)] for what in calls),
        ["read units", *(f"{t.reads:g}" for t in columns)],
        ["write units", *(f"{t.writes:g}" for t in columns)],
        ["bytes of logs", *(f"{t.log_bytes:.0f}" for t in columns)],
        ["metrics fed", *(t.series for t in columns)],
    ]
    return f"""\
Measured {circumstances()}: one service in two regions with the default settings, region metrics
included. A tick starts once a minute, and ends at its first round after the next one took over:
it lasts 60 to 70 s, as that falls, and a month is billed at 65 s. The suspicion is one failed
probe. Units are computed from the bytes of the items that were in the table.

{table(head, rows)}
"""


def told_month(found: dict[str, tuple[Ticks, Ticks]]) -> str:
    """A month, for docs/costs.md."""
    memory = float(template(r"MonitorMemory:\n    Type: Number\n    Default: (\d+)")[0])
    alarms = len(template(r"Type: AWS::CloudWatch::Alarm\n    Properties:"))
    dashboards = len(template(r"Type: AWS::CloudWatch::Dashboard\b"))
    keys = len(template(r"Type: AWS::KMS::Key\b"))
    heads = {"one": "one vantage", "three": "three vantages", "short": 'one, `"0s"`'}
    vantages = {"one": 1, "three": 3, "short": 1}
    present = [name for name in heads if name in found]
    uses = [found[n][0].month(vantages[n], memory, alarms, dashboards, keys) for n in present]
    rows = [_row(label, price, name, uses) for name, (label, price) in PRICES.items()]
    totals = [(cost(use), cost(use, FREE)) for use in uses]
    rows.append(["**together**", "", *(f"**{a:.2f}** / **{b:.2f}**" for a, b in totals)])
    head = ["", "$ for one", *(f"{heads[name]}, list / after the free tier" for name in present)]
    return f"""\
US dollars for 730 hours: what is used, at list price / after the free tier of an account that uses
nothing else. {memory:.0f} MB, {alarms} alarms and {dashboards} dashboards, as in the template.
Three vantages are in one account here, so that they share one free tier.

{table(head, rows)}
"""


def _row(label: str, price: float, name: str, uses: Sequence[Use]) -> list[object]:
    cells = []
    for use in uses:
        amount = getattr(use, name)
        paid = max(0.0, amount - getattr(FREE, name))
        cells.append(f"{amount:,.4g}: {amount * price:.2f} / {paid * price:.2f}")
    return [label, f"{price:.10f}".rstrip("0"), *cells]


def main() -> None:
    """Measure and tell."""
    quick, page = options("bench.cost", __doc__ or "", "one minute less, one vantage", COSTS)
    found = measure(quick)
    tell("What a tick does", told_requests(found), page)
    tell("A month", told_month(found), page)


if __name__ == "__main__":
    main()
