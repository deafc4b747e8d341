"""What keeps a change back, as one sentence each, with what passes it.

Automation and people are told the same thing in the same words.
"""

from collections.abc import Callable, Mapping

from failover.decision.guard import Because, Guard, Hold
from failover.decision.view import View
from failover.decision.words import balancers, data, values
from failover.decision.words.forcing import forced
from failover.notify.commands import EVERYTHING, FOR_EXAMPLE, Command, Order, written
from failover.notify.events import as_duration
from failover.publication.parts import HOUR, REPUBLISHED_AN_HOUR
from failover.settings.model import Routing
from failover.zone.records import Reading

Words = tuple[str, str | None]
"""A sentence, and how to override the hold."""


def said(view: View, guard: Guard, order: Order | None) -> Words:
    """A hold in words; `order` is what it stands against, if a person gave one."""
    assert isinstance(guard.name, Hold)
    if guard.because in (Because.LOST, Because.UNHEALTHY) and guard.name is not Hold.REGION:
        return _unfit(view, guard)
    return WORDS[guard.name](view, guard, order)


def _stop(view: View, guard: Guard, _order: Order | None) -> Words:
    what = EVERYTHING if guard.name is Hold.STOP else view.service.name
    found = view.stops()[what]
    if guard.because is Because.PASSED:
        left = values.ending(found.until, view.now)
        return f"automation stays paused {left}; this order passes it", None
    saw = values.stop(found, view.now, everything=what == EVERYTHING)
    return saw, written(Command.RESUME, what)


def _unfit(view: View, guard: Guard) -> Words:
    """What was decided must not be written any more, and nothing else may be."""
    why = "unhealthy" if guard.because is Because.UNHEALTHY else "in no settings"
    nobody = guard.name is Hold.CANDIDATES
    rest = "no other region is healthy" if nobody else "automation is paused"
    return f"the target is {why}, and {rest}", view.event_elsewhere()


def _mode(_view: View, guard: Guard, _order: Order | None) -> Words:
    more = f"; it would write {values.names(guard.regions)}" if guard.regions else ""
    return f'mode is "observe": DNS is never written{more}', 'set mode = "act" and deploy'


def _settings_revision(view: View, _guard: Guard, _order: Order | None) -> Words:
    newest, ours = view.newest_revision(), view.settings.revision
    saw = f"revision {newest} of the settings is deployed elsewhere; this vantage has {ours}"
    return saw, "deploy the newest settings to every vantage"


def _addresses(_view: View, guard: Guard, _order: Order | None) -> Words:
    names = values.names(guard.regions)
    saw = f"the control table has addresses for {names} that are in no settings"
    return saw, "correct the decision item, or change the records by hand"


def _creation(_view: View, guard: Guard, _order: Order | None) -> Words:
    if names := values.names(guard.regions):
        return f"there is no record for {names}, and none can be added now", None
    if guard.left is None:
        return "what is missing cannot be added now", None
    saw = f"a record could not be added; the next try is in {as_duration(guard.left)}"
    return saw, "add the record by hand, or let the token's user add records"


def _claim(view: View, guard: Guard, order: Order | None) -> Words:
    """A person may repeat the order; automation does so by itself."""
    going = view.state.publication if view.state else None
    assert going is not None
    assert going.claim is not None
    what = f"{values.names(going.targets)} ({values.CAUSES[going.cause]})"
    left = as_duration(guard.left or 0.0)
    saw = f"{going.claim.vantage} is writing the change to {what}, for another {left} at the most"
    return saw, order.event() if order else None


def _pin(view: View, _guard: Guard, order: Order | None) -> Words:
    saw = values.pin_in_force(view)
    region = view.pinned()
    if region is not None:
        saw += f"; {region.name} is {view.vote(view.active.get(region.name, region.addresses))}"
    if order is None:
        return saw, view.event(Command.RELEASE)
    return saw, order.event(command=Command.RELEASE, region=None, force=None)


def _region(view: View, guard: Guard, order: Order | None) -> Words:
    assert order is not None
    if guard.because is Because.LOST:
        anomalies = view.resolution.anomalies if view.resolution else ()
        why = balancers.all_said(anomalies) or "it is not in the settings"
        return f"{order.region} has no address: {why}", None
    region = next(iter(view.healthy_regions()), view.service.regions[0])
    override = order.event(region=region.name, until=FOR_EXAMPLE)
    return "every healthy region is published; name one to publish alone", override


def _routing(_view: View, guard: Guard, order: Order | None) -> Words:
    """With `multivalue` one region alone is an exception, and must end by itself."""
    assert order is not None
    first = next(iter(guard.regions))
    if guard.because is Because.SEVERAL:
        saw = f"a pin holds one region, and this would write {values.names(guard.regions)}"
        return saw, order.event(region=first)
    saw = "every healthy region is published; one alone needs an end, as a pin"
    return saw, order.event(region=first, until=FOR_EXAMPLE)


