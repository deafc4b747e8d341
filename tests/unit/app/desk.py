"""A stage with the control function beside the monitor: what is sent, and what comes back."""

from collections.abc import Mapping
from typing import Any

from failover.app.control.commands import answer
from tests.unit.app.stage import EAST, Stage

Event = Mapping[str, object]


class Desk(Stage):
    """Sends events to the control use case. Every event has Lambda's request id of its own, unless
    one is given."""

    sent = 0
    limit = 55.0

    def ask(self, event: object, request: str | None = None) -> dict[str, Any]:
        """One invocation, inside a running hub."""
        self.sent += 1
        ends = self.hub.time + self.limit
        return answer(
            event,
            self.world,
            self.settings,
            "eu-west-1",
            request or f"request-{self.sent}",
            lambda: ends - self.hub.time,
        )

    def send(self, event: object, request: str | None = None) -> dict[str, Any]:
        """One invocation, and nothing else happens meanwhile."""
        return self.hub.run(lambda: self.ask(event, request))

    def order(self, command: str, **keys: object) -> dict[str, Any]:
        """One invocation with an order for the shop."""
        return self.send(ordered(command, **keys))

    def table(self) -> object:
        """All that the control table holds."""
        store = self.store
        log = {name: dict(events) for name, events in store.log.items()}
        return (store.writes, dict(store.states), store.gate, log)

    def twin(self) -> "Desk":
        """Another one where everything is so, too: what happens to it does not happen here."""
        twin = Desk()
        twin.hub.time, twin.settings = self.hub.time, self.settings
        twin.store.states = dict(self.store.states)
        twin.store.ballots = dict(self.store.ballots)
        twin.store.runners = dict(self.store.runners)
        twin.dns.records = dict(self.dns.records)
        return twin


def ordered(command: str, **keys: object) -> dict[str, object]:
    """An order for the shop by ana."""
    return {"command": command, "service": "shop", "by": "ana", "reason": "a test", **keys}


def text(answer: Mapping[str, Any]) -> str:
    """The lines that a person reads first."""
    return "\n".join(answer["summary"])


def at_desk(**settings: object) -> Desk:
    """A desk at a shop that has pointed east for five minutes; its monitor has just stopped."""
    desk = Desk()
    desk.set_up(**settings).pointing_at(EAST).run(300)  # type: ignore[arg-type]
    return desk
