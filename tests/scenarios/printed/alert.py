"""An alert as it was sent, with the lines that can be typed as they stand."""

import json
import re
import shlex
from dataclasses import dataclass

_LINE = re.compile(
    r"^(?:  (?:or: )?|Remove: )((?:linode-failover|printf|aws|sam|linode-cli) .*)$", re.MULTILINE
)
_COMMAND = re.compile(
    r"linode-failover [a-z]|\baws [a-z]+ [a-z-]+ -|\bsam [a-z]+ [a-z]+ |"
    r"linode-cli [a-z]+ [a-z-]+ \d"
)
"""What no line may have beside those that are found."""


@dataclass(frozen=True)
class Line:
    """One line. `tool` is what it begins with; printf pipes an event into aws."""

    text: str

    @property
    def tool(self) -> str:
        return self.text.split(" ", 1)[0]

    @property
    def command(self) -> str:
        """The command of `linode-failover` that it gives."""
        return shlex.split(self.text)[1]

    @property
    def event(self) -> dict[str, str]:
        """The event that it sends."""
        found: dict[str, str] = json.loads(
            self.text[self.text.index("{") : self.text.index("}") + 1]
        )
        return found

    @property
    def region(self) -> str | None:
        """The region that it names."""
        if self.tool != "linode-failover":
            return self.event.get("region")
        words = shlex.split(self.text)[3:4]
        return next((word for word in words if not word.startswith("--")), None)

    def filled(self, **places: str) -> "Line":
        """With what a person writes into the places in <>."""
        text = self.text
        for name, value in places.items():
            text = text.replace(f"<{name}>", value)
        return Line(text)


@dataclass(frozen=True)
class Alert:
    """The text of an alert."""

    text: str

    def __post_init__(self) -> None:
        rest = _LINE.sub("", self.text)
        assert not _COMMAND.search(rest), rest

    @property
    def see(self) -> list[Line]:
        """The lines that help to understand."""
        part, _, _ = self.text.partition("\nWhat to do:")
        return [line for line in _lines(part) if line.tool != "linode-cli"]

    @property
    def orders(self) -> dict[str, list[Line]]:
        """The lines that act, by the tool: each tool does all of it."""
        _, _, part = self.text.partition("\nWhat to do:")
        found: dict[str, list[Line]] = {}
        for line in _lines(part):
            found.setdefault(line.tool, []).append(line)
        return found

    @property
    def removes(self) -> list[Line]:
        """The lines that remove a record by hand."""
        return [line for line in _lines(self.text) if line.tool == "linode-cli"]


def _lines(text: str) -> list[Line]:
    return [Line(found) for found in _LINE.findall(text)]
