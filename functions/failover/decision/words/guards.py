"""What a decision rests on, and what keeps a change back: a sentence each, with its override.

Automation and people are told the same thing in the same words.
"""

from collections.abc import Iterable

from failover.decision.places import Targets
from failover.decision.view import Guard, Hold, View, stop_named
from failover.decision.words import values
from failover.notify.commands import FOR_EXAMPLE, Command, Order, written
from failover.notify.events import as_duration, as_time
from failover.publication.state import HOUR, REPUBLISHED_AN_HOUR, State, Stop
from failover.settings.model import Region, Routing, Service
from failover.staleness.replication import Freshness
from failover.zone.records import Reading

ACT = 'set mode = "act" and deploy'


def stop(view: View, service: str, found: Stop) -> Guard:
    """An order to decide nothing new."""
    name = stop_named(service)
    saw = values.stop(found, view.now, everything=name is Hold.STOP)
    return Guard(name, saw, written(Command.RESUME, service))


def passed_stops(view: View) -> tuple[Guard, ...]:
    """The stops that hold automation, and not the person who orders."""
    return tuple(
        Guard(
            stop_named(service),
            f"automation stays paused {values.ending(found.until, view.now)}; this order passes it",
        )
        for service, found in view.stops().items()
    )


def pin(view: View, override: str | None = None) -> Guard:
    """The pin in force, and how its region is."""
    found = view.state.pinned(view.now) if view.state else None
    assert found is not None
    saw, region = values.pin(found, view.now), view.pinned()
    if region is None:
        return Guard("pin", f"{saw}; not followed, the region is not in the settings any more")
    there = view.state.active.get(region.name, region.addresses) if view.state else region.addresses
    saw = f"{saw}; {region.name} is {view.vote(there)}"
    return Guard(Hold.PIN, saw, override or view.event(Command.RELEASE))


def observes(would: Targets | None = None) -> Guard:
    """In `observe` mode nothing is written."""
    more = f"; it would write {values.names(would)}" if would is not None else ""
    return Guard(Hold.MODE, f'mode is "observe": DNS is never written{more}', ACT)


def newer_settings(newest: int, ours: int) -> Guard:
    """Another vantage has newer settings."""
    saw = f"revision {newest} of the settings is deployed elsewhere; this vantage has {ours}"
    return Guard(Hold.SETTINGS_REVISION, saw, "deploy the newest settings to every vantage")


def strange_addresses(names: Iterable[str]) -> Guard:
    """The control table has addresses that no settings give."""
    saw = f"the control table has addresses for {values.names(names)} that are in no settings"
    return Guard(Hold.ADDRESSES, saw, "correct the decision item, or change the records by hand")


def creation_refused(left: float) -> Guard:
    """Linode refused to add a record."""
    saw = f"Linode refused to add a record; the next try is in {as_duration(left)}"
    override = "add the record by hand, or let the token's user add records"
    return Guard(Hold.CREATION, saw, override)


def claimed(state: State, left: float, *, ordered: bool = False) -> Guard:
    """Somebody is writing. A person may repeat the order; automation does so by itself."""
    assert state.claim is not None
    where = values.names(state.targets)
    saw = f"{state.claim.vantage} is writing the change to {where} ({values.CAUSES[state.cause]})"
    repeat = f"repeat the event, in {as_duration(left)} at the latest"
    return Guard(Hold.CLAIM, saw, repeat if ordered else None)


def unread(*, confirmed: bool = True) -> Guard:
    """The records are not known well enough for a first decision."""
    saw = "the records have been read once; a second reading has to confirm them"
    return Guard(Hold.RECORDS, "the records have not been read yet" if confirmed else saw)


def not_confirmed() -> Guard:
    """The records differ by a list alone."""
    saw = "the difference is not confirmed: the records could not be read one by one"
    return Guard(Hold.READING, saw)


def drift(view: View) -> Guard:
    """Whether the records say what was decided, as far as is known."""
    state, reading = view.state, view.reading
    if reading is None:
        return Guard("drift", "the records have not been read")
    found = values.records(reading)
    decided = values.names(state.targets) if state else "nothing"
    return Guard("drift", f"the records say {found}; decided was {decided}")


def no_drift(view: View, oldest: float) -> Guard:
    """The records say what was decided; an old reading says nothing about now."""
    if view.reading is None:
        return Guard("drift", "the records have not been read")
    age = view.now - view.reading.at
    if age < oldest:
        return Guard("drift", "the records say what was decided")
    saw = f"the last reading said what was decided, but it is {as_duration(age)} old"
    return Guard("drift", saw)


def foreign(view: View, reading: Reading) -> Guard:
    """Somebody else's addresses: they are left alone."""
    found = values.records(reading)
    saw = f"the records say {found}: addresses that are in no settings are left alone"
    return Guard(Hold.FOREIGN, saw, view.event(Command.TAKEOVER))


def mixed(view: View, left: float) -> Guard:
    """Somebody may be in the middle of a change."""
    saw = f"somebody may be changing the records: nothing is corrected for {as_duration(left)}"
    return Guard(Hold.MIXED, saw, view.event(Command.TAKEOVER))


