"""A decision: what to do about a service now, and why."""

from dataclasses import dataclass, field
from enum import StrEnum

from failover.decision.guard import Guard, Hold, Targets
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.publication.parts import Announcement, Cause


class Action(StrEnum):
    """What a round does about a service."""

    HOLD = "hold"
    ADOPT = "adopt"
    PUBLISH = "publish"
    RETRY = "retry"
    FINISH = "finish"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, and why: every guard that was consulted, the last one being what decided.

    `view` is what it was made from. `targets` are the regions that the name must point at, empty
    for a hold. `lasting` are the conditions that hold now, whatever the action. `data_age` is by
    how many seconds the data of a stale region is behind that is pointed at all the same: what is
    lost.
    """

    view: View = field(repr=False, compare=False)
    action: Action
    why: tuple[Guard, ...]
    cause: Cause | None = None
    targets: Targets = field(default_factory=dict)
    lasting: frozenset[Kind] = frozenset()
    explained: frozenset[Announcement] = frozenset()
    data_age: float | None = None

    def __post_init__(self) -> None:
        if not self.why:
            raise ValueError("a decision always says why")

    @property
    def held(self) -> Hold | None:
        """What keeps the name as it is; None where nothing does, or nothing is to be changed."""
        last = self.why[-1].name
        return last if self.action is Action.HOLD and isinstance(last, Hold) else None
