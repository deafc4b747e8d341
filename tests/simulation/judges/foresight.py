"""The status shows what the next round will do.

It is asked for at the moment of a decision, of the table as the decider has read it: it must name
the same action and the same targets. And now and then before a round: where it says that something
is going to be written, and says so again when the round is over, the round must have tried.
"""

from typing import TYPE_CHECKING, Any

from failover.app.control import commands
from failover.decision.guard import Hold
from failover.publication.parts import Cause, Phase
from failover.publication.state import State
from tests.simulation.container import Container
from tests.simulation.linode import NAME

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

STATUS = 11
"""The number under which this promise is judged beside the guarantees."""

EVERY = 40
"""One round of so many is looked at."""

"""Seconds between two rounds where a tick has one."""

AHEAD = (20.0, 60.0)
"""Seconds by which the waits of two vantages may differ: each has read the records at its time."""

MARGIN = 3.0
"""Seconds more than the time between two rounds in which a change may still be new to a round."""

EMPTY = 60.0
"""Seconds in which a table that was made anew may lack what ticks only write now and then."""

STEADY = 45.0
"""Seconds for which nothing may have changed in the world before a round is looked at."""


WAITS = (Hold.RECORDS, Hold.READING, Hold.CREATION, Hold.MIXED)
"""What ends with a reading that the round is the first to have; or by what its vantage alone has
read, where somebody changes the records again and again."""


class Foresight:
    """Asks for the status and waits for what comes."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._rounds = 0
        self._said: dict[str, tuple[float, str, tuple[str, ...]]] = {}
        self._tried_at = 0.0
        self._waits_for_a_reading = False

    def decides(self, before: State | None, after: State, writer: Container) -> None:
        """A decision is about to be written. What does the status say it would be?"""
        if before is not None and after.publication.generation == before.publication.generation:
            return
        universe = self._universe
        ordered = after.publication.cause is Cause.OPERATOR
        steady = self._steady(self._unseen + universe.hub.time - writer.known.began_at)
        if ordered or not steady or writer.digest != self._digest or self._others_voted(writer):
            return
        action, targets = self._status(writer)
        done = "publish" if after.publication.phase is Phase.PUBLISHING else "adopt"
        if action == "withdraw" and dict(after.publication.targets) == dict(after.served.active):
            done = action
        for ahead in AHEAD:  # what waits for a time
            if (action, set(targets)) != (done, set(after.publication.targets)):
                action, targets = self._status(writer, ahead)
        if self._waits_for_a_reading or after.publication.cause is Cause.COMPLETION:
            return  # the round is the first to have a list that shows what is still missing
        if (action, set(targets)) != (done, set(after.publication.targets)):
            told = f"the status says {action} {', '.join(targets)}, and the round does "
            universe.observer.violated(
                STATUS, f"{told}{done} {', '.join(after.publication.targets)}"
            )

    def _others_voted(self, writer: Container) -> bool:
        """Whether the table may have votes by now that this round has not read."""
        spoke_at = self._universe.observer.electorate.spoke_at
        since = writer.known.began_at
        return any(at > since for name, at in spoke_at.items() if name != writer.vantage.name)

    @property
    def _unseen(self) -> float:
        """For how long before a round nothing may have changed that it could be the first to see:
        since the round before."""
        return self._universe.observer.settings[-1].services[0].health.interval + MARGIN

    @property
    def _digest(self) -> str:
        """That of the settings of every site; "" where they have different ones."""
        found = {site.settings.digest for site in self._universe.sites.values()}
        return found.pop() if len(found) == 1 else ""

    def _steady(self, seconds: float) -> bool:
        """Whether nothing has changed for so long, and chance changes nothing."""
        universe = self._universe
        faults = universe.table.faults
        chance = faults.lost or faults.late or faults.throttled or faults.slow
        now = universe.hub.time
        return not (
            chance
            or universe.linode.faults.restless
            or universe.setting.mixed
            or universe.setting.neighbours  # whose rounds tell a process more, in between
            or now - universe.changed_at < seconds
            or now - universe.recreated_at < EMPTY
            or now < universe.unlike_until
            or any(site.vantage.disturbed_until > now - seconds for site in universe.sites.values())
        )

    def decided(self, before: State | None, after: State, writer: Container) -> None:
        """Somebody has claimed, or decided anew."""
        claim = before.publication.claim if before else None
        if after.publication.claim and (claim is None or claim.id != after.publication.claim.id):
            self._tried_at = self._universe.hub.time

    def round_completed(self, process: Container) -> None:
        """Does the status say the same thing as two rounds ago, and was it not done?"""
        universe, name = self._universe, process.vantage.name
        if process.vantage.cut_off:
            return  # it decides nothing that counts
        said = self._said.pop(name, None)
        if said is not None:
            at, action, targets = said
            if universe.hub.time - at < self._unseen:
                self._said[name] = said  # a round is dropped where another tick has just voted
                return
            again = self._status(process)
            steady = self._steady(STEADY + universe.hub.time - at)
            if again == (action, targets) and steady and self._tried_at < at:
                told = f"the status says {action} {', '.join(targets)}, and no round tries it"
                universe.observer.violated(STATUS, told)
            return
        self._rounds += 1
        if self._rounds % EVERY == 0:
            action, targets = self._status(process)
            if action in ("publish", "retry"):
                self._said[name] = universe.hub.time, action, targets

    def _unread(self, shop: Any, why: Any) -> bool:
        """Whether the status says that it waits for a reading, or shows records as they were: the
        round is the first to see them."""
        waits = bool(shop["reading"]["failing"]) or any(g["guard"] in WAITS for g in why)
        shown = sorted(f"{r['type']} {r['address']}" for r in shop["records"] or ())
        records = self._universe.linode.records.values()
        there = sorted(f"{r['type']} {r['target']}" for r in records if r["name"] == NAME)
        return waits or shown != there

    def _status(self, process: Container, ahead: float = 0.0) -> tuple[str, tuple[str, ...]]:
        world = self._universe.glance(process, ahead)
        site = self._universe.sites[process.vantage.name]
        said: Any = commands.answer(
            {"command": "status", "service": "shop"},
            world,
            self._universe.file_of(site.settings),
            site.vantage.name,
            "status",
            lambda: 60.0,
        )
        shop = said["services"]["shop"]
        following = shop.get("next")
        if following is None:
            return "", ()
        self._waits_for_a_reading = self._unread(shop, following["why"])
        return str(following["action"]), tuple(following["targets"])
