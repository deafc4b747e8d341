"""Every schedule with one event holds every guarantee, and the search sees what it should.

`make explore` runs those with two events, and with three.
"""

import itertools
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.exploration import __main__ as search
from tests.exploration.equality import Visited, fingerprint
from tests.exploration.explorer import Broken, Explorer, Found, Piece, pieces, run
from tests.exploration.schedule import End, Event, What, possible, read, shown
from tests.exploration.stories import ALL, STORIES
from tests.exploration.world import World
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.universe import START
from tests.support.builders import EAST6, WEST6, gate

ROOT = Path(__file__).parents[2]
EAST, WEST = EAST6.ipv4, WEST6.ipv4
PIECE = 6
"""Events with which schedules of one piece begin."""

SOME = 22
"""One piece of so many is explored by `make test`; of the failover each."""

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}
OF_THE_FENCE = {
    "the claim is not renewed before a write": "october",
    "a claim is taken from its holder at once": "failover",
    "nobody ever takes over from a dead publisher": "failover",
    "no clock is looked at before a write": "failover",
    "the wall clock is not looked at before a write": "failover",
    "who loses a race for the claim goes on": "failover",
    "who has lost the claim renews it": "failover",
    "a new decision keeps the old generation": "failover",
    "the read-back is skipped, and a lost reply is a good one": "failover",
    "announced writes are forgotten with the attempt": "october",
    "announced writes are forgotten with the publication": "october",
    "a reply of any try answers for all of them": "october",
    "late writes are not recognised": "october",
    "an unfinished decision is left alone": "failover",
}
"""The mutants of the fence, each with a story in which one event is enough to find it."""


def explored(story: str, every: int = 1, *, narrow: bool = False) -> Iterator[Found]:
    """What there is in the pieces of a story, or in some of them."""
    visited = Visited()
    for piece in list(pieces(story, 1, visited, PIECE, narrow=narrow))[::every]:
        yield piece.explored(visited)


def first_broken(story: str) -> Broken | None:
    """The first schedule with one event under which a guarantee does not hold. What befalls whoever
    publishes comes first."""
    searches = itertools.chain(explored(story, narrow=True), explored(story))
    return next((broken for found in searches for broken in found.broken), None)


# The code as it is ------------------------------------------------------------------------------


@pytest.mark.parametrize("story", [story.name for story in ALL])
def test_a_story_ends_well_when_nothing_happens(story: str) -> None:
    world = run(STORIES[story], Explorer())
    assert not world.observer.violations
    assert world.rests_since is not None


@pytest.mark.parametrize(
    ("story", "every"),
    [
        *((name, 1 if name == "failover" else SOME) for name in STORIES),
        *(pytest.param(name, 1, marks=pytest.mark.long) for name in STORIES if name != "failover"),
    ],
)
def test_every_guarantee_holds_whatever_single_event_happens(story: str, every: int) -> None:
    total = Found()
    for found in explored(story, every):
        total.add(found)
    assert total.broken == []
    assert total.schedules >= 100 // every


class LateNumbers(Explorer):
    """In every vantage the tick that begins after a minute is given its number late: it takes that
    for the number of a newer one, and ends."""

    late: tuple[str, ...] = ()

    def asked(
        self, world: World, vantage: str, op: str, end: End, kinds: tuple[What, ...]
    ) -> What | None:
        """Once for each vantage."""
        if What.LATE not in kinds or op != "take_over" or world.clock < 60 or vantage in self.late:
            return None
        self.late = (*self.late, vantage)
        return self._takes(world, Event(self._number, What.LATE), f"{op}, {vantage}")


def test_a_story_is_not_over_before_somebody_has_a_round_after_the_last_event() -> None:
    explorer = LateNumbers()
    world = run(STORIES["settings"], explorer)
    assert len(explorer.late) == 2
    assert not world.observer.violations
    after = world.observer.aftermath
    assert after is not None
    assert after.first_round is not None
    assert after.first_round > START + 110.0


# The search is awake ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if place % 5 == 3 else pytest.mark.long)
        for place, name in enumerate(OF_THE_FENCE)
    ],
)
def test_one_event_is_enough_to_find_a_hole_in_the_fence(name: str) -> None:
    with BY_NAME[name].applied():
        broken = first_broken(OF_THE_FENCE[name])
    assert broken is not None, f"at large: {name}"
    assert {3, 4} & set(broken.guarantees), broken


def test_without_the_fence_the_search_comes_upon_october_2025() -> None:
    """West is written over east by a task that wakes up, stays there, and is then switched off."""
    fence = ("no clock is looked at before a write", "late writes are not recognised")
    with ExitStack() as removed:
        for name in fence:
            removed.enter_context(BY_NAME[name].applied())
        for found in explored("october", narrow=True):
            for broken in found.broken:
                world = run(STORIES["october"], Explorer(broken.schedule), traced=True)
                if moves(world) == ["west", "east", "west"]:
                    assert world.linode.addresses("A") == {WEST}
                    return
    raise AssertionError("the interleaving of October 2025 was not visited")


def moves(world: World) -> list[str]:
    """To which regions the A record was moved, in order."""
    named = {EAST: "east", WEST: "west"}
    found = re.findall(r"Linode: 101 A \S+ 30 becomes 101 A (\S+)", "\n".join(world.trace or ()))
    return [named[address] for address in found]


