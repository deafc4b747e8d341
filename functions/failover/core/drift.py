"""Rule 5: the records say something that no decision of ours said.

Never fight a person: what somebody did on purpose is adopted or left alone, and only an answer
that cannot be meant (mixed, dead or empty) is written over, three times an hour at the most.
"""

from failover.core.choice import choice
from failover.core.records import Family, Reading
from failover.core.state import Announcement, Cause, Kind, State, unexpired
from failover.core.tally import Vote
from failover.core.view import (
    BY_HAND,
    Action,
    Decision,
    Guard,
    Meaning,
    Says,
    View,
    differs,
    meaning,
    shown,
)

MIXED_SECONDS = 120.0
REPUBLISHED_AN_HOUR = 3


def repair(view: View, why: list[Guard]) -> Decision | None:
    """What to do about records that differ from the published decision."""
    state, reading = view.state, view.reading
    if state is None or reading is None or not differs(state, reading, view.now):
        why.append(Guard("drift", "none: the records say what was decided"))
        return None
    saw = f"the records say {shown(reading)}, decided was {', '.join(state.targets)}"
    guards = (*why, Guard("drift", saw))
    if not view.confirmed:
        guard = Guard("reading", "differs and is not confirmed by a second one yet")
        return Decision(Action.HOLD, (*guards, guard))
    explained = late_writes(state, reading, view.now)
    if explained:
        guard = Guard("late write", "a write of ours whose reply was lost has arrived late")
        return Decision(
            Action.PUBLISH,
            (*guards, guard),
            Cause.DRIFT,
            state.targets,
            explained=explained,
        )
    return _judged(view, state, reading, guards)


def late_writes(state: State, reading: Reading, now: float) -> frozenset[Announcement]:
    """The announced writes that explain every address that was not decided; empty if they do not.

    A write is announced before it is sent, and stays so until its reply came: Linode may apply it
    long after we stopped waiting.
    """
    answer = state.answer
    strange = [
        record
        for record in reading.records
        if record.type not in (Family.A, Family.AAAA)
        or record.address not in answer.family(Family(record.type))
    ]
    explaining = set()
    for record in strange:
        matching = [
            a
            for a in unexpired(state.announced, now)
            if a.family == record.type
            and a.address == record.address
            and a.record_id in (None, record.id)
        ]
        if not matching:
            return frozenset()
        explaining.update(matching)
    return frozenset(explaining)


def _judged(view: View, state: State, reading: Reading, guards: tuple[Guard, ...]) -> Decision:
    found = meaning(view, reading)
    if found.says is Says.FOREIGN:
        return _foreign(view, state, guards)
    if found.says is Says.OURS and not _missing_only(found, state):
        if all(view.vote(addresses) is not Vote.UNHEALTHY for addresses in found.regions.values()):
            guard = Guard("external", f"somebody pointed the name at {', '.join(found.regions)}")
            return Decision(Action.ADOPT, (*guards, guard), Cause.EXTERNAL, found.regions)
    elif found.says is Says.MIXED and view.now - reading.since < MIXED_SECONDS:
        left = MIXED_SECONDS - (view.now - reading.since)
        guard = Guard("mixed", f"perhaps somebody is at work: waits another {left:.0f} s", BY_HAND)
        return Decision(Action.HOLD, (*guards, guard), lasting=frozenset({Kind.DRIFT}))
    return _written_over(view, state, found, guards)


def _missing_only(found: Meaning, state: State) -> bool:
    """Whether the records say what was decided, except for a family without any record."""
    return dict(found.regions) == dict(state.targets)


def _foreign(view: View, state: State, guards: tuple[Guard, ...]) -> Decision:
    lasting = {Kind.DRIFT}
    saw = "addresses that are in no settings: left alone"
    if all(view.vote(a) is Vote.UNHEALTHY for a in state.active.values()):
        lasting.add(Kind.DRIFT_BLOCKS_FAILOVER)
        saw += ", although the active region is down"
    guard = Guard("foreign", saw, BY_HAND)
    return Decision(Action.HOLD, (*guards, guard), lasting=frozenset(lasting))


def _written_over(view: View, state: State, found: Meaning, guards: tuple[Guard, ...]) -> Decision:
    lasting = frozenset({Kind.DRIFT})
    if state.republished_lately(view.now) >= REPUBLISHED_AN_HOUR:
        saw = f"written over {REPUBLISHED_AN_HOUR} times within the hour: somebody insists"
        return Decision(
            Action.HOLD,
            (*guards, Guard("republished", saw, BY_HAND)),
            lasting=lasting | {Kind.DRIFT_PERSISTS},
        )
    incomplete = found.says is Says.EMPTY or _missing_only(found, state)
    targets = choice(view, state)
    if not targets and incomplete:
        targets = state.targets  # an empty answer is the worst answer
    if not targets:
        saw = "no region is healthy to be published instead"
        return Decision(
            Action.HOLD,
            (*guards, Guard("republish", saw, BY_HAND)),
            lasting=lasting | {Kind.NO_HEALTHY_REGION},
        )
    guard = Guard("republish", f"{', '.join(targets)} is published over it")
    return Decision(Action.PUBLISH, (*guards, guard), Cause.DRIFT, targets, lasting)
