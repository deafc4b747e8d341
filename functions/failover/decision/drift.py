"""Rule 4: the records say something that no decision of ours said.

Never fight a person: what somebody did on purpose is adopted or left alone, and only an answer
that cannot be meant (mixed, dead or empty) is written over, three times an hour at the most.
"""

from failover.decision.decision import Action, Decision
from failover.decision.desired import Desired, desired
from failover.decision.evidence import missing_for_long, waits_to_add
from failover.decision.guard import Because, Ground, Guard, Hold, Targets
from failover.decision.hold_rules import Change
from failover.decision.holds import against
from failover.decision.meaning import Meaning, Says, differs, lacks, meaning, of_a_person
from failover.decision.view import View
from failover.notify.kinds import Kind
from failover.publication.in_flight import late_writes
from failover.publication.parts import REPUBLISHED_AN_HOUR, Announcement, Cause
from failover.publication.state import State
from failover.zone.records import Reading


def repair(view: View, why: list[Guard]) -> Decision | None:
    """What to do about records that differ from the published decision."""
    state, reading = view.state, view.reading
    if state is None or reading is None or not differs(state, reading):
        why.append(Guard(Ground.DRIFT, because=Because.AGREED))
        return None
    drifted = Guard(Ground.DRIFT)
    seen = (*why, drifted)
    if unsure := against(view, Change(), Hold.READING):
        if view.unhealthy(state.served.active) and lacks(state, reading):
            why.append(drifted)
            return None
        return Decision(view, Action.HOLD, (*seen, unsure))
    explained = late_writes(state, reading, view.now)
    if explained:
        return _undone(view, state, (*seen, Guard(Ground.LATE_WRITE)), explained)
    if waits_to_add(view.settings, state, reading, view.now):
        why += [drifted, Guard(Hold.CREATION)]
        return None
    decision = _judged(view, state, reading, seen)
    if decision is None:
        why += [drifted, Guard(Hold.DRIFT_LIMIT, because=Because.PASSED)]
    return decision


def _undone(
    view: View, state: State, why: tuple[Guard, ...], explained: frozenset[Announcement]
) -> Decision:
    """Publish what the name should say, whatever late writes made of it."""
    want = desired(view, state.publication.targets, returning=False)
    if not want.regions and not _as_decided(view, state):
        return Decision(view, Action.HOLD, (*why, _nobody(want)))
    targets, cause = want.regions or state.publication.targets, want.cause or Cause.DRIFT
    return Decision(view, Action.PUBLISH, why, cause, targets, explained=explained)


def _as_decided(view: View, state: State) -> Targets:
    """What was decided before, if that may be written once more; empty if not."""
    targets = state.publication.targets
    return targets if all(map(view.gives, targets.values())) else {}


def _nobody(want: Desired) -> Guard:
    return want.held or Guard(Hold.CANDIDATES)


def lasting(view: View) -> frozenset[Kind]:
    """The incidents that records which nobody decided on amount to.

    A round that could not confirm what it read ends none. While a decision is published only a
    stranger's address is drift.
    """
    state = view.state
    if state and state.limits.republished_lately(view.now) > REPUBLISHED_AN_HOUR:
        return frozenset({Kind.DRIFT, Kind.DRIFT_PERSISTS}) | _differing(view)  # between repairs
    return _differing(view)


def _differing(view: View) -> frozenset[Kind]:
    state, reading = view.state, view.reading
    if state is None or reading is None or not differs(state, reading):
        return frozenset()
    if not view.confirmed:
        ours = {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER, Kind.DRIFT_PERSISTS}
        return state.notices.raised() & ours
    found = meaning(view, reading)
    if _excused(view, state, reading, found):
        return frozenset()
    kinds = {Kind.DRIFT}
    if found.says is Says.FOREIGN:
        if view.unhealthy(state.served.active).keys() == state.served.active.keys():
            kinds.add(Kind.DRIFT_BLOCKS_FAILOVER)
    elif state.limits.republished_lately(view.now) >= REPUBLISHED_AN_HOUR:
        kinds.add(Kind.DRIFT_PERSISTS)
    return frozenset(kinds)


def _excused(view: View, state: State, reading: Reading, found: Meaning) -> bool:
    """Whether the difference is a publication under way, a late write of ours, a switch by hand, or
    a record that is missing and cannot be added at the moment, unless that lasts. It begins no
    drift then; one that operators know of goes on."""
    waits = waits_to_add(view.settings, state, reading, view.now)
    begun = Kind.DRIFT in state.notices.raised()
    return (
        (view.unfinished is not None and not of_a_person(view, state, reading))
        or bool(late_writes(state, reading, view.now))
        or _meant(view, state, found)
        or (waits and not begun and not missing_for_long(reading, view.now))
    )


def _judged(view: View, state: State, reading: Reading, seen: tuple[Guard, ...]) -> Decision | None:
    if foreign := against(view, Change(), Hold.FOREIGN):
        return Decision(view, Action.HOLD, (*seen, foreign))
    found = meaning(view, reading)
    if _meant(view, state, found):
        guard = Guard(Ground.EXTERNAL, found.regions)
        return Decision(view, Action.ADOPT, (*seen, guard), Cause.EXTERNAL, found.regions)
    if mixed := against(view, Change(), Hold.MIXED):
        return Decision(view, Action.HOLD, (*seen, mixed))
    return _written_over(view, state, found, seen)


def _meant(view: View, state: State, found: Meaning) -> bool:
    """Whether somebody switched by hand to regions that can serve."""
    return (
        found.says is Says.OURS
        and not _missing_only(found, state)
        and not view.unhealthy(found.regions)
    )


def _missing_only(found: Meaning, state: State) -> bool:
    """Whether the records say what was decided, except for a family without any record."""
    return dict(found.regions) == dict(state.publication.targets)


def _written_over(
    view: View, state: State, found: Meaning, seen: tuple[Guard, ...]
) -> Decision | None:
    """Publish over it; None where only something is missing that could not be added."""
    want = desired(view, state.publication.targets, returning=False)
    if limited := against(view, Change(want.regions), Hold.DRIFT_LIMIT):
        missing = _missing_only(found, state)
        return None if missing else Decision(view, Action.HOLD, (*seen, limited))
    targets = want.regions
    if not targets and (found.says is Says.EMPTY or _missing_only(found, state)):
        targets = _as_decided(view, state)  # an empty answer is the worst answer
    if not targets:
        return Decision(view, Action.HOLD, (*seen, _nobody(want)))
    guard = Guard(Ground.REPUBLISH, targets)
    return Decision(view, Action.PUBLISH, (*seen, guard), want.cause or Cause.DRIFT, targets)
