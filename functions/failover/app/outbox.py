"""Telling people what happened, and moving it to the history.

It runs beside the rounds. Each event is marked before it is sent and taken out of the decision
after it is in the history, so that a crash anywhere leaves it waiting: it is told at least once,
and always under the same id.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from failover.app.keeping import TRIES
from failover.errors import AlertNotSent, FailoverError, StoreConflict
from failover.notify.catalogue import alerts
from failover.notify.events import Event
from failover.notify.metrics import Metric
from failover.ports import World
from failover.publication import outbox
from failover.publication.orders import LOG_OF_ALL
from failover.publication.state import State
from failover.settings.model import Service

NEEDS_SECONDS = 15.0
"""What the function must still be allowed to run when events are sent."""


class Outbox:
    """The events of one service, as one tick sends them."""

    def __init__(self, world: World, service: Service) -> None:
        self._world = world
        self._service = service
        self._sent: set[str] = set()
        self._pruned = False

    def waiting(self, state: State | None) -> bool:
        """Whether there is something to send now. Not while somebody publishes."""
        now = self._world.clock.now()
        if state is None or (state.publication.claim and state.publication.claim.until > now):
            return False
        return bool(outbox.due(state, now))

    def deliver(self, state: State) -> None:
        """Mark what is due, send it, and move it to the history. Never raises for known trouble.

        Who loses the race for the mark leaves it to the other.
        """
        now = self._world.clock.now()
        ours = outbox.due(state, now)
        try:
            after = outbox.marked(state, now)
            self._world.store.write_state(self._service.name, after)
        except StoreConflict:
            return
        except FailoverError as error:
            self._problem("alerts_not_marked", error)
            return
        ids = {event.id for event in ours}
        marked = [event for event in after.notices.pending if event.id in ids]
        done = self._world.tasks.gather([partial(self._tell, event) for event in marked])
        moved = {event.id for event, ok in zip(marked, done, strict=True) if ok}
        if moved:
            self._take_out(after, moved)
            self._prune()

    def _tell(self, event: Event) -> bool:
        """Send one event, if people are told of it, and write it into the history."""
        try:
            if self._world.alerts and alerts(event) and event.id not in self._sent:
                self._world.alerts.send(self._service, event)
                self._sent.add(event.id)
                self._world.telemetry.log(
                    "alert_sent", app=self._service.name, id=event.id, about=event.about
                )
            self._world.store.record(self._service.name, replace(event, marked_until=0.0))
        except AlertNotSent as error:
            self._problem("alert_not_sent", error, id=event.id, about=event.about)
            return False
        except FailoverError as error:
            self._problem("history_not_written", error, id=event.id, about=event.about)
            return False
        except Exception as error:  # noqa: BLE001 - one event must not hold up the others
            self._world.telemetry.problem("round_failed", app=self._service.name, error=repr(error))
            self._world.telemetry.metrics({Metric.ROUND_FAILED: 1})
            return False
        return True

    def _take_out(self, state: State, moved: Collection[str]) -> None:
        """Whatever others have changed meanwhile: what was told is told."""
        store, name = self._world.store, self._service.name
        trouble: FailoverError | None = None
        try:
            found: State | None = state
            for _ in range(TRIES):
                if found is None or (left := outbox.moved(found, moved)) is found:
                    return
                try:
                    store.write_state(name, left)
                except FailoverError as error:
                    trouble = error
                else:
                    return
                found = store.read(name).state
        except FailoverError as error:
            trouble = error
        self._problem("alerts_not_taken_out", trouble)

    def _prune(self) -> None:
        if self._pruned:
            return
        self._pruned = True
        try:
            for log in (self._service.name, LOG_OF_ALL):
                self._world.store.prune_history(log, self._world.clock.now())
        except FailoverError as error:
            self._problem("history_not_pruned", error)

    def _problem(self, what: str, error: FailoverError | None, **facts: object) -> None:
        self._world.telemetry.problem(what, app=self._service.name, error=str(error), **facts)
