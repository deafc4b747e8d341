"""Single facts in words: times, verdicts, ages, records, orders in force."""

from collections.abc import Iterable, Mapping

from failover.decision.guard import Targets
from failover.decision.view import View
from failover.health.votes import Verdict
from failover.notify.events import as_duration, as_time
from failover.publication.parts import Cause, Pin, Stop
from failover.quoting import quoted
from failover.staleness.replication import Freshness, Seen
from failover.zone.failing import LONGEST_ERROR
from failover.zone.records import Reading
from failover.zone.statement import Statement

CAUSES: Mapping[Cause, str] = {
    Cause.ADOPTION: "adopted at install",
    Cause.UNHEALTHY: "the region before was unhealthy",
    Cause.FAILBACK: "failback",
    Cause.SETTINGS: "new settings",
    Cause.EXTERNAL: "somebody changed the records",
    Cause.DRIFT: "the records were corrected",
    Cause.OPERATOR: "by order",
    Cause.COMPLETION: "missing records were added",
}
"""Why a name points where it does, after where it points."""

MOVED: Mapping[Cause, str] = {
    Cause.OPERATOR: "here by order",
    Cause.EXTERNAL: "here by somebody who changed the records",
    Cause.ADOPTION: "here before the monitor was installed",
}
"""The same after "was moved", for the causes that are a person's."""


def ago(at: float, now: float) -> str:
    """A moment in the past: how long ago, and when."""
    return f"{as_duration(now - at)} ago ({as_time(at)})"


def lasting(since: float, now: float) -> str:
    """How long something has lasted, and since when."""
    return f"for {as_duration(now - since)} (since {as_time(since)})"


def ending(until: float, now: float) -> str:
    """How much longer something lasts, and until when."""
    return f"for another {as_duration(until - now)} (until {as_time(until)})"


def within(since: float, now: float) -> str:
    """In how much time something happened, and since when."""
    return f"in {as_duration(now - since)} (since {as_time(since)})"


def times(number: int) -> str:
    """How often."""
    return "once" if number == 1 else f"{number} times"


def names(found: Iterable[str]) -> str:
    """Names, one after the other."""
    return ", ".join(found)


def error(text: str) -> str:
    """What a server or a library said."""
    return quoted(text, LONGEST_ERROR)


def records(reading: Reading) -> str:
    """What the records of a reading say."""
    return ", ".join(f"{r.type} {r.address}" for r in reading.records) or "nothing at all"


def verdict(found: Verdict) -> str:
    """A verdict, and what it rests on where that is more than one vote."""
    if found.listed == 1 and found.fresh == 1:
        return str(found.vote)
    counts = f"{found.healthy} healthy, {found.unhealthy} unhealthy of {found.fresh} fresh votes"
    return f"{found.vote} ({counts}; {found.needed} of {found.listed} vantages needed)"


def verdicts(view: View, targets: Targets) -> str:
    """Regions by their addresses, with their verdicts."""
    return "; ".join(f"{n} is {verdict(view.verdict(a))}" for n, a in targets.items())


def regions(view: View) -> str:
    """All regions of a service, with their verdicts."""
    return verdicts(view, {region.name: region.addresses for region in view.service.regions})


def data_age(seen: Seen) -> str:
    """How old the data of a region is."""
    if seen.age is None:
        return "of unknown age"
    return "up to date" if seen.age == 0 else f"{seen.age:.1f} s behind"


def freshness(seen: Seen) -> str:
    """Whether the data of a region counts as fresh, and how old it is."""
    if seen.freshness is Freshness.UNKNOWN:
        return "unknown, which counts as fresh: see data-status"
    return f"{seen.freshness}, {data_age(seen)}"


def source(said: Statement) -> str:
    """What the zone file or a name server says."""
    if said.addresses is None:
        return f"{said.source}: {said.error or 'no answer'}"
    return f"{said.source} says {', '.join(said.addresses) or 'no address'}"


def pin(found: Pin, now: float) -> str:
    """A pin in force."""
    return f"{found.by} pinned {found.region} {ending(found.until, now)}: {found.reason}"


def pin_in_force(view: View) -> str:
    """The pin of a service."""
    found = view.state.orders.pinned(view.now) if view.state else None
    assert found is not None
    return pin(found, view.now)


def stop(found: Stop, now: float, *, everything: bool) -> str:
    """A pause of one service in force, or the global stop switch."""
    what = "everything" if everything else "this service"
    return f"{found.by} paused {what} {ending(found.until, now)}: {found.reason}"
