"""Many services: rounds that come late, CPU for a probe, memory, a mass failover.

usage: python -m bench.scale [--quick] [--save]
The monitor runs alone in a process, its world in others. Runs of 5, 30 and 100 services in three
regions, over HTTP and HTTPS; at the end of each, the first region of every service dies at the
same moment. Above 100 services each shard has a process of its own, and only as many of them run as
the machine carries: the others are in the settings and in the zone. Takes 40 minutes, --quick two.
"""

import contextlib
import time
from collections import Counter
from dataclasses import dataclass

from bench.crowd import Crowd
from bench.figures import LATE, busiest_minute, lateness, rounds
from bench.monitor import LAMBDA_FILES, MonitorProcess, Seen
from bench.report import MEASURED, circumstances, options, table, tell
from failover.settings.shards import shards_for
from local.linode_http import Call
from local.region import RegionFault

INTERVAL = 10.0
REGIONS = 3
WARM_UP = 75.0
"""Seconds before anything counts: until then tallies still rise, and each change is written."""
MOST_AFTER = 90.0
"""Seconds in which a mass failover must have ended."""


QUICK = ((20, "http", None, 1),)
WANTED = (
    (5, "https", 256, 1),
    (30, "https", 512, 1),
    (100, "http", None, 1),
    (100, "https", None, 1),
    (100, "https", 1024, 1),
    (300, "http", None, 4),
    (300, "https", None, 4),
    (1000, "https", None, 2),
    (1000, "https", 1024, 2),
    (2000, "http", None, 2),
    (2000, "https", None, 2),
)
"""Services, scheme, the memory size whose part of a processor each shard has, and how many shards
run at a time."""
Asked = tuple[int, str, int | None, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was asked of it and what was seen. Times in seconds, memory in MB."""

    services: int
    scheme: str
    memory_size: int | None
    shards: str
    watched: int
    rounds: int
    failed: int
    unavailable: int
    late: int
    latest: float
    cpu: float
    memory: float
    threads: int
    files: int
    moved: int
    lasted: float
    lists: int
    others: int

    def row(self) -> list[object]:
        """Its line in the table."""
        return [
            self.services, self.scheme, self.memory_size or "unlimited", self.shards, self.watched,
            self.rounds, self.late,
            f"{self.latest:.2f}", self.failed, self.unavailable,
            f"{1000 * self.cpu:.1f}", f"{self.memory:.0f}", self.threads, self.files,
            f"{self.moved} of {self.watched}", f"{self.lasted:.1f}", self.lists, self.others,
        ]  # fmt: skip


HEAD = (
    "services", "scheme", "CPU of MB", "shards run", "services watched",
    "rounds", "late", "latest, s", "failed probes",
    "table unavailable", "CPU per probe, ms", "peak memory, MB",
    "threads", "open files", "moved", "first to last write, s", "list reads in a minute",
    "other calls in a minute",
)  # fmt: skip


def run(asked: Asked, seconds: float) -> Run:
    """Watch so many services in a steady state for so long, then let their first regions die.

    With a memory size in MB each shard has the part of a processor that Lambda gives to it.
    """
    services, scheme, memory_size, processes = asked
    with contextlib.ExitStack() as opened:
        enter = opened.enter_context
        crowd = enter(Crowd(services, REGIONS, tls=scheme == "https", processes=processes))
        monitors = [
            enter(MonitorProcess(crowd.env, crowd.aws, megabytes=memory_size, shard=shard))
            for shard in crowd.shards
        ]
        time.sleep(WARM_UP)
        start = time.monotonic()
        time.sleep(seconds)
        end = time.monotonic()
        for servers in crowd.servers.values():
            servers[0].fault = RegionFault.REFUSE
        died = time.monotonic()
        moved = _moved(crowd)
        calls = [call for call in crowd.linode.requests if call.at >= died - 60.0]
        seen = [m.finish() for m in monitors]
        events = Counter(
            line.get("event") for m in monitors for line in m.lines_between(start, end)
        )
        peaks = {what: max(m.peaks[what] for m in monitors) for what in ("threads", "files")}
        return _result(asked, crowd, seen, (start, end), events, peaks, moved, calls)


def _moved(crowd: Crowd) -> dict[str, float]:
    """When the last record of each service was written, waiting until all were."""
    deadline = time.monotonic() + MOST_AFTER
    while True:
        written: dict[str, list[float]] = {}
        for name, call in crowd.writes():
            written.setdefault(name, []).append(call.at)
        complete = {name: max(times) for name, times in written.items() if len(times) > 1}
        if len(complete) == len(crowd.watched) or time.monotonic() > deadline:
            return complete
        time.sleep(1.0)


def _result(
    asked: Asked,
    crowd: Crowd,
    seen: list[Seen],
    steady: tuple[float, float],
    events: Counter[str | None],
    peaks: dict[str, int],
    moved: dict[str, float],
    calls: list[Call],
) -> Run:
    probes = [probe for each in seen for probe in each.probes_between(*steady)]
    begun = rounds(probes)
    waits = lateness(begun, INTERVAL)
    lists = [call.at for call in calls if call.method == "GET" and call.path.endswith("/records")]
    others = [call.at for call in calls if call.at not in set(lists)]
    return Run(
        *asked[:3],
        f"{len(crowd.shards)} of {shards_for(asked[0])}",
        len(crowd.watched),
        sum(map(len, begun.values())),
        events["probe_failed"],
        events["table_unavailable"],
        sum(wait > LATE for wait in waits),
        max(waits),
        sum(each.cpu(*steady) for each in seen) / len(probes),
        max(sample[2] for each in seen for sample in each.samples) / 1024,
        peaks["threads"],
        peaks["files"],
        len(moved),
        max(moved.values()) - min(moved.values()) if moved else float("inf"),
        busiest_minute(lists),
        busiest_minute(others),
    )


def told(runs: list[Run]) -> str:
    """The result, for docs/measured.md."""
    return f"""\
Measured {circumstances()}. Interval 10 s, {REGIONS} regions for each service; beats of a queue
start the ticks, and the schedule one each minute. A round is late when it began more than {LATE} s
after it was due. The CPU is all that the monitor's processes used in the steady state, divided by
the probes: it includes the reads and votes of each round. Memory, threads and open files are the
most that were seen of one process, sampled each 20 ms; each could open {LAMBDA_FILES} files, as in
Lambda. Above 100 services each shard is a process with a queue of its own; the services of shards
that did not run are in the settings and in the zone. Then the first regions of all services that
were watched died at the same moment: how long it took from the first service published to the last,
and the requests to the Linode API in its busiest minute (Linode allows 200 list reads and 1,600
others in a window that begins with the first request; the busiest minute may reach over two of
them).

{table(HEAD, [r.row() for r in runs])}
"""


def main() -> None:
    """Measure and tell."""
    quick, page = options("bench.scale", __doc__ or "", "one short run of 20 services", MEASURED)
    seconds = 22.0 if quick else 65.0
    runs = []
    for asked in QUICK if quick else WANTED:
        runs.append(run(asked, seconds))
        print(dict(zip(HEAD, runs[-1].row(), strict=True)), flush=True)
    tell("Scale", told(runs), page)


if __name__ == "__main__":
    main()
