"""On which line of a TOML file a value stands, which `tomllib` does not tell."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Location = tuple[int | str, ...]
"""The keys and the indexes that lead to a value."""

_LONGEST_STATEMENT = 500
"""Lines. Nothing is looked for below a longer one, so that no file takes long."""


class Lines:
    """The lines of one text, which is TOML."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Location, int] = {}
        for place, number in _places(text):
            self._lines.setdefault(place, number)

    def of(self, location: Location) -> int | None:
        """The line of a value, or that of the nearest table around it."""
        around = (location[:end] for end in range(len(location), 0, -1))
        return next((self._lines[place] for place in around if place in self._lines), None)

    def before(self, location: Location) -> str:
        """What a sentence about a value begins with: "line 12: "; empty where there is none."""
        number = self.of(location)
        return f"line {number}: " if number else ""


def _places(text: str) -> Iterator[tuple[Location, int]]:
    """Every value and every table, each with the line on which its statement begins."""
    table: Location = ()
    last: dict[Location, int] = {}  # the index of the last table of each array
    for number, statement, said in _statements(text):
        if statement.lstrip().startswith("["):
            table = _opened(said, last)
            yield table, number
        else:
            yield from ((place, number) for place in _inside(said, table))


def _statements(text: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """The statements of a text, each with its first line and what it says by itself.

    The lines of an open text or list are not TOML before it is closed.
    """
    statement, first = "", 1
    for number, content in enumerate(text.split("\n"), start=1):
        statement += content + "\n"
        try:
            said = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            if number - first >= _LONGEST_STATEMENT:
                return
            continue
        if said:
            yield first, statement, said
        statement, first = "", number + 1


def _opened(said: Mapping[str, Any], last: dict[Location, int]) -> Location:
    """The table that a heading opens: what it names of an array is the last one there."""
    table: Location = ()
    inner: Any = said
    while inner:
        ((key, inner),) = inner.items()
        table += (key,)
        if isinstance(inner, list):  # [[key]], the innermost
            last[table] = last.get(table, -1) + 1
            inner = {}
        if table in last:
            table += (last[table],)
    return table


def _inside(value: object, place: Location) -> Iterator[Location]:
    steps: Iterator[tuple[int | str, object]] = iter(())
    if isinstance(value, dict):
        steps = iter(value.items())
    elif isinstance(value, list):
        steps = iter(enumerate(value))
    for step, inner in steps:
        yield (*place, step)
        yield from _inside(inner, (*place, step))
