"""Checks of the zone and of the records at the service's name."""

from collections import Counter
from collections.abc import Collection, Iterable

from failover.preflight import scope
from failover.preflight.facts import Authority, Facts, OfService
from failover.preflight.finding import Seen, Unknown
from failover.preflight.scope import Found, given
from failover.publication.parts import Phase
from failover.publication.proof import Evidence, Heard, Said, statements
from failover.settings.model import Addresses, Routing
from failover.zone.records import ACTIVE, Family, Reading

LONGEST_NEGATIVE = 3600
"""Seconds for which resolvers may keep the answer that a name does not exist. Linode's own value
is well below."""

LINODE = ".linode.com"
"""The end of the names of Linode's name servers."""

_CHANGING = Unknown("a change of the records is under way")


def unread(facts: Facts, of: OfService) -> Found:
    """The records can be read."""
    if not isinstance(of.reading, Unknown):
        return
    token_is_bad = facts.token.unreadable is not None or facts.token.access.refused is not None
    yield of.reading if token_is_bad else Seen(facts={"error": of.reading.reason})


@given(scope.reading)
def domain_inactive(reading: Reading, _facts: Facts, of: OfService) -> Found:
    """Linode serves the domain: its status is active."""
    if reading.zone != ACTIVE:
        yield Seen(facts={"domain": of.service.domain, "status": reading.zone})


@given(scope.delegation)
def not_delegated(servers: tuple[str, ...], _facts: Facts, of: OfService) -> Found:
    """The domain is delegated to Linode's name servers, and to no others."""
    if not servers or not all(name.endswith(LINODE) for name in servers):
        found = ", ".join(servers) or "no name server"
        yield Seen(facts={"domain": of.service.domain, "servers": found})


@given(scope.evidence)
def not_rendered(evidence: Evidence, _facts: Facts, _of: OfService) -> Found:
    """Linode has rendered the zone, and its zone file can be read."""
    if evidence.rendered.said is not Said.ADDRESSES:
        yield Seen(facts={"error": statements(evidence)[0].error})


@given(scope.evidence)
def name_server_silent(evidence: Evidence, _facts: Facts, _of: OfService) -> Found:
    """Every name server answers for the domain."""
    for heard, said in zip(evidence.served, statements(evidence)[1:], strict=True):
        if heard.said is not Said.ADDRESSES:
            yield Seen(heard.source, {"error": said.error})


@given(scope.evidence)
def name_server_differs(evidence: Evidence, _facts: Facts, of: OfService) -> Found:
    """The zone file and every name server give what the records say."""
    if isinstance(of.reading, Unknown):
        yield of.reading
    elif _changing(of):
        yield _CHANGING
    else:
        for heard in (evidence.rendered, *evidence.served):
            if heard.said is Said.ADDRESSES:
                yield from _other(of.reading, heard, of)


@given(scope.authorities)
def serials_differ(authorities: tuple[Authority, ...], _facts: Facts, _of: OfService) -> Found:
    """Every name server has the same version of the zone."""
    serials = {each.source: each.serial for each in authorities if not each.error}
    if len(set(serials.values())) > 1:
        told = ", ".join(f"{source} {serial}" for source, serial in serials.items())
        yield Seen(facts={"serials": told})


@given(scope.resolved)
def resolver_differs(resolved: tuple[Heard, ...], facts: Facts, of: OfService) -> Found:
    """Public resolvers give what the records say, once the TTL of the last change is over."""
    if isinstance(of.reading, Unknown):
        yield of.reading
        return
    served_at = of.state.served.served_at if of.state else 0.0
    if _changing(of) or facts.now - served_at < of.service.ttl:
        yield _CHANGING
        return
    for heard in resolved:
        if heard.said is not Said.ADDRESSES:
            yield Unknown("the resolver does not answer", heard.source)
        else:
            yield from _other(of.reading, heard, of)


