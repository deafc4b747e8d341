"""The monitor alone in a process of its own, so that what it costs can be told from its world.

usage: python -m bench.monitor REPORT
Runs the production wiring as a warm function container does. Each line of its standard input is an
event that starts a tick; several may run at once. On SIGTERM it writes what it has seen to the file
REPORT.
"""

import contextlib
import json
import os
import queue
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from bench.share import Share
from local.aws import AwsServer
from local.mapping import QUEUE, Beats
from local.schedule import Schedule

ROOT = Path(__file__).parent.parent
FUNCTION_SECONDS = 190.0
"""The timeout of the function in the template."""
LAMBDA_FILES = 1024
"""File descriptors that a Lambda function may have open (Lambda quotas)."""


@dataclass(slots=True)
class Seen:
    """What a monitor process has done. All times are monotonic, which processes share.

    `probes` has the service and the start of each probe, `calls` the AWS operation (a write with
    the item's sort key, a query with its partition) and its time, `ticks` start, end and rounds of
    each tick that has ended, `samples` the time, the CPU seconds used until then and the peak of
    resident memory in KiB.
    """

    probes: list[tuple[str, float]] = field(default_factory=list)
    calls: list[tuple[str, float]] = field(default_factory=list)
    ticks: list[tuple[float, float, int]] = field(default_factory=list)
    samples: list[tuple[float, float, int]] = field(default_factory=list)

    def sample(self) -> None:
        """Take note of what the process has used until now."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        self.samples.append((time.monotonic(), used.ru_utime + used.ru_stime, _peak()))

    def cpu(self, start: float, end: float) -> float:
        """CPU seconds used between two moments, interpolated between samples."""
        return self._cpu_at(end) - self._cpu_at(start)

    def probes_between(self, start: float, end: float) -> list[tuple[str, float]]:
        """The probes that started between two moments."""
        return [probe for probe in self.probes if start <= probe[1] < end]

    def _cpu_at(self, moment: float) -> float:
        before = max((s for s in self.samples if s[0] <= moment), default=self.samples[0])
        after = min((s for s in self.samples if s[0] >= moment), default=self.samples[-1])
        if after[0] <= before[0]:
            return before[1]
        share = (moment - before[0]) / (after[0] - before[0])
        return before[1] + share * (after[1] - before[1])


def _peak() -> int:
    """The peak of this process's resident memory in KiB. That of getrusage begins with what the
    process had that started this one."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0])


