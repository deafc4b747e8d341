"""When the next round of a service is due, and how often the records are read."""

from collections.abc import Iterable

from failover.health.tally import Tally, Vote
from failover.settings.model import Service, Settings

LISTS_A_MINUTE = 50
"""List requests that all vantages and shards together spend on watching. Linode allows 200 a minute
to a user (techdocs.akamai.com/linode-api/reference/rate-limits)."""

READS_A_MINUTE = 400
"""Reads by id that all vantages together spend while lists say nothing, or what those contradict.
Linode allows 1,600 requests a minute to a token that list nothing."""
MOST_LISTS_A_MINUTE = 120
"""List requests that all vantages together may send in the long run, whatever they are for."""

LISTS_AT_ONCE = 60
"""Those that they may send beside that when many services fail over at once: together 180."""

LARGEST_LISTING = 26
"""What each container may send at once in any case: the 24 pages of the largest domain, and two."""

LONGEST_UNREAD = 600.0

ZONE_FILES_A_MINUTE = 400
"""Zone files that all vantages together fetch while publications are looked for. They count with
writes and reads by id, of which Linode allows 1,600 a minute."""

SHORTEST_UNSEEN = 5.0
"""Seconds for which a zone file that was fetched serves all who ask."""


def period(service: Service, tallies: Iterable[Tally]) -> float:
    """Seconds from the start of one round to the start of the next."""
    return service.health.confirm_interval if hurried(tallies) else service.health.interval


def hurried(tallies: Iterable[Tally]) -> bool:
    """Whether rounds come quicker: while an address is under suspicion, or when none is healthy."""
    seen = tuple(tallies)
    return any(t.suspected() for t in seen) or all(t.vote is not Vote.HEALTHY for t in seen)


def counting(service: Service, tallies: Iterable[Tally]) -> bool:
    """Whether the time between two rounds counts: something is under suspicion or recovering."""
    health, seen = service.health, tuple(tallies)
    enough = max(health.clear_threshold, health.recovery_threshold)
    return hurried(seen) or any(0 < tally.successes < enough for tally in seen)


def reading_age(settings: Settings, pages: int) -> float:
    """How old a listing of a domain may be when a round uses it, in seconds.

    All domains and vantages share the budget; a domain whose listing takes several pages is read
    more rarely. Never less than every ten minutes.
    """
    domains = len({service.domain for service in settings.services})
    return min(60.0 * domains * _sharers(settings) * pages / LISTS_A_MINUTE, LONGEST_UNREAD)


def rereading_age(settings: Settings, records: int) -> float:
    """How old reads by id may be before a service's records are read by id again."""
    reads = records * len(settings.services) * _sharers(settings)
    return min(60.0 * reads / READS_A_MINUTE, LONGEST_UNREAD)


def allowance(settings: Settings) -> tuple[int, int]:
    """The list requests that one container may send at once, and in each minute from then on."""
    sharers = _sharers(settings)
    return max(LARGEST_LISTING, LISTS_AT_ONCE // sharers), max(1, MOST_LISTS_A_MINUTE // sharers)


def zone_file_age(settings: Settings) -> float:
    """Seconds for which a fetched zone file is used, so that all domains share the budget."""
    domains = len({service.domain for service in settings.services})
    return max(SHORTEST_UNSEEN, 60.0 * domains * _sharers(settings) / ZONE_FILES_A_MINUTE)


def _sharers(settings: Settings) -> int:
    """How many watch at a time, with the same budgets: each shard of each vantage."""
    return len(settings.vantages) * settings.shards
