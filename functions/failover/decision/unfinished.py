"""Rule 3: a decision whose publication has begun and has not been seen to end."""

from dataclasses import replace

from failover.decision.adoption import first_decision
from failover.decision.decision import Action, Decision
from failover.decision.desired import desired
from failover.decision.guard import Because, Ground, Guard, Hold
from failover.decision.hold_rules import Change
from failover.decision.holds import against
from failover.decision.meaning import fulfilled, surely_at
from failover.decision.view import View
from failover.publication.parts import Cause
from failover.publication.state import State
from failover.settings.model import Mode


def finish(view: View, why: list[Guard], stopped: Guard | None = None) -> Decision | None:
    """Finish, withdraw, redirect or try again. While `stopped` no new target is chosen."""
    state = view.unfinished
    if state is None:
        return None
    decided, seen = state.publication, (*why, Guard(Ground.UNFINISHED))
    if claimed := against(view, Change(), Hold.CLAIM):
        return Decision(view, Action.HOLD, (*seen, claimed))
    if not stopped and _is_first(state) and _overtaken(view, state):
        return first_decision(view, list(seen))
    if view.service.mode is Mode.OBSERVE:
        return _closed(view, seen)
    if _done(view, state):
        guard = Guard(Ground.RECORDS, because=Because.DONE)
        return Decision(view, Action.FINISH, (*seen, guard), decided.cause, decided.targets)
    if foreign := against(view, Change(), Hold.FOREIGN):
        return Decision(view, Action.HOLD, (*seen, foreign))
    again = (*seen, Guard(Ground.RECORDS))
    return _redirected(view, state, seen, stopped) or Decision(
        view, Action.RETRY, again, decided.cause, decided.targets
    )


def _is_first(state: State) -> bool:
    """Whether automation began to publish at a name that pointed nowhere before."""
    return not state.served.active and state.publication.cause is not Cause.OPERATOR


def _overtaken(view: View, state: State) -> bool:
    """Whether a first decision gives way to the records as they are: it has written nothing, or
    somebody else has pointed the name at other regions that can serve."""
    if not state.publication.wrote:
        return True
    there = surely_at(view)
    other = bool(there) and not there.items() <= state.publication.targets.items()
    return other and not view.unhealthy(there)


def _done(view: View, state: State) -> bool:
    """Whether the records are as desired, their TTLs included, by a reading of this decision.

    A TTL that Linode rounds is settled by the attempt that reads it back.
    """
    reading = view.reading if view.confirmed else None
    if reading is None or not fulfilled(state, reading):
        return False
    return all(record.ttl == state.asked_ttl for record in reading.records)


def _redirected(
    view: View, state: State, seen: tuple[Guard, ...], stopped: Guard | None
) -> Decision | None:
    """Another target, or none any more; None to go on with the one that was decided."""
    elsewhere = not stopped and _pinned_elsewhere(view, state)
    if not elsewhere and _needless(view, state):
        active, why = state.served.active, (*seen, Guard(Ground.WITHDRAWAL, state.served.active))
        return Decision(view, Action.WITHDRAW, why, state.publication.cause, active)
    sick = _unfit(view, state)
    return _elsewhere(view, state, seen, stopped, sick) if sick or elsewhere else None


def _elsewhere(
    view: View, state: State, seen: tuple[Guard, ...], stopped: Guard | None, sick: Because | None
) -> Decision | None:
    """What the name should say instead; None where that is what was decided."""
    decided = state.publication
    want = desired(view, decided.targets, returning=False)
    if dict(want.regions) == dict(decided.targets) and not stopped:
        return None
    if held := stopped or against(view, Change(want.regions), Hold.CANDIDATES):
        return Decision(view, Action.HOLD, (*seen, replace(held, because=sick)))
    guard = Guard(Ground.TARGET if sick else Ground.PIN, want.regions, sick)
    cause = Cause.SETTINGS if want.cause is Cause.FAILBACK else want.cause or decided.cause
    return Decision(view, Action.PUBLISH, (*seen, guard), cause, want.regions)


def _pinned_elsewhere(view: View, state: State) -> bool:
    """Whether a pin asks for another region than was decided."""
    pin = view.pinned()
    return pin is not None and [pin.name] != list(state.publication.targets)


def _needless(view: View, state: State) -> bool:
    """Whether the regions that would be left have recovered, and nothing was written yet."""
    active, decided = state.served.active, state.publication
    unwritten = decided.cause is Cause.UNHEALTHY and not decided.wrote
    return unwritten and bool(active) and len(view.healthy(active)) == len(active)


def _unfit(view: View, state: State) -> Because | None:
    """Why what was decided must not be written any more; None where it may."""
    targets, pin = state.publication.targets, view.pinned()
    kept = all(view.gives(addresses) or view.has(addresses) for addresses in targets.values())
    if not (kept and view.can_say(targets)):
        return Because.LOST
    if pin is not None and not _pinned_elsewhere(view, state):
        return None
    return Because.UNHEALTHY if view.unhealthy(targets) else None


def _closed(view: View, seen: tuple[Guard, ...]) -> Decision:
    """In `observe` mode an unfinished decision ends by taking the records as they are."""
    there = surely_at(view)
    if not there:
        return Decision(view, Action.HOLD, (*seen, Guard(Hold.MODE)))
    guard = Guard(Ground.MODE, there)
    return Decision(view, Action.ADOPT, (*seen, guard), Cause.EXTERNAL, there)
