"""Checks of the Linode token: what a failover needs it to be allowed."""

from failover.preflight import scope
from failover.preflight.facts import Facts, Grants, OfService, Rate
from failover.preflight.finding import Seen, Unknown
from failover.preflight.scope import Found, given
from failover.settings.model import Mode
from failover.zone.access import ALL_SCOPES, Access, insufficient, needs

DAY = 86400.0
TOKEN_LEFT = 14 * DAY
"""Seconds that the token must still be valid: time for somebody to replace it on a working day."""

LEFT = 0.25
"""The part of the limit for listings that must be left. What all vantages together may list leaves
more."""


def unreadable(facts: Facts) -> Found:
    """The token can be read from its parameter."""
    if facts.token.unreadable is not None:
        yield Seen(facts={"error": facts.token.unreadable})


def refused(facts: Facts) -> Found:
    """Linode accepts the token for everything that was asked."""
    if facts.token.unreadable is not None:
        yield Unknown("the token cannot be read")
    elif facts.token.access.refused is not None:
        yield Seen(facts={"error": facts.token.access.refused})


@given(scope.scopes)
def lacks_scope(scopes: frozenset[str], facts: Facts) -> Found:
    """The token has every scope that a failover needs."""
    # Without the refusals: those are another finding.
    missing = insufficient(Access(None, scopes), _needed(facts))
    if missing is not None:
        yield Seen(facts={"error": missing})


@given(scope.scopes)
def too_wide(scopes: frozenset[str], facts: Facts) -> Found:
    """The token has no scope that nothing here uses."""
    areas = {scope.partition(":")[0] for scope in _needed(facts)}
    surplus = [s for s in sorted(scopes) if s == ALL_SCOPES or s.partition(":")[0] not in areas]
    if surplus:
        yield Seen(facts={"scopes": ", ".join(surplus), "needed": ", ".join(_needed(facts))})


@given(scope.token_ends)
def ends(at: float | None, facts: Facts) -> Found:
    """The token is valid for 14 more days, where Linode shows that."""
    if at is not None and at - facts.now < TOKEN_LEFT:
        yield Seen(facts={"days": f"{max(0.0, at - facts.now) / DAY:.1f}"})


@given(scope.rate)
def rate_limit_low(rate: Rate, _facts: Facts) -> Found:
    """A quarter of the listings that Linode allows the user of the token in a minute is left."""
    if rate.left < LEFT * rate.limit:
        yield Seen(facts={"left": str(rate.left), "limit": str(rate.limit)})


@given(scope.grants)
def not_granted(grants: Grants, _facts: Facts, of: OfService) -> Found:
    """The user of the token may change this domain, in `act` mode, or read it."""
    reading = of.reading
    if isinstance(reading, Unknown):
        yield reading
    elif grants.restricted and reading.domain_id not in grants.domains:
        yield Unknown(f"Linode lists no grant on {of.service.domain}: the user may have a role")
    elif not _enough(grants, reading.domain_id, of.service.mode):
        has = grants.domains[reading.domain_id] or "none"
        yield Seen(facts={"domain": of.service.domain, "has": has})


def _enough(grants: Grants, domain_id: int, mode: Mode) -> bool:
    if not grants.restricted:
        return True
    has = grants.domains.get(domain_id)
    return has == "read_write" or (has == "read_only" and mode is Mode.OBSERVE)


def _needed(facts: Facts) -> list[str]:
    needed = frozenset[str]().union(*map(needs, facts.settings.services))
    return sorted(needed)
