"""When the next round of a service is due, and how often the records are read."""

from collections.abc import Iterable

from failover.core.settings import Service, Settings
from failover.core.tally import Tally, Vote

LISTS_A_MINUTE = 50
"""List requests that all vantages together spend on watching. Linode allows 200 a minute to a
token (techdocs.akamai.com/linode-api/reference/rate-limits)."""

READS_A_MINUTE = 400
"""Reads by id that all vantages together spend while lists say nothing, or what those contradict.
Linode allows 1,600 requests a minute to a token that list nothing."""

LONGEST_UNREAD = 600.0


def period(service: Service, tallies: Iterable[Tally]) -> float:
    """Seconds from the start of one round to the start of the next."""
    return service.health.confirm_interval if hurried(tallies) else service.health.interval


def hurried(tallies: Iterable[Tally]) -> bool:
    """Whether rounds come quicker: while an address is under suspicion, or when none is healthy."""
    seen = tuple(tallies)
    return any(t.suspected() for t in seen) or all(t.vote is not Vote.HEALTHY for t in seen)


def reading_age(settings: Settings, pages: int) -> float:
    """How old a listing of a domain may be when a round uses it, in seconds.

    All domains and vantages share the budget; a domain whose listing takes several pages is read
    more rarely. Never less than every ten minutes.
    """
    domains = len({service.domain for service in settings.services})
    return min(60.0 * domains * len(settings.vantages) * pages / LISTS_A_MINUTE, LONGEST_UNREAD)


def rereading_age(settings: Settings, records: int) -> float:
    """How old reads by id may be before a service's records are read by id again."""
    reads = records * len(settings.services) * len(settings.vantages)
    return min(60.0 * reads / READS_A_MINUTE, LONGEST_UNREAD)
