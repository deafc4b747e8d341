"""What the answers of the control function are made of."""

from failover.core.view import Guard

Facts = dict[str, object]
"""One part of an answer, as JSON will have it."""


def guarded(guard: Guard) -> Facts:
    """A guard as an answer shows it."""
    override = {"override": guard.override} if guard.override else {}
    return {"guard": guard.name, "saw": guard.saw, **override}
