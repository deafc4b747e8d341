"""All schedules of a story: at each point the process forks, and the child takes the event.

Parent and child share what has happened until then, so that a schedule costs only what comes after
its last event. Nothing has to be copied, put back or run again.
"""

import os
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from tests.exploration.equality import Visited, fingerprint
from tests.exploration.schedule import End, Event, Schedule, What, shown
from tests.exploration.stories import STORIES, Story
from tests.exploration.world import World


@dataclass(frozen=True)
class Broken:
    """A schedule under which a guarantee does not hold."""

    schedule: Schedule
    guarantees: tuple[int, ...]
    what: str


@dataclass
class Found:
    """What has been explored: how many schedules, how many of them led to a world that had been
    visited, and which broke a guarantee."""

    schedules: int = 0
    merged: int = 0
    broken: list[Broken] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """The sum."""
        self.schedules += other.schedules
        self.merged += other.merged
        self.broken += other.broken


class Explorer:
    """Asked at every point. `given` happens in any case, then up to `more` events of all kinds.

    The first of them is one of `firsts`. A `narrow` search strikes only whoever publishes.
    """

    def __init__(
        self,
        given: Schedule = (),
        more: int = 0,
        visited: Visited | None = None,
        firsts: frozenset[Event] | None = None,
        *,
        narrow: bool = False,
    ) -> None:
        self.given = {event.point: event.what for event in given}
        self.schedule: list[Event] = []
        self.left = more
        self.visited = visited
        self.found = Found()
        self.points: list[Event] = []
        self.firsts = firsts
        self.narrow = narrow
        self._last = max((event.point for event in firsts or ()), default=0)
        self._number = 0
        self._pipe: int | None = None

    def asked(
        self, world: World, vantage: str, op: str, end: End, kinds: tuple[What, ...]
    ) -> What | None:
        """What befalls a vantage's task at one end of a call."""
        self._number += 1
        if not kinds:
            return None
        if self.given and (given := self.given.pop(self._number, None)):
            told = f"{end} {op}, {vantage}"
            assert given in kinds, f"{given} cannot happen at point {self._number}, {told}"
            return self._takes(world, Event(self._number, given), told)
        if self.given or not self._may_strike(world, vantage):
            return None
        if what := self._branched(kinds):
            return self._takes(world, Event(self._number, what), f"{end} {op}, {vantage}")
        if self._pipe and not self.schedule and self._number >= self._last:
            leave(self._pipe, self.found)
        return None

    def _may_strike(self, world: World, vantage: str) -> bool:
        if not self.left or not world.open:
            return False
        return not self.narrow or world.publishes(vantage)

    def _branched(self, kinds: tuple[What, ...]) -> What | None:
        """In each child one of the events, and in the parent none."""
        for what in kinds:
            event = Event(self._number, what)
            if not self.schedule:
                self.points.append(event)
            if self._wanted(event) and self._forked():
                self.left -= 1
                return what
        return None

    def _wanted(self, event: Event) -> bool:
        return bool(self.schedule) or self.firsts is None or event in self.firsts

    def _takes(self, world: World, event: Event, where: str) -> What:
        self.schedule.append(event)
        world.say(f"*** {event} ({where})")
        return event.what

    def has_seen(self, world: World) -> bool:
        """Whether a world like this one has been visited with as many events to come."""
        if self.visited is None or self.given or world.hub.time < world.struck_until:
            return False
        new = self.visited.add(fingerprint(world), self.left)
        return not new and bool(self.schedule)

    def ended(self, world: World) -> None:
        """A schedule has come to its end. A child goes no further."""
        self.found.schedules += 1
        self.found.merged += world.known
        if violations := world.observer.violations:
            numbers = tuple(sorted({violation.guarantee for violation in violations}))
            told = "; ".join(map(str, violations))
            self.found.broken.append(Broken(tuple(self.schedule), numbers, told))
        if self._pipe is not None:
            leave(self._pipe, self.found)

    def crashed(self, error: BaseException) -> None:
        """The run itself has failed. A child must not go on where its parent does."""
        self.found.schedules += 1
        self.found.broken.append(Broken(tuple(self.schedule), (0,), repr(error)))
        if self._pipe is not None:
            leave(self._pipe, self.found)

    def _forked(self) -> bool:
        """Whether this is the child. The parent waits for what it finds."""
        reads, writes = os.pipe()
        child = os.fork()
        if child:
            os.close(writes)
            self.found.add(received(reads, child))
            return False
        os.close(reads)
        if self._pipe is not None:
            os.close(self._pipe)
        self._pipe, self.found = writes, Found()
        return True


def leave(pipe: int, found: Found) -> NoReturn:
    """Hand over what was found, and end at once."""
    with open(pipe, "wb") as answer:
        pickle.dump(found, answer)
    os._exit(0)


def received(pipe: int, child: int) -> Found:
    """What a child hands over. Raises AssertionError if it has crashed."""
    with open(pipe, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    if not told:
        raise AssertionError(f"the process of a schedule has crashed (pid {child})")
    found = pickle.loads(told)
    assert isinstance(found, Found)
    return found


def run(story: Story, explorer: Explorer, traced: bool = False) -> World:
    """One run, and every schedule that branches off from it."""
    world = World(story, explorer, traced)
    try:
        world.run(story.troubles)
    except BaseException as error:
        explorer.crashed(error)
        raise
    return world


@dataclass(frozen=True)
class Piece:
    """All schedules of a story with up to `events` events, whose first event is one of these."""

    story: str
    events: int
    firsts: tuple[Event, ...]
    narrow: bool = False

    def __str__(self) -> str:
        return f"{self.story} {self.events} {shown(self.firsts)}"

    def begin(self, visited: Visited) -> tuple[int, int]:
        """Explore it in a process of its own: the pipe that tells what was found, and its id."""
        reads, writes = os.pipe()
        child = os.fork()
        if child:
            os.close(writes)
            return reads, child
        os.close(reads)
        firsts = frozenset(self.firsts)
        explorer = Explorer((), self.events, visited, firsts, narrow=self.narrow)
        explorer._pipe = writes
        run(STORIES[self.story], explorer)
        os._exit(1)  # it has left at its last point

    def explored(self, visited: Visited) -> Found:
        """What there is in it."""
        return received(*self.begin(visited))


def pieces(
    story: str, events: int, visited: Visited, size: int, *, narrow: bool = False
) -> Iterator[Piece]:
    """Together they are all schedules of a story, but for the one without any event."""
    explorer = Explorer((), events, visited, frozenset(), narrow=narrow)
    run(STORIES[story], explorer)
    points = explorer.points
    for start in range(0, len(points), size):
        yield Piece(story, events, tuple(points[start : start + size]), narrow)
