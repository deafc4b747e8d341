"""What a command prints, and where: for people, as JSON for machines, or not at all."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cli.trouble import Trouble

PLAIN_WIDTH = 100
"""Columns where the output is no terminal."""


@dataclass(frozen=True)
class Output:
    """How the caller wants to be told. `json` prints the facts alone, `quiet` prints nothing."""

    json: bool = False
    quiet: bool = False

    @cached_property
    def console(self) -> Any:
        """The terminal, with colours where it has any. NO_COLOR is heeded."""
        from rich.console import Console  # noqa: PLC0415 - slow, and not every command needs it

        width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
        return Console(highlight=False, emoji=False, markup=False, soft_wrap=False, width=width)

    @property
    def live(self) -> bool:
        """Whether a person watches, so that progress may be shown."""
        return person() and not (self.json or self.quiet)

    def facts(self, facts: object) -> None:
        """The facts as JSON, where they are wanted."""
        if self.json:
            print(json.dumps(facts, indent=2, ensure_ascii=False))

    def lines(self, lines: Iterable[str], style: str = "") -> None:
        """Lines for a person, whole: the terminal breaks those that are too long."""
        if self.json or self.quiet:
            return
        for line in lines:
            self.console.print(line, style=style, soft_wrap=True)

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """A line of progress on a terminal while the block lasts; elsewhere nothing."""
        if not self.live:
            yield lambda _: None
            return
        with self.console.status(what) as status:
            yield status.update

    def draw(self, picture: Any) -> None:
        """Something that Rich draws."""
        if not (self.json or self.quiet):
            self.console.print(picture)

    def trouble(self, trouble: Trouble) -> None:
        """What went wrong, and the next step."""
        if self.json:
            print(json.dumps({"error": trouble.what, "next": trouble.step}))
        print(f"linode-failover: {trouble.what}\n  next: {trouble.step}", file=sys.stderr)


def person() -> bool:
    """Whether a person can be asked, and sees the answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()
