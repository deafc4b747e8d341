"""What a decision rests on, as one sentence each, with what a person may do about it."""

from collections.abc import Callable, Mapping

from failover.decision.balancers import ADVICE
from failover.decision.guard import Because, Ground, Guard
from failover.decision.places import raised
from failover.decision.view import View
from failover.decision.words import balancers, values
from failover.decision.words.values import names
from failover.health.tally import Vote
from failover.notify.commands import Command
from failover.notify.events import as_duration, as_time

OLD_READING = 600.0
"""Seconds after which a reading says nothing about the records as they are. No list is reused for
longer (`cadence`)."""


def said(view: View, guard: Guard) -> tuple[str, str | None]:
    """A ground in words, and an override where there is one."""
    assert isinstance(guard.name, Ground)
    return SENTENCES[guard.name](view, guard), _override(view, guard)


def _override(view: View, guard: Guard) -> str | None:
    if guard.name is Ground.BALANCER:
        return ADVICE
    if guard.name is Ground.EXCLUDED and guard.because is None:
        return view.event(Command.RELEASE)
    unsure = any(view.vote(a) is not Vote.HEALTHY for a in guard.regions.values())
    return view.event_elsewhere() if guard.name is Ground.ACTIVE_REGION and unsure else None


def _drift(view: View, guard: Guard) -> str:
    """Whether the records say what was decided, as far as is known; an old reading says nothing
    about now."""
    state, reading = view.state, view.reading
    if reading is None:
        return "the records have not been read"
    if guard.because is not Because.AGREED:
        decided = names(state.publication.targets) if state else "nothing"
        return f"the records say {values.records(reading)}; decided was {decided}"
    age = view.now - reading.at
    if age < OLD_READING:
        return "the records say what was decided"
    return f"the last reading said what was decided, but it is {as_duration(age)} old"


def _unfinished(view: View, _guard: Guard) -> str:
    """How far a change has come."""
    assert view.state is not None
    going = view.state.publication
    change = f"the change to {names(going.targets)} (generation {going.generation})"
    return f"{change} is at attempt {going.attempt}"


def _settings(view: View, guard: Guard) -> str:
    if guard.because is Because.TTL:
        return f"the TTL becomes {view.service.ttl} s"
    told = []
    if guard.because is Because.SEVERAL and view.state:
        told.append(
            f"{names(view.state.served.active)} are published, and the routing is failover now"
        )
    for name in guard.regions:
        region = view.service.region(name)
        if region is None:
            told.append(f"{name} is not in the settings any more")
            continue
        vote = view.vote(region.addresses)
        told.append(f"the new address of {name} is {vote}")
        if not raised(view):
            told.append("it is published once revision is raised, or the old one is dead")
        elif vote is not Vote.HEALTHY:
            told.append("it is published once it is healthy")
    return "; ".join(told)


def _adoption(_view: View, guard: Guard) -> str:
    if guard.because is Because.EMPTY:
        return f"the name has no records: those of {names(guard.regions)} are added"
    return f"the records point at {names(guard.regions)} and are adopted as they are"


def _excluded(view: View, guard: Guard) -> str:
    if guard.because is Because.ANYWAY:
        return f"{names(guard.regions)} is used all the same: no other region is healthy"
    until = view.state.orders.excluded_until if view.state else {}
    found = (f"{name} until {as_time(until[name])}" for name in sorted(view.excluded()))
    return f"removed by a person: {'; '.join(found)}"


def _pin(view: View, guard: Guard) -> str:
    if guard.because is Because.LOST:
        pin = values.pin_in_force(view)
        return f"{pin}; not followed, the region is not in the settings any more"
    return f"{names(guard.regions)} was pinned meanwhile"


def _records(_view: View, guard: Guard) -> str:
    if guard.because is Because.DONE:
        return "the records say what was decided"
    return "the records do not say what was decided yet"


def _target(_view: View, guard: Guard) -> str:
    why = "unhealthy" if guard.because is Because.UNHEALTHY else "in no settings"
    return f"the target is {why}: {names(guard.regions)} takes over"


def _verdicts(view: View, guard: Guard) -> str:
    return values.verdicts(view, guard.regions)


def _anomaly(_view: View, guard: Guard) -> str:
    assert guard.anomaly
    return balancers.said(guard.anomaly)


def _text(_view: View, guard: Guard) -> str:
    return guard.text


SENTENCES: Mapping[Ground, Callable[[View, Guard], str]] = {
    Ground.ACTIVE_REGION: _verdicts,
    Ground.ADOPTION: _adoption,
    Ground.BALANCER: _anomaly,
    Ground.CANDIDATE: _verdicts,
    Ground.CREATION: lambda *_: "a record is missing: adding it is tried again",
    Ground.DRIFT: _drift,
    Ground.EXCLUDED: _excluded,
    Ground.EXTERNAL: lambda _, guard: f"somebody pointed the name at {names(guard.regions)}",
    Ground.FAILBACK: lambda _, guard: (
        f"{names(guard.regions)} is preferred and has been healthy for long enough"
    ),
    Ground.JOINING: lambda _, guard: f"{names(guard.regions)} are published",
    Ground.LATE_WRITE: lambda *_: "a write of ours whose reply was lost has arrived late",
    Ground.LEAVING: lambda _, guard: f"{names(guard.regions)}: unhealthy",
    Ground.MODE: _adoption,
    Ground.ORDER: _text,
    Ground.PIN: _pin,
    Ground.RECORDS: _records,
    Ground.REGIONS: lambda view, _: values.regions(view),
    Ground.REPUBLISH: lambda _, guard: f"the records are corrected to {names(guard.regions)}",
    Ground.SETTINGS: _settings,
    Ground.TARGET: _target,
    Ground.UNFINISHED: _unfinished,
    Ground.WITHDRAWAL: lambda _, guard: (
        f"{names(guard.regions)} is healthy again and nothing was written yet"
    ),
}
