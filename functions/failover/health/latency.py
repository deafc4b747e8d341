"""How long the slowest probes of an address take, kept as one number.

The number goes up by 19 parts where a probe took longer, and down by one where it did not. So it
stays where one probe of twenty takes longer: at the 95th percentile.
"""

from collections.abc import Mapping

from failover.health.probe import Probe

STEP = 0.001
"""One part, of the timeout. A percentile that doubles is followed within minutes, one that falls to
a half within two hours."""

_LONGER = 19


def p95(before: float | None, took: float, timeout: float) -> float:
    """The 95th percentile (seconds) after one more good probe."""
    if before is None:
        return round(took, 3)
    part = STEP * timeout
    return round(max(0.0, before + (_LONGER * part if took > before else -part)), 6)


def percentiles(
    before: Mapping[str, float], probes: Mapping[str, Probe], timeout: float
) -> Mapping[str, float]:
    """Those of all addresses after one more round. A probe that failed says nothing about them."""
    return {
        address: p95(before.get(address), probe.took, timeout) if probe.ok else before[address]
        for address, probe in probes.items()
        if probe.ok or address in before
    }
