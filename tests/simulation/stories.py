"""Four changes of a name, each from its cause to its end, in a world without any other trouble."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from failover.decision.evidence import LIST_LAG
from failover.health.probe import Reason
from failover.publication.parts import CLAIM_SECONDS, TAKEOVER_AFTER, Phase
from failover.publication.state import State
from failover.settings.model import Failback, Routing, Service
from tests.simulation.container import Container, Stumble
from tests.simulation.script import VANTAGES
from tests.simulation.troubles import Sick
from tests.simulation.universe import Illness, Setting, Trouble, Universe
from tests.support.builders import EAST6, SHOP6, SOUTH6, WEST6

DEAD = Illness(Reason.REFUSED)
TWO = replace(SHOP6, regions=SHOP6.regions[:2])
EVERYWHERE = tuple(a for region in (EAST6, WEST6, SOUTH6) for a in (region.ipv4, str(region.ipv6)))


@dataclass(frozen=True)
class Story:
    """A service and its records, what happens to them, from when on (seconds of the run), and
    what the name says in the end."""

    service: Service
    records: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    since: float
    ends_at: frozenset[str]

    @property
    def setting(self) -> Setting:
        """Two vantages on one clock; nothing else goes wrong."""
        return Setting(
            service=self.service,
            vantages=VANTAGES[:2],
            skews=(0.0, 0.0),
            offsets=(0.0, 3.0),
            records=self.records,
            troubled=self.since + 60.0,
            quiet=180.0,
        )


EAST_RECORDS = (EAST6.ipv4, str(EAST6.ipv6))
STORIES = {
    "failover": Story(
        TWO, EAST_RECORDS, (Sick(30.0, 1e6, EAST6.ipv4, DEAD),), 30.0, frozenset({WEST6.ipv4})
    ),
    "failback": Story(
        replace(TWO, failback=Failback.AUTOMATIC, failback_after=60.0),
        EAST_RECORDS,
        (Sick(30.0, 60.0, EAST6.ipv4, DEAD),),
        180.0,
        frozenset({EAST6.ipv4}),
    ),
    "creation": Story(TWO, (), (), 0.0, frozenset({EAST6.ipv4})),
    "multivalue": Story(
        replace(SHOP6, routing=Routing.MULTIVALUE),
        EVERYWHERE,
        (Sick(30.0, 1e6, SOUTH6.ipv4, DEAD),),
        30.0,
        frozenset({EAST6.ipv4, WEST6.ipv4}),
    ),
}


@dataclass
class Crashed:
    """A story in which processes die. `died_at` are the moments, `agreed_at` when it was over."""

    story: Story

    def __post_init__(self) -> None:
        self.universe = Universe(self.story.setting, seed=0)
        self.universe.trace = []
        self.died_at: list[float] = []
        self.agreed_at = 0.0
        self._arm: list[Callable[[State, Container], bool]] = []
        self._told, self.universe.table.changed = self.universe.table.changed, self._changed

    def dies_in_publication(self, *calls: int) -> "Crashed":
        """Whoever holds the claim dies after so many calls, the claim being the first; then who
        takes over from it dies in the same way."""
        for call in calls:
            self._arm.append(lambda _state, writer, n=call: self._armed(writer, n))
        return self

    def run(self) -> "Crashed":
        """The story to its end."""
        for site in self.universe.sites.values():
            site.vantage.troubled = lambda: self.died_at.append(self.universe.clock)
        self.universe.run(self.story.troubles)
        ends = self.story.setting.troubled + 10.0 + self.story.setting.quiet
        self.died_at = [at for at in self.died_at if at < ends]
        return self

    @property
    def due(self) -> float:
        """When the work must be finished: guarantee 3, from the first round after the last
        death (which two vantages have within ten seconds), or from the decision. At an empty name
        a request without a reply is not repeated before a list would show what it made."""
        patience = 0.0 if self.story.records else LIST_LAG
        begun = max([self.decided_at, *(at + 10.0 for at in self.died_at)])
        rounds = 2 * self.story.service.health.interval
        return begun + patience + CLAIM_SECONDS + TAKEOVER_AFTER + rounds

    decided_at = 0.0

    def _armed(self, writer: Container, call: int) -> bool:
        writer.vantage.stumbles.append(Stumble("any", call, after=True))
        return True

    def _changed(self, before: State | None, after: State, writer: Container) -> None:
        self._told(before, after, writer)
        new = before is None or after.publication.generation != before.publication.generation
        taken = after.publication.claim and (
            before is None
            or before.publication.claim is None
            or before.publication.claim.id != after.publication.claim.id
        )
        late = self.universe.clock >= self.story.since
        if new and late and after.publication.phase is Phase.PUBLISHING:
            self.decided_at = self.universe.clock
        if taken and late and self._arm:
            self._arm.pop(0)(after, writer)
        if (
            after.publication.phase is Phase.PUBLISHED
            and late
            and before
            and before.publication.phase is Phase.PUBLISHING
        ):
            self.agreed_at = self.universe.clock
