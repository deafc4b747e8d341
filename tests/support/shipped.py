"""The event files as an operator sends them: whose order it is, and why, is filled in."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"
FILLED = {"<you>": "ana", "<why>": "a test"}


def event(name: str) -> dict[str, Any]:
    """One of them, by its name."""
    return filled(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))


def filled(event: dict[str, Any]) -> dict[str, Any]:
    """An event with its placeholders filled in."""
    return {key: FILLED.get(str(value), value) for key, value in event.items()}


def every() -> dict[str, dict[str, Any]]:
    """All of them, by their names."""
    return {file.stem: event(file.stem) for file in sorted(EVENTS.glob("*.json"))}