@given(scope.reading)
def missing(reading: Reading, _facts: Facts, of: OfService) -> Found:
    """There is a record of each family that the settings have addresses of."""
    for family in _families(of):
        if not reading.addresses(family):
            yield Seen(family.value)


@given(scope.reading)
def in_the_way(reading: Reading, _facts: Facts, _of: OfService) -> Found:
    """There is no record at the name but for A and AAAA records."""
    for record in reading.others:
        command = f"linode-cli domains records-delete {reading.domain_id} {record.id}"
        yield Seen(record.type, {"target": record.address, "remove": command})


@given(scope.reading)
def surplus(reading: Reading, _facts: Facts, of: OfService) -> Found:
    """There are no more records than the routing needs."""
    needed = len(of.service.regions) if of.service.routing is Routing.MULTIVALUE else 1
    count = Counter(record.type for record in reading.records)
    for family in _families(of):
        if count[family] > needed:
            yield Seen(family.value, {"count": str(count[family]), "needed": str(needed)})


@given(scope.reading)
def foreign(reading: Reading, _facts: Facts, of: OfService) -> Found:
    """Every record has an address of a region in the settings."""
    decided = of.state.publication.targets.values() if of.state else ()
    known = _all_of(region.addresses for region in of.service.regions) | _all_of(decided)
    for family in _families(of):
        for address in sorted(reading.addresses(family) - known):
            yield Seen(address, {"type": family.value})


@given(scope.reading)
def ttl_differs(reading: Reading, _facts: Facts, of: OfService) -> Found:
    """Every record has the TTL of the settings."""
    for record in reading.records:
        if record.type in _families(of) and record.ttl != of.service.ttl:
            found = f"{record.ttl} s" if record.ttl else "the default of the zone"
            facts = {"type": record.type, "found": found, "asked": f"{of.service.ttl} s"}
            yield Seen(record.address, facts)


@given(scope.authorities)
def ttl_served_longer(authorities: tuple[Authority, ...], _facts: Facts, of: OfService) -> Found:
    """No name server gives the records a longer TTL than they have."""
    if isinstance(of.reading, Unknown):
        yield of.reading
        return
    if _changing(of):
        yield _CHANGING
        return
    listed = {record.type: record.ttl for record in of.reading.records}
    for each in authorities:
        for kind, ttl in sorted(each.ttls.items()):
            # A TTL of 0 is the default of the zone, which is another finding.
            if 0 < listed.get(kind, 0) < ttl:
                facts = {"type": kind, "served": str(ttl), "listed": str(listed[kind])}
                yield Seen(each.source, facts)


@given(scope.authorities)
def negative_ttl_long(authorities: tuple[Authority, ...], _facts: Facts, of: OfService) -> Found:
    """Resolvers forget within an hour that a name does not exist."""
    longest = max((each.negative for each in authorities if not each.error), default=0)
    if longest > LONGEST_NEGATIVE:
        yield Seen(facts={"seconds": str(longest), "domain": of.service.domain})


def _families(of: OfService) -> tuple[Family, ...]:
    """The families that the settings have addresses of."""
    ipv6 = any(region.addresses.ipv6 for region in of.service.regions)
    return (Family.A, Family.AAAA) if ipv6 else (Family.A,)


def _all_of(addresses: Iterable[Addresses]) -> set[str]:
    return {a for each in addresses for a in (each.ipv4, each.ipv6) if a}


def _changing(of: OfService) -> bool:
    """Whether the name servers may still follow a change of ours."""
    return of.state is not None and of.state.publication.phase is not Phase.SETTLED


def _other(reading: Reading, heard: Heard, of: OfService) -> Found:
    """Where a source gives something else than the records say."""
    if any(heard.family(f) != reading.addresses(f) for f in _families(of)):
        listed = reading.addresses(Family.A) | reading.addresses(Family.AAAA)
        facts = {"gives": _shown(heard.a | heard.aaaa), "records": _shown(listed)}
        yield Seen(heard.source, facts)


def _shown(addresses: Collection[str]) -> str:
    return ", ".join(sorted(addresses)) or "no address"
