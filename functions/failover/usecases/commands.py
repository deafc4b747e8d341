"""The commands of the control function: one event, one answer, and nothing changed by a bad one."""

from collections.abc import Mapping

from failover.core.settings import Settings
from failover.ports import World
from failover.usecases.data_status import data_status
from failover.usecases.status import status

COMMANDS: Mapping[str, frozenset[str]] = {
    "status": frozenset({"service"}),
    "data-status": frozenset({"service"}),
}
"""Each command with the keys that its event may have beside `command`."""


def answer(event: object, world: World, settings: Settings, vantage: str) -> dict[str, object]:
    """The answer to one event: what was asked for, or one clear refusal.

    Raises StoreUnavailable.
    """
    refusal = _refusal(event, settings)
    if refusal or not isinstance(event, Mapping):
        return {"summary": [refusal], "refused": True, "allowed": _allowed(settings)}
    if event["command"] == "data-status":
        return data_status(world, settings, event.get("service"))
    return status(world.clock, world.store, settings, vantage, event.get("service"))


def _refusal(event: object, settings: Settings) -> str:
    if not isinstance(event, Mapping):
        return 'an event is a JSON object, for example {"command": "status"}'
    command = event.get("command")
    if not isinstance(command, str) or command not in COMMANDS:
        return f'"command" must be one of {", ".join(sorted(COMMANDS))}'
    strange = sorted(str(key) for key in set(event) - COMMANDS[command] - {"command"})
    if strange:
        return f"{command} does not know {', '.join(strange)[:200]}"
    service = event.get("service")
    if service is not None and (not isinstance(service, str) or settings.service(service) is None):
        names = ", ".join(service.name for service in settings.services)
        return f'"service" must be one of {names}, or be left out for all'
    return ""


def _allowed(settings: Settings) -> dict[str, object]:
    return {
        "commands": {command: sorted(keys) for command, keys in COMMANDS.items()},
        "services": [service.name for service in settings.services],
    }
