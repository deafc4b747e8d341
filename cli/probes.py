"""The last probes of each region, from the lines that the monitor logs."""

from collections.abc import Mapping
from typing import Any

from failover.health.probe import Reason
from failover.notify.metrics import Metric

STRIP = 30
"""So many probes of each region are remembered and shown."""

Probes = Mapping[str, tuple[Reason | None, ...]]
"""By region, the oldest first; None is a good one."""


def counted(before: Probes, line: Mapping[str, Any]) -> Probes:
    """With what a line says. A probe leaves its latency, or a line that says why it failed."""
    region = line.get("region", "")
    failed = line.get("event") == "probe_failed"
    if not failed and Metric.PROBE_LATENCY not in line:
        return before
    reason = Reason(line["reason"]) if failed else None
    return {**before, region: (*before.get(region, ()), reason)[-STRIP:]}
