"""Checks of every region, the standbys above all: whether each could take over now."""

from collections.abc import Iterator

from failover.health.probe import Probe, Reason
from failover.preflight import scope
from failover.preflight.facts import Facts, Kept, OfRegion, OfService
from failover.preflight.finding import Seen, Unknown
from failover.preflight.scope import Found, given

CERTIFICATE_LEFT = 14 * 86400.0
"""Seconds that a certificate must still be valid. What renews it has failed by then."""

SLOW = 0.5
"""The part of the timeout that a good probe may take."""

_NO_CONNECTION = frozenset({Reason.REFUSED, Reason.CONNECT_TIMEOUT, Reason.UNSENT})


def unhealthy(facts: Facts, of: OfService) -> Found:
    """Every region answers as the settings ask, probed as in a failover."""
    for each, probe in _failed(of):
        if probe.reason is Reason.UNSENT and facts.undeployed:
            yield Unknown(probe.detail, each.region.name)
        elif probe.reason not in (Reason.TLS, Reason.WRONG_REGION):
            yield Seen(each.region.name, _told(each, probe))


def certificate(_facts: Facts, of: OfService) -> Found:
    """Every region has a certificate that is valid for the name."""
    for each, probe in _failed(of):
        if probe.reason is Reason.TLS:
            yield Seen(each.region.name, _told(each, probe))


def certificate_ends(facts: Facts, of: OfService) -> Found:
    """Every certificate is valid for 14 more days."""
    for each in of.regions:
        ends = each.certificate
        if isinstance(ends, Unknown):
            yield Unknown(ends.reason, each.region.name)
        elif ends is not None and ends - facts.now < CERTIFICATE_LEFT:
            days = max(0.0, ends - facts.now) / 86400
            yield Seen(each.region.name, {"days": f"{days:.1f}"})


def wrong(_facts: Facts, of: OfService) -> Found:
    """Every region answers as itself: its answer names its own AWS region."""
    for each, probe in _failed(of):
        if probe.reason is Reason.WRONG_REGION:
            yield Seen(each.region.name, _told(each, probe))


def slow(_facts: Facts, of: OfService) -> Found:
    """Every region answers in half of the timeout."""
    timeout = of.service.health.timeout
    for each in of.regions:
        probe = each.probes[-1]
        if not probe.ok:
            yield Unknown("its probes failed", each.region.name)
        elif probe.took > SLOW * timeout:
            facts = {"took": f"{probe.took:.1f}", "timeout": f"{timeout:g}"}
            yield Seen(each.region.name, facts)


@given(scope.kept)
def often_slow(kept: Kept, facts: Facts, of: OfService) -> Found:
    """Nineteen of twenty probes of every region are answered in half of the timeout."""
    timeout = of.service.health.timeout
    for region in of.service.regions:
        votes = (b for b in kept.ballots if b.alive(facts.now))
        found = {b.slow[region.addresses.ipv4]: b for b in votes if region.addresses.ipv4 in b.slow}
        if not found:
            yield Unknown("no vantage has measured it", region.name)
        elif (p95 := max(found)) > SLOW * timeout:
            told = {"p95": f"{p95:.1f}", "timeout": f"{timeout:g}", "vantage": found[p95].vantage}
            yield Seen(region.name, told)


def ipv6(facts: Facts, of: OfService) -> Found:
    """Every region answers over IPv6, where the settings have such an address of it."""
    reached = any(
        probe.reason not in _NO_CONNECTION
        for each in facts.services
        for region in each.regions
        for probe in region.ipv6
    )
    for each in of.regions:
        if not each.ipv6 or each.ipv6[-1].ok:
            continue
        if reached:
            yield Seen(each.region.name, _told(each, each.ipv6[-1], each.region.addresses.ipv6))
        else:
            yield Unknown("no IPv6 address could be reached from here", each.region.name)


def _failed(of: OfService) -> Iterator[tuple[OfRegion, Probe]]:
    """The regions whose last probe failed."""
    return ((each, each.probes[-1]) for each in of.regions if not each.probes[-1].ok)


def _told(each: OfRegion, probe: Probe, address: str | None = None) -> dict[str, str]:
    assert probe.reason is not None
    address = address or each.region.addresses.ipv4
    return {"address": address, "reason": probe.reason.value, "detail": probe.detail}
