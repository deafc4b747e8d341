"""Rule 4: the records say something that no decision of ours said.

Never fight a person: what somebody did on purpose is adopted or left alone, and only an answer
that cannot be meant (mixed, dead or empty) is written over, three times an hour at the most.
"""

from failover.core.commands import Command
from failover.core.desired import Desired, Held, desired
from failover.core.events import as_duration
from failover.core.evidence import missing_for_long, waits_to_add
from failover.core.inflight import late, late_writes
from failover.core.kinds import Kind
from failover.core.meaning import Meaning, Says, differs, lacks, meaning, pointed_at, shown
from failover.core.places import Targets
from failover.core.records import Reading
from failover.core.state import REPUBLISHED_AN_HOUR, Announcement, Cause, Phase, State
from failover.core.switching import held
from failover.core.tally import Vote
from failover.core.view import Action, Decision, Guard, Hold, View

MIXED_SECONDS = 120.0

OLD_READING = 600.0
"""Seconds after which a reading says nothing about the records as they are. No list is reused for
longer (`cadence`)."""


def repair(view: View, why: list[Guard]) -> Decision | None:
    """What to do about records that differ from the published decision."""
    state, reading = view.state, view.reading
    if state is None or reading is None or not differs(state, reading):
        why.append(Guard("drift", _agreement(view)))
        return None
    saw = f"the records say {shown(reading)}, decided was {', '.join(state.targets)}"
    guards = (*why, Guard("drift", saw))
    if not view.confirmed:
        dead = any(view.vote(a) is Vote.UNHEALTHY for a in state.active.values())
        if dead and lacks(state, reading):
            why.append(Guard("drift", f"{saw}: what is there may be changed in place"))
            return None
        saw = "differs and is not confirmed: the records could not be read one by one"
        guard = Guard(Hold.READING, saw)
        return Decision(Action.HOLD, (*guards, guard))
    explained = late_writes(state, reading, view.now)
    if explained:
        guard = Guard("late write", "a write of ours whose reply was lost has arrived late")
        return _undone(view, state, [*guards, guard], explained)
    if waits_to_add(view.settings, state, reading, view.now):
        why += [guards[-1], Guard("creation", "what is missing cannot be added at the moment")]
        return None
    decision = _judged(view, state, reading, guards)
    if decision is None:
        why += [guards[-1], Guard("republished", "often enough; what is missing stays missing")]
    return decision


def _agreement(view: View) -> str:
    """That there is no drift, as far as is known: an old reading says nothing about now."""
    if view.reading is None:
        return "not known: the records have not been read"
    age = view.now - view.reading.at
    if age < OLD_READING:
        return "none: the records say what was decided"
    return f"not known: the last reading is {as_duration(age)} old, and said what was decided"


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


def _judged(
    view: View, state: State, reading: Reading, guards: tuple[Guard, ...]
) -> Decision | None:
    found = meaning(view, reading)
    if found.says is Says.FOREIGN:
        saw = "addresses that are in no settings: left alone, whatever the regions do"
        guard = Guard(Hold.FOREIGN, saw, view.event(Command.TAKEOVER))
        return Decision(Action.HOLD, (*guards, guard))
    if _meant(view, state, found):
        guard = Guard("external", f"somebody pointed the name at {', '.join(found.regions)}")
        return Decision(Action.ADOPT, (*guards, guard), Cause.EXTERNAL, found.regions)
    there = pointed_at(view, reading)
    dead = [a for a in there if view.vote(a) is Vote.UNHEALTHY]
    working = found.says is Says.MIXED and len(dead) < len(there)
    since = max(reading.since, state.published_at)  # what is there was otherwise at that time
    if working and view.now - since < MIXED_SECONDS:
        left = MIXED_SECONDS - (view.now - since)
        guard = Guard(
            Hold.MIXED,
            f"perhaps somebody is at work: waits another {left:.0f} s",
            view.event(Command.TAKEOVER),
        )
        return Decision(Action.HOLD, (*guards, guard))
    return _written_over(view, state, found, guards, bool(dead))


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
    view: View, state: State, found: Meaning, guards: tuple[Guard, ...], dead: bool
) -> Decision | None:
    """Publish over it; None where only something is missing that could not be added.

    The limit ends a fight about healthy regions. It never keeps a name at a dead one.
    """
    want = desired(view, state.targets, returning=False)
    healthy = any(view.vote(a) is Vote.HEALTHY for a in want.regions.values())
    if state.republished_lately(view.now) >= REPUBLISHED_AN_HOUR and not (dead and healthy):
        if _missing_only(found, state):
            return None
        saw = f"written over {REPUBLISHED_AN_HOUR} times within the hour: somebody insists"
        guard = Guard(Hold.DRIFT_LIMIT, saw, view.event(Command.TAKEOVER))
        return Decision(Action.HOLD, (*guards, guard))
    targets = want.regions
    if not targets and (found.says is Says.EMPTY or _missing_only(found, state)):
        targets = _as_decided(view, state)  # an empty answer is the worst answer
    if not targets:
        return Decision(Action.HOLD, (*guards, _nobody(view, state, want)))
    guard = Guard("republish", f"{', '.join(targets)} is published over it")
    return Decision(Action.PUBLISH, (*guards, guard), want.cause or Cause.DRIFT, targets)
