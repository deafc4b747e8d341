"""What goes without saying (guarantee 0), judged over time.

A person's choice of a healthy region stands until a reason comes up. No record is added that is
there already. Automatic failback goes all the way to the most preferred region.
"""

from typing import TYPE_CHECKING

from failover.settings.model import Failback, Routing
from tests.simulation.judges import promise
from tests.simulation.judges.truth import Truth
from tests.simulation.linode import Applied

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

ARRIVES_WITHIN = 600.0
"""Seconds after which no request of ours is on its way any more."""

HOUR = 3600.0


class Manners:
    """Each is told once."""

    def __init__(self, universe: "Universe", truth: Truth) -> None:
        self._universe = universe
        self._truth = truth
        self._chosen: frozenset[str] = frozenset()
        self._chosen_at = 0.0
        self._sent_at = 0.0
        self._moves: list[float] = []
        self._untouched = True
        self._told = False

    def sent(self) -> None:
        """A request of ours is on its way to change a record."""
        self._sent_at = self._truth.now

    def records_changed(self, change: Applied) -> None:
        """Linode has carried out a change, and the truth knows."""
        if change.by is None:
            if change.before != change.after:  # nobody can see a change that changes nothing
                self._by_person()
            return
        self._moves.append(self._truth.now)
        self._judge_choice()
        if change.before is None and change.after is not None:
            self._judge_addition(change)

    def look(self) -> None:
        """Is a failback overdue?"""
        truth, service = self._truth, self._truth.service
        wanted = (
            self._untouched
            and service.routing is Routing.FAILOVER
            and service.failback is Failback.AUTOMATIC
            and len(self._universe.observer.settings) == 1
            and not self._universe.ordered_at
            and not self._universe.recreated_at
            and not self._universe.clocks_wrong_at
            and not self._universe.behind
            and truth.state is not None
            and truth.adoptable
            and truth.quorum
            and truth.table_well
            and truth.writes_taken
            and truth.ids_known
            and not truth.stopped()
            and all(truth.known_well(a) is not None for a in truth.pointed)  # unknown, it stays
        )
        able = truth.lasts("able to fail back", bool(wanted))
        if not able or self._told or not self._moved_away() or self._spent():
            return
        first = service.regions[0].addresses.ipv4
        known = truth.known_well(first)
        if known is None or first in truth.pointed:
            return
        waited = truth.now - max(known, truth.moved_at)
        due = service.failback_after + promise.to_move(truth.settings, service) + 60.0
        if min(able, waited) > due:
            self._told = True
            told = f"{first} is preferred and well for {waited:.0f} s, and nothing fails back"
            self._universe.observer.violated(0, told)

    def _moved_away(self) -> bool:
        """Whether it was us who left the most preferred region."""
        records = self._universe.setting.records
        return self._truth.service.regions[0].addresses.ipv4 in records

    def _spent(self) -> bool:
        lately = [at for at in self._moves if at > self._truth.now - HOUR]
        return len(lately) >= self._truth.service.flip_budget

    def _by_person(self) -> None:
        truth, universe = self._truth, self._universe
        self._untouched = False
        self._chosen = frozenset()
        quiet = truth.now - self._sent_at > ARRIVES_WITHIN and truth.writes_taken
        single = truth.service.routing is Routing.FAILOVER and len(truth.pointed) == 1
        agreed = truth.agreed and truth.state is not None and not truth.stopped()
        whole = single and truth.adoptable and truth.pointed <= truth.named()
        well = whole and all(truth.known_well(a) is not None for a in truth.pointed)
        old = (
            truth.now - universe.deployed_at > ARRIVES_WITHIN
            or len(universe.observer.settings) == 1
        )
        decided = truth.state.publication.targets.values() if truth.state else ()
        back = truth.pointed == {addresses.ipv4 for addresses in decided}
        if quiet and agreed and well and old and not back:  # a decision that is restored goes on
            self._chosen, self._chosen_at = truth.pointed, truth.now

    def _judge_choice(self) -> None:
        """We have changed the records: away from what a person chose, and for no reason?"""
        truth, universe = self._truth, self._universe
        chosen, self._chosen = self._chosen, frozenset()
        if not chosen or truth.pointed == chosen:
            self._chosen = chosen
            return
        asked = max(universe.ordered_at, universe.deployed_at, universe.recreated_at)
        reason = asked > self._chosen_at or universe.ordering or universe.clocks_wrong_at
        if not reason and all(truth.known_well(a) is not None for a in chosen):
            told = f"a person chose {', '.join(chosen)}, which is well, and it is undone"
            universe.observer.violated(0, told)

    def _judge_addition(self, change: Applied) -> None:
        universe, after = self._universe, change.after
        assert after is not None
        faults = universe.linode.faults
        alike = [
            record
            for record in universe.linode.at_name(after["type"]).values()
            if record["target"] == after["target"]
        ]
        prompt = self._truth.now - change.sent_at < 1.0
        disturbed = universe.observer.disturbed_at > self._truth.now - 130.0
        if len(alike) > 1 and prompt and not disturbed and not faults.restless:
            universe.observer.violated(0, f"{after['target']} is there, and is added once more")
