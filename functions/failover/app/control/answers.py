"""What the answers of the control function are made of."""

from failover.decision.words.guards import Said
from failover.notify.events import as_time
from failover.publication.parts import Stop
from failover.publication.state import State

Facts = dict[str, object]
"""One part of an answer, as JSON will have it."""


def guarded(guard: Said) -> Facts:
    """A guard as an answer shows it."""
    override = {"override": guard.override} if guard.override else {}
    return {"guard": guard.name, "saw": guard.saw, **override}


def pin_of(state: State, now: float) -> Facts | None:
    """The pin that is in force."""
    pin = state.orders.pinned(now)
    return {"region": pin.region, **_until(pin.until, now, pin.by, pin.reason)} if pin else None


def stop_of(stop: Stop | None, now: float) -> Facts | None:
    """A pause or the stop switch, if it is in force."""
    if stop is None or stop.until <= now:
        return None
    return _until(stop.until, now, stop.by, stop.reason)


def _until(until: float, now: float, by: str, reason: str) -> Facts:
    return {
        "until": as_time(until),
        "ends_in_seconds": round(until - now),
        "by": by,
        "reason": reason,
    }
