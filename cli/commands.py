"""Events as the command lines that send them."""

import json
from collections.abc import Mapping

from failover.notify.commands import typed


def complete(line: str, said: str) -> str:
    """A line of an answer, whose command line does not know by which options its stack is found."""
    return f"{line} {said}" if ": linode-failover " in line else line


def as_command(text: str, said: str) -> str | None:
    """The command line that sends an event; None for what is no event. `said` names the stack."""
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return f"{typed(event)} {said}" if isinstance(event, Mapping) and "command" in event else None
