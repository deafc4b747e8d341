"""The conditions that operators should know about while they last, as one view shows them.

How long a condition must last before it is an incident is in `notify.kinds`, and what operators are
told in `notify.incident_notices`.
"""

from collections.abc import Callable, Mapping

from failover.decision import drift, record_conditions
from failover.decision.decision import Action, Decision
from failover.decision.guard import Hold
from failover.decision.view import View
from failover.health.tally import Vote
from failover.notify.kinds import Kind
from failover.settings.model import Addresses, Mode, Routing
from failover.staleness.replication import Freshness

HELD_BY_THEIR_OWN = frozenset(
    {
        Kind.PINNED_UNHEALTHY,
        Kind.PAUSED_UNHEALTHY,
        Kind.DRIFT_BLOCKS_FAILOVER,
        Kind.FLIP_BUDGET_SPENT,
        Kind.WOULD_SWITCH,
    }
)
"""The kinds that tell by themselves why a name stays at a dead region."""


def lasting(view: View, decision: Decision) -> frozenset[Kind]:
    """The conditions that are present now, with those that the decision itself has found."""
    holding = frozenset(kind for kind, holds in CONDITIONS.items() if holds(view))
    balancers = view.resolution.lasting if view.resolution else frozenset()
    found = holding | decision.lasting | balancers | drift.lasting(view) | lacking(decision)
    return found | held(view, found) if decision.action is Action.HOLD else found


def lacking(decision: Decision) -> frozenset[Kind]:
    """`create_refused`, if something is missing at the name that cannot be added now."""
    holds = any(guard.name is Hold.CREATION for guard in decision.why)
    return frozenset({Kind.CREATE_REFUSED}) if holds else frozenset()


def held(view: View, found: frozenset[Kind]) -> frozenset[Kind]:
    """`failover_held`, if a dead region is published although another one is healthy, and no other
    kind says why.

    It becomes an incident only after the time that a change takes. A publication that fails is
    `failover_failed`.
    """
    holds = (
        view.service.mode is Mode.ACT
        and view.state is not None
        and view.unfinished is None
        and bool(view.unhealthy(view.active))
        and _healthy(view)
        and not found & HELD_BY_THEIR_OWN
    )
    return frozenset({Kind.FAILOVER_HELD}) if holds else frozenset()


def begun(view: View) -> Mapping[Kind, float]:
    """Since when conditions have been present that may be older than the decision that makes them
    conditions: a region that was active when it died, or before the control table was made anew,
    is dead since then."""
    dead = [view.verdict(addresses).since for addresses in _dead_standbys(view)]
    return {Kind.STANDBY_UNHEALTHY: min(dead)} if dead else {}


def _healthy(view: View) -> bool:
    """Whether any region is healthy, also one that a person took out, and one that is published at
    an older address."""
    addresses = [region.addresses for region in view.service.regions]
    return any(view.vote(each) is Vote.HEALTHY for each in (*addresses, *view.active.values()))


def _nobody_healthy(view: View) -> bool:
    dead = view.unhealthy(view.active)
    return bool(dead) and len(dead) == len(view.active) and not _healthy(view)


def _pinned_unhealthy(view: View) -> bool:
    pin = view.pinned()
    return pin is not None and view.vote(pin.addresses) is Vote.UNHEALTHY


def _paused_unhealthy(view: View) -> bool:
    """An operator's stop keeps the name, or a part of a `multivalue` set, at a dead region."""
    return bool(view.stops()) and bool(view.unhealthy(view.active)) and _healthy(view)


def _standby_unhealthy(view: View) -> bool:
    """A region that the name does not point at is unhealthy: it could not take over. So is the
    address in the settings of one that is still published at an older address."""
    return bool(_dead_standbys(view))