def _health(view: View, guard: Guard, order: Order | None) -> Words:
    assert order is not None
    saw = values.verdicts(view, guard.regions)
    if order.force:
        saw += "; a forced change needs an end, or the next round leaves the region again"
    return saw, forced(view, order, next(iter(guard.regions)))


def _records(view: View, guard: Guard, order: Order | None) -> Words:
    if order is None:
        unread = guard.because is Because.UNREAD
        once = "the records have been read once; a second reading has to confirm them"
        return "the records have not been read yet" if unread else once, None
    if view.reading is None or guard.because is Because.UNCONFIRMED:
        saw = (
            "the records could not be read one by one, and what is not known is not overwritten; "
            "look at them yourself, or try again"
        )
        return saw, order.event()
    if guard.because is Because.STRANGE:
        others = view.reading.others
        found = ", ".join(f"a {r.type} record at the name (id {r.id})" for r in others)
        return f"there is {found}", _by_hand(view.reading)
    saw = f"the records say {values.records(view.reading)}, which is what was decided"
    return saw, order.event(command=Command.FAILOVER)


def _by_hand(reading: Reading) -> str:
    ids = (f"linode-cli domains records-delete {reading.domain_id} {r.id}" for r in reading.others)
    return f"no command removes a record; delete it yourself: {'; '.join(ids)}"


def _reading(_view: View, _guard: Guard, _order: Order | None) -> Words:
    return "the difference is not confirmed: the records could not be read one by one", None


def _taken_over(view: View, guard: Guard, order: Order | None) -> Words:
    """What a takeover passes: records that are not ours, or that somebody is changing."""
    found = values.records(view.reading) if view.reading else ""
    saw = {
        Hold.ADOPTION: f"the records are not exactly those of regions in the settings: {found}",
        Hold.FOREIGN: (
            f"the records say {found}: addresses that are in no settings are left alone"
        ),
        Hold.MIXED: (
            "somebody may be changing the records: nothing is corrected for "
            + as_duration(guard.left or 0.0)
        ),
        Hold.DRIFT_LIMIT: (
            f"the records changed again after {REPUBLISHED_AN_HOUR} corrections in one hour: "
            "another writer is active"
        ),
    }[Hold(guard.name)]
    if guard.because is Because.PASSED:
        return "corrected often enough; what is missing stays so", None
    if order:
        return saw, order.event(command=Command.TAKEOVER)
    return saw, view.event(Command.TAKEOVER)


def _candidates(view: View, _guard: Guard, order: Order | None) -> Words:
    regions = values.regions(view)
    if order:
        return f"no region to move to is healthy: {regions}", forced(view, order)
    where = " at its address in the settings" if view.healthy(view.active) else ""
    saw = f"no region is healthy{where}, so the records stay as they are: {regions}"
    return saw, view.event_elsewhere()


def _failback(view: View, guard: Guard, _order: Order | None) -> Words:
    (name,) = guard.regions
    assert view.state is not None
    asked = view.service.failback_after
    saw = f"{name} has been healthy for {asked - (guard.left or 0):.0f} s of {asked:.0f} s"
    if guard.because is Because.ORDERED:
        moved = values.MOVED[view.state.served.moved_by]
        saw = f"{name} is healthy, but the name was moved {moved}"
    elif guard.because is Because.MANUAL:
        saw = f'{name} is healthy; failback is "manual"'
    elif guard.because is Because.STALE:
        saw = data.of(view, name)
    return saw, _back(view, guard)


def _flip_budget(view: View, guard: Guard, _order: Order | None) -> Words:
    assert view.state is not None
    lately = f"{view.state.limits.flips_lately(view.now)} times in the last {HOUR / 60:.0f} minutes"
    names = values.names(guard.regions)
    return f"the name moved {lately}: no traffic is returned to {names}", _back(view, guard)


def _back(view: View, guard: Guard) -> str:
    """The event by which a person returns traffic all the same."""
    if view.service.routing is Routing.MULTIVALUE:
        return view.event(Command.FAILBACK)
    return view.event(Command.FAILOVER, region=next(iter(guard.regions)))


WORDS: Mapping[Hold, Callable[[View, Guard, Order | None], Words]] = {
    Hold.STOP: _stop,
    Hold.PAUSE: _stop,
    Hold.REGION: _region,
    Hold.CANDIDATES: _candidates,
    Hold.ADDRESSES: _addresses,
    Hold.MODE: _mode,
    Hold.SETTINGS_REVISION: _settings_revision,
    Hold.CREATION: _creation,
    Hold.CLAIM: _claim,
    Hold.ROUTING: _routing,
    Hold.PIN: _pin,
    Hold.HEALTH: _health,
    Hold.DATA: data.held,
    Hold.RECORDS: _records,
    Hold.READING: _reading,
    Hold.ADOPTION: _taken_over,
    Hold.FOREIGN: _taken_over,
    Hold.MIXED: _taken_over,
    Hold.DRIFT_LIMIT: _taken_over,
    Hold.FAILBACK: _failback,
    Hold.FLIP_BUDGET: _flip_budget,
}
