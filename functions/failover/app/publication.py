"""From a decision to DNS: claim it, then attempt to write it.

Design rule: whatever ends this half-way (a crash, a lost reply, a frozen container) leaves a
decision in phase `publishing`, from which any vantage's next round goes on.
"""

from failover.app.attempt import Attempt
from failover.app.lease import Lease, LeaseLost
from failover.app.outcome import Outcome
from failover.decision import facts
from failover.decision.decision import Action, Decision
from failover.decision.view import View
from failover.errors import FailoverError
from failover.notify.events import EventFacts
from failover.ports import World
from failover.publication import transitions
from failover.publication.orders import Ordered
from failover.publication.parts import CLAIM_SECONDS, Claim
from failover.publication.state import State
from failover.zone.plan import UnsafePlan


def publish(
    world: World, view: View, decision: Decision, ordered: Ordered | None = None
) -> Outcome:
    """One attempt to make the records say what was decided. Never raises for a known trouble.

    `ordered` is what a person asked for: on record by the same update as the claim.
    """
    lease = Lease(world, view.service.name)
    now = world.clock.now()
    claim = Claim(id=world.new_id(), vantage=view.vantage, until=now + CLAIM_SECONDS)

    because = {**facts.of(view, decision), **(ordered.said() if ordered else {})}

    def claimed(before: State | None) -> State:
        after = _claimed(view, decision, because, claim, now, before)
        return ordered.added(after) if ordered else after

    try:
        lease.take(view.state, claimed)
    except FailoverError as error:
        return Outcome(published=False, error=f"not claimed: {error}", again=True)
    attempt = Attempt(world, view, lease, ordered)
    try:
        return attempt.run()
    except LeaseLost as error:
        return Outcome(published=False, error=str(error))
    except (FailoverError, UnsafePlan) as error:
        return attempt.failed(str(error))


def _claimed(
    view: View,
    decision: Decision,
    because: EventFacts,
    claim: Claim,
    now: float,
    before: State | None,
) -> State:
    if decision.action is Action.RETRY and before:
        return transitions.reclaimed(before, claim)
    if decision.cause is None:
        raise ValueError("a publication has a cause")
    return transitions.claimed(
        before,
        decision.targets,
        decision.cause,
        view.settings,
        view.service,
        claim,
        now,
        decision.explained,
        because,
    )
