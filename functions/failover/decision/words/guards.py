"""What a decision rests on, and what keeps a change back: a sentence each, with its code."""

from dataclasses import dataclass

from failover.decision.decision import Decision
from failover.decision.guard import Ground, Guard, Hold
from failover.decision.view import View
from failover.decision.words import grounds, holds
from failover.notify.commands import Order


@dataclass(frozen=True, slots=True)
class Said:
    """A guard in words: what it saw, and how to override it."""

    name: Hold | Ground
    saw: str
    override: str | None = None

    def __str__(self) -> str:
        return f"{self.saw} [{self.name}]"


def said(view: View, guard: Guard, order: Order | None = None) -> Said:
    """A guard in words; `order` is what it stands against, if a person gave one."""
    if isinstance(guard.name, Ground):
        return Said(guard.name, *grounds.said(view, guard))
    return Said(guard.name, *holds.said(view, guard, order))


def why(decision: Decision) -> tuple[Said, ...]:
    """Everything that a decision rests on, the last one being what decided."""
    return tuple(said(decision.view, guard) for guard in decision.why)


def decided_by(decision: Decision) -> str:
    """What decided."""
    return said(decision.view, decision.why[-1]).saw
