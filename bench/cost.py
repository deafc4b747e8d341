"""What a month costs, from the requests, durations and lines of real ticks.

usage: python -m bench.cost [--quick] [--save]
One service in two regions with the default settings, watched by one vantage, by three, and by one
whose ticks stay awake because it has no queue, all side by side; first in a steady state, then with
one failed probe. The sizes of items, memory and alarms are those of the table and of the template.
Takes five minutes.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.crowd import TABLE, VANTAGE, Crowd
from bench.figures import item_bytes, read_units, write_units
from bench.monitor import MonitorProcess, Seen
from bench.prices import CONTAINER, FREE, OTHERS, PRICES, Use, cost
from bench.report import COSTS, ROOT, circumstances, options, table, tell
from failover.health.beats import plan
from failover.settings import settings_file
from local.region import RegionFault, RegionServer

VANTAGES = (VANTAGE, "eu-central-1", "eu-west-3")
MINUTE = 60.0
INTERVAL = 10.0
MINUTES_A_MONTH = 730 * 60
OVERHEAD = 26
"""Bytes that CloudWatch Logs counts for each line beside its text (API reference, PutLogEvents)."""
FAR = 0.5
"""Seconds by which a round lasts longer than on loopback: the regions, Linode and AWS are away."""
POLLS = 15
"""Requests a minute with which Lambda waits for messages: five at a time, for 20 s each."""
OF_ALARMS = 1
"""Metrics that a vantage feeds on a good day without those of regions: completed rounds."""
FOR_A_BEAT = 2
"""Requests of Lambda for each message: it receives and deletes it."""

Items = dict[tuple[str, str], int]
"""The bytes of items, by partition key and sort key."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What one vantage does in a minute, on the average.

    `seconds` are what its ticks last together. `started`, `rounds` and `superseded` count the
    ticks, their rounds, and the ticks that ended after their first request; `beats` the messages.
    """

    seconds: float
    started: float
    rounds: float
    superseded: float
    beats: int
    calls: dict[str, float]
    reads: float
    writes: float
    log_bytes: float
    series: int

    @property
    def billed(self) -> float:
        """What the ticks would last together, far from what they ask."""
        return self.seconds if not self.beats else self.seconds + FAR * self.rounds

    @property
    def queue(self) -> float:
        """Requests to the queue, those of Lambda included."""
        if not self.beats:
            return 0.0
        return self.calls["sqs.SendMessageBatch"] + POLLS + FOR_A_BEAT * self.beats

    def month(self, vantages: int, memory: float, alarms: int, dashboards: int) -> Use:
        """What all vantages use in a month. One of them has the dashboards, and feeds the metrics
        of regions.

        A write to a global table is billed in each of its replicas; that of a superseded beat is
        refused, and billed in one.
        """
        minutes = MINUTES_A_MONTH * vantages
        refused = self.superseded
        return Use(
            requests=minutes * self.started,
            gb_seconds=minutes * self.billed * memory / 1024,
            schedules=minutes,
            queue=minutes * self.queue,
            reads=minutes * self.reads,
            writes=minutes * ((self.writes - refused) * vantages + refused),
            metrics=self.series + OF_ALARMS * (vantages - 1),
            alarms=alarms * vantages,
            dashboards=dashboards,
            log_gb=minutes * self.log_bytes / 1e9,
        )


@dataclass(slots=True)
class Deployment:
    """Monitors of one table, and what they have seen once they have ended."""

    crowd: Crowd
    monitors: list[MonitorProcess]
    queue: bool
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

    def minute(self, start: float, minutes: int) -> Minute:
        """The average of the first vantage over so many minutes from a moment on."""
        assert self.seen
        items = self._items()
        end, count = start + minutes * MINUTE, minutes
        started = [tick for tick in self.seen.ticks if start <= tick[0] < end]
        calls = Counter(what for what, at in self.seen.calls if start <= at < end)
        if not any(what.startswith("dynamodb.") for what in calls):
            raise RuntimeError("no call to the control table was counted: nothing can be computed")
        lines = self.monitors[0].lines_between(start, end)
        seconds = sum(ended - began for began, ended, _ in started) / count
        return Minute(
            # A hand-over falls anywhere between two rounds. Here it always falls at the same place.
            seconds=seconds if self.queue else MINUTE + INTERVAL / 2,
            started=len(started) / count,
            rounds=sum(rounds for _, _, rounds in started) / count,
            superseded=sum(not rounds for _, _, rounds in started) / count,
            beats=len(plan(settings_file.load(Path(self.crowd.env["FAILOVER_CONFIG"]))))
            if self.queue
            else 0,
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


def measure(quick: bool) -> dict[str, tuple[Minute, Minute]]:
    """Run the deployments; for each its steady minutes, and the one with a suspicion.

    The steady state begins once the records are adopted and beats arrive.
    """
    steady = 1 if quick else 2
    with ExitStack() as open_:
        wanted = {"one": (1, True), "awake": (1, False)}
        if not quick:
            wanted["three"] = (3, True)
        found = {name: _deploy(open_, *what) for name, what in wanted.items()}
        # The middle between two ticks of the schedule: no tick begins at the edge of a minute.
        calm = time.monotonic() + 1.5 * MINUTE - INTERVAL / 2
        faulty = calm + steady * MINUTE
        time.sleep(faulty - time.monotonic())
        for deployment in found.values():
            deployment.let_a_probe_fail()
        ill = list(found.values())
        while ill and time.monotonic() < faulty + MINUTE:
            ill = [deployment for deployment in ill if not deployment.heal()]
            time.sleep(0.02)
        # A tick has ended when the next one has taken over, at its next round.
        time.sleep(max(0.0, faulty + 2.5 * MINUTE - time.monotonic()))
        for deployment in found.values():
            deployment.seen = deployment.monitors[0].finish()
        return {
            name: (deployment.minute(calm, steady), deployment.minute(faulty, 1))
            for name, deployment in found.items()
        }


def _deploy(open_: ExitStack, vantages: int, queue: bool) -> Deployment:
    listed = VANTAGES[:vantages]
    names = ", ".join(f'"{name}"' for name in listed)
    crowd = open_.enter_context(Crowd(1, 2, settings={"vantages": f"[{names}]"}))
    kind = "strong" if vantages > 1 else "plain"
    monitors = [
        open_.enter_context(
            MonitorProcess(
                crowd.env | {"VANTAGE": name, "CONTROL_TABLE_KIND": kind},
                crowd.aws if queue else None,
                MINUTE,
                memory(),
            )
        )
        for name in listed
    ]
    return Deployment(crowd, monitors, queue)


def template(pattern: str) -> list[str]:
    """What a pattern finds in the template."""
    return re.findall(pattern, (ROOT / "template.yaml").read_text())


def memory() -> float:
    """The megabytes of the monitor, and so its part of a processor."""
    return float(template(r"MonitorMemory:\n    Type: Number\n    Default: (\d+)")[0])


COUNT = {"one": 1, "three": 3, "awake": 1}
"""The vantages of each deployment."""

HEADS = {"one": "one vantage", "three": "three vantages", "awake": "one, without a queue"}


def told_requests(found: dict[str, tuple[Minute, Minute]]) -> str:
    """What a vantage does in a minute, for docs/costs.md."""
    present = [name for name in HEADS if name in found]
    heads = HEADS | {"three": "one of three vantages"}
    head = [
        "one minute",
        *(f"{heads[n]}, {how}" for n in present for how in ("steady", "suspicion")),
    ]
    columns = [minute for name in present for minute in found[name]]
    calls = sorted({what for minute in columns for what in minute.calls})
    rows: list[list[object]] = [
        ["invocations", *(f"{m.started:g}" for m in columns)],
        ["of these, superseded beats", *(f"{m.superseded:g}" for m in columns)],
        ["rounds", *(f"{m.rounds:g}" for m in columns)],
        ["seconds of all of them", *(f"{m.seconds:.2f}" for m in columns)],
        *([f"`{what}`", *(f"{m.calls.get(what, 0):g}" for m in columns)] for what in calls),
        ["requests to the queue, with Lambda's", *(f"{m.queue:g}" for m in columns)],
        ["read units", *(f"{m.reads:g}" for m in columns)],
        ["write units", *(f"{m.writes:g}" for m in columns)],
        ["bytes of logs", *(f"{m.log_bytes:.0f}" for m in columns)],
        ["metrics fed", *(m.series for m in columns)],
    ]
    return f"""\
