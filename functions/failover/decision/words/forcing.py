"""The events that get past a hold by force."""

from failover.decision.view import View
from failover.notify.commands import FOR_EXAMPLE, Command, Order
from failover.notify.events import as_time


def forced(view: View, order: Order, region: str | None = None) -> str:
    """The event that goes to a region although it is not healthy, for a time."""
    where = region or view.next_region().name
    until = as_time(order.until) if order.until else FOR_EXAMPLE
    return order.event(command=forcible(order), region=where, force=True, until=until)


def forcible(order: Order) -> Command:
    """The command that can be forced instead."""
    return Command.FAILOVER if order.command is Command.FAILBACK else order.command
