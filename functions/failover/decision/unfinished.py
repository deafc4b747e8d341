"""Rule 3: a decision whose publication has begun and has not been seen to end."""

from dataclasses import replace

from failover.decision.adoption import first_decision
from failover.decision.decision import Action, Decision
from failover.decision.desired import desired
from failover.decision.guard import Because, Ground, Guard, Hold
from failover.decision.held import Change
from failover.decision.holds import against
from failover.decision.meaning import Meaning, Says, fulfilled, meaning
from failover.decision.view import View
from failover.health.tally import Vote
from failover.publication.parts import Cause, Phase
from failover.publication.state import State
from failover.settings.model import Mode


def finish(view: View, why: list[Guard], stopped: Guard | None = None) -> Decision | None:
    """Finish, withdraw, redirect or try again. While `stopped` no new target is chosen."""
    state = view.state
    if state is None or state.publication.phase is not Phase.PUBLISHING:
        return None
    seen = (*why, Guard(Ground.UNFINISHED))
    if claimed := against(view, Change(), Hold.CLAIM):
        return Decision(view, Action.HOLD, (*seen, claimed))
    ordered = state.publication.cause is Cause.OPERATOR
    if not (state.served.active or stopped or ordered) and _overtaken(view, state):
        return first_decision(view, list(seen))
    if view.service.mode is Mode.OBSERVE:
        return _closed(view, seen)
    if _done(view, state):
        guard = Guard(Ground.RECORDS, because=Because.DONE)
        return Decision(
            view, Action.FINISH, (*seen, guard), state.publication.cause, state.publication.targets
        )
    if foreign := against(view, Change(), Hold.FOREIGN):
        return Decision(view, Action.HOLD, (*seen, foreign))
    return _redirected(view, state, seen, stopped) or Decision(
        view,
        Action.RETRY,
        (*seen, Guard(Ground.RECORDS)),
        state.publication.cause,
        state.publication.targets,
    )


def _overtaken(view: View, state: State) -> bool:
    """Whether a first decision gives way to the records as they are: it has written nothing, or
    somebody else has pointed the name at other regions that can serve."""
    if not state.publication.wrote:
        return True
    found = _found(view)
    return (
        found is not None
        and found.says is Says.OURS
        and not found.regions.items() <= state.publication.targets.items()
        and all(view.vote(addresses) is not Vote.UNHEALTHY for addresses in found.regions.values())
    )


def _found(view: View) -> Meaning | None:
    """What the records say, if that is sure."""
    return meaning(view, view.reading) if view.reading and view.confirmed else None


def _done(view: View, state: State) -> bool:
    """Whether the records are as desired, their TTLs included, by a reading of this decision.

    A TTL that Linode rounds is settled by the attempt that reads it back.
    """
    reading = view.reading
    if reading is None or not view.confirmed:
        return False
    return fulfilled(state, reading) and all(
        record.ttl == state.asked_ttl for record in reading.records
    )


def _redirected(
    view: View, state: State, seen: tuple[Guard, ...], stopped: Guard | None
) -> Decision | None:
    """Another target, or none any more; None to go on with the one that was decided."""
    healthy = all(
        view.vote(addresses) is Vote.HEALTHY for addresses in state.served.active.values()
    )
    pin = view.pinned()
    elsewhere = pin is not None and [pin.name] != list(state.publication.targets)
    needless = (
        state.publication.cause is Cause.UNHEALTHY
        and not state.publication.wrote
        and state.served.active
        and healthy
    )
    if needless and (stopped or not elsewhere):
        guard = Guard(Ground.WITHDRAWAL, state.served.active)
        return Decision(
            view, Action.WITHDRAW, (*seen, guard), state.publication.cause, state.served.active
        )
    sick = _unfit(view, state)
    if not sick and (stopped or not elsewhere):
        return None
    want = desired(view, state.publication.targets, returning=False)
    if dict(want.regions) == dict(state.publication.targets) and not stopped:
        return None
    held = stopped or against(view, Change(want.regions), Hold.CANDIDATES)
    if held:
        return Decision(view, Action.HOLD, (*seen, replace(held, because=sick)))
    guard = Guard(Ground.TARGET if sick else Ground.PIN, want.regions, sick)
    cause = (
        Cause.SETTINGS if want.cause is Cause.FAILBACK else want.cause or state.publication.cause
    )
    return Decision(view, Action.PUBLISH, (*seen, guard), cause, want.regions)


def _unfit(view: View, state: State) -> Because | None:
    """Why what was decided must not be written any more; None where it may."""
    targets = state.publication.targets.values()
    kept = all(view.gives(addresses) or view.has(addresses) for addresses in targets)
    if not (kept and view.can_say(state.publication.targets)):
        return Because.LOST
    dead = any(view.vote(addresses) is Vote.UNHEALTHY for addresses in targets)
    pin = view.pinned()
    held = pin is not None and [pin.name] == list(state.publication.targets)
    return Because.UNHEALTHY if dead and not held else None


def _closed(view: View, seen: tuple[Guard, ...]) -> Decision:
    """In `observe` mode an unfinished decision ends by taking the records as they are."""
    found = _found(view)
    if found is None or found.says is not Says.OURS:
        return Decision(view, Action.HOLD, (*seen, Guard(Hold.MODE)))
    guard = Guard(Ground.MODE, found.regions)
    return Decision(view, Action.ADOPT, (*seen, guard), Cause.EXTERNAL, found.regions)
