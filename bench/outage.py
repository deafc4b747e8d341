"""A region dies while the queue is away: when its name is moved, and when beats resume.

usage: python -m bench.outage [--quick] [--save]
The shipped monitor with the default settings, started by a schedule every minute and by a queue in
a server of its own, which stops answering for five minutes. The region dies in the same moment.
Takes ten minutes, --quick six.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.report import MEASURED, circumstances, options, tell
from failover.settings import settings_file
from failover.settings.recovery import SCHEDULE_GAP, Recovery
from local.aws import AwsServer
from local.container import Function
from local.mapping import deployed
from local.world import LocalWorld

EVERY = 60.0
AWAY = 300.0
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Outage:
    """Seconds: until the write and what was promised for it, both from the death; from the return
    of the queue until a beat had a round, and until a tick of the schedule did not stay awake."""

    written: float
    promised: float
    away: float
    beat: float
    slept: float


def measure(away: float) -> Outage:
    """Stop the queue for so many seconds."""
    with (
        LocalWorld(health={}, render_delay=0.1) as world,
        AwsServer(world.aws.region) as sqs,
        deployed(world.env, sqs, EVERY) as monitor,
    ):
        settings = settings_file.load(world.settings_file)
        recovery = Recovery.of(settings.services[0], settings)
        _until("beats to arrive", lambda: len(_rounds(monitor, by_beats=True)) >= 3)
        with sqs.frozen():
            died = time.monotonic()
            first, second = world.places
            world.regions[first.name].fault = "refuse"
            _until("the write", lambda: world.targets() == [second.ipv4])
            written = time.monotonic() - died
            time.sleep(max(0.0, died + away - time.monotonic()))
        back, newest = time.monotonic(), int(time.time())
        _until("a beat", lambda: any(n > newest for n in _rounds(monitor, by_beats=True)))
        beat = time.monotonic() - back
        missed: set[int] = set()
        _until("a short tick", lambda: any(n > newest for n in _asleep(monitor, missed)))
        slept = time.monotonic() - back
    before_dns = recovery.total - recovery.publish_allowance - recovery.ttl
    return Outage(written, before_dns + SCHEDULE_GAP, away, beat, slept)


def _rounds(monitor: Function, *, by_beats: bool) -> list[int]:
    """The numbers of the ticks that had rounds and have ended."""
    return [
        returned["tick"]
        for event, returned in list(monitor.answers)
        if returned and returned["rounds"] and ("Records" in event) is by_beats
    ]


def _asleep(monitor: Function, missed: set[int]) -> list[int]:
    """The numbers of the ticks of the schedule that left the next rounds to beats. `missed` grows
    by those that said that beats are missing."""
    while not monitor.lines.empty():
        line = monitor.lines.get()
        if line.get("event") == "beats_missing":
            missed.add(line["tick"])
    return [number for number in _rounds(monitor, by_beats=False) if number not in missed]


def _until(what: str, happened: Callable[[], bool]) -> None:
    """Wait for something. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.1)


def told(seen: Outage) -> str:
    """The result, for docs/measured.md."""
    return f"""\
Measured {circumstances()}. The shipped handler with the default settings, in processes that stay
warm, started by a schedule every minute and by beats every 10 s. The server of the queue stopped
answering for {seen.away:.0f} s, and the region died in the same moment. A tick of the schedule
found that it could send no beats, stayed awake, and moved the name: the record was written
**{seen.written:.0f} s** after the death, of {seen.promised:.0f} s that the sum gives while beats
are away. When the queue was back, a beat had a round after {seen.beat:.0f} s, and the first tick
of the schedule that did not stay awake had ended after {seen.slept:.0f} s.
"""


def main() -> None:
    """Measure and tell."""
    quick, page = options("bench.outage", __doc__ or "", "the queue is away for a minute", MEASURED)
    tell("The queue away", told(measure(60.0 if quick else AWAY)), page)


if __name__ == "__main__":
    main()
