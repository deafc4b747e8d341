"""Rule 3: a decision whose publication has begun and has not been seen to end."""

from failover.decision.adoption import first_decision
from failover.decision.desired import desired
from failover.decision.drift import of_a_person
from failover.decision.meaning import Meaning, Says, fulfilled, meaning
from failover.decision.view import Action, Decision, Guard, View
from failover.decision.words import guards
from failover.health.tally import Vote
from failover.publication.state import TAKEOVER_AFTER, Cause, Phase, State
from failover.settings.model import Mode


def finish(view: View, why: list[Guard], stopped: bool = False) -> Decision | None:
    """Finish, withdraw, redirect or try again. While `stopped` no new target is chosen."""
    state = view.state
    if state is None or state.phase is not Phase.PUBLISHING:
        return None
    seen = (*why, guards.progress(state))
    claim = state.claim
    if claim and view.now < claim.until + TAKEOVER_AFTER:
        left = claim.until + TAKEOVER_AFTER - view.now
        return Decision(Action.HOLD, (*seen, guards.claimed(state, left)))
    ordered = state.cause is Cause.OPERATOR
    if not (state.active or stopped or ordered) and _overtaken(view, state):
        return first_decision(view, list(seen))
    if view.service.mode is Mode.OBSERVE:
        return _closed(view, seen)
    if _done(view, state):
        guard = Guard("records", "the records say what was decided")
        return Decision(Action.FINISH, (*seen, guard), state.cause, state.targets)
    if view.reading and view.confirmed and of_a_person(view, state, view.reading):
        guard = guards.foreign(view, view.reading)
        return Decision(Action.HOLD, (*seen, guard))
    return _redirected(view, state, seen, stopped) or Decision(
        Action.RETRY,
        (*seen, Guard("records", "the records do not say what was decided yet")),
        state.cause,
        state.targets,
    )


def _overtaken(view: View, state: State) -> bool:
    """Whether a first decision gives way to the records as they are: it has written nothing, or
    somebody else has pointed the name at other regions that can serve."""
    if not state.wrote:
        return True
    found = _found(view)
    return (
        found is not None
        and found.says is Says.OURS
        and not found.regions.items() <= state.targets.items()
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
    view: View, state: State, seen: tuple[Guard, ...], stopped: bool
) -> Decision | None:
    """Another target, or none any more; None to go on with the one that was decided."""
    healthy = all(view.vote(addresses) is Vote.HEALTHY for addresses in state.active.values())
    pin = view.pinned()
    elsewhere = pin is not None and [pin.name] != list(state.targets)
    needless = state.cause is Cause.UNHEALTHY and not state.wrote and state.active and healthy
    if needless and (stopped or not elsewhere):
        saw = f"{', '.join(state.active)} is healthy again and nothing was written yet"
        guard = Guard("withdrawal", saw)
        return Decision(Action.WITHDRAW, (*seen, guard), state.cause, state.active)
    sick = _unfit(view, state)
    if not sick and (stopped or not elsewhere):
        return None
    want = desired(view, state.targets, returning=False)
    if dict(want.regions) == dict(state.targets) and not stopped:
        return None
    if stopped or not want.regions:
        return Decision(Action.HOLD, (*seen, guards.unfit(view, sick, stopped=stopped)))
    names = ", ".join(want.regions)
    saw = f"the target is {sick}: {names} takes over" if sick else f"{names} was pinned meanwhile"
    guard = Guard("target" if sick else "pin", saw)
    cause = Cause.SETTINGS if want.cause is Cause.FAILBACK else want.cause or state.cause
    return Decision(Action.PUBLISH, (*seen, guard), cause, want.regions)


def _unfit(view: View, state: State) -> str:
    """Why what was decided must not be written any more; empty where it may."""
    targets = state.targets.values()
    kept = all(view.gives(addresses) or view.has(addresses) for addresses in targets)
    if not (kept and view.can_say(state.targets)):
        return "in no settings"
    dead = any(view.vote(addresses) is Vote.UNHEALTHY for addresses in targets)
    pin = view.pinned()
    held = pin is not None and [pin.name] == list(state.targets)
    return "unhealthy" if dead and not held else ""


def _closed(view: View, seen: tuple[Guard, ...]) -> Decision:
    """In `observe` mode an unfinished decision ends by taking the records as they are."""
    found = _found(view)
    if found is None or found.says is not Says.OURS:
        guard = guards.observes()
        return Decision(Action.HOLD, (*seen, guard))
    saw = f"the records point at {', '.join(found.regions)} and are adopted as they are"
    return Decision(Action.ADOPT, (*seen, Guard("mode", saw)), Cause.EXTERNAL, found.regions)
