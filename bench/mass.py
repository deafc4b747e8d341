"""A mass failover as Linode would see it: a late rendering, a large zone, its rate limits.

usage: python -m bench.mass [--quick] [--save] [--render-delay S] [--zone N]
The monitor runs alone in a process, its world in others. The first region of every service dies at
the same moment; all of them are in one zone, which has other records, too. Takes eight minutes.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.crowd import RENDER_DELAY, Crowd
from bench.figures import busiest_minute
from bench.monitor import MonitorProcess, Seen
from bench.report import MEASURED, circumstances, table, tell
from local.linode_http import Call
from local.region import RegionFault

REGIONS = 2
WARM_UP = 75.0
MOST_AFTER = 120.0
"""Seconds in which the failover must have ended."""
ONE_MINUTE = 60.0
WANTED = ((10, 512), (100, 1769))
QUICK = ((10, 512),)
"""Services, and the memory size in MB whose part of a processor the monitor has."""

HEAD = (
    "services", "CPU of MB", "other records", "render delay, s", "death to first write, s",
    "first to last write, s", "answers 429", "list reads in a minute", "other calls in a minute",
    "zone files in a minute", "settled", "CPU before, cores",
    "CPU until it is rendered, cores", "CPU one minute later, cores",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked for."""

    services: int
    megabytes: int
    others: int
    render_delay: float


def run(asked: Asked) -> list[object]:
    """Let the first regions of so many services die, and return the line of the table."""
    with (
        Crowd(
            asked.services, REGIONS, render_delay=asked.render_delay, others=asked.others
        ) as crowd,
        MonitorProcess(crowd.env, crowd.aws, megabytes=asked.megabytes) as monitor,
    ):
        time.sleep(WARM_UP)
        crowd.linode.forget_requests()
        for servers in crowd.servers.values():
            servers[0].fault = RegionFault.REFUSE
        died = time.monotonic()
        _until(lambda: len(_complete(crowd)) == asked.services, died + MOST_AFTER)
        writes = [call.at for _, call in crowd.writes()]
        first, last = (min(writes), max(writes)) if writes else (died, float("inf"))
        time.sleep(max(0.0, died + 2 * ONE_MINUTE - time.monotonic()))
        calls = crowd.linode.requests
        lines = monitor.lines_between(died, time.monotonic())
        settled = {line.get("app") for line in lines if line.get("event") == "settled"}
        return [
            asked.services, asked.megabytes, asked.others, f"{asked.render_delay:g}",
            f"{first - died:.1f}", f"{last - first:.1f}",
            sum(call.status == 429 for call in calls),
            *_busiest(calls), f"{len(settled)} of {asked.services}",
            *_cpu(monitor.finish(), died, last, asked.render_delay),
        ]  # fmt: skip


def _cpu(seen: Seen, died: float, last: float, render_delay: float) -> list[str]:
    """What the monitor used, in processors: in the half minute before the death, from the last
    write until that is rendered, and in the half minute that begins a minute after the death."""
    half = ONE_MINUTE / 2
    windows = (
        (died - half, half), (last, max(1.0, render_delay)), (died + ONE_MINUTE, half),
    )  # fmt: skip
    return [f"{seen.cpu(at, at + seconds) / seconds:.2f}" for at, seconds in windows]


def _complete(crowd: Crowd) -> set[str]:
    """The services whose records have both been written."""
    written: dict[str, int] = {}
    for name, _ in crowd.writes():
        written[name] = written.get(name, 0) + 1
    return {name for name, count in written.items() if count >= 2}


def _busiest(calls: list[Call]) -> list[int]:
    """The most in any minute: list reads, other calls, and zone files among these."""
    lists = [c.at for c in calls if c.method == "GET" and c.path.endswith(("/records", "/domains"))]
    zones = [c.at for c in calls if c.path.endswith("/zone-file")]
    others = [c.at for c in calls if c.at not in set(lists)]
    return [busiest_minute(lists), busiest_minute(others), busiest_minute(zones)]


def _until(true: Callable[[], bool], deadline: float) -> None:
    while not true() and time.monotonic() < deadline:
        time.sleep(0.5)


def told(rows: list[list[object]]) -> str:
    """The result, for docs/measured.md."""
    return f"""\
Measured {circumstances()}. {REGIONS} regions for each service, all in one zone with as many other
records; two name servers. The first regions of all services died at the same moment. The emulator
refuses more than 200 list reads and 1,600 other calls in a minute, as Linode does. The zone file
is fetched and the name servers are asked until each of them shows the new addresses. The CPU is
that of the monitor alone, in processors: before the death, while the last write was not rendered
yet, and one minute after the death. A first write about 10 s after the death means that it came in
the middle of a round: the services that had passed it were warned by the first that saw it. Where
it came between two rounds, the first write is up to one interval (10 s) later. From first to last
write it takes what the processor takes for that many publications, about 45 ms for each.

{table(HEAD, rows)}
"""


def _options() -> tuple[list[Asked], Path | None]:
    parser = argparse.ArgumentParser(
        prog="python -m bench.mass",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="only the run of 10 services")
    parser.add_argument("--save", action="store_true", help=f"keep the result in {MEASURED.name}")
    parser.add_argument("--zone", type=int, default=2000, help="other records of the zone")
    parser.add_argument("--render-delay", type=float, default=RENDER_DELAY, help="seconds")
    given = parser.parse_args()
    wanted = QUICK if given.quick else WANTED
    runs = [Asked(*each, given.zone, given.render_delay) for each in wanted]
    return runs, MEASURED if given.save else None


def main() -> None:
    """Measure and tell."""
    runs, page = _options()
    tell("Mass failover", told([run(asked) for asked in runs]), page)


if __name__ == "__main__":
    main()
