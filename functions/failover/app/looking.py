"""Where a tick looks whether publications of one service are served, and what it saw."""

from collections.abc import Callable
from functools import partial

from failover.app import settling
from failover.app.report import Report
from failover.app.shared import Tick
from failover.health.votes import Ballot
from failover.ports import World
from failover.publication.proof import Evidence
from failover.publication.state import State
from failover.settings.model import Service
from failover.zone.statement import Unserved


class Looking:
    """The looks of one tick, which may be that of a seed: until a publication is served, and
    otherwise once."""

    def __init__(self, world: World, tick: Tick, report: Report) -> None:
        self._world = world
        self._allowance = tick.settings.publish_allowance
        self._report = report
        self._seed = tick.pace.is_seed
        self._evidence: Evidence | None = None
        self._glanced = False

    def unproved(self, state: State | None) -> bool:
        """Whether a publication is still to be seen on the name servers."""
        return settling.unproved(state, self._world.clock.now())

    def look(self, service: Service, state: State) -> State:
        """Look once where it has got to; the state after it."""
        self._evidence = settling.seen(self._world, service, state)
        return settling.judged(
            self._world, service, self._allowance, state, self._evidence, self._report
        )

    def glance(
        self, service: Service, state: State | None, ballot: Ballot | None, *, room: bool
    ) -> Callable[[], object] | None:
        """What to ask the name servers beside the rounds of a tick, once: in that of a seed, where
        nothing is to be proved, or for so long that once a minute is enough; and in any tick before
        the first decision and while one of them gives no answer.

        What is to be proved is looked for between rounds, and beside them where there is no `room`.
        """
        if state and self.unproved(state):
            return None if room else partial(self.look, service, state)
        reading = ballot.reading if ballot else None
        if self._glanced or reading is None:
            return None
        before = ballot.unserved if ballot else None
        if state and not before and not self._seed:
            return None
        self._glanced = True
        if state and self._seed and settling.overdue(state, self._world.clock.now()):
            return partial(self.look, service, state)
        return partial(self._glance, service, reading.domain_id, before)

    def _glance(self, service: Service, domain_id: int, before: Unserved | None) -> None:
        self._evidence = settling.glance(self._world, service, domain_id, before)
        self._report.glanced(self._evidence)

    def unserved(self, ballot: Ballot | None) -> Unserved | None:
        """The name servers that gave no answer when this vantage last asked them."""
        if self._evidence:
            return self._evidence.unserved
        return ballot.unserved if ballot else None
