"""Prices of AWS in us-east-1, in US dollars, and the free tier of an account.

From AWS's public price list files (Lambda of 2026-09-19, DynamoDB of 2026-09-11) and pricing pages
(CloudWatch, EventBridge Scheduler, SQS, Fargate, Route 53, ARC), last looked at on 2026-11-29.
"""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Use:
    """What is used in a month."""

    requests: float = 0.0
    gb_seconds: float = 0.0
    schedules: float = 0.0
    queue: float = 0.0
    reads: float = 0.0
    writes: float = 0.0
    metrics: float = 0.0
    alarms: float = 0.0
    dashboards: float = 0.0
    log_gb: float = 0.0


PRICES = {
    "requests": ("Lambda, invocations", 0.20 / 1e6),
    "gb_seconds": ("Lambda, GB-seconds, x86", 0.0000166667),
    "schedules": ("EventBridge Scheduler, invocations", 1.00 / 1e6),
    "queue": ("SQS, requests to a standard queue", 0.40 / 1e6),
    "reads": ("DynamoDB on demand, read units", 0.125 / 1e6),
    "writes": ("DynamoDB on demand, write units (each replica)", 0.625 / 1e6),
    "metrics": ("CloudWatch, metrics of our own", 0.30),
    "alarms": ("CloudWatch, alarms", 0.10),
    "dashboards": ("CloudWatch, dashboards", 3.00),
    "log_gb": ("CloudWatch Logs, GB taken in", 0.50),
}
"""What each of them is, and the price of one."""

FREE = Use(
    requests=1e6,
    gb_seconds=400_000,
    schedules=14e6,
    queue=1e6,
    metrics=10,
    alarms=10,
    dashboards=3,
    log_gb=5,
)
"""Free for every account, every month, without an end."""

HOURS = 730
CONTAINER = HOURS * (0.25 * 0.04048 + 0.5 * 0.004445 + 0.005)
"""Fargate on x86: a quarter of a processor, 0.5 GB, and a public IPv4 address."""

OTHERS = {
    "Route 53: two health checks of HTTPS endpoints outside AWS, every 10 s, that look for a text, "
    "and the zone": 2 * (0.75 + 3 * 2.00) + 0.50,
    "ARC Region switch, one plan": 70.00,
}
"""What others cost in a month."""


def cost(use: Use, free: Use | None = None) -> float:
    """Dollars for what is used beyond what is free."""
    free = free or Use()
    return sum(
        PRICES[part.name][1] * max(0.0, getattr(use, part.name) - getattr(free, part.name))
        for part in fields(Use)
    )
