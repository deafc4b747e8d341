"""The rule of each hold: whether it keeps a change back now, and by which facts.

`holds` is the table of them, which says whom each binds.
"""

from dataclasses import dataclass, field

from failover.decision.decision import Action
from failover.decision.guard import Because, Guard, Hold, Targets
from failover.decision.meaning import Says, differs, meaning, of_a_person, pointed_at
from failover.decision.view import View
from failover.health.tally import Vote
from failover.notify.commands import EVERYTHING, Command, Order
from failover.publication.parts import REPUBLISHED_AN_HOUR, Cause
from failover.settings.model import Failback, Mode, Routing

MIXED_SECONDS = 120.0
"""Seconds in which somebody may be in the middle of changing the records."""

OF_PEOPLE = (Cause.OPERATOR, Cause.EXTERNAL, Cause.ADOPTION)
"""Who moved the name for one of these causes meant it: automation does not return it."""

WRITES = (Action.PUBLISH, Action.RETRY)


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to be done to a name that has the `serving` regions: by whoever gave the
    `order`, or by automation."""

    targets: Targets = field(default_factory=dict)
    serving: Targets = field(default_factory=dict)
    action: Action = Action.PUBLISH
    order: Order | None = None


def stop(view: View, _change: Change) -> Guard | None:
    """An operator stopped everything: nothing new is decided, and what is under way is finished."""
    return Guard(Hold.STOP) if EVERYTHING in view.stops() else None


def pause(view: View, _change: Change) -> Guard | None:
    """An operator paused this service."""
    return Guard(Hold.PAUSE) if view.service.name in view.stops() else None


def region(view: View, change: Change) -> Guard | None:
    """`multivalue`: every healthy region is published; or the region has no address."""
    order = change.order
    assert order is not None
    several = view.service.routing is Routing.MULTIVALUE
    if several and order.command is Command.FAILOVER and order.region is None:
        return Guard(Hold.REGION)
    left_out = order.region is not None and view.service.region(order.region) is None
    return Guard(Hold.REGION, because=Because.LOST) if left_out else None


def candidates(_view: View, change: Change) -> Guard | None:
    """No region is healthy that the name could move to."""
    return None if change.targets else Guard(Hold.CANDIDATES)


def addresses(view: View, change: Change) -> Guard | None:
    """The decision item has addresses that are in no settings."""
    if change.action not in WRITES:
        return None
    strange = {n: a for n, a in change.targets.items() if not (view.gives(a) or view.has(a))}
    return Guard(Hold.ADDRESSES, strange) if strange else None


def mode(view: View, change: Change) -> Guard | None:
    """`observe` never writes DNS."""
    writes = change.action in (*WRITES, Action.WITHDRAW)
    if view.service.mode is Mode.ACT or not writes:
        return None
    return Guard(Hold.MODE, {} if change.order else change.targets)


def settings_revision(view: View, _change: Change) -> Guard | None:
    """Another vantage has newer settings."""
    return Guard(Hold.SETTINGS_REVISION) if view.outdated else None


def creation(view: View, change: Change) -> Guard | None:
    """A record is missing, and Linode refused to add it or none can be added now."""
    state, reading = view.state, view.reading
    if change.action not in WRITES or not state or not reading or reading.records:
        return None
    left = state.limits.create_not_before - view.now
    return Guard(Hold.CREATION, left=left) if left > 0 else None


def claim(view: View, _change: Change) -> Guard | None:
    """Somebody is publishing right now."""
    left = view.state.publication.claim_left(view.now) if view.state else 0.0
    return Guard(Hold.CLAIM, left=left) if left else None


def routing(view: View, change: Change) -> Guard | None:
    """`multivalue`: one region alone is a pin, and needs an end."""
    order = change.order
    assert order is not None
    if order.until and len(change.targets) > 1:
        return Guard(Hold.ROUTING, change.targets, Because.SEVERAL)
    if view.service.routing is Routing.FAILOVER or order.until or order.region is None:
        return None
    return Guard(Hold.ROUTING, change.targets)


def pin(view: View, change: Change) -> Guard | None:
    """A region is pinned."""
    if change.order is None:
        return Guard(Hold.PIN) if view.pinned() else None
    found = view.state.orders.pinned(view.now) if view.state else None
    if found is None or change.order.until or list(change.targets) == [found.region]:
        return None
    return Guard(Hold.PIN)


def health(view: View, change: Change) -> Guard | None:
    """The region is not healthy. It is probed first where this vantage's votes are old."""
    sick = {n: a for n, a in change.targets.items() if view.vote(a) is not Vote.HEALTHY}
    return Guard(Hold.HEALTH, sick) if sick and not _pins(change) else None


