"""Why an order was not put on record, where only the attempt to do so shows it."""

from collections.abc import Iterable

from failover.decision.balancers import Anomaly
from failover.decision.guard import Hold
from failover.decision.words import balancers
from failover.decision.words.guards import Said
from failover.notify.commands import EVERYTHING, FOR_EXAMPLE, Command, Order, written

TIME = Said(Hold.TIME, "too little of this invocation is left", "repeat the event")


def changed(what: str) -> Said:
    """Something changed under every try."""
    return Said(Hold.TABLE, f"{what} changed under every try", "repeat the event")


def another_is_followed(first: str, order: Order) -> Said:
    """Somebody else's order is being published."""
    saw = f"another order is being followed right now: {first}"
    return Said(Hold.CLAIM, saw, f"see how it ended, and if you still want yours: {order.event()}")


def another_came_first(first: str, order: Order) -> Said:
    """Somebody else's order came in between."""
    saw = f"another order came first: {first}. Nothing of yours was done"
    advice = f"look at what is so now, and if you still want it: {order.event()}"
    return Said(Hold.ANOTHER_ORDER, saw, advice)


def undecided(service: str) -> Said:
    """There is no decision to change."""
    saw = f"nothing was decided about {service} yet: the monitor's first round does"
    pause = written(Command.PAUSE, EVERYTHING, until=FOR_EXAMPLE)
    return Said(Hold.DECISION, saw, f"wait for it, or: {pause}")


def without_addresses(service: str, why: Iterable[Anomaly]) -> Said:
    """No NodeBalancer of a service is known."""
    return Said(Hold.NODEBALANCER, f"{service} has no addresses: {balancers.all_said(why)}")
