"""Rule 2: the first decision takes the records as they are. Installing moves nobody's traffic."""

from failover.core.state import Cause, Kind
from failover.core.view import BY_HAND, Action, Decision, Guard, Says, View, meaning, shown


def adopt(view: View, why: list[Guard]) -> Decision | None:
    """Rule 2, while there is no decision."""
    if view.state is not None:
        return None
    return first_decision(view, why)


def first_decision(view: View, why: list[Guard]) -> Decision:
    """What the first decision is, whether there is none yet or one that has written nothing."""
    if view.reading is None:
        return Decision(Action.HOLD, (*why, Guard("records", "could not be read yet")))
    if not view.confirmed:
        return Decision(Action.HOLD, (*why, Guard("records", "await a second reading")))
    found = meaning(view.reading, view.known())
    if found.says is Says.REGION and found.addresses:
        saw = f"the records point at {found.region}: taken as they are"
        return Decision(
            Action.ADOPT,
            (*why, Guard("adoption", saw)),
            Cause.ADOPTION,
            {found.region: found.addresses},
        )
    if found.says is Says.EMPTY:
        return _first_records(view, why)
    saw = "the name has records that do not say exactly one of the regions: " + shown(view.reading)
    return Decision(
        Action.HOLD,
        (*why, Guard("adoption", saw, BY_HAND)),
        lasting=frozenset({Kind.ADOPTION_HELD}),
    )


def _first_records(view: View, why: list[Guard]) -> Decision:
    healthy = view.healthy_regions()
    if not healthy:
        saw = "the name has no records, and no region is healthy to be its first"
        return Decision(Action.HOLD, (*why, Guard("adoption", saw)))
    chosen = healthy[0]
    saw = f"the name has no records: {chosen.name} is the first healthy region"
    return Decision(
        Action.PUBLISH,
        (*why, Guard("adoption", saw)),
        Cause.ADOPTION,
        {chosen.name: chosen.addresses},
    )
