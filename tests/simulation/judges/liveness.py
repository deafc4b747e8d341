"""Guarantee 8: a failover that should happen happens.

Due, from when everything holds that it needs: the records are ours and point at regions that are
dead for everybody, another region is known to be well, enough vantages are at work, the table
answers, Linode takes changes, no order forbids it. With `failover` routing every region that the
name points at must be dead; with `multivalue` each dead one must leave.
"""

from typing import TYPE_CHECKING

from tests.simulation.judges import promise
from tests.simulation.judges.truth import Truth

if TYPE_CHECKING:
    from tests.simulation.universe import Universe


class Liveness:
    """Tells of each missed failover once."""

    def __init__(self, universe: "Universe", truth: Truth) -> None:
        self._universe = universe
        self._truth = truth
        self._able_since: float | None = None
        self._adopted_since: float | None = None
        self._told: object = None

    def look(self) -> None:
        """Is one overdue?"""
        truth = self._truth
        if truth.state is None:
            self._adopted_since = None
        elif self._adopted_since is None:
            self._adopted_since = truth.now
        if not self._able():
            self._able_since = None
            return
        if self._able_since is None:
            self._able_since = truth.now
        for stuck in self._stuck():
            self._judge(stuck)

    def _able(self) -> bool:
        truth = self._truth
        return (
            truth.ours
            and truth.agreed
            and not truth.hidden
            and (truth.state is not None or truth.adoptable)
            and truth.quorum
            and truth.table_well
            and truth.writes_taken
            and truth.ids_known
            and not truth.stopped()
        )

    def _stuck(self) -> list[tuple[str, ...]]:
        """The addresses that must leave, those together that only leave together."""
        truth = self._truth
        dead = tuple(a for a in sorted(truth.pointed) if truth.dead(a) is not None)
        if truth.several:
            return [(address,) for address in dead]
        return [dead] if len(dead) == len(truth.pointed) else []

    def _judge(self, stuck: tuple[str, ...]) -> None:
        truth, now = self._truth, self._truth.now
        died = max(truth.dead(address) or 0.0 for address in stuck)
        begins = max(self._able_since or now, self._adopted_since or 0.0, died, truth.moved_at)
        begins = max(begins, self._universe.ordered_at, self._universe.fresh_at)
        leaving = stuck[0] if truth.several else ""
        candidates = truth.candidates(leaving)
        if not candidates or self._told == (stuck, truth.moved_at):
            return
        first = min(candidates, key=lambda address: candidates[address])
        due = max(begins, candidates[first]) + self._bound(candidates)
        if now <= due:
            return
        self._told = (stuck, truth.moved_at)
        self._universe.observer.violated(
            8,
            f"the name points at {', '.join(sorted(truth.pointed))}; {', '.join(stuck)} has been "
            f"dead for {now - died:.0f} s and {', '.join(candidates)} is well",
        )

    def _bound(self, candidates: dict[str, float]) -> float:
        """What the settings promise, and what the troubles of now may cost beside it."""
        truth, faults = self._truth, self._universe.linode.faults
        bound = promise.to_move(truth.settings, truth.service) + 2 * faults.lag
        if not truth.moved_by_us:
            bound += promise.TWO_MINUTES + truth.service.health.interval
        if len(truth.good()) < len(self._universe.sites):
            bound += promise.CLAIM
        if faults.reads_fail or not faults.listed or faults.stale:
            bound += promise.CLAIM
        data, behind = truth.service.data, self._universe.behind
        homes = {self._universe.homes[address] for address in candidates}
        if data and homes <= behind.keys():
            bound += data.accept_stale_after
        return bound
