"""Many services in one function: rounds that come late, CPU for a probe, memory, a mass failover.

usage: python -m bench.scale [--quick] [--save]
The monitor runs alone in a process, its world in others. Runs of 100 services in three regions,
over HTTP and HTTPS, then of 300; at the end of each, the first region of every service dies at the
same moment. Takes ten minutes, --quick two.
"""

import time
from dataclasses import dataclass

from bench.crowd import Crowd
from bench.figures import LATE, busiest_minute, lateness, rounds
from bench.monitor import LAMBDA_FILES, MonitorProcess, Seen
from bench.report import MEASURED, circumstances, options, table, tell
from local.linode_http import Call
from local.region import RegionFault

INTERVAL = 10.0
REGIONS = 3
WARM_UP = 25.0
"""Seconds before anything counts: imports, adoption, first pages."""
MOST_AFTER = 90.0
"""Seconds in which a mass failover must have ended."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was asked of it and what was seen. Times in seconds, memory in MB."""

    services: int
    scheme: str
    rounds: int
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
            self.services, self.scheme, self.rounds, self.late, f"{self.latest:.2f}",
            f"{1000 * self.cpu:.1f}", f"{self.memory:.0f}", self.threads, self.files,
            f"{self.moved} of {self.services}", f"{self.lasted:.1f}", self.lists, self.others,
        ]  # fmt: skip


HEAD = (
    "services", "scheme", "rounds", "late", "latest, s", "CPU per probe, ms", "peak memory, MB",
    "threads", "open files", "moved", "first to last write, s", "list reads in a minute",
    "other calls in a minute",
)  # fmt: skip


def run(services: int, scheme: str, seconds: float) -> Run:
    """Watch so many services in a steady state for so long, then let their first regions die."""
    with Crowd(services, REGIONS, tls=scheme == "https") as crowd, MonitorProcess(crowd.env) as m:
        time.sleep(WARM_UP)
        start = time.monotonic()
        time.sleep(seconds)
        end = time.monotonic()
        for servers in crowd.servers.values():
            servers[0].fault = RegionFault.REFUSE
        died = time.monotonic()
        moved = _moved(crowd)
        calls = [call for call in crowd.linode.requests if call.at >= died - 60.0]
        seen = m.finish()
        return _result(services, scheme, seen, (start, end), m.peaks, moved, calls)


def _moved(crowd: Crowd) -> dict[str, float]:
    """When the last record of each service was written, waiting until all were."""
    deadline = time.monotonic() + MOST_AFTER
    while True:
        written: dict[str, list[float]] = {}
        for name, call in crowd.writes():
            written.setdefault(name, []).append(call.at)
        complete = {name: max(times) for name, times in written.items() if len(times) > 1}
        if len(complete) == len(crowd.names) or time.monotonic() > deadline:
            return complete
        time.sleep(1.0)


def _result(
    services: int,
    scheme: str,
    seen: Seen,
    steady: tuple[float, float],
    peaks: dict[str, int],
    moved: dict[str, float],
    calls: list[Call],
) -> Run:
    probes = seen.probes_between(*steady)
    begun = rounds(probes)
    waits = lateness(begun, INTERVAL)
    lists = [call.at for call in calls if call.method == "GET" and call.path.endswith("/records")]
    others = [call.at for call in calls if call.at not in set(lists)]
    return Run(
        services,
        scheme,
        sum(map(len, begun.values())),
        sum(wait > LATE for wait in waits),
        max(waits),
        seen.cpu(*steady) / len(probes),
        max(sample[2] for sample in seen.samples) / 1024,
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
Measured {circumstances()}. Interval 10 s, {REGIONS} regions for each service; a tick takes over
every minute. A round is late when it began more than {LATE} s after it was due. The CPU is all that
the monitor's process used in the steady state, divided by the probes: it includes the reads and
votes of each round. Threads and open files are the most that were seen, sampled each 20 ms; the
process could open {LAMBDA_FILES} files, as in Lambda. Then the first regions of all services
died at the same moment: how long it took from the first service published to the last, and the
requests to the Linode API in its busiest minute (Linode allows 200 list reads, 1,600 others).

{table(HEAD, [r.row() for r in runs])}
"""


def main() -> None:
    """Measure and tell."""
    quick, page = options("bench.scale", __doc__ or "", "one short run of 20 services", MEASURED)
    wanted = [(20, "http", 22.0)] if quick else [
        (100, "http", 125.0), (100, "https", 125.0), (300, "http", 125.0), (300, "https", 125.0),
    ]  # fmt: skip
    runs = []
    for services, scheme, seconds in wanted:
        runs.append(run(services, scheme, seconds))
        print(dict(zip(HEAD, runs[-1].row(), strict=True)), flush=True)
    tell("Scale", told(runs), page)


if __name__ == "__main__":
    main()
