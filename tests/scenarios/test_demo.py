"""`make demo` and `make local` as a person runs them: with a terminal and without one."""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.waiting import LIMIT, until

ROOT = Path(__file__).parents[2]
ALTERNATE, NORMAL = "\x1b[?1049h", "\x1b[?1049l"
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"
ENV = {**os.environ, "PYTHONPATH": "functions", "TERM": "xterm-256color", "NO_COLOR": "1"}


@contextlib.contextmanager
def ctrl_c_is_heeded() -> Iterator[None]:
    """What is started meanwhile takes SIGINT as in a terminal. A shell starts `command &` with
    that signal ignored, and everything that the command starts inherits it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Terminal:
    """A program in a terminal of so many lines and columns, its keyboard, and all that it has
    written."""

    def __init__(
        self,
        *arguments: str,
        module: str = "local",
        env: Mapping[str, str] = ENV,
        size: tuple[int, int] = (24, 80),
        folder: Path = ROOT,
    ) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.theirs = theirs
        with ctrl_c_is_heeded():
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs,
            )  # fmt: skip
        self.written = ""

    def until(self, text: str) -> None:
        """Read until this was written, wherever the lines of the screen end."""

        def written() -> bool:
            assert self._read() or self.process.poll() is None, self.written[-3000:]
            return text in self.written

        until(written, f"{text!r} is written")

    def end(self) -> int:
        """Read on until the program ends; its exit status."""
        until(lambda: not self._read() and self.process.poll() is not None, "the program ends")
        return self.process.returncode

    def interrupt(self) -> int:
        """Ctrl-C, once. The exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def press(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def settings(self) -> list[object]:
        """How the terminal is set: echo, line editing and the rest."""
        return termios.tcgetattr(self.theirs)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.ours], [], [], 0.1)
        if ready:
            self.written += os.read(self.ours, 65536).decode(errors="replace")
        return bool(ready)

    def assert_as_before(self) -> None:
        """The view has left the terminal, and the cursor is there."""
        assert self.written.count(ALTERNATE) == self.written.count(NORMAL) > 0
        assert self.written.rindex(SHOWN) > self.written.rindex(HIDDEN)


@contextlib.contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    opened = Terminal(*arguments)
    try:
        yield opened
    finally:
        opened.close()


def test_the_demo_tells_plain_lines_and_draws_live_in_a_terminal(tmp_path: Path) -> None:
    """Both at once, because each takes its time."""
    svg = tmp_path / "demo.svg"
    plain = subprocess.Popen(
        [sys.executable, "-m", "local", "demo", "--picture", str(svg)],
        cwd=ROOT, env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        with terminal("demo") as live:
            assert live.end() == 0, live.written[-3000:]
            live.assert_as_before()
            drawn, left = map(without_escapes, live.written.split(NORMAL))
        out, _ = plain.communicate(timeout=LIMIT)
    finally:
        plain.kill()
        plain.wait()
    assert plain.returncode == 0, out

    assert "\x1b" not in out
    assert_told(out)
    assert re.search(r"[•]+R+ +unhealthy +3 of 3 +0 of 6", drawn)
    assert re.search(r"▸ us-west .* healthy", drawn)
    assert re.search(r"decision +us-west, moved at .*; generation 2, attempt 1, published", drawn)
    assert re.search(r"DNS answer +198\.18\.0\.1 +fd00::31:1 +30 s +us-east +differs", drawn)
    assert re.search(r"DNS answer +198\.18\.0\.2 +fd00::31:2 +30 s +us-west", drawn)
    assert_told(left)
    assert "unhealthy" in svg.read_text(encoding="utf-8")


def without_escapes(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def assert_told(text: str) -> None:
    """The lines without which the demo has shown nothing, in their order."""
    wanted = (
        r"--- us-east dies",
        r"probe of us-east failed: refused",
        r"decided: publish us-west",
        r"published: us-west, generation 2",
        r"the name server now answers 198\.18\.0\.2 \(us-west\), TTL 30",
        r"--- us-east recovers",
        r"nothing flapped: 2 writes in all",
        r"measured +promised",
        r"all of it +\d+\.\d s +55\.6 s",
        r"All of it happened\.",
        r'failback = "automatic"',
    )
    assert re.search(".*".join(wanted), text, re.DOTALL), text


def test_in_make_local_a_fault_is_typed_below_the_view() -> None:
    with terminal() as local:
        before = local.settings()
        local.until("Enter shows the live view.")
        local.press("\r")
        local.until("what shall happen?")
        local.until("adoption, decided")
        local.press("fault us-east 503\r")
        local.until("> fault us-east 503")
        local.until("S status")
        local.until("generation 2, attempt 1, published")
        local.press("quit\r")
        assert local.end() == 0
        local.assert_as_before()
        assert local.settings() == before


def test_ctrl_c_ends_the_demo_and_leaves_the_terminal_as_it_was() -> None:
    with terminal("demo") as live:
        before = live.settings()
        live.until("adoption, decided")
        assert live.interrupt() == 130
        live.assert_as_before()
        assert "Traceback" not in live.written
        assert live.settings() == before


@pytest.mark.parametrize("arguments", [["dmeo"], ["demo", "--picture"]])
def test_other_arguments_are_refused_with_the_usage(arguments: list[str]) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT, env=ENV, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert "usage: python -m local" in refused.stderr


def test_without_a_terminal_each_line_is_told_when_it_happens() -> None:
    """In a pipe, too, where Python would keep what is printed until it is a lot."""
    buffering = {name: value for name, value in ENV.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT, env=buffering, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as local:  # fmt: skip
        assert local.stdout
        assert local.stdin
        try:
            told = iter(local.stdout.readline, "")
            assert next(told).startswith("Starting the world")
            assert any("us-east is healthy" in line for line in told)
            local.stdin.write("dig\nquit\n")
            local.stdin.flush()
            assert any("app.shop.test is 198.18.0.1" in line for line in told)
            assert local.wait(LIMIT) == 0
        finally:
            local.kill()
