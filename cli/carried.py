"""What many services need: how the stack has to be set up, and what one Linode user carries.

Nothing is said of one shard: its services switch within what the sum leaves out.
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


def sentences(settings: Settings) -> Iterator[str]:
    """What a person has to know of more services than one function watches."""
    shards, services = settings.shards, len(settings.services)
    if shards == 1:
        return
    yield (
        f"{services} services are more than the {MOST} of one function: they are divided among "
        f"{shards} shards. The stack needs BeatConcurrency={shards * BEATS_AT_ONCE}, and "
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
