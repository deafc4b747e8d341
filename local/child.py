"""What every child process of the embedded world does first.

usage: python -m local.child PROGRAM [ARGUMENT ...]
Becomes a program that is not in Python, which ends with its parent where the system knows how.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def end_with_parent(told: Callable[[str], object] = lambda _line: None) -> None:
    """End on the end of standard input, and by signal where the system knows how: that one
    reaches a stopped process, too. The terminal's Ctrl-C is for the parent. `told` is given what
    the parent writes, line by line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _killed_with_parent()

    def watch() -> None:
        for line in sys.stdin:
            told(line)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _killed_with_parent() -> None:
    """Ask the kernel for it; that outlasts an `exec`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    _killed_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])
