"""Rule 2: the first decision takes the records as they are. Installing moves nobody's traffic."""

from failover.decision.decision import Action, Decision
from failover.decision.desired import desired
from failover.decision.guard import Because, Ground, Guard, Hold
from failover.decision.hold_rules import Change
from failover.decision.holds import against
from failover.decision.meaning import Says, meaning
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.publication.parts import Cause


def adopt(view: View, why: list[Guard]) -> Decision | None:
    """Rule 2, while there is no decision."""
    if view.state is not None:
        return None
    return first_decision(view, why)


def first_decision(view: View, why: list[Guard]) -> Decision:
    """What the first decision is, whether there is none yet or one that has written nothing."""
    if held := against(view, Change(), Hold.RECORDS, Hold.ADOPTION):
        kinds = {Kind.ADOPTION_HELD} if held.name is Hold.ADOPTION else set()
        return Decision(view, Action.HOLD, (*why, held), lasting=frozenset(kinds))
    assert view.reading is not None
    found = meaning(view, view.reading)
    if found.says is Says.OURS:
        guard = Guard(Ground.ADOPTION, found.regions)
        return Decision(view, Action.ADOPT, (*why, guard), Cause.ADOPTION, found.regions)
    targets = desired(view, {}).regions
    if held := against(view, Change(targets), Hold.CANDIDATES):
        return Decision(view, Action.HOLD, (*why, held))
    guard = Guard(Ground.ADOPTION, targets, Because.EMPTY)
    return Decision(view, Action.PUBLISH, (*why, guard), Cause.ADOPTION, targets)
