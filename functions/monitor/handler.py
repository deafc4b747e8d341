"""The scheduled function: one invocation is one tick."""

import gc
from typing import Any

# What loading makes is kept: to look for garbage in it takes a twentieth of a cold start.
gc.disable()

from failover import wiring  # noqa: E402

gc.freeze()
gc.enable()


def handler(event: Any, context: Any) -> dict[str, object]:
    """Run a tick: one that the schedule started, or one that a beat did.

    Raises SettingsRefused when the settings or the environment cannot be used.
    """
    container = wiring.container()
    container.begin(context.aws_request_id)
    return container.tick(lambda: context.get_remaining_time_in_millis() / 1000, event)
