"""From verdicts to a decision: the rules in their order, the first that speaks decides.

Each rule is a function of the view that returns a decision, or None to let the next one speak.
A rule that was consulted and let go may leave a guard in `why`, so that the record always tells
what was looked at.
"""

from collections.abc import Callable
from dataclasses import replace

from failover.core import adoption, drift, switching, unfinished
from failover.core.settings import Mode
from failover.core.state import Cause, Kind, Phase
from failover.core.tally import Vote
from failover.core.view import Action, Decision, Guard, View, meaning

PUBLICATION_SECONDS = 60.0
"""A publication that has not succeeded for this long is an incident; it is tried on."""

Rule = Callable[[View, list[Guard]], Decision | None]


def decide(view: View) -> Decision:
    """What to do about a service now. Pure: the same view always gives the same decision."""
    why: list[Guard] = []
    for rule in RULES:
        decision = rule(view, why)
        if decision is not None:
            break
    else:
        raise AssertionError("the last rule always decides")
    decision = _held_by_settings(view, decision)
    decision = _held_by_refused_creation(view, decision)
    decision = _observed(view, decision)
    return replace(decision, lasting=decision.lasting | _conditions(view))


def _gate(view: View, why: list[Guard]) -> Decision | None:
    """Rule 1: while stopped no new decision is started, and one on its way is finished."""
    stops = {"the global stop switch": view.gate}
    if view.state:
        stops["the pause of this service"] = view.state.pause
    for name, stop in stops.items():
        if stop is None or stop.until <= view.now:
            continue
        if view.state and view.state.phase is Phase.PUBLISHING:
            return unfinished.finish(view, why, stopped=True)
        saw = f"set by {stop.by} ({stop.reason}), for another {stop.until - view.now:.0f} s"
        return Decision(Action.HOLD, (*why, Guard(name, saw, "wait, or end it by hand")))
    return None


def _held_by_settings(view: View, decision: Decision) -> Decision:
    """A deployment with older settings than another one probes and votes, but never publishes."""
    if decision.action is Action.HOLD:
        return decision
    newest = max(
        (b.revision for b in view.ballots if b.alive(view.now)), default=view.settings.revision
    )
    if view.state:
        newest = max(newest, view.state.revision)
    if newest <= view.settings.revision:
        return decision
    saw = f"revision {newest} is deployed elsewhere, this one has {view.settings.revision}"
    guard = Guard("settings revision", saw, "deploy the newest settings to every vantage")
    return Decision(
        Action.HOLD,
        (*decision.why, guard),
        lasting=decision.lasting | {Kind.SETTINGS_OLD},
    )


def _held_by_refused_creation(view: View, decision: Decision) -> Decision:
    """A name without records stays so for a while when Linode refused to add one."""
    state, reading = view.state, view.reading
    if decision.action not in (Action.PUBLISH, Action.RETRY) or not state or not reading:
        return decision
    if reading.records or state.create_not_before <= view.now:
        return decision
    saw = f"Linode refused to add a record; next try in {state.create_not_before - view.now:.0f} s"
    guard = Guard("creation", saw, "add the record by hand, or let the token's user add records")
    return Decision(Action.HOLD, (*decision.why, guard), lasting=decision.lasting)


def _observed(view: View, decision: Decision) -> Decision:
    """In `observe` mode the state follows the records, and nothing is ever written to DNS."""
    if view.service.mode is Mode.ACT:
        return decision
    writes = decision.action in (Action.PUBLISH, Action.RETRY, Action.WITHDRAW)
    guard = Guard("mode", "observe: DNS is never written", 'set mode = "act" and deploy')
    if not writes:
        return decision
    found = meaning(view.reading, view.known()) if view.reading and view.confirmed else None
    if found and found.addresses and view.state and found.region not in view.state.active:
        return Decision(
            Action.ADOPT,
            (*decision.why, guard),
            Cause.EXTERNAL,
            {found.region: found.addresses},
            decision.lasting,
        )
    would = ", ".join(decision.targets)
    return Decision(
        Action.HOLD,
        (*decision.why, replace(guard, saw=f"{guard.saw}; would have published {would}")),
        lasting=decision.lasting | {Kind.WOULD_SWITCH},
    )


def _conditions(view: View) -> frozenset[Kind]:
    """What holds whatever the action: of the active region, and of the settings."""
    found = set()
    if view.state and view.state.phase is Phase.PUBLISHING:
        if view.now - view.state.unfinished_since >= PUBLICATION_SECONDS:
            found.add(Kind.FAILOVER_FAILED)
    elif view.state:
        for addresses in view.state.active.values():
            verdict = view.verdict(addresses)
            if verdict.vote is Vote.UNKNOWN:
                found.add(Kind.SPLIT_VERDICT if verdict.quorum else Kind.QUORUM_LOST)
    if view.state and view.state.create_not_before > view.now:
        found.add(Kind.CREATE_REFUSED)
    digests = {
        b.digest for b in view.ballots if b.alive(view.now) and b.revision == view.settings.revision
    }
    if digests - {view.settings.digest}:
        found.add(Kind.SETTINGS_DIFFER)
    return frozenset(found)


RULES: tuple[Rule, ...] = (
    _gate,
    adoption.adopt,
    unfinished.finish,
    switching.settings,
    drift.repair,
    switching.pin,
    switching.stay,
    switching.leave,
)