Measured {circumstances()}: one service in two regions with the default settings, region metrics
included, with the part of a processor that the memory of the template gives. The schedule starts a
tick once a minute; it sends {columns[0].beats} beats, of which about half are superseded by the
next tick of the schedule. Without a queue a tick stays awake, ends at its first round after the
next one took over, and lasts 60 to 70 s, as that falls: a month is billed at 65 s. The suspicion is
one failed probe. Units are computed from the bytes of the items that were in the table.

{table(head, rows)}
"""


def used(found: dict[str, tuple[Minute, Minute]]) -> dict[str, Use]:
    """What each deployment uses in a month, in its steady state."""
    alarms = len(template(r"Type: AWS::CloudWatch::Alarm\n    Properties:"))
    dashboards = len(template(r"Type: AWS::CloudWatch::Dashboard\b"))
    return {
        name: found[name][0].month(COUNT[name], memory(), alarms, dashboards)
        for name in HEADS
        if name in found
    }


def told_month(uses: Mapping[str, Use]) -> str:
    """A month, for docs/costs.md."""
    rows = [_row(label, price, name, [*uses.values()]) for name, (label, price) in PRICES.items()]
    rows.append(["**together**", "", *(_both(use) for use in uses.values())])
    bare = [replace(use, metrics=OF_ALARMS * COUNT[name]) for name, use in uses.items()]
    rows.append(["with `region_metrics = false`", "", *map(_both, bare)])
    head = ["", "$ for one", *(f"{HEADS[name]}, list / after the free tier" for name in uses)]
    return f"""\
