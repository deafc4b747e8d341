"""Probing the prober: whether it is this vantage that is cut off, and not the regions."""

from collections.abc import Sequence
from functools import partial

from failover.health.probe import Probe, Reason
from failover.ports import World

REFERENCE_SECONDS = 3.0
_ANSWERED = (None, Reason.BACKENDS)


def is_blind(world: World, references: Sequence[str], probes: Sequence[Probe]) -> bool:
    """Whether no region answers, and none of the references outside AWS does either. A region whose
    back ends are too few has answered. Nor is anything seen where a probe could not be sent."""
    if unsent(probes):
        return True
    if not references or any(probe.reason in _ANSWERED for probe in probes):
        return False
    reachable = world.prober.reachable
    return not any(
        world.tasks.gather([partial(reachable, url, REFERENCE_SECONDS) for url in references])
    )


def unsent(probes: Sequence[Probe]) -> bool:
    """Whether the monitor lacks what a probe must be sent with."""
    return any(probe.reason is Reason.UNSENT for probe in probes)
