"""Whether the recovery time that the settings ask for can be kept, with what was measured."""

from dataclasses import replace

from failover.preflight import scope
from failover.preflight.facts import Facts, Kept, OfService
from failover.preflight.finding import Seen
from failover.preflight.scope import Found, given
from failover.settings.recovery import Recovery, as_seconds


@given(scope.kept)
def broken(kept: Kept, facts: Facts, of: OfService) -> Found:
    """The sum of the recovery time, with the last measured publication, keeps to `rto_target`."""
    target = of.service.rto_target
    if target is None:
        return
    promised = Recovery.of(of.service, facts.settings)
    took = _publication(kept)
    measured = replace(promised, publish_allowance=max(promised.publish_allowance, took))
    if measured.total > target:
        told = {
            "total": as_seconds(measured.total),
            "target": as_seconds(target),
            "took": as_seconds(round(took)),
            "allowance": as_seconds(promised.publish_allowance),
        }
        yield Seen(facts=told)


def _publication(kept: Kept) -> float:
    """Seconds from the last write of ours until every name server gave it; 0 if not measured."""
    state = kept.state
    if state is None or not state.publication.attempt or not state.served.served_at:
        return 0.0
    return max(0.0, state.served.served_at - state.served.published_at)
