"""What becomes of a decision beside what is decided: what could not be added, and what has ended.

None of these raises the version: whoever writes the result does.
"""

from collections import Counter
from dataclasses import replace

from failover.publication.parts import Phase
from failover.publication.state import State
from failover.settings.model import Routing, Service, Settings
from failover.zone.failing import failed
from failover.zone.records import Family, Reading, missing


def not_added(before: State, again: float, error: str, now: float) -> State:
    """A record could not be added: that is tried again from a time on. `error` is what Linode said,
    if it was asked."""
    old = before.limits
    limits = replace(
        old,
        create_not_before=max(old.create_not_before, again),
        create_refused=failed(old.create_refused, now, error) if error else old.create_refused,
    )
    return replace(before, limits=limits)


def kept_up(before: State, settings: Settings, service: Service, now: float) -> State:
    """What follows from the settings and from time, whatever is decided. The same object where
    nothing follows.

    An exclusion ends with its time, with the routing, and with its region.
    """
    several = service.routing is Routing.MULTIVALUE
    excluded = {
        name: until
        for name, until in before.orders.excluded_until.items()
        if several and until > now and service.region(name)
    }
    followed = before.followed
    if settings.revision > followed.digest_revision or not followed.digest:
        followed = replace(followed, digest=settings.digest, digest_revision=settings.revision)
    if followed == before.followed and excluded == before.orders.excluded_until:
        return before
    orders = replace(before.orders, excluded_until=excluded)
    return replace(before, followed=followed, orders=orders)


def completed(before: State, service: Service, reading: Reading) -> State:
    """Every record is there that the routing can use: nothing has to be added any more. The same
    object where something does."""
    if not before.limits.create_not_before or before.publication.phase is Phase.PUBLISHING:
        return before
    several = service.routing is Routing.MULTIVALUE
    places = len(service.regions) - len(before.orders.excluded_until) if several else 1
    counts = Counter(record.type for record in reading.records)
    fewest = min(counts[family] for family in _families(service))
    if fewest < places or missing(before.publication.answer, reading):
        return before
    limits = replace(before.limits, create_not_before=0.0, create_refused=None)
    return replace(before, limits=limits)


def _families(service: Service) -> tuple[Family, ...]:
    ipv6 = any(region.addresses.ipv6 for region in service.regions)
    return (Family.A, Family.AAAA) if ipv6 else (Family.A,)
