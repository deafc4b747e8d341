"""What a person should know about while it lasts: which conditions hold, as one view shows them.

How long one must hold, and what people are told of it, is the matter of `incidents`.
"""

from collections.abc import Callable, Mapping

from failover.core import drift, duplicates
from failover.core.records import Family
from failover.core.replication import Freshness
from failover.core.settings import Routing
from failover.core.state import Kind, Phase
from failover.core.tally import Vote
from failover.core.view import View

PUBLICATION_SECONDS = 60.0
"""A publication that has not succeeded for this long is an incident; it is tried on."""


def lasting(view: View) -> frozenset[Kind]:
    """The conditions that hold now, whatever is done about them."""
    holding = frozenset(kind for kind, holds in CONDITIONS.items() if holds(view))
    balancers = view.resolution.lasting if view.resolution else frozenset()
    return holding | balancers | drift.lasting(view)


def _nobody_healthy(view: View) -> bool:
    active = view.state.active if view.state else {}
    return (
        bool(active)
        and all(view.vote(addresses) is Vote.UNHEALTHY for addresses in active.values())
        and not any(view.vote(r.addresses) is Vote.HEALTHY for r in view.service.regions)
    )


def _pinned_unhealthy(view: View) -> bool:
    pin = view.pinned()
    return pin is not None and view.vote(pin.addresses) is Vote.UNHEALTHY


def _paused_unhealthy(view: View) -> bool:
    """A stop of a person is all that keeps the name at a region that is dead."""
    state = view.state
    return (
        state is not None
        and bool(view.stops())
        and bool(state.active)
        and all(view.vote(addresses) is Vote.UNHEALTHY for addresses in state.active.values())
        and any(region.name not in state.active for region in view.healthy_regions())
    )


def _ipv6_unmanaged(view: View) -> bool:
    """The settings name no IPv6 address any more, and the name still has some of ours."""
    state, reading = view.state, view.reading
    return bool(
        state
        and reading
        and reading.addresses(Family.AAAA)
        and not any(region.addresses.ipv6 for region in view.service.regions)
    )


def _data_unknown(view: View) -> bool:
    """What is not known counts as fresh: nothing keeps a failover from old data there."""
    active = view.state.active if view.state else {}
    return (
        view.service.data is not None
        and view.service.routing is Routing.FAILOVER
        and len(active) == 1
        and any(
            view.seen(region).freshness is Freshness.UNKNOWN
            for region in view.service.regions
            if region.name not in active
        )
    )


def _failing_to_publish(view: View) -> bool:
    state = view.state
    return (
        state is not None
        and state.phase is Phase.PUBLISHING
        and view.now - state.unfinished_since >= PUBLICATION_SECONDS
    )


def _creation_refused(view: View) -> bool:
    return view.state is not None and view.state.create_refused


def _region_excluded(view: View) -> bool:
    """A healthy region is left out because a person removed it from several."""
    regions = (r for r in view.service.regions if r.name in view.excluded())
    return any(view.vote(region.addresses) is Vote.HEALTHY for region in regions)


def _flip_budget_spent(view: View) -> bool:
    state = view.state
    return state is not None and state.flips_lately(view.now) >= view.service.flip_budget


def _duplicated(view: View) -> bool:
    """A round that could not confirm what it read ends nothing."""
    unsure = view.state is not None and not view.confirmed
    lasts = unsure and view.state is not None and Kind.DUPLICATE_RECORDS in view.state.raised()
    return lasts or bool(duplicates.surplus(view))


def _blind(view: View) -> bool:
    """Whoever it is: what lasts is so for all vantages, or one would end what another began."""
    return any(ballot.blind and ballot.alive(view.now) for ballot in view.ballots)


def _settings_differ(view: View) -> bool:
    """Two files of the same revision are deployed: somebody forgot to raise it."""
    ours = view.settings
    return any(
        ballot.digest != ours.digest
        for ballot in view.ballots
        if ballot.alive(view.now) and ballot.revision == ours.revision
    )


def _unknown(quorum: bool) -> Callable[[View], bool]:
    """Whether an active region is unknown, with or without enough votes on it."""

    def holds(view: View) -> bool:
        state = view.state
        if state is None or state.phase is Phase.PUBLISHING:
            return False
        verdicts = [view.verdict(addresses) for addresses in state.active.values()]
        return any(v.vote is Vote.UNKNOWN and v.quorum is quorum for v in verdicts)

    return holds


CONDITIONS: Mapping[Kind, Callable[[View], bool]] = {
    Kind.NO_HEALTHY_REGION: _nobody_healthy,
    Kind.PINNED_UNHEALTHY: _pinned_unhealthy,
    Kind.PAUSED_UNHEALTHY: _paused_unhealthy,
    Kind.IPV6_UNMANAGED: _ipv6_unmanaged,
    Kind.DATA_UNKNOWN: _data_unknown,
    Kind.FAILOVER_FAILED: _failing_to_publish,
    Kind.CREATE_REFUSED: _creation_refused,
    Kind.REGION_EXCLUDED: _region_excluded,
    Kind.FLIP_BUDGET_SPENT: _flip_budget_spent,
    Kind.DUPLICATE_RECORDS: _duplicated,
    Kind.BLIND: _blind,
    Kind.SETTINGS_DIFFER: _settings_differ,
    Kind.QUORUM_LOST: _unknown(quorum=False),
    Kind.SPLIT_VERDICT: _unknown(quorum=True),
}
