"""Rule 2: the first decision takes the records as they are. Installing moves nobody's traffic."""

from failover.decision.desired import desired
from failover.decision.meaning import Says, meaning
from failover.decision.view import Action, Decision, Guard, View
from failover.decision.words import guards
from failover.decision.words.values import names
from failover.notify.kinds import Kind
from failover.publication.state import Cause


def adopt(view: View, why: list[Guard]) -> Decision | None:
    """Rule 2, while there is no decision."""
    if view.state is not None:
        return None
    return first_decision(view, why)


def first_decision(view: View, why: list[Guard]) -> Decision:
    """What the first decision is, whether there is none yet or one that has written nothing."""
    if view.reading is None:
        return Decision(Action.HOLD, (*why, guards.unread()))
    if not view.confirmed:
        return Decision(Action.HOLD, (*why, guards.unread(confirmed=False)))
    found = meaning(view, view.reading)
    if found.says is Says.OURS:
        saw = f"the records point at {names(found.regions)} and are adopted as they are"
        return Decision(Action.ADOPT, (*why, Guard("adoption", saw)), Cause.ADOPTION, found.regions)
    if found.says is Says.EMPTY:
        return _first_records(view, why)
    return Decision(
        Action.HOLD,
        (*why, guards.unclear(view, view.reading)),
        lasting=frozenset({Kind.ADOPTION_HELD}),
    )


def _first_records(view: View, why: list[Guard]) -> Decision:
    targets = desired(view, {}).regions
    if not targets:
        return Decision(Action.HOLD, (*why, guards.nobody_healthy(view)))
    saw = f"the name has no records: those of {names(targets)} are added"
    return Decision(Action.PUBLISH, (*why, Guard("adoption", saw)), Cause.ADOPTION, targets)
