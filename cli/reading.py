"""`logs`: what the functions of a stack have logged about a service."""

import json
import time
from datetime import UTC, datetime

from cli.asking import Control
from cli.looking import events, structured
from cli.output import Output
from cli.trouble import Exit
from failover.quoting import one_line

_HIDDEN = frozenset(
    ("_aws", "app", "cold_start", "event", "function_request_id", "level", "location", "message")
) | {"request_id", "service", "tick", "timestamp", "xray_trace_id"}
"""Keys that every line has, or that are shown in front."""


def logs(control: Control, out: Output, service: str, minutes: int) -> int:
    """Show the lines about one service that say that something happened."""
    target, since = control.target, time.time() - 60 * minutes
    pattern = f'{{ ($.app = "{service}") && ($.event = *) }}'
    found = [
        (event["timestamp"] / 1000, function, line)
        for function in ("monitor", "control")
        for event in events(target, f"{target.stack}-{function}", since, pattern)
        if (line := structured(event["message"])).get("app") == service and "event" in line
    ]
    found.sort(key=lambda each: each[0])
    out.facts([line for _, _, line in found])
    for at, function, line in found:
        facts = {key: value for key, value in line.items() if key not in _HIDDEN}
        said = " ".join(f"{key}={json.dumps(value)}" for key, value in facts.items())
        moment = datetime.fromtimestamp(at, UTC)
        out.lines([one_line(f"{moment:%H:%M:%S}Z {function} {line['event']}: {said}")])
    if not found:
        out.lines([f"nothing was logged about {service} in the last {minutes} minutes"])
    return Exit.OK
