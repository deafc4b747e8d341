"""Rule 4: the records say something that no decision of ours said.

Never fight a person: what somebody did on purpose is adopted or left alone, and only an answer
that cannot be meant (mixed, dead or empty) is written over, three times an hour at the most.
"""

from failover.decision.desired import Desired, Held, desired
from failover.decision.evidence import missing_for_long, waits_to_add
from failover.decision.meaning import Meaning, Says, differs, lacks, meaning, pointed_at
from failover.decision.places import Targets
from failover.decision.switching import held
from failover.decision.view import Action, Decision, Guard, Hold, View
from failover.decision.words import guards
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.publication.in_flight import late, late_writes
from failover.publication.state import REPUBLISHED_AN_HOUR, Announcement, Cause, Phase, State
from failover.zone.records import Reading

MIXED_SECONDS = 120.0

OLD_READING = 600.0
"""Seconds after which a reading says nothing about the records as they are. No list is reused for
longer (`cadence`)."""


def repair(view: View, why: list[Guard]) -> Decision | None:
    """What to do about records that differ from the published decision."""
    state, reading = view.state, view.reading
    if state is None or reading is None or not differs(state, reading):
        why.append(guards.no_drift(view, OLD_READING))
        return None
    drifted = guards.drift(view)
    seen = (*why, drifted)
    if not view.confirmed:
        dead = any(view.vote(a) is Vote.UNHEALTHY for a in state.active.values())
        if dead and lacks(state, reading):
            why.append(drifted)
            return None
        return Decision(Action.HOLD, (*seen, guards.not_confirmed()))
    explained = late_writes(state, reading, view.now)
    if explained:
        guard = Guard("late write", "a write of ours whose reply was lost has arrived late")
        return _undone(view, state, [*seen, guard], explained)
    if waits_to_add(view.settings, state, reading, view.now):
        why += [drifted, Guard("creation", "what is missing cannot be added now")]
        return None
    decision = _judged(view, state, reading, seen)
    if decision is None:
        why += [
            drifted,
            Guard("republished", "corrected often enough; what is missing stays so"),
        ]
    return decision


def _undone(
    view: View,
    state: State,
    why: list[Guard],
    explained: frozenset[Announcement],
) -> Decision:
    """Publish what the name should say, whatever late writes made of it."""
    want = desired(view, state.targets, returning=False)
    if not want.regions and not _as_decided(view, state):
        return Decision(Action.HOLD, (*why, _nobody(view, state, want)))
    targets = want.regions or state.targets
    return Decision(
        Action.PUBLISH, tuple(why), want.cause or Cause.DRIFT, targets, frozenset(), explained
    )


def _as_decided(view: View, state: State) -> Targets:
    """What was decided before, if that may be written once more; empty if not."""
    return state.targets if all(view.gives(a) for a in state.targets.values()) else {}


def _nobody(view: View, state: State, want: Desired) -> Guard:
    return held(view, state, want.held or Held(Hold.CANDIDATES))


def lasting(view: View) -> frozenset[Kind]:
    """The incidents that records which nobody decided on amount to.

    A round that could not confirm what it read ends none. While a decision is published only a
    stranger's address is drift.
    """
    state = view.state
    if state and state.republished_lately(view.now) > REPUBLISHED_AN_HOUR:
        return frozenset({Kind.DRIFT, Kind.DRIFT_PERSISTS}) | _differing(view)  # between repairs
    return _differing(view)