def data(view: View, change: Change) -> Guard | None:
    """The data of every healthy region is stale, and `accept_stale_after` has not passed; or an
    order names a region with stale data."""
    stale = view.stale_of(change.targets)
    if change.order:
        return Guard(Hold.DATA, stale) if stale and not _pins(change) else None
    left = _patience(view, change.serving) if stale and len(stale) == len(change.targets) else 0.0
    return Guard(Hold.DATA, change.targets, Because.EARLY, left) if left > 0 else None


def _pins(change: Change) -> bool:
    return change.order is not None and change.order.command is Command.PIN


def _patience(view: View, serving: Targets) -> float:
    """Seconds that a dead region is still waited for before stale data is accepted."""
    if view.service.data is None:
        return 0.0
    verdicts = [view.verdict(a) for here in (view.active, serving) for a in here.values()]
    down = [verdict.since for verdict in verdicts if verdict.vote is Vote.UNHEALTHY]
    return min(down) + view.service.data.accept_stale_after - view.now if down else 0.0


def records(view: View, change: Change) -> Guard | None:
    """There is a CNAME at the name, or the records are not known well enough."""
    reading, command = view.reading, change.order.command if change.order else None
    if reading is None:
        return Guard(Hold.RECORDS, because=Because.UNREAD)
    if not view.confirmed and command in {None, Command.TAKEOVER}:
        return Guard(Hold.RECORDS, because=Because.UNCONFIRMED)
    if command and reading.others:
        return Guard(Hold.RECORDS, because=Because.STRANGE)
    needed = differs(view.state, reading) or meaning(view, reading).says is not Says.OURS
    if command is Command.TAKEOVER and not needed:
        return Guard(Hold.RECORDS, because=Because.NEEDLESS)
    return None


def reading(view: View, _change: Change) -> Guard | None:
    """A list shows other records than were decided, and they could not be read one by one."""
    return None if view.confirmed else Guard(Hold.READING)


def adoption(view: View, _change: Change) -> Guard | None:
    """The name is not managed yet, and its records are not those of regions in the settings."""
    found = meaning(view, view.reading).says if view.reading else None
    return Guard(Hold.ADOPTION) if found in (Says.MIXED, Says.FOREIGN) else None


def foreign(view: View, change: Change) -> Guard | None:
    """The records say addresses that are in no settings."""
    found, order = view.reading, change.order
    if found is None:
        return None
    if order and (found.others or order.command is Command.TAKEOVER):
        return None
    if view.unfinished and not order:
        holds = view.confirmed and of_a_person(view, view.unfinished, found)
    else:
        holds = meaning(view, found).says is Says.FOREIGN
    return Guard(Hold.FOREIGN) if holds else None


def mixed(view: View, _change: Change) -> Guard | None:
    """The records are a mixture: somebody may be changing them."""
    state, found = view.state, view.reading
    assert state is not None
    assert found is not None
    there = pointed_at(view, found)
    working = any(view.vote(a) is not Vote.UNHEALTHY for a in there)
    since = max(found.since, state.served.published_at)  # what is there was otherwise at that time
    left = MIXED_SECONDS - (view.now - since)
    if meaning(view, found).says is Says.MIXED and working and left > 0:
        return Guard(Hold.MIXED, left=left)
    return None


def drift_limit(view: View, change: Change) -> Guard | None:
    """The records changed again after three corrections in one hour. The limit ends a fight about
    healthy regions; it never keeps a name at a dead one."""
    state, found = view.state, view.reading
    assert state is not None
    assert found is not None
    if state.limits.republished_lately(view.now) < REPUBLISHED_AN_HOUR:
        return None
    dead = any(view.vote(a) is Vote.UNHEALTHY for a in pointed_at(view, found))
    return None if dead and view.healthy(change.targets) else Guard(Hold.DRIFT_LIMIT)


def failback(view: View, change: Change) -> Guard | None:
    """A preferred region is healthy, and `failback` is manual, or a person moved the name, or it
    has not been healthy for `failback_after`, or its data is stale."""
    ((name, where),) = change.targets.items()
    back, service = view.service.region(name), view.service
    assert view.state is not None
    assert back is not None
    if view.state.served.moved_by in OF_PEOPLE:
        return Guard(Hold.FAILBACK, change.targets, Because.ORDERED)
    if service.failback is Failback.MANUAL:
        return Guard(Hold.FAILBACK, change.targets, Because.MANUAL)
    left = service.failback_after - (view.now - view.verdict(where).since)
    if left > 0:
        return Guard(Hold.FAILBACK, change.targets, Because.EARLY, left)
    return Guard(Hold.FAILBACK, change.targets, Because.STALE) if view.stale(back) else None


def flip_budget(view: View, change: Change) -> Guard | None:
    """The name was moved `flip_budget` times in the last hour: no traffic is returned. A dead
    region is left all the same."""
    state = view.state
    spent = state is not None and state.limits.flips_lately(view.now) >= view.service.flip_budget
    return Guard(Hold.FLIP_BUDGET, change.targets) if spent else None
