"""What many services need: how the stack has to be set up, and what one Linode user carries.

Nothing is said of the few services that the defaults of the template are for.
"""

import math
from collections.abc import Iterator

from failover.health.cadence import LONGEST_UNREAD, MOST_LISTS_A_MINUTE
from failover.settings.model import Settings
from failover.settings.shards import MOST, parts

OTHERS_A_MINUTE = 1600
"""Requests that list nothing, which Linode allows one user in a minute."""

TO_SWITCH = 5
"""Such requests that the failover of a service takes, with IPv4 and IPv6 (docs/measured.md)."""

BEATS_AT_ONCE, TICKS_AT_ONCE = 3, 5
"""Invocations of one shard that may run at the same time: by beats, and all."""

MEMORY = ((15, 256), (90, 512), (300, 1024))
"""Addresses that one function probes in a round, at the most, and the megabytes whose part of a
processor keeps up with them (docs/measured.md)."""

WHOLE_PROCESSOR = 1769
"""Megabytes with which a function has a processor of its own."""


def needed(settings: Settings) -> dict[str, int]:
    """The least value of each parameter of the template that depends on how much is watched."""
    beats = settings.shards * BEATS_AT_ONCE
    return {"MonitorMemory": _memory(_probes(settings)), "BeatConcurrency": beats}


def _probes(settings: Settings) -> int:
    """The addresses that the largest shard probes in a round."""
    return max(sum(len(service.regions) for service in part.services) for part in parts(settings))


def _memory(probes: int) -> int:
    return next((megabytes for most, megabytes in MEMORY if probes <= most), WHOLE_PROCESSOR)


def sentences(settings: Settings) -> Iterator[str]:
    """What a person has to know of many services."""
    shards, services = settings.shards, len(settings.services)
    probes, need = _probes(settings), needed(settings)
    if probes > MEMORY[0][0]:
        yield (
            f"One function probes {probes} addresses in a round. The stack needs "
            f"MonitorMemory={need['MonitorMemory']} or more."
        )
    if shards == 1:
        return
    yield (
        f"{services} services are more than the {MOST} of one function: they are divided among "
        f"{shards} shards. The stack needs BeatConcurrency={need['BeatConcurrency']}, and "
        f"ReservedConcurrency=0 or at least {shards * TICKS_AT_ONCE}."
    )
    requests = services * TO_SWITCH
    yield (
        f"If all of them fail over at once, that takes about {requests} requests. Linode allows "
        f"one user {OTHERS_A_MINUTE} a minute, which is enough for "
        f"{OTHERS_A_MINUTE // TO_SWITCH} services: the last switches about "
        f"{math.ceil(60 * requests / OTHERS_A_MINUTE)} s after the first. If that is too long, "
        "deploy some of them as another stack with the token of another Linode user."
    )
    listings = len(settings.vantages) * sum(
        len({service.domain for service in part.services}) for part in parts(settings)
    )
    allowed = int(MOST_LISTS_A_MINUTE * LONGEST_UNREAD / 60)
    if listings > allowed:
        yield (
            f"Each shard of each vantage lists the domains of its services, {listings} listings "
            f"in all. One Linode user carries {allowed}: records would be read more rarely than "
            f"every {LONGEST_UNREAD / 60:.0f} minutes. Deploy some services as another stack with "
            "the token of another Linode user."
        )
