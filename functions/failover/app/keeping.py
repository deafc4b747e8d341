"""Writing a change of a decision that others may change at the same moment."""

from collections.abc import Callable
from typing import TypeVar

from failover.errors import StoreConflict, StoreUnavailable
from failover.publication.outbox import same_decision
from failover.publication.state import State
from failover.store import Store

TRIES = 4

Before = TypeVar("Before", State, State | None)


def keep(store: Store, service: str, before: Before, change: Callable[[Before], State]) -> State:
    """Write `change(before)` and return it; on top of what only bookkeeping has changed meanwhile.

    An alert that is sent, or a vantage that notes an incident, must not cost others their claim.
    A table that does not answer is asked what it has, and no more: a round has no time for it.
    Raises StoreConflict when anything else was changed, StoreUnavailable.
    """
    for _ in range(TRIES):
        wanted = change(before)
        if wanted is before:
            return wanted
        try:
            store.write_state(service, wanted)
        except (StoreConflict, StoreUnavailable) as error:
            found = store.read(service).state
            if found == wanted:
                return wanted
            if isinstance(error, StoreUnavailable):
                raise
            if found is None or not same_decision(before, found):
                raise
            before = found
            continue
        return wanted
    raise StoreConflict(f"the decision on {service} changed {TRIES} times meanwhile")
