"""October 2025, when a stale DNS plan took a cloud down, told against this design.

On 20 October 2025 two enactors of DynamoDB's DNS plans ran at once in us-east-1. One was delayed,
and put its old plan over the newer one that the other had just enacted; then a clean-up deleted
the old plan, which by now was the one in use. The name had no answer left, and nothing could
repair it by itself (aws.amazon.com/message/101925).

Here: the east dies, and a vantage that was about to write "west" is frozen. Another one finishes
for it. The east recovers, and a person fails back. Then the frozen vantage wakes up with its old
plan in hand; and the operators, who have seen all traffic leave the west, switch it off.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.simulation.container import Stumble
from tests.simulation.deeds import Ordered
from tests.simulation.mutants import MUTANTS
from tests.simulation.script import VANTAGES
from tests.simulation.stories import DEAD, EAST_RECORDS, TWO
from tests.simulation.troubles import Sick
from tests.simulation.universe import START, Setting, Universe
from tests.support.builders import EAST6, WEST6

ABOUT_TO_WRITE = 42.0
"""Just before the last probe that is needed: what was to be noted until then is in the table."""
ASLEEP = 130.0
WEST_SWITCHED_OFF = 200.0

FENCE = ("no clock is looked at before a write", "late writes are not recognised")


@dataclass
class October:
    """The story, in which the delayed enactor falls asleep at one of its calls."""

    op: str
    nth: int
    after: bool
    seconds_at_dead: int = 0
    answers: set[frozenset[str]] = field(default_factory=set)

    def run(self) -> "October":
        setting = Setting(
            service=TWO,
            vantages=VANTAGES[:2],
            skews=(0.0, 0.0),
            offsets=(0.0, 3.0),
            records=EAST_RECORDS,
            troubled=WEST_SWITCHED_OFF + 60.0,
            quiet=120.0,
        )
        self.universe = Universe(setting, seed=2025, traced=True)
        self.universe.hub.at(START + ABOUT_TO_WRITE, self._armed)
        for second in range(int(WEST_SWITCHED_OFF), 380):
            self.universe.hub.at(START + second, self._asked)
        self.universe.run(
            [
                Sick(30.0, 45.0, EAST6.ipv4, DEAD),
                Ordered(140.0, 1e6, "failback"),
                Sick(WEST_SWITCHED_OFF, 1e6, WEST6.ipv4, DEAD),
            ]
        )
        return self

    @property
    def written(self) -> list[str]:
        """What was written, in the order in which it took effect."""
        lines = self.universe.trace or []
        return [line.split(" becomes ")[1] for line in lines if "Linode: 101 A" in line]

    @property
    def moments(self) -> list[float]:
        """When."""
        lines = self.universe.trace or []
        return [float(line.split()[0]) for line in lines if "Linode: 101 A" in line]

    def told(self) -> str:
        return "\n".join(self.universe.trace or [])

    def _armed(self) -> None:
        """Whichever vantage it is that writes first."""
        for site in self.universe.sites.values():
            site.vantage.stumbles.append(
                Stumble(self.op, self.nth, self.after, ASLEEP, clock_stops=True)
            )
            site.vantage.troubled = self._only_one

    def _only_one(self) -> None:
        for site in self.universe.sites.values():
            site.vantage.stumbles.clear()

    def _asked(self) -> None:
        """A user resolves the name, every second."""
        answer = self.universe.linode.addresses("A")
        self.answers.add(answer)
        if all(self.universe.ill.get(address) for address in answer):
            self.seconds_at_dead += 1


def before_the_look() -> October:
    """It falls asleep before its last look at the clocks: with the reply that renews its claim."""
    return October("write_state", 2, after=True).run()


def after_the_look() -> October:
    """It falls asleep after that: nothing is left between it and the wire."""
    return October("PUT", 1, after=False).run()


EAST, WEST = f"101 A {EAST6.ipv4} 30, by ", f"101 A {WEST6.ipv4} 30, by "


def regions(october: October) -> list[str]:
    """To which regions the A record was moved, in order."""
    return ["east" if line.startswith(EAST) else "west" for line in october.written]


def test_the_delayed_enactor_looks_at_its_clocks_and_writes_nothing() -> None:
    """The first stop. Its monotonic clock stood still meanwhile; the other one tells."""
    october = before_the_look()
    assert regions(october) == ["west", "east"], october.told()
    assert "s of the claim are left" in october.told()
    assert october.seconds_at_dead == 0


def test_an_old_plan_that_gets_through_is_recognised_and_undone() -> None:
    """The second stop. The write had been announced, so that nobody takes it for a person's."""
    october = after_the_look()
    assert regions(october) == ["west", "east", "west", "east"], october.told()
    assert "a write of ours whose reply was lost has arrived late" in october.told()
    overwritten, undone = october.moments[-2:]
    assert undone - overwritten < 2 * TWO.health.interval
    assert not october.universe.observer.violations, october.told()


def test_the_clean_up_finds_nobody_at_the_old_plan() -> None:
    """The third stop. Nothing of ours deletes anything, and the west is out of use by then."""
    october = after_the_look()
    assert october.answers == {frozenset({EAST6.ipv4})}
    assert october.seconds_at_dead == 0
    assert len(october.universe.linode.records) == len(EAST_RECORDS)


def test_without_the_fence_it_is_the_outage_of_that_day() -> None:
    """The old plan stays in use, and the clean-up takes away what the name points at."""
    with ExitStack() as removed:
        for mutant in (mutant for mutant in MUTANTS if mutant.name in FENCE):
            removed.enter_context(mutant.applied())
        october = before_the_look()
    assert regions(october)[:3] == ["west", "east", "west"], october.told()
    assert october.seconds_at_dead > TWO.health.interval, october.told()
    broken = {violation.guarantee for violation in october.universe.observer.violations}
    assert 4 in broken, october.told()
