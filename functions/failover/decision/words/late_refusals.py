"""Why an order was not put on record, where only the attempt to do so shows it."""

from collections.abc import Iterable
from dataclasses import replace

from failover.decision.balancers import Anomaly
from failover.decision.guard import Hold
from failover.decision.words import balancers
from failover.decision.words.guards import Said
from failover.notify.commands import EVERYTHING, FOR_EXAMPLE, Command, Order


def time(order: Order) -> Said:
    """Too little time is left to publish."""
    return Said(Hold.TIME, "too little of this invocation is left", order.event())


def changed(what: str, order: Order) -> Said:
    """Something changed under every try."""
    return Said(Hold.TABLE, f"{what} changed under every try", order.event())


def another_is_followed(first: str, order: Order) -> Said:
    """Somebody else's order is being published."""
    saw = f"another order is being followed right now: {first}. Yours is to be sent after it"
    return Said(Hold.CLAIM, saw, order.event())


def another_came_first(first: str, order: Order) -> Said:
    """Somebody else's order came in between."""
    saw = f"another order came first: {first}. Send yours again only if you still want it"
    return Said(Hold.ANOTHER_ORDER, saw, order.event())


def undecided(order: Order) -> Said:
    """There is no decision to change."""
    saw = (
        f"nothing was decided about {order.service} yet: the monitor's first round does, and until "
        "then only everything can be paused"
    )
    everything = replace(order, command=Command.PAUSE, service=EVERYTHING, until=None)
    return Said(Hold.DECISION, saw, everything.event(until=FOR_EXAMPLE))


def without_addresses(service: str, why: Iterable[Anomaly]) -> Said:
    """No NodeBalancer of a service is known."""
    return Said(Hold.NODEBALANCER, f"{service} has no addresses: {balancers.all_said(why)}")
