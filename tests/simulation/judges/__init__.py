"""The judges of whole histories: of what should happen, of what must be told, of what must not be.

They look at the world every few seconds and remember since when each of its truths holds. None asks
the code that it judges: what a vantage should know follows from what is true, and how long it may
take from the settings.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from failover.notify.events import Event
from failover.notify.metrics import Metric
from failover.publication.state import State
from tests.simulation.container import Container
from tests.simulation.judges.foresight import Foresight
from tests.simulation.judges.liveness import Liveness
from tests.simulation.judges.manners import Manners
from tests.simulation.judges.noise import Noise
from tests.simulation.judges.pace import Pace
from tests.simulation.judges.silence import Silence
from tests.simulation.judges.truth import Truth
from tests.simulation.linode import Applied

if TYPE_CHECKING:
    from tests.simulation.universe import Universe


class Judges:
    """All of them, and what they are told."""

    def __init__(self, universe: "Universe") -> None:
        self.truth = Truth(universe)
        self.liveness = Liveness(universe, self.truth)
        self.silence = Silence(universe, self.truth)
        self.manners = Manners(universe, self.truth)
        self.pace = Pace(universe, self.truth)
        self.noise = Noise(universe)
        self.foresight = Foresight(universe)

    def look(self) -> None:
        """A few seconds have passed."""
        self.truth.look()
        self.liveness.look()
        self.silence.look()
        self.manners.look()

    def conclude(self) -> None:
        """The end of the run."""
        self.noise.conclude()

    def records_changed(self, change: Applied) -> None:
        """Linode has carried out a change."""
        self.truth.records_changed(change)
        self.manners.records_changed(change)
        self.noise.records_changed(change)

    def decided(self, before: State | None, after: State, writer: Container) -> None:
        """A new version of the decision is in the table."""
        self.noise.decided(before, after)
        self.pace.decided(before, after)
        self.foresight.decided(before, after, writer)

    def alerted(self, event: Event) -> None:
        """An alert has arrived."""
        self.silence.alerted(event)
        self.noise.alerted(event)

    def measured(self, process: Container, values: Mapping[Metric, float]) -> None:
        """A process has emitted metrics."""
        self.silence.measured(values)

    def pinged(self) -> None:
        """The switch outside has had a sign of life."""
        self.silence.pinged()

    def round_completed(self, process: Container) -> None:
        """A process has completed a round."""
        self.foresight.round_completed(process)
