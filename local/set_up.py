"""Installs lists of pinned packages into a virtual environment, and shows how far it is.

usage: python -m local.set_up VENV LIST...
With uv where it is installed, with pip otherwise. Each list is complete, so nothing is resolved. A
list is copied into the environment once all of it is installed; an environment with another list
than that of the same name here is made anew.
"""

import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import IO

EVERY = 0.5
SELDOM = 10.0
"""Seconds between two lines of progress, in a terminal and elsewhere."""

_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_FETCHED = re.compile(r"^(?:Collecting|Processing|Ignoring|Requirement already) ", re.MULTILINE)


def main(folder: Path, lists: list[Path]) -> int:
    """Make the environment hold these lists; the exit status."""
    began = time.monotonic()
    names = " and ".join(each.name for each in lists)
    wanted = set().union(*(_PACKAGE.findall(each.read_text()) for each in lists))
    if not _up_to_date(folder):
        print(f"Making {folder} with {sys.executable}", flush=True)
        venv.create(folder, clear=True, with_pip=True, symlinks=True)
    print(f"Installing {len(wanted)} packages into {folder}, from {names}", flush=True)
    status = _installed(folder, lists, len(wanted))
    if status == 0:
        for each in lists:
            shutil.copyfile(each, folder / each.name)
        print(f"Installed in {time.monotonic() - began:.0f} s")
    return status


def _up_to_date(folder: Path) -> bool:
    """Whether the environment works and nothing in it is of a list that has changed."""
    python = folder / "bin" / "python"
    copies = list(folder.glob("requirements*.txt"))
    if not copies or subprocess.run([python, "-c", ""], check=False).returncode:
        return False
    return all(Path(c.name).exists() and Path(c.name).read_text() == c.read_text() for c in copies)


def _installed(folder: Path, lists: list[Path], count: int) -> int:
    """Install them; the exit status of what did it."""
    python = folder / "bin" / "python"
    given = [word for each in lists for word in ("--requirement", str(each))]
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", str(python), "--no-deps", *given]
        if (status := subprocess.run(command, check=False).returncode) == 0:
            return status
        print("uv could not install them. Trying pip.", file=sys.stderr, flush=True)
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-deps"]
    command = [str(python), "-m", "pip", "install", *options, *given]
    log = folder / "install.log"
    with log.open("w") as said:
        status = _followed(command, said, lambda: _progress(log, folder, count))
    if status:
        print(*log.read_text().splitlines()[-20:], sep="\n", file=sys.stderr)
        print(f"pip failed. All that it said is in {log}", file=sys.stderr)
    return status


def _followed(command: list[str], said: IO[str], progress: Callable[[], str]) -> int:
    """Run a command and tell how far it is, until it ends; its exit status."""
    live, began, told = sys.stdout.isatty(), time.monotonic(), 0.0
    with subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as running:
        while running.poll() is None:
            time.sleep(EVERY)
            passed = time.monotonic() - began
            if live or passed - told > SELDOM:
                told = passed
                line = f"  {passed:3.0f} s: {progress()}"
                print(f"\r{line:40}" if live else line, end="" if live else "\n", flush=True)
    if live:
        print()
    return running.returncode


def _progress(log: Path, folder: Path, count: int) -> str:
    fetched = min(len(_FETCHED.findall(log.read_text())), count)
    installed = sum(1 for _ in folder.glob("lib/python*/site-packages/*.dist-info"))
    if fetched < count:
        return f"{fetched} of {count} fetched"
    return f"{min(installed, count)} of {count} installed"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]]))
