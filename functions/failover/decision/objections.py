"""What may stand against an order to point the name somewhere, each with the way past it."""

from collections.abc import Callable
from dataclasses import replace

from failover.decision.meaning import Says, differs, meaning
from failover.decision.places import Targets
from failover.decision.view import Guard, Hold, View
from failover.decision.words import guards, values
from failover.health.tally import Vote
from failover.notify.commands import FOR_EXAMPLE, Command, Order
from failover.notify.events import as_time
from failover.publication.state import TAKEOVER_AFTER, Phase, State
from failover.settings.model import Mode
from failover.zone.records import Reading


def objections(view: View, order: Order, targets: Targets) -> tuple[Guard, ...]:
    """All that holds against pointing the name at these regions because of this order."""
    return tuple(found for rule in RULES if (found := rule(view, order, targets)))


def claim_left(state: State, now: float) -> float:
    """Seconds for which the decision may still be in somebody's hands; 0 when it is not."""
    if state.claim is None or state.phase is not Phase.PUBLISHING:
        return 0.0
    return max(0.0, state.claim.until + TAKEOVER_AFTER - now)


def _mode(view: View, _order: Order, _targets: Targets) -> Guard | None:
    if view.service.mode is Mode.ACT:
        return None
    return guards.observes()


def _settings(view: View, _order: Order, _targets: Targets) -> Guard | None:
    newest = max((b.revision for b in view.ballots if b.alive(view.now)), default=0)
    if newest <= view.settings.revision:
        return None
    return guards.newer_settings(newest, view.settings.revision)


def _claim(view: View, _order: Order, _targets: Targets) -> Guard | None:
    state = view.state
    if state is None or not (left := claim_left(state, view.now)):
        return None
    return guards.claimed(state, left, ordered=True)


def _pin(view: View, order: Order, targets: Targets) -> Guard | None:
    """An order without an end would be undone by the pin in the next round."""
    pin = view.state.pinned(view.now) if view.state else None
    if pin is None or order.until or list(targets) == [pin.region]:
        return None
    return guards.pin(view, order.event(command=Command.RELEASE, region=None, force=None))


def _health(view: View, order: Order, targets: Targets) -> Guard | None:
    if order.command is Command.PIN:
        return None
    sick = {n: a for n, a in targets.items() if view.vote(a) is not Vote.HEALTHY}
    if not sick or (order.force and order.until):
        return None
    saw = guards.verdicts(view, sick)
    if order.force:
        saw += "; a forced change needs an end, or the next round leaves the region again"
    return Guard("health", saw, forced(view, order, next(iter(sick))))


def _data(view: View, order: Order, targets: Targets) -> Guard | None:
    if order.force or order.command is Command.PIN:
        return None
    regions = [view.service.region(name) for name in targets]
    stale = [region for region in regions if region and view.stale(region)]
    if not stale:
        return None
    event = order.event(command=_forcible(order), region=stale[0].name, force=True)
    saw = "; ".join(guards.data(view, region) for region in stale)
    return Guard(Hold.DATA, saw, event)


def _records(view: View, order: Order, _targets: Targets) -> Guard | None:
    reading = view.reading
    if reading is None or (not view.confirmed and order.command is Command.TAKEOVER):
        saw = "the records could not be read one by one: what is not known is not overwritten"
        return Guard(Hold.RECORDS, saw, "repeat the event, or look at the records yourself")
    if reading.others:
        return Guard(Hold.RECORDS, f"there is {_strange(reading)}", _by_hand(reading))
    found = meaning(view, reading).says
    if order.command is Command.TAKEOVER:
        if found is not Says.OURS or (view.state and differs(view.state, reading)):
            return None
        saw = f"the records say {values.records(reading)}, which is what was decided"
        return Guard(Hold.RECORDS, saw, order.event(command=Command.FAILOVER))
    if found is Says.FOREIGN:
        return replace(
            guards.foreign(view, reading), override=order.event(command=Command.TAKEOVER)
        )
    return None


def _strange(reading: Reading) -> str:
    return ", ".join(f"a {r.type} record at the name (id {r.id})" for r in reading.others)


def _by_hand(reading: Reading) -> str:
    ids = (f"linode-cli domains records-delete {reading.domain_id} {r.id}" for r in reading.others)
    return f"no command removes a record; delete it yourself: {'; '.join(ids)}"


def forced(view: View, order: Order, region: str | None = None) -> str:
    """The event that goes to a region although it is not healthy, for a time."""
    active = view.state.active if view.state else {}
    names = [r.name for r in view.service.regions]
    where = region or next((name for name in names if name not in active), names[0])
    until = as_time(order.until) if order.until else FOR_EXAMPLE
    return order.event(command=_forcible(order), region=where, force=True, until=until)


def _forcible(order: Order) -> Command:
    return Command.FAILOVER if order.command is Command.FAILBACK else order.command


RULES: tuple[Callable[[View, Order, Targets], Guard | None], ...] = (
    _mode,
    _settings,
    _claim,
    guards.one_of_several,
    _pin,
    _health,
    _data,
    _records,
)
