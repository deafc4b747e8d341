"""What each order of a person makes of a decision or of the global stop switch.

None of the functions writes anything. Every order is remembered by its id, so that a repeat of the
same event acts once, and is told as an event in the same version as the change that it makes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from failover.notify.commands import EVERYTHING, Order
from failover.notify.events import Event, What, as_time
from failover.publication.state import Pin, State, Stop
from failover.settings.model import Addresses

KEPT = 20
"""Orders that are remembered by their ids."""

LOG_OF_ALL = EVERYTHING
"""Where the history keeps what concerns all services: no service has this name."""


@dataclass(frozen=True, slots=True)
class Gate(Stop):
    """The global stop switch as the table keeps it. One that was ended stays, with its end.

    `told` is the entry of its last order in the history: who finds it may write it there again.
    """

    version: int = 0
    commands: tuple[str, ...] = ()
    told: Event | None = None


def told(order: Order, at: float, said: str) -> Event:
    """The entry of an order in the history."""
    return Event(
        id=order.id,
        at=at,
        what=What.ORDER,
        facts={"command": order.command.value, "said": said, "reason": order.reason},
        by=order.by,
    )


def noted(state: State, order: Order, at: float, said: str) -> State:
    """The state with an order on record, in the version that the order's change has made."""
    return replace(
        state,
        commands=_kept(state.commands, order),
        pending=(*state.pending, told(order, at, said)),
    )


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order to point the name at regions, as it rides on a decision about them: on record with
    it, and with a pin where it has an end. None of its regions is out any more.

    Both methods leave the version alone: it is that of the decision's own change.
    """

    order: Order
    targets: Mapping[str, Addresses]
    at: float

    def added(self, state: State) -> State:
        """With the order; the same object where it is on record already."""
        order = self.order
        if order.id in state.commands:
            return state
        pin = state.pin
        if order.until is not None:
            (region,) = self.targets
            pin = Pin(region, order.until, order.by, order.reason)
        excluded = {n: at for n, at in state.excluded_until.items() if n not in self.targets}
        after = replace(state, pin=pin, excluded_until=excluded)
        return noted(after, order, self.at, said_of(order, self.targets))

    def said(self) -> Mapping[str, str]:
        """Who asked and why, as facts of the decision."""
        return {"by": self.order.by, "reason": self.order.reason}

    def removed(self, before: State | None, state: State) -> State:
        """Without the order, because the decision was given back before anything was written.
        What others added meanwhile stays."""
        kept = replace(
            state,
            commands=tuple(c for c in state.commands if c != self.order.id),
            pending=tuple(e for e in state.pending if e.id != self.order.id),
        )
        if before is None:
            return replace(kept, pin=None)
        mine = self.added(before)
        if (state.pin, state.excluded_until) != (mine.pin, mine.excluded_until):
            return kept
        return replace(kept, pin=before.pin, excluded_until=before.excluded_until)


def said_of(order: Order, targets: Mapping[str, Addresses]) -> str:
    """An order to point the name somewhere, in words."""
    where = ", ".join(targets)
    until = f", pinned until {as_time(order.until)}" if order.until else ""
    forced = ", forced" if order.force else ""
    return f"{order.command} to {where}{until}{forced}"


def released(before: State, order: Order, now: float) -> State:
    """No region is pinned, none is out: nobody is moved by it, automation goes on from there.

    The same object where there is nothing to release.
    """
    ended = []
    if pin := before.pinned(now):
        ended.append(f"the pin on {pin.region} that {pin.by} set until {as_time(pin.until)}")
    if excluded := before.excluded(now):
        ended.append(f"{', '.join(sorted(excluded))}, which had been taken out")
    if not ended:
        return before
    after = replace(before, version=before.version + 1, pin=None, excluded_until={})
    return noted(after, order, now, f"released {' and '.join(ended)}")


def paused(before: State, order: Order, now: float) -> State:
    """No new decision about this service until a time."""
    assert order.until is not None
    stop = Stop(order.until, order.by, order.reason)
    after = replace(before, version=before.version + 1, pause=stop)
    return noted(after, order, now, f"paused until {as_time(stop.until)}{_instead(before.pause)}")


def resumed(before: State, order: Order, now: float) -> State:
    """The pause of this service ends. The same object where there is none."""
    if not in_force(before.pause, now):
        return before
    after = replace(before, version=before.version + 1, pause=None)
    return noted(after, order, now, f"resumed{_instead(before.pause)}")


def stopped(before: Gate | None, order: Order, now: float) -> tuple[Gate, str]:
    """The global stop switch is set until a time; and what was done, in words."""
    assert order.until is not None
    said = f"paused everything until {as_time(order.until)}"
    if in_force(before, now):
        said += _instead(before)
    return _next(before, order, order.until, told(order, now, said)), said


def started(before: Gate, order: Order, now: float) -> tuple[Gate, str]:
    """The global stop switch is ended; and what was done, in words."""
    said = f"resumed everything{_instead(before)}"
    return _next(before, order, now, told(order, now, said)), said


def in_force(stop: Stop | None, now: float) -> bool:
    """Whether a pause or the stop switch holds now."""
    return stop is not None and stop.until > now


def _next(before: Gate | None, order: Order, until: float, entry: Event) -> Gate:
    return Gate(
        until=until,
        by=order.by,
        reason=order.reason,
        version=before.version + 1 if before else 1,
        commands=_kept(before.commands if before else (), order),
        told=entry,
    )


def _kept(commands: tuple[str, ...], order: Order) -> tuple[str, ...]:
    return (*commands, order.id)[-KEPT:]


def _instead(stop: Stop | None) -> str:
    return f" (before: until {as_time(stop.until)}, by {stop.by}: {stop.reason})" if stop else ""
