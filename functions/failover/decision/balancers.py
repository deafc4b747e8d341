"""Regions that name their NodeBalancer: which addresses they have, and what speaks against those.

Labels are looked up ahead of time, never at failover. What was found counts from the day on which
somebody raises the revision: a balancer that is made anew moves nobody by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from failover.errors import FailoverError
from failover.notify.kinds import Kind
from failover.publication.parts import Accepted
from failover.publication.state import State
from failover.settings.model import Addresses, Region, Service, Settings

LOOKED_UP_EVERY = 600.0
"""Seconds between two look-ups, unless the settings are new or a label has found nothing."""

MISSING_LOOKED_UP_EVERY = 30.0
"""Seconds between two while a label finds nothing, so that the tick of each minute looks: a new
service is not watched before all its labels were found."""

ADVICE = "raise `revision` and deploy, and what the label has now counts"


class Oddity(Enum):
    """What is not as it should be with the addresses of a region."""

    UNKNOWN = auto()  # it is left out: its label was not looked up yet
    HIDDEN = auto()  # it is left out: nothing was found under its label
    SHARED = auto()  # it is left out: another region has the address
    GONE = auto()
    CHANGED = auto()
    NO_IPV6 = auto()  # and others have


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One of those, for these regions. `addresses` are those in use, `found` those under the label
    now."""

    what: Oddity
    regions: tuple[str, ...]
    label: str = ""
    addresses: tuple[str, ...] = ()
    found: tuple[str, ...] = ()


class Unresolved(FailoverError):
    """The service cannot be watched yet. `anomalies` say which of its regions have no address, and
    why."""

    def __init__(self, anomalies: Iterable[Anomaly]) -> None:
        self.anomalies = tuple(anomalies)
        super().__init__(", ".join(name for each in self.anomalies for name in each.regions))


@dataclass(frozen=True, slots=True)
class Balancer:
    """A NodeBalancer of the account, as the API lists it. `region` is Linode's name of where it is,
    empty where the API has not said."""

    label: str
    addresses: Addresses
    region: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found under each label that the settings name; None where the account has none.

    `at` is when (Unix seconds), `revision` that of the settings then.
    """

    at: float
    revision: int
    found: Mapping[str, Addresses | None]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A service as the rules see it: every region of it has addresses.

    `accepted` are the addresses that count from now on, by label. `lasting` are the incidents that
    the anomalies amount to.
    """

    service: Service
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    anomalies: tuple[Anomaly, ...] = ()
    lasting: frozenset[Kind] = frozenset()


def labels(settings: Settings) -> frozenset[str]:
    """Every label that the settings name."""
    return frozenset().union(*map(_labels, settings.services))


def _labels(service: Service) -> frozenset[str]:
    return frozenset(region.nodebalancer for region in service.regions if region.nodebalancer)


def is_due(settings: Settings, known: Lookup | None, now: float) -> bool:
    """Whether the labels must be looked up: never, seldom, each minute while one finds nothing, or
    because the settings are new."""
    named = labels(settings)
    if not named or known is None:
        return bool(named)
    if known.revision < settings.revision or not named <= known.found.keys():
        return True
    missing = any(known.found[label] is None for label in named)
    return abs(now - known.at) >= (MISSING_LOOKED_UP_EVERY if missing else LOOKED_UP_EVERY)


def looked_up(settings: Settings, listed: Iterable[Balancer], at: float) -> Lookup:
    """What a listing of all balancers of the account says about the labels of the settings."""
    by_label = {balancer.label: balancer.addresses for balancer in listed}
    found = {label: by_label.get(label) for label in sorted(labels(settings))}
    return Lookup(at, settings.revision, found)


def resolve(
    service: Service, state: State | None, lookup: Lookup | None, revision: int
) -> Resolution:
    """The service with the addresses that count for its labels under this revision.

    A region that has none is left out, once there is a decision to go on from.

    Raises:
        Unresolved: no region has any, or the first decision would be made without all of them.
    """
    if not _labels(service):
        return Resolution(service)
    found = lookup.found if lookup else {}
    accepted = _accepted(service, state, lookup, revision)
    regions, left_out = _with_addresses(service, state, found, accepted)
    if not regions or (left_out and state is None):
        raise Unresolved(left_out)
    whole = Resolution(replace(service, regions=tuple(regions)), accepted, tuple(left_out))
    if left_out:
        whole = replace(whole, lasting=frozenset({Kind.BALANCER_MISSING}))
    return _one_family_for_all(_compared(whole, found))


