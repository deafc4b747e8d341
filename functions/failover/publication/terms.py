"""What the settings ask for, as a decision remembers it."""

from collections.abc import Mapping
from dataclasses import replace

from failover.publication.state import Followed, State
from failover.settings.model import Addresses, Service, Settings


def gives(targets: Mapping[str, Addresses], service: Service) -> bool:
    """Whether these are regions of the settings, with the addresses that they have there."""
    asked = {region.name: region.addresses for region in service.regions}
    return targets.items() <= asked.items()


def followed(before: State | None, settings: Settings, service: Service) -> Followed:
    """What is remembered of the settings, once these are acted on."""
    found = _accepted(before, service)
    if before is None:
        return Followed(found, digest=settings.digest, digest_revision=settings.revision)
    return replace(before.followed, accepted=found)


def _accepted(before: State | None, service: Service) -> Mapping[str, Addresses]:
    """The addresses that the settings ask for. An IPv6 address that they do not name any more is
    remembered: its records are still ours."""
    old = before.followed.accepted if before else {}
    return {
        region.name: region.addresses
        if region.addresses.ipv6 or region.name not in old
        else replace(region.addresses, ipv6=old[region.name].ipv6)
        for region in service.regions
    }