def drift_limit(view: View) -> Guard:
    """Another writer is active."""
    saw = f"the records changed again after {REPUBLISHED_AN_HOUR} corrections in one hour: "
    return Guard(Hold.DRIFT_LIMIT, f"{saw}another writer is active", view.event(Command.TAKEOVER))


def unclear(view: View, reading: Reading) -> Guard:
    """The records are not those of the settings: there is nothing to start from."""
    found = values.records(reading)
    saw = f"the records are not exactly those of regions in the settings: {found}"
    return Guard(Hold.ADOPTION, saw, view.event(Command.TAKEOVER))


def corrected(targets: Targets) -> Guard:
    """The records are written over."""
    return Guard("republish", f"the records are corrected to {values.names(targets)}")


def moved_by_hand(targets: Targets) -> Guard:
    """Somebody switched on purpose."""
    return Guard("external", f"somebody pointed the name at {values.names(targets)}")


def progress(state: State) -> Guard:
    """How far a change has come."""
    regions = values.names(state.targets)
    saw = f"the change to {regions} (generation {state.generation}) is at attempt {state.attempt}"
    return Guard("unfinished", saw)


def unfit(view: View, why: str, *, stopped: bool) -> Guard:
    """What was decided must not be written any more, and nothing else may be."""
    saw = f"the target is {why}, and "
    saw += "automation is paused" if stopped else "no other region is healthy"
    hold = stop_named(next(iter(view.stops()))) if stopped else Hold.CANDIDATES
    return Guard(hold, saw, view.event_elsewhere())


def regions(view: View, found: Iterable[Region] | None = None) -> str:
    """Regions with their verdicts."""
    listed = view.service.regions if found is None else found
    return verdicts(view, {region.name: region.addresses for region in listed})


def verdicts(view: View, targets: Targets) -> str:
    """Regions by their addresses, with their verdicts."""
    said = (f"{n} is {values.verdict(view.verdict(a))}" for n, a in targets.items())
    return "; ".join(said)


def nobody_healthy(view: View) -> Guard:
    """There is nowhere to go."""
    saw = f"no region is healthy, so the records stay as they are: {regions(view)}"
    return Guard(Hold.CANDIDATES, saw, view.event_elsewhere())


def nowhere_to_go(view: View, override: str) -> Guard:
    """An order names no region, and no other one is healthy."""
    return Guard(Hold.CANDIDATES, f"no region to move to is healthy: {regions(view)}", override)


def data(view: View, region: Region) -> str:
    """How old the data of a region is, in one clause."""
    seen = view.seen(region)
    noted = ", which counts as fresh" if seen.freshness is Freshness.UNKNOWN else ""
    noted = ", which is stale" if seen.freshness is Freshness.STALE else noted
    return f"the data of {region.name} is {values.data_age(seen)}{noted}"


def ages(view: View, found: Iterable[Region]) -> str:
    """How old the data of several regions is."""
    return ", ".join(f"{each.name} is {values.data_age(view.seen(each))}" for each in found)


def passed_over(view: View, region: Region) -> Guard:
    """A region is healthy, and its data is stale."""
    return Guard(Hold.DATA, f"{region.name} is passed over: {data(view, region)}")


def stale_anyway(view: View, name: str) -> Guard:
    """All healthy regions have stale data, and one of them takes over."""
    found = ages(view, view.healthy_regions())
    saw = f"every healthy region has stale data ({found}): {name} takes over anyway"
    return Guard(Hold.DATA, saw)


def waits_for_data(view: View, names: tuple[str, ...], left: float) -> Guard:
    """Stale data is not accepted yet."""
    found = ages(view, [region for region in view.service.regions if region.name in names])
    saw = f"every healthy region has stale data ({found}): failover waits {as_duration(left)} more"
    return Guard(Hold.DATA, saw, view.event(Command.FAILOVER, region=names[0], force=True))


def rate_limited(view: View, state: State, names: str, override: str) -> Guard:
    """Traffic was moved too often to be returned."""
    lately = f"{state.flips_lately(view.now)} times in the last {HOUR / 60:.0f} minutes"
    saw = f"the name moved {lately}: no traffic is returned to {names}"
    return Guard(Hold.FLIP_BUDGET, saw, override)


def excluded(view: View, state: State) -> Guard:
    """Regions that a person removed from several."""
    until = state.excluded_until
    found = "; ".join(f"{n} until {as_time(until[n])}" for n in sorted(view.excluded()))
    return Guard("excluded", f"removed by a person: {found}", view.event(Command.RELEASE))


def one_of_several(view: View, order: Order, targets: Targets) -> Guard | None:
    """With `multivalue` one region alone is an exception, and must end by itself."""
    if order.until and len(targets) > 1:
        saw = f"a pin holds one region, and this would write {values.names(targets)}"
        return Guard("routing", saw, order.event(region=next(iter(targets))))
    if view.service.routing is Routing.FAILOVER or order.until or order.region is None:
        return None
    saw = "every healthy region is published; one alone needs an end, as a pin"
    return Guard("routing", saw, order.event(region=next(iter(targets)), until=FOR_EXAMPLE))


def new_terms(service: Service) -> Guard:
    """Only the TTL changes."""
    return Guard("settings", f"the TTL becomes {service.ttl} s")