def _with_addresses(
    service: Service,
    state: State | None,
    found: Mapping[str, Addresses | None],
    accepted: Mapping[str, Accepted],
) -> tuple[list[Region], list[Anomaly]]:
    """The regions that have addresses of their own, and why the others are left out."""
    regions: list[Region] = []
    left_out: list[Anomaly] = []
    for region in service.regions:
        addresses = _in_use(region, state, found, accepted)
        if addresses is None:
            oddity = Oddity.HIDDEN if region.nodebalancer in found else Oddity.UNKNOWN
            left_out.append(Anomaly(oddity, (region.name,), str(region.nodebalancer)))
        elif any(addresses.ipv4 == other.addresses.ipv4 for other in regions):
            left_out.append(Anomaly(Oddity.SHARED, (region.name,), addresses=(addresses.ipv4,)))
        else:
            regions.append(replace(region, addresses=addresses))
    return regions, left_out


def _accepted(
    service: Service, state: State | None, lookup: Lookup | None, revision: int
) -> Mapping[str, Accepted]:
    """What counts for each label: what the first look-up under the newest revision has found.

    A balancer that was gone by then keeps what it had.
    """
    before = state.followed.balancers if state else {}
    if lookup is None or lookup.revision < revision:
        return before
    after = dict(before)
    for label in sorted(_labels(service) & lookup.found.keys()):
        old, addresses = before.get(label), lookup.found[label]
        if old and old.revision < revision:
            after[label] = Accepted(addresses or old.addresses, revision)
        elif addresses and not old:
            after[label] = Accepted(addresses, revision)
    return after


def _in_use(
    region: Region,
    state: State | None,
    found: Mapping[str, Addresses | None],
    accepted: Mapping[str, Accepted],
) -> Addresses | None:
    """The addresses of a region: those accepted for its label, or else what it had before."""
    if not region.nodebalancer:
        return region.addresses
    if region.nodebalancer in accepted:
        return accepted[region.nodebalancer].addresses
    before = state.followed.accepted.get(region.name) if state else None
    return before or found.get(region.nodebalancer)


def _compared(resolution: Resolution, found: Mapping[str, Addresses | None]) -> Resolution:
    """With an alert for every accepted balancer that is gone, or has other addresses now."""
    anomalies, lasting = list(resolution.anomalies), set(resolution.lasting)
    for region in resolution.service.regions:
        label = region.nodebalancer
        if not label or label not in found:
            continue
        now, counts = found[label], resolution.accepted.get(label)
        if now is None:
            oddity, kind = Oddity.GONE, Kind.BALANCER_MISSING
        elif counts and now != counts.addresses:
            oddity, kind = Oddity.CHANGED, Kind.BALANCER_CHANGED
        else:
            continue
        lasting.add(kind)
        anomalies.append(Anomaly(oddity, (region.name,), label, _all(region.addresses), _all(now)))
    return replace(resolution, anomalies=tuple(anomalies), lasting=frozenset(lasting))


def _one_family_for_all(resolution: Resolution) -> Resolution:
    """Without IPv6 where only some regions have it: the AAAA records would point at a region that
    the A records have left."""
    service = resolution.service
    without = tuple(region.name for region in service.regions if not region.addresses.ipv6)
    if len(without) in (0, len(service.regions)):
        return resolution
    plain = tuple(replace(r, addresses=Addresses(r.addresses.ipv4)) for r in service.regions)
    return replace(
        resolution,
        service=replace(service, regions=plain, ignores_ipv6=True),
        anomalies=(*resolution.anomalies, Anomaly(Oddity.NO_IPV6, without)),
        lasting=resolution.lasting | {Kind.IPV6_UNMANAGED},
    )


def _all(addresses: Addresses | None) -> tuple[str, ...]:
    return tuple(filter(None, (addresses.ipv4, addresses.ipv6))) if addresses else ()
