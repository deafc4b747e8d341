"""What the settings promise, computed from them and from nothing else (seconds)."""

from failover.settings.model import Service, Settings

SLACK = 25.0
"""For what no term of the sum has: a hand-over of ticks, clocks that differ, a conflict in the
table, a list that is read twice."""

ENACT = 10.0
PACING = 5.0
SCHEDULE_GAP = 119.0
CLAIM = 40.0
"""The life of a claim that a dead publisher has left behind, and until others take it."""

TWO_MINUTES = 120.0
"""For so long a mixture of our addresses may be somebody's work in progress."""


def to_move(settings: Settings, service: Service) -> float:
    """From the death of a region to the write that leaves it."""
    health = service.health
    return (
        health.interval
        + PACING
        + (health.failure_threshold - 1) * health.confirm_interval
        + 2 * health.timeout
        + (health.confirm_interval if len(settings.vantages) > 1 else 0.0)
        + ENACT
        + SLACK
    )


def to_be_known(settings: Settings, service: Service) -> float:
    """From a recovery until every vantage calls the region healthy."""
    health = service.health
    return health.recovery_threshold * health.interval + PACING + 2 * health.timeout + SLACK


def to_serve(settings: Settings) -> float:
    """From a write until every name server is promised to follow."""
    return settings.publish_allowance + 30.0
