"""Back ends as a second witness: a region with too few of them is not healthy, although one of
those that are left has answered the probe."""

from dataclasses import dataclass, replace

from failover.health.probe import Probe, Reason


@dataclass(frozen=True, slots=True)
class Share:
    """How many back ends of a region are up, and how many there are."""

    up: int
    total: int


def judged(probe: Probe, share: Share | None, least: float) -> Probe:
    """The probe, or its failure where less than this share of the back ends is up.

    What is not known fails nothing, and neither does a balancer without back ends: a probe of it
    says enough. A probe that failed by itself keeps its own reason.
    """
    if not probe.ok or share is None or not share.total or share.up / share.total >= least:
        return probe
    says = f"{share.up} of {share.total} back ends are up, at least {least:.0%} must be"
    return replace(probe, reason=Reason.BACKENDS, detail=says)
