"""Events as the command lines that send them."""

import json
import shlex
from collections.abc import Mapping


def as_command(text: str, said: str) -> str | None:
    """The command line that sends an event; None for what is no event. `said` names the stack."""
    try:
        event = json.loads(text)
    except ValueError:
        return None
    return line(event, said) if isinstance(event, Mapping) and "command" in event else None


def line(event: Mapping[str, object], said: str) -> str:
    """The command line. It asks for what is left out: who, and why."""
    words = ["linode-failover", str(event["command"])]
    words += ["--everything"] if event["service"] == "*" else [str(event["service"])]
    words += [str(event["region"])] if "region" in event else []
    words += ["--force"] if event.get("force") else []
    for key in ("until", "by", "reason"):
        value = str(event.get(key, ""))
        if value and not value.startswith("<"):
            words += [f"--{key}", value]
    return f"{shlex.join(words)} {said}"
