"""Checks of what runs at AWS: the control table, the vantages, and the way to operators."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from operator import attrgetter

from failover.health.votes import Ballot
from failover.notify.events import as_time
from failover.preflight import scope
from failover.preflight.facts import Alarm, ControlTable, Facts, Kept, OfService
from failover.preflight.finding import Seen, Unknown
from failover.preflight.scope import Found, OfDeployment, given
from failover.publication.orders import Gate
from failover.publication.outbox import alerts_waiting, stuck

CLOCKS_APART = 5.0
"""Seconds by which the clock of a vantage may be ahead of ours. Claims and votes have ends."""

MUCH_MEMORY = 0.8
"""The part of its memory that a function should not come near: one that reaches all of it is
ended in the middle of what it does."""

TICKS_AT_ONCE = 5
"""Ticks of one shard that may run at the same time: three by beats, two by the schedule."""

AllKept = Mapping[str, Kept]

Ballots = Sequence[Ballot]
"""The recent ones of one vantage, the newest last."""


def of_each_vantage(look: Callable[[Ballots, Facts], Found]) -> OfDeployment:
    """A check of each vantage of the settings that votes."""

    @given(scope.all_kept)
    @wraps(look)
    def check(kept: AllKept, facts: Facts) -> Found:
        every = [ballot for each in kept.values() for ballot in each.ballots]
        for vantage in facts.settings.vantages:
            recent = [b for b in every if b.vantage == vantage and b.alive(facts.now)]
            if recent:
                yield from look(sorted(recent, key=attrgetter("at")), facts)
            else:
                yield Unknown("it does not vote", vantage)

    return check


def table_unavailable(facts: Facts) -> Found:
    """The control table answers."""
    if isinstance(facts.gate, Unknown):
        yield Seen(facts={"error": facts.gate.reason})


@given(scope.table)
def table_not_strong(table: ControlTable, facts: Facts) -> Found:
    """A control table that several vantages share is strongly consistent between AWS regions."""
    if len(facts.settings.vantages) > 1 and table.consistency != "strong":
        yield Seen(facts={"consistency": table.consistency})


@given(scope.table)
def table_unprotected(table: ControlTable, _facts: Facts) -> Found:
    """The control table cannot be deleted by accident."""
    if not table.protected:
        yield Seen()


@given(scope.table)
def table_not_recoverable(table: ControlTable, _facts: Facts) -> Found:
    """The control table has point-in-time recovery."""
    if isinstance(table.recoverable, Unknown):
        yield table.recoverable
    elif not table.recoverable:
        yield Seen()


def item_unusable(facts: Facts) -> Found:
    """Every item of the control table can be used."""
    broken = list(facts.broken)
    unread: list[Unknown] = []
    for of in facts.services:
        if isinstance(of.kept, Unknown):
            unread.append(of.kept)
        else:
            broken += of.kept.broken
    for sentence in dict.fromkeys(broken):
        yield Seen(facts={"error": sentence})
    yield from dict.fromkeys(unread)


@given(scope.gate)
def stop_switch_on(gate: Gate | None, facts: Facts) -> Found:
    """The global stop switch is off."""
    if gate and gate.until > facts.now:
        yield Seen(facts={"by": gate.by, "reason": gate.reason, "until": as_time(gate.until)})


@given(scope.all_kept)
def vantage_silent(kept: AllKept, facts: Facts) -> Found:
    """Every vantage of the settings votes on every service: its schedule and its queue work."""
    for vantage in facts.settings.vantages:
        silent = [
            name
            for name, each in kept.items()
            if not any(b.vantage == vantage and b.alive(facts.now) for b in each.ballots)
        ]
        if silent:
            yield Seen(vantage, {"services": ", ".join(silent)})


@of_each_vantage
def vantage_blind(ballots: Ballots, _facts: Facts) -> Found:
    """Every vantage that votes reaches the outside world."""
    if ballots[-1].blind:
        yield Seen(ballots[-1].vantage)


@of_each_vantage
def settings_differ(ballots: Ballots, facts: Facts) -> Found:
    """Every vantage has the same settings."""
    last, ours = ballots[-1], facts.settings
    if (last.revision, last.digest) != (ours.revision, ours.digest):
        theirs = f"revision {last.revision}, digest {last.digest}"
        mine = f"revision {ours.revision}, digest {ours.digest}"
        yield Seen(last.vantage, {"theirs": theirs, "ours": mine})


@of_each_vantage
def release_differs(ballots: Ballots, facts: Facts) -> Found:
    """Every vantage runs the same release."""
    last = ballots[-1]
    if not facts.release:
        yield Unknown("what runs here was not built by `make deploy`", last.vantage)
    elif last.release != facts.release:
        theirs = last.release or "one that does not say which"
        yield Seen(last.vantage, {"theirs": theirs, "ours": facts.release})


@of_each_vantage
def clock_ahead(ballots: Ballots, facts: Facts) -> Found:
    """No vantage votes from the future."""
    if (ahead := ballots[-1].at - facts.now) > CLOCKS_APART:
        yield Seen(ballots[-1].vantage, {"seconds": f"{ahead:.0f}"})


@of_each_vantage
def memory_low(ballots: Ballots, _facts: Facts) -> Found:
    """The monitor of every vantage has used less than 80 % of its memory."""
    vantage, used = ballots[-1].vantage, [b.memory for b in ballots if b.memory is not None]
    if not used:
        yield Unknown("the monitor does not say how much memory it uses", vantage)
    elif max(used) >= MUCH_MEMORY:
        yield Seen(vantage, {"used": f"{max(used):.0%}"})


@of_each_vantage
def beats_missing(ballots: Ballots, _facts: Facts) -> Found:
    """Beats start the ticks of every vantage, so that none of them stays awake."""
    if unpaced := next((ballot.unpaced for ballot in ballots if ballot.unpaced), None):
        yield Seen(ballots[-1].vantage, {"error": unpaced.error})


def no_topic(facts: Facts) -> Found:
    """Alerts have a topic to go to."""
    if not facts.topic:
        yield Seen()


@given(scope.subscribers)
def no_subscriber(subscribers: int, _facts: Facts) -> Found:
    """Somebody has confirmed that they receive the alerts."""
    if not subscribers:
        yield Seen()


@given(scope.alarms)
def alarm_missing(alarms: tuple[Alarm, ...], _facts: Facts) -> Found:
    """The alarms of the stack exist."""
    if not alarms:
        yield Seen()


@given(scope.alarms)
def alarm_silent(alarms: tuple[Alarm, ...], _facts: Facts) -> Found:
    """Every alarm of the stack has an action, and its actions are on."""
    for alarm in alarms:
        if not (alarm.enabled and alarm.actions):
            yield Seen(alarm.name, {"why": "are disabled" if alarm.actions else "are missing"})


@given(scope.concurrency)
def concurrency_low(concurrency: int, facts: Facts) -> Found:
    """Lambda may run twice as many functions at once as the monitor may need."""
    needed = TICKS_AT_ONCE * facts.settings.shards
    if concurrency < 2 * needed:
        yield Seen(facts={"allowed": str(concurrency), "needed": str(needed)})


@given(scope.kept)
def not_managed(kept: Kept, _facts: Facts, _of: OfService) -> Found:
    """The service has a decision to fail over from."""
    if kept.state is None:
        yield Seen()


@given(scope.kept)
def paused(kept: Kept, facts: Facts, _of: OfService) -> Found:
    """Nobody has paused the service."""
    stop = kept.state.orders.pause if kept.state else None
    if stop and stop.until > facts.now:
        yield Seen(facts={"by": stop.by, "reason": stop.reason, "until": as_time(stop.until)})


@given(scope.kept)
def pinned(kept: Kept, facts: Facts, _of: OfService) -> Found:
    """Nobody has pinned the name to a region."""
    pin = kept.state.orders.pinned(facts.now) if kept.state else None
    if pin:
        yield Seen(pin.region, {"by": pin.by, "reason": pin.reason, "until": as_time(pin.until)})


@given(scope.kept)
def alerts_stuck(kept: Kept, facts: Facts, _of: OfService) -> Found:
    """No alert waits to be sent."""
    if stuck(kept.state, facts.now):
        waiting = alerts_waiting(kept.state)
        oldest = min(event.at for event in waiting)
        yield Seen(facts={"count": str(len(waiting)), "since": as_time(oldest)})