def test_the_command_that_a_violation_prints_replays_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "nobody ever takes over from a dead publisher"
    with BY_NAME[name].applied():
        broken = first_broken("failover")
    assert broken is not None
    assert search.told("failover", [broken], name) == 1
    command = capsys.readouterr().out.splitlines()[0]
    planned = subprocess.run(
        [*shlex.split(command), "--dry-run", "--old-file=requirements.txt"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = planned.stdout.replace("\\\n", " ").splitlines()
    line = next(each for each in lines if "tests.exploration" in each)
    arguments = shlex.split(line)
    module = arguments[arguments.index("-m") :]
    replayed = subprocess.run(
        [sys.executable, *module], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": "functions"},
    )  # fmt: skip
    assert replayed.returncode == 1, replayed.stderr
    assert f"*** {shown(broken.schedule)}" in replayed.stdout
    assert broken.what.split("; ")[0] in replayed.stdout


def test_the_shortest_schedules_are_told_first(capsys: pytest.CaptureFixture[str]) -> None:
    long, short = read("1:dies,2:late"), read("3:dies")
    search.told("failover", [Broken(long, (3,), "a"), Broken(short, (3,), "b")], None)
    commands = [line for line in capsys.readouterr().out.splitlines() if "SCHEDULE" in line]
    assert [shown(short) in commands[0], shown(long) in commands[1]] == [True, True]


# What is left out, and what is not ----------------------------------------------------------------


class Halted(Explorer):
    """Notes the world as it is at the end."""

    at_the_end = 0

    def ended(self, world: World) -> None:
        """As it is before its processes are killed."""
        self.at_the_end = fingerprint(world)
        super().ended(world)


class OnlyTheFirst(Visited):
    """Takes no more worlds once it is closed."""

    closed = False

    def add(self, world: int, left: int) -> bool:
        """Whether it is new."""
        return not self._has(world, 1) if self.closed else super().add(world, left)


def test_worlds_that_are_called_equal_come_to_the_same_end() -> None:
    """Without leaving anything out, every schedule that was merged into the one without any event
    ends in the world in which that one ends."""
    visited = OnlyTheFirst()
    plain = Halted(visited=visited, more=1, firsts=frozenset())
    world = run(STORIES["beats"], plain)
    visited.closed, merged = True, 0
    for event in plain.points[::12]:
        only = Explorer((event,), visited=visited)
        if not run(STORIES["beats"], only).known:
            continue
        merged += 1
        alone = Halted((event,))
        longer = run(STORIES["beats"], alone)
        assert longer.linode.addresses("A") == world.linode.addresses("A")
        assert not longer.observer.violations
        if longer.clock == world.clock:
            assert alone.at_the_end == plain.at_the_end
    assert merged > 5


def test_a_different_table_is_a_different_world() -> None:
    base, other = Halted(), Halted()
    run(STORIES["failover"], base)
    world = World(STORIES["failover"], other)
    world.table.gate = gate(until=START)  # an order that is over
    world.run(world.story.troubles)
    assert base.at_the_end != other.at_the_end


def test_what_was_visited_with_more_events_to_come_is_known_with_fewer() -> None:
    visited = Visited()
    assert visited.add(7, left=1)
    assert not visited.add(7, left=0)
    assert not visited.add(7, left=1)
    assert visited.add(7, left=2)
    assert visited.add(8, left=0)


def test_a_death_is_tried_after_each_write_and_a_delay_at_each_end() -> None:
    assert What.DIES in possible("write_state", End.AFTER, looked=False, first=False)
    assert What.DIES not in possible("read", End.AFTER, looked=False, first=False)
    assert What.DELAYED in possible("read", End.AFTER, looked=False, first=False)
    assert What.DELAYED in possible("PUT", End.BEFORE, looked=True, first=False)
    assert What.DELAYED not in possible("PUT", End.BEFORE, looked=False, first=False)
    assert What.DIES in possible("take_over", End.BEFORE, looked=True, first=True)


# Stopping and going on ----------------------------------------------------------------------------


def test_a_piece_that_was_explored_is_not_explored_again(tmp_path: Path) -> None:
    piece = Piece("failover", 1, (Event(1, What.DIES),))
    broken = [Broken(read("1:dies"), (3,), "what it was")]
    search.Finished(tmp_path / "file", "code").keep(piece, Found(5, 2, broken))
    assert search.Finished(tmp_path / "file", "code").found(piece) == Found(5, 2, broken)
    assert search.Finished(tmp_path / "file", "other code").found(piece) is None


def test_a_search_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited = Visited()
    two = list(pieces("creation", 1, visited, 4))[:2]
    monkeypatch.setattr(search, "pieces", lambda *_, **__: iter(two))
    file = search.Finished(tmp_path / "file", "code")
    whole = search.explored("creation", 1, 1, file)
    assert whole.schedules == 8
    monkeypatch.setattr(Piece, "begin", None)  # nothing is left to begin
    again = search.explored("creation", 1, 1, search.Finished(tmp_path / "file", "code"))
    assert again == whole


def test_mutants_are_named_as_they_are() -> None:
    assert all(isinstance(BY_NAME[name], Mutant) for name in OF_THE_FENCE)