def _differing(view: View) -> frozenset[Kind]:
    state, reading = view.state, view.reading
    if state is None or reading is None or not differs(state, reading):
        return frozenset()
    publishing = state.phase is Phase.PUBLISHING
    if not view.confirmed:
        return state.raised() & {Kind.DRIFT, Kind.DRIFT_BLOCKS_FAILOVER, Kind.DRIFT_PERSISTS}
    found = meaning(view, reading)
    if publishing and not of_a_person(view, state, reading):
        return frozenset()
    if _excused(view, state, reading, found):
        return frozenset()
    kinds = {Kind.DRIFT}
    if found.says is Says.FOREIGN:
        if all(view.vote(a) is Vote.UNHEALTHY for a in state.active.values()):
            kinds.add(Kind.DRIFT_BLOCKS_FAILOVER)
    elif state.republished_lately(view.now) >= REPUBLISHED_AN_HOUR:
        kinds.add(Kind.DRIFT_PERSISTS)
    return frozenset(kinds)


def _excused(view: View, state: State, reading: Reading, found: Meaning) -> bool:
    """Whether the difference is a late write of ours, a switch by hand, or a record that is missing
    and cannot be added at the moment, unless that lasts."""
    waits = waits_to_add(view.settings, state, reading, view.now)
    return (
        bool(late_writes(state, reading, view.now))
        or _meant(view, state, found)
        or (waits and not missing_for_long(reading, view.now))
    )


def of_a_person(view: View, state: State, reading: Reading) -> bool:
    """Whether the records have what no settings name and no announced write of ours can have made:
    automation does not finish a decision of its own over it."""
    ours = view.addresses()
    strange = [r for r in reading.records if r.address and r.address not in ours]
    return state.cause is not Cause.OPERATOR and any(
        late(state, record, view.now) is None for record in strange
    )


def _judged(view: View, state: State, reading: Reading, seen: tuple[Guard, ...]) -> Decision | None:
    found = meaning(view, reading)
    if found.says is Says.FOREIGN:
        return Decision(Action.HOLD, (*seen, guards.foreign(view, reading)))
    if _meant(view, state, found):
        guard = guards.moved_by_hand(found.regions)
        return Decision(Action.ADOPT, (*seen, guard), Cause.EXTERNAL, found.regions)
    there = pointed_at(view, reading)
    dead = [a for a in there if view.vote(a) is Vote.UNHEALTHY]
    working = found.says is Says.MIXED and len(dead) < len(there)
    since = max(reading.since, state.published_at)  # what is there was otherwise at that time
    if working and view.now - since < MIXED_SECONDS:
        left = MIXED_SECONDS - (view.now - since)
        return Decision(Action.HOLD, (*seen, guards.mixed(view, left)))
    return _written_over(view, state, found, seen, bool(dead))


def _meant(view: View, state: State, found: Meaning) -> bool:
    """Whether somebody switched by hand to regions that can serve."""
    return (
        found.says is Says.OURS
        and not _missing_only(found, state)
        and all(view.vote(a) is not Vote.UNHEALTHY for a in found.regions.values())
    )


def _missing_only(found: Meaning, state: State) -> bool:
    """Whether the records say what was decided, except for a family without any record."""
    return dict(found.regions) == dict(state.targets)


def _written_over(
    view: View, state: State, found: Meaning, seen: tuple[Guard, ...], dead: bool
) -> Decision | None:
    """Publish over it; None where only something is missing that could not be added.

    The limit ends a fight about healthy regions. It never keeps a name at a dead one.
    """
    want = desired(view, state.targets, returning=False)
    healthy = any(view.vote(a) is Vote.HEALTHY for a in want.regions.values())
    if state.republished_lately(view.now) >= REPUBLISHED_AN_HOUR and not (dead and healthy):
        if _missing_only(found, state):
            return None
        return Decision(Action.HOLD, (*seen, guards.drift_limit(view)))
    targets = want.regions
    if not targets and (found.says is Says.EMPTY or _missing_only(found, state)):
        targets = _as_decided(view, state)  # an empty answer is the worst answer
    if not targets:
        return Decision(Action.HOLD, (*seen, _nobody(view, state, want)))
    guard = guards.corrected(targets)
    return Decision(Action.PUBLISH, (*seen, guard), want.cause or Cause.DRIFT, targets)