class MonitorProcess:
    """A context manager: the process above, started by a schedule and by the beats in a queue of
    `aws`. Without a queue, its ticks stay awake.

    With `megabytes` it has only the part of a processor that Lambda gives to that memory size, and
    with `shard` it runs that one only, and has a queue of its own.
    `printed` is what it prints, `peaks` the most threads and open files that were seen.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        aws: AwsServer | None,
        every: float = 60.0,
        megabytes: float | None = None,
        shard: int | None = None,
    ) -> None:
        self._env = dict(env)
        self._aws = aws
        self._every = every
        self._lock = threading.Lock()
        self._megabytes = megabytes
        self._shard = shard
        self._share = contextlib.ExitStack()
        self._open = contextlib.ExitStack()
        self._over = threading.Event()
        self.peaks = {"threads": 0, "files": 0}

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            directory = Path(starting.enter_context(tempfile.TemporaryDirectory()))
            self._report = directory / "report.json"
            self.printed = directory / "printed"
            output: IO[bytes] = starting.enter_context(self.printed.open("wb"))
            if self._aws:
                name = f"beats-{self._env['VANTAGE']}-{self._shard or 0}"
                queue_url = self._aws.create_queue(name, QUEUE)
                self._env["BEAT_QUEUE_URL"] = queue_url
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.monitor", str(self._report)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT / "functions"),
                    **self._env,
                    "PYTHONUNBUFFERED": "1",
                },
                stdin=subprocess.PIPE,
                stdout=output,
                text=True,
            )
            starting.callback(self._end)
            watcher = threading.Thread(target=self._watch)
            watcher.start()
            starting.callback(watcher.join)
            starting.callback(self._over.set)
            if self._megabytes:
                self._share.enter_context(Share(self._process.pid, self._megabytes))
            starting.callback(self._share.close)
            if self._aws:
                starting.enter_context(Beats(self._aws, queue_url, self))
            starting.enter_context(Schedule(self, self._every))
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def invoke(self, event: object) -> object:
        """Hand an event over; the tick that it starts runs beside others."""
        assert self._process.stdin
        if self._shard is not None and isinstance(event, dict) and "Records" not in event:
            event = {"shard": self._shard}
        with self._lock, contextlib.suppress(BrokenPipeError, ValueError):
            print(json.dumps(event), file=self._process.stdin, flush=True)
        return "begun"

    def finish(self) -> Seen:
        """End the process and return what it has seen. Raises RuntimeError when it had died."""
        self._share.close()
        self._process.terminate()
        if self._process.wait(30) != 0:
            raise RuntimeError("the monitor did not end well; what it said is on standard error")
        report = json.loads(self._report.read_text())
        return Seen(**{name: [tuple(row) for row in rows] for name, rows in report.items()})

    def lines(self) -> list[dict[str, Any]]:
        """What the functions have printed so far, parsed."""
        text = self.printed.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def lines_between(self, start: float, end: float) -> list[dict[str, Any]]:
        """What they printed between two moments, in monotonic time."""
        offset = time.time() - time.monotonic()
        return [line for line in self.lines() if start <= _printed_at(line) - offset < end]

    def _watch(self) -> None:
        """Look from outside, which disturbs nothing: at threads and open files."""
        process = Path("/proc") / str(self._process.pid)
        while not self._over.wait(0.02):
            with contextlib.suppress(OSError):
                for what, folder in (("threads", "task"), ("files", "fd")):
                    seen = sum(1 for _ in (process / folder).iterdir())
                    self.peaks[what] = max(self.peaks[what], seen)

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _printed_at(line: Mapping[str, Any]) -> float:
    if "_aws" in line:
        return float(line["_aws"]["Timestamp"]) / 1000
    return datetime.fromisoformat(line["timestamp"]).timestamp()


class _Noting:
    """The prober, and a note of when each probe began."""

    def __init__(self, prober: Any, seen: Seen) -> None:
        self._prober = prober
        self._seen = seen
        self.reachable = prober.reachable

    def probe(self, service: Any, aws_region: str | None, address: str) -> Any:
        """As the prober does."""
        self._seen.probes.append((service.name, time.monotonic()))
        return self._prober.probe(service, aws_region, address)


def main() -> None:
    """Run until SIGTERM."""
    from local.child import end_with_parent  # noqa: PLC0415 - of the process, not of its starter

    report = Path(sys.argv[1])
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    events: queue.SimpleQueue[str] = queue.SimpleQueue()
    end_with_parent(events.put)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LAMBDA_FILES, LAMBDA_FILES))
    seen = Seen()
    container = _container(seen)

    def tick(event: Any) -> None:
        started = time.monotonic()
        done = container.tick(lambda: started + FUNCTION_SECONDS - time.monotonic(), event)
        seen.ticks.append((started, time.monotonic(), done["rounds"]))

    def begin() -> None:
        while True:
            event = json.loads(events.get())
            threading.Thread(target=tick, args=(event,), daemon=True).start()

    threading.Thread(target=begin, daemon=True).start()
    while not over.is_set():
        seen.sample()
        over.wait(0.5)
    seen.sample()
    values = {part.name: getattr(seen, part.name) for part in fields(seen)}
    report.write_text(json.dumps(values))
    sys.stdout.flush()
    os._exit(0)


def _container(seen: Seen) -> Any:
    """The production container, with its probes and its calls to AWS noted down."""
    from failover import wiring  # noqa: PLC0415 - costs what it costs in this process only

    class NotingAws(wiring.Aws):
        def client(self, service: str, region: str | None = None, config: Any = None) -> Any:
            client = super().client(service, region, config)

            def note(params: Any, model: Any, **_: Any) -> None:
                what = f"{service}.{model.name} {_place(params)}".strip()
                seen.calls.append((what, time.monotonic()))

            client.meta.events.register("provide-client-params", note)
            return client

    wiring.Aws = NotingAws
    built = wiring.build(os.environ)
    prober: Any = _Noting(built.world.prober, seen)
    return replace(built, world=replace(built.world, prober=prober))


def _place(params: Mapping[str, Any]) -> str:
    """The sort key of the item that is written, or the partition that is queried."""
    item = params.get("Item") or params.get("Key") or {}
    queried = params.get("ExpressionAttributeValues", {}).get(":pk", {})
    return str(item.get("sk", {}).get("S") or queried.get("S", ""))


if __name__ == "__main__":
    main()
