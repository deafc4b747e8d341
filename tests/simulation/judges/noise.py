"""Guarantee 10: one condition is one alert when it begins, one when it ends, and the reminders.

The rules, over what was decided to be told and reached a phone:

- Of one kind, a beginning follows an end, and an end a beginning. `quorum_lost` and `split_verdict`
  are one kind.
- A kind begins anew only if the world has changed since it began before. While chance rules (a
  region that fails every other time, a fault that strikes now and then) it may begin three times
  in an hour, and then once in ten minutes.
- Six reminders of a kind in 24 hours.
- A move is told once for each change of the records, and never as one from a place to itself.

A table that was made anew remembers nothing, and begins anew.
"""

from collections import defaultdict
from typing import TYPE_CHECKING

from failover.notify.events import Event, What
from failover.publication.state import State
from tests.simulation.linode import Applied

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

MOST_REMINDERS = 6
DAY, HOUR = 24 * 3600.0, 3600.0
IN_AN_HOUR = 9
"""Three at once, and then one in ten minutes."""

BY_OTHERS = frozenset(
    {"incident/drift", "incident/drift_blocks_failover", "incident/drift_persists"}
    | {"published/drift", "adopted/external"}
)
"""What is told of when somebody else has changed the records."""

ONE_KIND = {"incident/split_verdict": "incident/quorum_lost"}
SETTLING = 60.0
"""Seconds for which a change of the world may still have effects that look like new ones."""


class Noise:
    """Keeps what was to be told in its true order, and judges what of it was sent."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._ordered: list[tuple[float, Event, bool]] = []
        self._known: set[str] = set()
        self._sent: set[str] = set()
        self._changes: list[float] = []
        self._moves: list[tuple[float, str, str]] = []
        self._restless: list[float] = []

    def records_changed(self, change: Applied) -> None:
        """Linode has carried out a change: one that says the same again is none."""
        before, after = change.before, change.after
        if before == after:
            return
        self._changes.append(self._universe.hub.time)
        if before and after and before["target"] != after["target"]:
            self._moves.append((self._universe.hub.time, before["target"], after["target"]))

    def decided(self, before: State | None, after: State) -> None:
        """What is to be told from now on."""
        for event in after.notices.pending:
            if event.id not in self._known:
                self._known.add(event.id)
                self._judge_story(event)
                self._ordered.append((self._universe.hub.time, event, self._unsettled()))

    def alerted(self, event: Event) -> None:
        """An alert has arrived."""
        self._sent.add(event.id)

    def conclude(self) -> None:
        """The verdict on the whole of it."""
        kinds: dict[str, list[tuple[float, Event, bool]]] = defaultdict(list)
        moved_at = 0.0
        for at, event, unsettled in self._ordered:
            if event.id not in self._sent:
                continue
            if event.about.startswith("incident/"):
                kinds[ONE_KIND.get(event.about, event.about)].append((at, event, unsettled))
            elif event.what == What.PUBLISHED:
                self._judge_move(at, event, moved_at)
                moved_at = at
        for about, told in kinds.items():
            self._judge_kind(about, told)

    def _judge_story(self, event: Event) -> None:
        """Nobody is told that somebody changed the records if nobody did, in all the run."""
        universe = self._universe
        observer, begins = universe.observer, universe.setting
        whole = any(":" in address for address in begins.records) or not any(
            region.addresses.ipv6 for region in begins.service.regions
        )
        nobody = not observer.disturbed_at and len(observer.settings) == 1 and whole
        named = universe.judges.truth.named()
        ours = bool(begins.records) and set(begins.records[:1]) <= named
        told = event.about in BY_OTHERS and event.what != What.INCIDENT_ENDED
        if event.what == What.PUBLISHED and event.by:
            told = False  # an order corrected what an unfinished change of ours had left
        if told and nobody and ours and not universe.recreated_at:
            self._told(f"{event.about}, and nobody changed the records")

    def _unsettled(self) -> bool:
        """Whether the world is changing just now, or leaves it to chance."""
        universe = self._universe
        now = universe.hub.time
        chance = any(i.half for found in universe.ill.values() for i in found)
        faults = universe.table.faults
        likely = faults.lost or faults.late or faults.throttled or faults.slow
        vantages = any(
            site.silent
            or site.jitter
            or site.vantage.cut_off
            or site.vantage.disturbed_until > now - 300.0
            for site in universe.sites.values()
        )
        return bool(chance or likely or vantages or universe.linode.faults.restless)

    def _judge_kind(self, about: str, told: list[tuple[float, Event, bool]]) -> None:
        standing, began_at, recreations = False, 0.0, self._universe.recreations
        reminders: list[float] = []
        begins: list[float] = []
        for at, event, unsettled in told:
            if any(began_at < recreated <= at for recreated in recreations):
                standing = False
            if event.what == What.INCIDENT_ENDED:
                if not standing:
                    self._told(f"{about} ended twice, at {self._clock(at)}")
                standing = False
            elif event.what == What.INCIDENT_LASTS:
                reminders.append(at)
            else:
                if standing:
                    self._told(f"{about} began twice, at {self._clock(at)}, and had not ended")
                elif began_at and not unsettled and not self._changed(began_at, at):
                    self._told(f"{about} began again at {self._clock(at)}, and nothing had changed")
                standing, began_at = True, at
                begins.append(at)
        self._judge_count(about, reminders, DAY, MOST_REMINDERS, "reminders in a day")
        self._judge_count(about, begins, HOUR, IN_AN_HOUR, "beginnings in an hour")

    def _judge_count(
        self, about: str, times: list[float], span: float, most: int, what: str
    ) -> None:
        for at in times:
            number = sum(1 for other in times if at <= other < at + span)
            if number > most:
                return self._told(f"{about}: {number} {what}")
        return None

    def _judge_move(self, at: float, event: Event, told_at: float) -> None:
        origin, target = event.facts.get("from", ""), event.facts.get("to", "")
        drift = event.facts.get("cause") == "drift"
        if origin and origin == target and not drift and not self._readdressed(told_at, at):
            self._told(f"{event.about} is told as a move from {origin} to {target}")
        if told_at and not any(told_at - SETTLING < change <= at for change in self._changes):
            self._told(f"{event.about} is told at {self._clock(at)}, and no record was changed")

    def _readdressed(self, since: float, until: float) -> bool:
        """Whether a record has gone from one address of a region to another one of the same, or
        to one of ours from one that is nobody's."""
        homes = self._universe.homes
        return any(
            new in homes and homes.get(old, homes[new]) == homes[new]
            for at, old, new in self._moves
            if max(since, until - SETTLING) < at <= until
        )

    def _changed(self, since: float, until: float) -> bool:
        return any(since - SETTLING < at <= until for at in self._universe.changes_at)

    def _clock(self, at: float) -> str:
        return f"{at - self._universe.started:.0f}"

    def _told(self, what: str) -> None:
        self._universe.observer.violated(10, what)
