"""Rule 2: the first decision takes the records as they are. Installing moves nobody's traffic."""

from failover.core.commands import Command
from failover.core.desired import desired
from failover.core.kinds import Kind
from failover.core.meaning import Says, meaning, shown
from failover.core.state import Cause
from failover.core.view import Action, Decision, Guard, Hold, View


def adopt(view: View, why: list[Guard]) -> Decision | None:
    """Rule 2, while there is no decision."""
    if view.state is not None:
        return None
    return first_decision(view, why)


def first_decision(view: View, why: list[Guard]) -> Decision:
    """What the first decision is, whether there is none yet or one that has written nothing."""
    if view.reading is None:
        return Decision(Action.HOLD, (*why, Guard(Hold.RECORDS, "could not be read yet")))
    if not view.confirmed:
        return Decision(Action.HOLD, (*why, Guard(Hold.RECORDS, "await a second reading")))
    found = meaning(view, view.reading)
    if found.says is Says.OURS:
        saw = f"the records point at {', '.join(found.regions)}: taken as they are"
        return Decision(Action.ADOPT, (*why, Guard("adoption", saw)), Cause.ADOPTION, found.regions)
    if found.says is Says.EMPTY:
        return _first_records(view, why)
    saw = f"the records do not say exactly what regions of ours have: {shown(view.reading)}"
    return Decision(
        Action.HOLD,
        (*why, Guard(Hold.ADOPTION, saw, view.event(Command.TAKEOVER))),
        lasting=frozenset({Kind.ADOPTION_HELD}),
    )


def _first_records(view: View, why: list[Guard]) -> Decision:
    targets = desired(view, {}).regions
    if not targets:
        saw = "the name has no records, and no region is healthy to be its first"
        return Decision(Action.HOLD, (*why, Guard(Hold.CANDIDATES, saw, view.event_elsewhere())))
    saw = f"the name has no records: {', '.join(targets)} is published"
    return Decision(Action.PUBLISH, (*why, Guard("adoption", saw)), Cause.ADOPTION, targets)