def _dead_standbys(view: View) -> list[Addresses]:
    if view.state is None:
        return []
    used = (*view.state.served.active.values(), *view.state.publication.targets.values())
    published = {addresses.ipv4 for addresses in used}
    regions = (r for r in view.service.regions if r.addresses.ipv4 not in published)
    standby = {region.name: region.addresses for region in regions}
    return list(view.unhealthy(standby).values())


def _data_unknown(view: View) -> bool:
    """What is not known counts as fresh: nothing keeps a failover from old data there."""
    return (
        view.service.data is not None
        and view.service.routing is Routing.FAILOVER
        and len(view.active) == 1
        and any(
            view.seen(region).freshness is Freshness.UNKNOWN
            for region in view.service.regions
            if region.name not in view.active
        )
    )


def _region_excluded(view: View) -> bool:
    """A healthy region is left out because a person removed it from several."""
    regions = (r for r in view.service.regions if r.name in view.excluded())
    return any(view.vote(region.addresses) is Vote.HEALTHY for region in regions)


def _flip_budget_spent(view: View) -> bool:
    state = view.state
    return state is not None and state.limits.flips_lately(view.now) >= view.service.flip_budget


def _blind(view: View) -> bool:
    """Whoever it is: what lasts is so for all vantages, or one would end what another began."""
    return any(ballot.blind for ballot in view.alive)


def _beats_missing(view: View) -> bool:
    return any(ballot.unpaced for ballot in view.alive)


def _preflight_failed(view: View) -> bool:
    """The last preflight of a vantage found an error, or is too old to say that there is none."""
    return any(report.errors or report.over(view.now) for report in view.preflights)


def _settings_differ(view: View) -> bool:
    """Another file of the same revision is deployed elsewhere, or was here when the revision was
    accepted: somebody forgot to raise it."""
    ours, state = view.settings, view.state
    digests = {ballot.digest for ballot in view.alive if ballot.revision == ours.revision}
    if state and state.followed.digest and state.followed.digest_revision == ours.revision:
        digests.add(state.followed.digest)
    return bool(digests - {ours.digest})


def _unknown(quorum: bool) -> Callable[[View], bool]:
    """Whether an active region is unknown, with or without enough votes on it."""

    def holds(view: View) -> bool:
        verdicts = [view.verdict(addresses) for addresses in view.active.values()]
        found = any(v.vote is Vote.UNKNOWN and v.quorum is quorum for v in verdicts)
        return found and view.unfinished is None

    return holds


CONDITIONS: Mapping[Kind, Callable[[View], bool]] = {
    Kind.NO_HEALTHY_REGION: _nobody_healthy,
    Kind.PINNED_UNHEALTHY: _pinned_unhealthy,
    Kind.PAUSED_UNHEALTHY: _paused_unhealthy,
    Kind.IPV6_UNMANAGED: record_conditions.ipv6_unmanaged,
    Kind.DATA_UNKNOWN: _data_unknown,
    Kind.FAILOVER_FAILED: record_conditions.failing_to_publish,
    Kind.CREATE_REFUSED: record_conditions.not_added,
    Kind.REGION_EXCLUDED: _region_excluded,
    Kind.FLIP_BUDGET_SPENT: _flip_budget_spent,
    Kind.DUPLICATE_RECORDS: record_conditions.duplicated,
    Kind.BLIND: _blind,
    Kind.SETTINGS_DIFFER: _settings_differ,
    Kind.QUORUM_LOST: _unknown(quorum=False),
    Kind.SPLIT_VERDICT: _unknown(quorum=True),
    Kind.RECORDS_UNREAD: record_conditions.records_unread,
    Kind.TOKEN_REFUSED: record_conditions.token_refused,
    Kind.ZONE_DISABLED: record_conditions.zone_disabled,
    Kind.NOT_SERVED: record_conditions.not_served,
    Kind.STANDBY_UNHEALTHY: _standby_unhealthy,
    Kind.BEATS_MISSING: _beats_missing,
    Kind.PREFLIGHT_FAILED: _preflight_failed,
}
