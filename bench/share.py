"""A process with the part of a processor that Lambda gives to a memory size."""

import contextlib
import os
import signal
import threading
import time
from typing import Self

WHOLE_CORE = 1769
"""Megabytes with which a function has one vCPU; less memory has its part of it (AWS Lambda
Developer Guide, "Configure Lambda function memory")."""
_LOOK = 0.004
_SAVED = 0.02
"""Seconds of its part that a process may save up while it has nothing to do."""


class Share:
    """A context manager: stops the process where it has used more than its part, until it is due
    again. What it does not use within a fiftieth of a second is lost, much as with the kernel's
    own quota, which only root could set."""

    def __init__(self, pid: int, megabytes: float) -> None:
        self._pid = pid
        self._part = megabytes / WHOLE_CORE
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="share")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        clock = _cpu_clock(self._pid)
        with contextlib.suppress(OSError):  # the process has ended
            try:
                allowed, then, used = 0.0, time.monotonic(), time.clock_gettime(clock)
                while not self._over.wait(_LOOK):
                    now, using = time.monotonic(), time.clock_gettime(clock)
                    allowed += (now - then) * self._part - (using - used)
                    allowed = min(allowed, _SAVED * self._part)
                    then, used = now, using
                    os.kill(self._pid, signal.SIGSTOP if allowed < 0 else signal.SIGCONT)
            finally:
                os.kill(self._pid, signal.SIGCONT)


def _cpu_clock(pid: int) -> int:
    """The clock of the CPU time of a whole process, as clock_getcpuclockid(3) makes it on Linux."""
    return (~pid << 3) | 2
