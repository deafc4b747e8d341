"""Checks of NodeBalancers: their addresses, their health checks and their back ends."""

from collections.abc import Iterator, Mapping

from failover.preflight import scope
from failover.preflight.facts import AllBackEnds, BackEnds, Facts, OfService
from failover.preflight.finding import Seen, Unknown
from failover.preflight.scope import Found, given
from failover.settings.model import Addresses, Region

Balancers = Mapping[str, Addresses | None]

FEWEST = 2
"""Back ends of a region that can lose one."""

_HTTP = ("http", "http_body")


@given(scope.balancers)
def missing(found: Balancers, facts: Facts, of: OfService) -> Found:
    """The account has every NodeBalancer that the settings name."""
    named = facts.settings.service(of.service.name)
    for region in named.regions if named else ():  # with those that have no address yet
        if region.nodebalancer and found.get(region.nodebalancer) is None:
            yield Seen(region.name, {"label": region.nodebalancer})


@given(scope.balancers)
def changed(found: Balancers, _facts: Facts, of: OfService) -> Found:
    """Every NodeBalancer has the addresses that count for its region."""
    for region in of.service.regions:
        label, ours = region.nodebalancer or "", region.addresses
        now = found.get(label)
        if now and (now.ipv4 != ours.ipv4 or (ours.ipv6 and now.ipv6 != ours.ipv6)):
            yield Seen(region.name, {"label": label, "found": _shown(now), "counts": _shown(ours)})


@given(scope.places)
def elsewhere(places: Mapping[str, str], _facts: Facts, of: OfService) -> Found:
    """No two regions have their NodeBalancers in one Linode region, and none is in that of which
    another one has the name."""
    names = {region.name for region in of.service.regions}
    taken: dict[str, str] = {}
    for region in of.service.regions:
        where = places.get(region.nodebalancer or "")
        if not where:
            continue
        other = where if where in names - {region.name} else taken.get(where)
        if other:
            facts = {"label": region.nodebalancer or "", "where": where, "other": other}
            yield Seen(region.name, facts)
        else:
            taken[where] = region.name


@given(scope.reserved)
def not_reserved(reserved: Mapping[str, bool], _facts: Facts, of: OfService) -> Found:
    """The address of every NodeBalancer is reserved: it outlives the NodeBalancer."""
    for region in of.service.regions:
        address = region.addresses.ipv4
        if region.nodebalancer and reserved.get(address) is False:
            yield Seen(region.name, {"label": region.nodebalancer, "address": address})


@given(scope.back_ends)
def unchecked(found: AllBackEnds, _facts: Facts, of: OfService) -> Found:
    """Every NodeBalancer checks the health of its back ends."""
    for region, ends in _probed(found, of):
        if isinstance(ends, Unknown):
            yield ends
        elif not ends.checked:
            yield Seen(region.name, _named(region, ends))


@given(scope.back_ends)
def other_path(found: AllBackEnds, _facts: Facts, of: OfService) -> Found:
    """A NodeBalancer that checks by HTTP asks for the health path of the settings."""
    for region, ends in _probed(found, of):
        if isinstance(ends, Unknown):
            yield ends
        elif ends.check in _HTTP and ends.path != of.service.health.path:
            facts = {"path": ends.path, "asked": of.service.health.path}
            yield Seen(region.name, _named(region, ends) | facts)


@given(scope.back_ends)
def slow(found: AllBackEnds, _facts: Facts, of: OfService) -> Found:
    """A NodeBalancer takes a dead back end out before the region counts as dead."""
    health = of.service.health
    failover = health.failure_threshold * health.confirm_interval
    for region, ends in _probed(found, of):
        if isinstance(ends, Unknown):
            yield ends
        elif ends.checked and (takes := ends.interval * ends.attempts) > failover:
            facts = {"takes": str(takes), "failover": f"{failover:g}"}
            yield Seen(region.name, _named(region, ends) | facts)


@given(scope.back_ends)
def few(found: AllBackEnds, _facts: Facts, of: OfService) -> Found:
    """Every NodeBalancer has more than one back end."""
    for region, ends in _probed(found, of):
        if isinstance(ends, Unknown):
            yield ends
        elif ends.up + ends.down < FEWEST:
            yield Seen(region.name, _named(region, ends) | {"count": str(ends.up + ends.down)})


@given(scope.back_ends)
def down(found: AllBackEnds, _facts: Facts, of: OfService) -> Found:
    """Enough back ends of every NodeBalancer are up: min_backends, or else a majority."""
    least = of.service.health.min_backends
    for region, ends in _probed(found, of):
        total = 0 if isinstance(ends, Unknown) else ends.up + ends.down
        if isinstance(ends, Unknown):
            yield ends
        elif not ends.checked:
            yield Unknown("the NodeBalancer does not check its back ends", region.name)
        elif (2 * ends.up <= total) if least is None else (ends.up / total < least):
            yield Seen(region.name, _named(region, ends) | {"up": str(ends.up), "of": str(total)})


def _probed(found: AllBackEnds, of: OfService) -> Iterator[tuple[Region, BackEnds | Unknown]]:
    """The back ends behind the port that is probed, for each region with a label. A label that the
    account lacks is another finding."""
    port = of.service.health.port
    for region in of.service.regions:
        configs = found.get(region.nodebalancer or "")
        if configs is None:
            continue
        mine = next((each for each in configs if each.port == port), None)
        yield region, mine or Unknown(f"the NodeBalancer does not listen on {port}", region.name)


def _named(region: Region, ends: BackEnds) -> dict[str, str]:
    return {"label": region.nodebalancer or "", "port": str(ends.port)}


def _shown(addresses: Addresses) -> str:
    return " and ".join(filter(None, (addresses.ipv4, addresses.ipv6)))
