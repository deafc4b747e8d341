"""What Linode lets the token do: whether a failover could read the records and change them."""

from collections.abc import Iterable
from dataclasses import dataclass

from failover.settings.model import Mode, Service

READ_DOMAINS = "domains:read_only"
WRITE_DOMAINS = "domains:read_write"
READ_BALANCERS = "nodebalancers:read_only"

ALL_SCOPES = "*"


@dataclass(frozen=True, slots=True)
class Access:
    """What Linode last said about the token.

    `refused` is the last answer 401 or 403 to a request that a failover needs, None once such a
    request was answered. `scopes` are those that Linode names with each answer, None where it named
    none yet.
    """

    refused: str | None = None
    scopes: frozenset[str] | None = None


def needs(service: Service) -> frozenset[str]:
    """The scopes that the token must have for a service: only `act` mode needs to write."""
    domains = WRITE_DOMAINS if service.mode is Mode.ACT else READ_DOMAINS
    labels = any(region.nodebalancer for region in service.regions)
    return frozenset({domains, READ_BALANCERS} if labels else {domains})


def insufficient(access: Access | None, needed: Iterable[str]) -> str | None:
    """Why the token does not suffice, for people. None if it does, or if that is not known."""
    if access is None:
        return None
    if access.refused is not None:
        return access.refused
    if access.scopes is None:
        return None
    missing = sorted(scope for scope in needed if not _granted(access.scopes, scope))
    if not missing:
        return None
    has = ", ".join(sorted(access.scopes)) or "none"
    return f"the token lacks the scope {', '.join(missing)}; it has {has}"


def _granted(scopes: frozenset[str], needed: str) -> bool:
    """Whether the scopes include the one that is needed: to write includes to read."""
    area, _, level = needed.partition(":")
    enough = {ALL_SCOPES, needed, f"{area}:{ALL_SCOPES}"}
    if level == "read_only":
        enough.add(f"{area}:read_write")
    return bool(scopes & enough)
