"""A container of a shipped handler, as Lambda would make it: a process of its own.

usage: python -m local.invoke HANDLER TIMEOUT
Takes events from its standard input, a line of JSON each, one after the other. Prints what the
function prints, and then {"returned": …} on a line of its own; null where it raised an error. Ends
when its standard input does, and when a timeout is over, as a function does: at once.
"""

import importlib
import json
import os
import queue
import sys
import threading
import time
import traceback
import uuid
from dataclasses import dataclass, field
from typing import Any

from local import network
from local.child import end_with_parent


@dataclass
class Context:
    """What a handler may ask of Lambda's context object."""

    timeout: float
    started: float = field(default_factory=time.monotonic)
    function_name: str = "embedded-monitor"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:embedded"
    memory_limit_in_mb: str = "512"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_group_name: str = "/aws/lambda/embedded"
    log_stream_name: str = "embedded"

    def get_remaining_time_in_millis(self) -> int:
        """What is left until the timeout."""
        return max(0, round(1000 * (self.timeout - (time.monotonic() - self.started))))


def main() -> None:
    """Invoke the handler that the command line names."""
    name, timeout = sys.argv[1], float(sys.argv[2])
    events: queue.SimpleQueue[str] = queue.SimpleQueue()
    end_with_parent(events.put)
    network.join()
    module, _, function = name.rpartition(".")
    handler = getattr(importlib.import_module(module), function)
    while True:
        event = json.loads(events.get())
        timer = threading.Timer(timeout, os._exit, (124,))
        timer.daemon = True
        timer.start()
        returned: Any = None
        try:
            returned = handler(event, Context(timeout))
        except Exception:  # noqa: BLE001 - Lambda reports it, and keeps the container
            traceback.print_exc()
        timer.cancel()
        print(json.dumps({"returned": returned}), flush=True)


if __name__ == "__main__":
    main()
