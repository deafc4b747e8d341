"""usage: python -m tests.under_load PROCESSES COMMAND [ARGUMENT ...]

Runs a command beside so many processes that keep the machine busy. Returns its exit status.
"""

import contextlib
import subprocess
import sys

# Ends by itself where its parent was killed.
BUSY = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


def main(processes: int, command: list[str]) -> int:
    """Run the command under this load."""
    with contextlib.ExitStack() as load:
        for _ in range(processes):
            busy = load.enter_context(subprocess.Popen([sys.executable, "-c", BUSY]))
            load.callback(busy.kill)
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
