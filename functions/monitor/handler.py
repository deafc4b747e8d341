"""The scheduled function: one invocation is one tick."""

from typing import Any

from failover import wiring


def handler(event: Any, context: Any) -> dict[str, object]:
    """Run a tick. The event says nothing that matters: a late or doubled one is a tick like any.

    Raises SettingsRefused when the settings or the environment cannot be used.
    """
    del event
    return wiring.container().tick(lambda: context.get_remaining_time_in_millis() / 1000)
