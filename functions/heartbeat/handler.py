"""The scheduled function for the application's data: heartbeats, and how old they have become."""

from typing import Any

from failover import wiring


def handler(event: Any, context: Any) -> dict[str, object]:
    """Write the heartbeats and measure. The event says nothing that matters, as for the monitor.

    Raises SettingsRefused when the settings or the environment cannot be used.
    """
    del event
    container = wiring.container()
    container.begin(context.aws_request_id)
    return container.heartbeat()
