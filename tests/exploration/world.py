"""The simulated world, in which nothing is left to chance and every call asks what befalls it."""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from failover.publication.parts import Phase
from tests.exploration.schedule import AT_LINODE, UNANSWERED, End, What, possible
from tests.simulation.container import Container
from tests.simulation.universe import LOOK_EVERY, START, Site, Universe

if TYPE_CHECKING:
    from tests.exploration.explorer import Explorer
    from tests.exploration.stories import Story

T = TypeVar("T")

LONGEST_QUIET = 150.0
"""Seconds after the last event in which a round must begin, even if both vantages have died."""

AFTERWARDS = 15.0
"""Seconds after an event in which another one may happen, although the story is over."""

WITHIN_THE_CLAIM = 12.0
"""Seconds of a shorter delay: the other vantage has a round meanwhile."""

TABLE_LATE, LINODE_LATE_FROM = 4.05, 3.0
"""Seconds after which the table carries out a request of which nobody heard. Those at Linode take
as long as a task is delayed: the middle between these and the latest."""

LONGEST_CALL = 10.0
"""Seconds in which all tries of a call are over."""

RESTS_FOR = 20.0
"""Seconds, two rounds, in which nothing was left to be done: what follows is more of the same."""

RENDERED_AFTER = 2.0
"""Seconds until Linode serves a change. It is soon, because nothing happens meanwhile."""

TWO_ROUNDS_LATER = 60.0
"""Seconds from the first round after the last event: 40, and two rounds of ten."""


class Even(random.Random):
    """Chance without surprises: always the middle."""

    def random(self) -> float:
        """Neither likely nor unlikely."""
        return 0.5

    def uniform(self, a: float, b: float) -> float:
        """The middle."""
        return (a + b) / 2


class Watched(Container):
    """A process that asks the explorer at both ends of every call what befalls it."""

    def __init__(self, world: "World", site: Site) -> None:
        newest = site.settings
        super().__init__(world.hub, site.vantage, site.release, newest.revision, newest.digest)
        self._world = world
        self._looked = True
        self._silent_until = 0.0

    def now(self) -> float:
        """Its wall clock, at which it has looked now."""
        self._looked = True
        return super().now()

    def monotonic(self) -> float:
        """Its other clock."""
        self._looked = True
        return super().monotonic()

    def fate(self, op: str) -> str | None:
        """A write may be carried out after its caller has given up."""
        if self._silent_until > self.hub.time and op in AT_LINODE:
            return "hung"
        what = self._befalls(op, End.WRITING) if op in UNANSWERED else None
        if what is None:
            return None
        seconds = self._world.story.delay if op in AT_LINODE else TABLE_LATE
        if what is What.UNHEARD:
            self._silent_until = self.hub.time + LONGEST_CALL
        self._world.struck(seconds)
        self._disturbed(seconds)
        return "late"

    def exchange(self, op: str, seconds: float, effect: Callable[[], T]) -> T:
        """One call, at whose ends something may happen."""
        self._strike(op, End.BEFORE)
        try:
            return super().exchange(op, seconds, effect)
        finally:
            if not self.dead:
                self._strike(op, End.AFTER)
                self._looked = False

    def _strike(self, op: str, end: End) -> None:
        what, world = self._befalls(op, end), self._world
        if what is What.DELAYED or what is What.SLOWED:
            seconds = world.story.delay if what is What.DELAYED else WITHIN_THE_CLAIM
            world.struck(seconds)
            self.freeze(seconds, clock_stops=True)
            self._wake()
        elif what is What.DIES:
            world.struck(0.0)
            self.die()
            self._wake()

    def _befalls(self, op: str, end: End) -> What | None:
        first = op == "take_over"
        kinds = possible(op, end, looked=self._looked, first=first)
        return self._world.explorer.asked(self._world, self.vantage.name, op, end, kinds)


class World(Universe):
    """A story under one schedule, until it has been judged or is known already."""

    def __init__(self, story: "Story", explorer: "Explorer", traced: bool = False) -> None:
        super().__init__(story.setting, seed=0, traced=traced)
        self.story = story
        self.explorer = explorer
        self.over_at = START + max(story.until, story.over)
        self.struck_until = 0.0
        self.rests_since: float | None = None
        self.known = False
        self.rng = self.table.rng = self.linode.rng = Even()
        self.linode.faults.render_delay = RENDERED_AFTER
        self.linode.faults.latest = 2 * story.delay - LINODE_LATE_FROM
        for site in self.sites.values():
            if site.queue:
                site.queue.rng = Even()

    @property
    def open(self) -> bool:
        """Whether something may befall somebody now."""
        closes = max(self.story.until, self.struck_until - START + AFTERWARDS)
        return self.story.since <= self.clock <= closes

    def publishes(self, vantage: str) -> bool:
        """Whether a vantage holds the claim on a decision that is being published."""
        state = self.table.state("shop")
        publication = state.publication if state else None
        return bool(
            publication
            and publication.phase is Phase.PUBLISHING
            and publication.claim
            and publication.claim.vantage == vantage
        )

    def struck(self, lasts: float) -> None:
        """An event happens. It is over after so many seconds, and all judging begins again."""
        self.changes()
        self.struck_until = max(self.struck_until, self.hub.time + lasts)
        self.over_at = max(self.over_at, self.struck_until)
        self.hub.at(self.hub.time + lasts, self.changes)
        self.observer.aftermath = self.rests_since = None

    @property
    def calm(self) -> bool:
        """Whether no process is at work: what will be follows from what the world holds."""
        return not any(site.running for site in self.sites.values()) and not self.ordering

    def _container(self, site: Site) -> Container:
        return Watched(self, site)

    def _course(self) -> None:
        while True:
            self.hub.sleep(LOOK_EVERY - self.clock % LOOK_EVERY)
            if self.clock > self.story.since and self.calm and self.explorer.has_seen(self):
                self.known = True
                break
            if self.hub.time > self.over_at and self._settled():
                break
        self._over = True
        self.explorer.ended(self)
        for site in self.sites.values():
            self.kill(site)

    def _settled(self) -> bool:
        """Looks at the time after the last event. True when enough of it has passed."""
        observer = self.observer
        if observer.aftermath is None:
            observer.quiet()
        after = observer.aftermath
        assert after is not None
        after.look()
        now, patience = self.hub.time, max(TWO_ROUNDS_LATER, self.story.patience)
        if after.first_round is None or not self._rests():
            self.rests_since = None
        elif self.rests_since is None:
            self.rests_since = now
        longest = self.over_at + LONGEST_QUIET + self.story.patience
        due = after.first_round + patience if after.first_round else longest
        if now < due and (self.rests_since is None or now < self.rests_since + RESTS_FOR):
            return False
        self._conclude()
        return True

    def _rests(self) -> bool:
        """Whether all is as decided, proved and told, and no write may still arrive."""
        state = self.table.state("shop")
        return (
            state is not None
            and state.publication.phase is Phase.SETTLED
            and not (state.publication.claim or state.announced or state.notices.pending)
            and self.linode.addresses("A") in self.story.ends
        )

    def _conclude(self) -> None:
        after = self.observer.aftermath
        assert after is not None
        after.conclude()
        self.judges.conclude()
        state, said = self.table.state("shop"), self.linode.addresses("A")
        if said not in self.story.ends:
            self.observer.violated(3, f"in the end the name says {', '.join(sorted(said))}")
        if self.story.patience and state and state.notices.pending:
            told = ", ".join(event.about for event in state.notices.pending)
            self.observer.violated(6, f"not told in the end: {told}")
