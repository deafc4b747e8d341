"""Who keeps a place at the name, with which addresses, and how many places there are."""

from dataclasses import dataclass, field

from failover.decision.evidence import addable
from failover.decision.guard import Targets
from failover.decision.view import View
from failover.health.tally import Vote
from failover.settings.model import Addresses, Region
from failover.zone.records import Answer, Family


@dataclass(slots=True)
class Places:
    """What becomes of each region that the name has now.

    `gone` are those that the settings do not name any more: they stay where nobody else can serve.
    """

    kept: dict[str, Addresses] = field(default_factory=dict)
    gone: dict[str, Addresses] = field(default_factory=dict)


def raised(view: View) -> bool:
    """Whether the settings are newer than those that the decision follows."""
    return view.state is not None and view.settings.revision > view.state.served.revision


def pinned_at(view: View, pin: Region, serving: Targets) -> Addresses:
    """The addresses of a pinned region, which keeps its place whatever its health."""
    there = serving.get(pin.name)
    if there is None or len(serving) > 1:
        return pin.addresses  # other records will have to say it, too
    return _newest(view, pin, there) or (there if view.has(there) else pin.addresses)


def places(view: View, serving: Targets) -> Places:
    """What becomes of the regions of a name that has these."""
    found = Places()
    for name, addresses in serving.items():
        if region := _in_settings(view, name, addresses):
            if stays := _newest(view, region, addresses):
                found.kept[region.name if raised(view) else name] = stays
        elif view.vote(addresses) is not Vote.UNHEALTHY and view.has(addresses):
            (found.gone if raised(view) else found.kept)[name] = addresses
    return found


def _in_settings(view: View, name: str, addresses: Addresses) -> Region | None:
    """The region of the settings that this one is; newer settings may give it another name."""
    renamed = (r for r in view.service.regions if raised(view) and r.addresses == addresses)
    return view.service.region(name) or next(renamed, None)


def _newest(view: View, region: Region, serving: Addresses) -> Addresses | None:
    """The addresses with which a region keeps its place; None where it loses it.

    Those of the settings once they are healthy: at once where the settings are newer than the
    decision, otherwise when the old ones are dead or nothing says them any more.
    """
    newer = region.addresses
    alive = view.vote(serving) is not Vote.UNHEALTHY
    healthy = view.vote(newer) is Vote.HEALTHY
    if healthy and (raised(view) or region.nodebalancer):
        return newer
    if alive and view.has(serving):
        return serving
    unmoved = alive and newer.ipv4 == serving.ipv4
    return newer if healthy or unmoved else None


def room_for(view: View, wanted: Targets) -> int | None:
    """How many places there are for these, one at least. None while no record is known that could
    not be added; otherwise as many as A records, and those that may be added now. A reading from
    before the last publication does not show what that has added."""
    state, reading = view.state, view.current
    if state is None or not state.limits.create_not_before:
        return None
    if reading is None:
        return max(1, len(state.served.record_ids.get(Family.A, ())), len(state.served.active))
    answer = Answer.of(wanted.values())
    more = addable(view.settings, state, reading, view.now, answer) if view.confirmed else ()
    added = sum(1 for family, _ in more if family is Family.A)
    return max(1, added + sum(1 for record in reading.records if record.type == Family.A))
