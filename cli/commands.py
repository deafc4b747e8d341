"""Events as the command lines that send them."""

import json
from collections.abc import Mapping

from failover.notify.commands import typed


def as_command(text: str, said: str) -> str | None:
    """The command line that sends an event; None for what is no event. `said` names the stack."""
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return f"{typed(event)} {said}" if isinstance(event, Mapping) and "command" in event else None