US dollars for 730 hours: what is used, at list price / after the free tier of an account that uses
nothing else. Memory and alarms are those of the template, and there is one dashboard: two of three
vantages are deployed with `WithDashboard=false`, which feeds no metrics of regions. Three vantages
are in one account here, so that they share one free tier.

{table(head, rows)}
"""


def told_others(uses: Mapping[str, Use]) -> str:
    """What else could do it, for docs/costs.md."""
    container = replace(uses["one"], requests=0, gb_seconds=0, schedules=0, queue=0)
    rows: list[list[object]] = [
        *([f"this monitor, {HEADS[name]}", f"{cost(use):.2f}"] for name, use in uses.items()),
        [
            "a container that always runs, with the same table, alarms and metrics",
            f"{cost(container) + CONTAINER:.2f}",
        ],
        *([what, f"{price:.2f}"] for what, price in OTHERS.items()),
    ]
    return f"""\
US dollars a month at list price, for one service in two regions. Without a queue the function
sleeps between its rounds, and Lambda bills the sleep. Route 53 and Region switch do another job:
Route 53 answers with its own name servers, needs no table, and tells nobody why; Region switch runs
a plan that a person or an alarm starts. The container has a quarter of a processor, 0.5 GB and a
public address at Fargate.

{table(["", "$ a month"], rows)}
"""


def _both(use: Use) -> str:
    return f"**{cost(use):.2f}** / **{cost(use, FREE):.2f}**"


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
    uses = used(found)
    tell("What a minute does", told_requests(found), page)
    tell("A month", told_month(uses), page)
    tell("Beside others", told_others(uses), page)


if __name__ == "__main__":
    main()
