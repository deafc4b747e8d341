"""From probes to a vote: three counters for each probed address.

The counters follow gdnsd's `up_thresh`, `down_thresh` and `ok_thresh` (gdnsd.config(5), "service
types"): every failure counts and only a run of good probes forgives it, so an address that fails
half of its probes does fall; and coming back is harder than falling. Comparisons are `>=`, because
counters are stored and thresholds may be changed under them.
"""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter

from failover.health.probe import Probe, Reason
from failover.settings.model import Health


class Vote(StrEnum):
    """What a vantage says of an address, and what the votes add up to."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tally:
    """One vantage's counters for one address.

    `failures` counts failed probes that are not forgiven yet, `successes` good ones in a row; both
    stop at the largest threshold, so that a steady state is written once. `fallen` remembers that
    the address was unhealthy and has yet to earn its recovery. `at` is the start of the last
    counted probe, `since` when the vote last changed, `failing_since` when the oldest failure that
    is not forgiven was seen (Unix seconds). `reason` and `detail` are
    those of the last failed probe.
    """

    vote: Vote
    since: float
    at: float
    failures: int = 0
    successes: int = 0
    fallen: bool = False
    failing_since: float | None = None
    reason: Reason | None = None
    detail: str = ""

    def suspected(self) -> bool:
        """Whether a failure is counted that has not led to a verdict yet."""
        return self.vote is not Vote.UNHEALTHY and self.failures > 0


timeless = attrgetter(*(field.name for field in fields(Tally) if field.name != "at"))
"""All that a tally says, but for the time of its last probe, which every round moves."""


def count(before: Tally | None, probe: Probe, at: float, life: float, health: Health) -> Tally:
    """The tally after one more probe, started at `at`. `life` is how long a vote stands, seconds.

    When the last probe is older than that, its vote has ended: the evidence starts anew, but what
    was unhealthy before still needs `recovery_threshold` good probes in a row.
    """
    if before is None:
        before = Tally(vote=Vote.UNKNOWN, since=at, at=at)
    elif at - before.at > life:
        before = Tally(
            vote=Vote.UNKNOWN,
            since=at,
            at=at,
            fallen=before.fallen,
            reason=before.reason,
            detail=before.detail,
        )
    return _good(before, at, health) if probe.ok else _bad(before, probe, at, health)


def _good(before: Tally, at: float, health: Health) -> Tally:
    ceiling = max(health.clear_threshold, health.recovery_threshold)
    successes = min(before.successes + 1, ceiling)
    after = replace(before, at=at, successes=successes)
    if before.fallen and successes < health.recovery_threshold:
        return after
    if before.fallen or successes >= health.clear_threshold:
        after = replace(after, failures=0, failing_since=None)
    if before.vote is Vote.HEALTHY:
        return after
    return replace(after, vote=Vote.HEALTHY, since=at, fallen=False)


def _bad(before: Tally, probe: Probe, at: float, health: Health) -> Tally:
    failures = min(before.failures + 1, health.failure_threshold)
    after = replace(
        before,
        at=at,
        failures=failures,
        failing_since=before.failing_since or at,
        successes=0,
        reason=probe.reason,
        detail=probe.detail,
    )
    if before.vote is Vote.UNHEALTHY or failures < health.failure_threshold:
        return after
    return replace(after, vote=Vote.UNHEALTHY, since=at, fallen=True)
