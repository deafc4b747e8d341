"""Holding the claim on a decision while it is published.

Linode has no compare-and-swap, so the right to write is ours to guard: every write is preceded by
a conditional update that only the holder of the claim can make.
"""

from collections.abc import Callable

from failover.app.keeping import TRIES, keep
from failover.errors import FailoverError, StoreConflict, StoreUnavailable
from failover.ports import World
from failover.publication.parts import CLAIM_SECONDS
from failover.publication.state import State

MARGIN = 2.0
"""Seconds of the claim that must be left after the longest time that a write may take."""


class LeaseLost(FailoverError):
    """The claim is not ours (any more), or is too old to write under: nothing may be written."""


class Lease:
    """The claim that this process holds on one service's decision.

    `state` is the decision as the table holds it, to the best of our knowledge; `unseen` is what
    the last update would have made of it, where neither its reply came nor what the table has now.
    """

    def __init__(self, world: World, service: str) -> None:
        self._world = world
        self._service = service
        self._started = 0.0
        self._until = 0.0
        self.state: State
        self.unseen: State | None = None

    def take(self, before: State | None, change: Callable[[State | None], State]) -> None:
        """Write `change(before)`, which claims. Raises LeaseLost when somebody else was first."""
        self._started = self._world.clock.monotonic()
        try:
            self._hold(keep(self._world.store, self._service, before, change))
        except (StoreConflict, StoreUnavailable) as error:
            found, ours = self._read(), change(before).publication.claim
            if ours is None or found.publication.claim != ours:
                raise LeaseLost("another claim or order came first") from error
            self._hold(found)  # only the reply was lost, and something was noted on top since

    def renew(self, change: Callable[[State, float], State]) -> None:
        """Apply `change(state, until)` and make the claim last its full time from now."""
        until = self._world.clock.now() + CLAIM_SECONDS
        self._update(lambda state: change(state, until))

    def end(self, change: Callable[[State], State]) -> None:
        """Apply the change that gives the claim back."""
        self._update(change)

    def note(self, change: Callable[[State], State]) -> None:
        """Apply a change that needs no claim, and does no harm where it cannot be written.

        `change` returns the same object where there is nothing to change.
        """
        for _ in range(TRIES):
            try:
                found = self._read()
                after = change(found)
                if after is not found:
                    self._world.store.write_state(self._service, after)
            except StoreConflict:
                continue
            except FailoverError:
                pass
            return

    def require(self, seconds: float) -> None:
        """Raise LeaseLost unless both clocks say that this much time is left.

        A frozen container may find its monotonic clock stopped and the wall clock far ahead; a
        wall clock that was set back is caught by the other one.
        """
        spent = self._world.clock.monotonic() - self._started
        left = min(self._until - self._world.clock.now(), CLAIM_SECONDS - spent)
        if left < seconds + MARGIN:
            raise LeaseLost(f"only {left:.1f} s of the claim are left")

    def _update(self, change: Callable[[State], State]) -> None:
        """Write the changed state; on top of what others changed meanwhile, while it is ours."""
        for _ in range(TRIES):
            self.unseen = wanted = change(self.state)
            started = self._world.clock.monotonic()
            try:
                self._world.store.write_state(self._service, wanted)
            except (StoreConflict, StoreUnavailable) as error:
                found = self._read()
                if found == wanted:
                    self._started = started
                    return self._hold(wanted)
                self.unseen = None
                if not self._same_claim(found):
                    raise LeaseLost("the claim is not ours any more") from error
                self.state = found
                continue
            self._started = started
            return self._hold(wanted)
        raise LeaseLost(f"the decision could not be updated in {TRIES} tries")

    def _read(self) -> State:
        state = self._world.store.read(self._service).state
        if state is None:
            raise LeaseLost("the decision is gone")
        return state

    def _same_claim(self, found: State) -> bool:
        ours = self.state
        return (
            found.publication.claim is not None
            and ours.publication.claim is not None
            and found.publication.claim.id == ours.publication.claim.id
            and (found.publication.generation, found.publication.attempt)
            == (ours.publication.generation, ours.publication.attempt)
        )

    def _hold(self, state: State) -> None:
        self.state, self.unseen = state, None
        self._until = state.publication.claim.until if state.publication.claim else 0.0
