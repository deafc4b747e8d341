"""What each order of a person makes of a decision or of the global stop switch.

None of the functions writes anything. Every order is remembered by its id, so that a repeat of the
same event acts once, and is told as an event in the same version as the change that it makes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from failover.notify.commands import EVERYTHING, Order
from failover.notify.events import Event, What, as_time
from failover.publication.parts import Pin, Stop
from failover.publication.state import State
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
    pending = (*state.notices.pending, told(order, at, said))
    return replace(
        state,
        orders=replace(state.orders, commands=_kept(state.orders.commands, order)),
        notices=replace(state.notices, pending=pending),
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
        if order.id in state.orders.commands:
            return state
        pin = state.orders.pin
        if order.until is not None:
            (region,) = self.targets
            pin = Pin(region, order.until, order.by, order.reason)
        excluded = {n: at for n, at in state.orders.excluded_until.items() if n not in self.targets}
        orders = replace(state.orders, pin=pin, excluded_until=excluded)
        after = replace(state, orders=orders)
        return noted(after, order, self.at, said_of(order, self.targets))

    def said(self) -> Mapping[str, str]:
        """Who asked and why, as facts of the decision."""
        return {"by": self.order.by, "reason": self.order.reason}

    def removed(self, before: State | None, state: State) -> State:
        """Without the order, because the decision was given back before anything was written.
        What others added meanwhile stays."""
        found = state.orders
        kept = replace(found, commands=tuple(c for c in found.commands if c != self.order.id))
        pending = tuple(e for e in state.notices.pending if e.id != self.order.id)
        if before is None:
            kept = replace(kept, pin=None)
        else:
            old, mine = before.orders, self.added(before).orders
            if (found.pin, found.excluded_until) == (mine.pin, mine.excluded_until):
                kept = replace(kept, pin=old.pin, excluded_until=old.excluded_until)
        return replace(state, orders=kept, notices=replace(state.notices, pending=pending))


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
    if pin := before.orders.pinned(now):
        ended.append(f"the pin on {pin.region} that {pin.by} set until {as_time(pin.until)}")
    if excluded := before.orders.excluded(now):
        ended.append(f"{', '.join(sorted(excluded))}, which had been taken out")
    if not ended:
        return before
    orders = replace(before.orders, pin=None, excluded_until={})
    after = replace(before, version=before.version + 1, orders=orders)
    return noted(after, order, now, f"released {' and '.join(ended)}")


def paused(before: State, order: Order, now: float) -> State:
    """No new decision about this service until a time."""
    assert order.until is not None
    stop = Stop(order.until, order.by, order.reason)
    orders = replace(before.orders, pause=stop)
    after = replace(before, version=before.version + 1, orders=orders)
    return noted(
        after, order, now, f"paused until {as_time(stop.until)}{_instead(before.orders.pause)}"
    )


def resumed(before: State, order: Order, now: float) -> State:
    """The pause of this service ends. The same object where there is none."""
    if not in_force(before.orders.pause, now):
        return before
    orders = replace(before.orders, pause=None)
    after = replace(before, version=before.version + 1, orders=orders)
    return noted(after, order, now, f"resumed{_instead(before.orders.pause)}")


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
