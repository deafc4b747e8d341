"""Rounds are neither too close nor too far apart, whoever starts them.

What a vantage counts of an address is counted `confirm_interval` apart, by whichever of its ticks.
And as long as nothing befalls it, the next round of a vantage begins when the sum says.
"""

from collections import deque
from typing import TYPE_CHECKING

from failover.health.beats import Beat
from failover.health.numbers import FAR_AHEAD
from failover.health.tally import Tally
from failover.health.votes import Ballot
from failover.publication.parts import Phase
from failover.publication.state import State
from tests.simulation.judges import promise
from tests.simulation.queue import QueueFaults

if TYPE_CHECKING:
    from tests.simulation.judges.truth import Truth
    from tests.simulation.universe import Site, Universe

ROUNDING = 0.05
CALM, SHORT = 150.0, 8.0
"""Seconds without any trouble after which every beat has arrived and every vote is certain, and for
how long a tick may then stay."""

WRONG = 60.0
"""Seconds by which a vote lies after a later one only if the clock was wrong."""

REMEMBERED = 3
"""Votes on an address: two ticks that overlap may both write what they counted."""

WHOLE_SECONDS = 1.0
"""The delays of the queue have no fractions."""


class Pace:
    """Looks at every probe, and at every vote that is written."""

    def __init__(self, universe: "Universe", truth: "Truth") -> None:
        self._universe = universe
        self._truth = truth
        self._probed_at: dict[str, float] = {}
        self._latest: dict[tuple[str, int], tuple[int, int]] = {}
        self._counted: dict[tuple[str, str], deque[Tally]] = {}
        self._settled_at = 0.0

    def probed(self, vantage: str, at: float) -> None:
        """A round has asked an address."""
        universe = self._universe
        before = self._probed_at.get(vantage)
        self._probed_at[vantage] = max(at, before or at)
        if before is None or self._doubtful(vantage, before) or self._wrong_clock():
            return
        service = self._truth.service
        most = service.health.interval + promise.PACING + 2 * service.health.timeout
        most += promise.ENACT + WHOLE_SECONDS
        if at - before > most:
            universe.observer.violated(0, f"{vantage}: no round for {at - before:.1f} s")

    def decided(self, before: State | None, after: State) -> None:
        """A new version of the decision. Until it is settled, ticks stay."""
        settled = Phase.SETTLED
        if after.publication.phase is not settled or (
            before and before.publication.phase is not settled
        ):
            self._settled_at = self._truth.now

    def took_over(self, vantage: str, shard: int, beat: Beat | None, number: int) -> None:
        """A tick has its turn: each beat once, in their order, and none of an older seed."""
        seed, place = (beat.seed, beat.place) if beat else (number, 0)
        if (seed, place) <= self._latest.get((vantage, shard), (0, -1)) and not self._wrong_clock():
            told = f"{vantage}: beat {place} of seed {seed} runs after one that is newer"
            self._universe.observer.violated(0, told)
        self._latest[vantage, shard] = seed, place

    def ended(self, site: "Site", began: float, beat: Beat | None) -> None:
        """A tick that the schedule has started goes home where beats arrive."""
        universe, truth = self._universe, self._truth
        state, stayed = truth.state, truth.now - began
        calm = (
            site.queue
            and not universe.setting.neighbours  # a tick may stay for one of them
            and site.queue.faults == QueueFaults()
            and truth.now - max(universe.changed_at, truth.moved_at) > CALM
            and not any(universe.ill.values())
            and state
            and state.publication.phase is Phase.SETTLED
            and self._settled_at < began
            and not self._doubtful(site.vantage.name, began)
        )
        if beat is None and calm and stayed > SHORT:
            told = f"{site.vantage.name} stays awake for {stayed:.0f} s, although beats arrive"
            universe.observer.violated(0, told)

    def _wrong_clock(self) -> bool:
        universe = self._universe
        return max(universe.clocks_wrong_at, universe.recreated_at) > self._truth.now - FAR_AHEAD

    def voted(self, ballot: Ballot) -> None:
        """Votes are in the table."""
        apart = self._truth.service.health.confirm_interval
        for address, tally in ballot.tallies.items():
            before = self._counted.setdefault((ballot.vantage, address), deque(maxlen=REMEMBERED))
            goes_on = [tally.at - last.at for last in before if self._goes_on(last, tally)]
            goes_on = [seconds for seconds in goes_on if seconds > -WRONG]
            before.append(tally)
            if not goes_on or max(goes_on) >= apart - ROUNDING:
                continue  # the tick that went on from the older one did not know of the newer
            if not self._doubtful(ballot.vantage, 0.0):
                told = f"{ballot.vantage} counts {address} twice within {max(goes_on):.2f} s"
                self._universe.observer.violated(0, told)

    @staticmethod
    def _goes_on(last: Tally, tally: Tally) -> bool:
        """Whether one more probe was counted on top of one that counts for the same thing."""
        if tally.failures > last.failures:
            return tally.failures == last.failures + 1 > 1
        return tally.successes == last.successes + 1 > 1

    def _doubtful(self, vantage: str, since: float) -> bool:
        """Whether something befell the vantage, or its table, since then or a short time ago."""
        universe, truth = self._universe, self._truth
        lately = min(since, truth.now - promise.SCHEDULE_GAP) if since else truth.now - 30.0
        return (
            not truth.table_well
            or vantage not in truth.good()
            or universe.table.late_until > lately  # a number that arrives late ends a tick
            or universe.table.well_since > lately  # ticks knew nothing of each other until then
            or universe.recreated_at > lately
            or universe.clocks_wrong_at > lately
            or universe.deployed_at > lately
        )
