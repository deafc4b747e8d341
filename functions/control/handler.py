"""The manual function: one event is one command, see `events/`."""

from typing import Any

from failover import wiring


def handler(event: Any, context: Any) -> dict[str, object]:
    """Answer a command. Bad input gets an answer that says what is allowed, and changes nothing.

    Raises SettingsRefused when the settings or the environment cannot be used.
    """
    container = wiring.container()
    container.begin(context.aws_request_id)
    return container.command(
        event, context.aws_request_id, lambda: context.get_remaining_time_in_millis() / 1000
    )
