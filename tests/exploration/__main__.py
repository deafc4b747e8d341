"""Every schedule within a bound, on all cores; and the replay of one schedule, told.

python -m tests.exploration [--events 2] [--story failover]
python -m tests.exploration --story failover --schedule 350:dies,402:late
"""

import argparse
import gc
import hashlib
import json
import os
import selectors
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.exploration.equality import Visited
from tests.exploration.explorer import Broken, Explorer, Found, Piece, pieces, received, run
from tests.exploration.schedule import Event, read, shown
from tests.exploration.stories import STORIES
from tests.simulation.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
FINISHED = ROOT / ".cache" / "exploration.jsonl"
SOURCES = ("functions", "tests/exploration", "tests/simulation", "tests/support")
MOST_EVENTS = {"failover": 3}
EVENTS = WHOLE_STORY = 2
"""All combinations of so many events over a whole story. More befall only whoever publishes."""

TOLD_EVERY = 30.0
"""Seconds."""
MOST_SHOWN = 5


def main() -> int:
    """What the command line asks for. 1 when a guarantee did not hold."""
    asked = argparse.ArgumentParser(prog="make explore")
    asked.add_argument("--events", type=int, help="explore so many at the most, and no fewer")
    asked.add_argument("--story", choices=STORIES)
    asked.add_argument("--schedule", help="replay this one")
    asked.add_argument("--mutant", choices=[mutant.name for mutant in MUTANTS])
    asked.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    options = asked.parse_args()
    with ExitStack() as changed:
        for mutant in MUTANTS:
            if mutant.name == options.mutant:
                changed.enter_context(mutant.applied())
        if options.schedule is not None:
            return replay(options.story or "failover", options.schedule)
        chosen = [options.story] if options.story else list(STORIES)
        finished = None if options.mutant else Finished(FINISHED, version())
        return search(chosen, options.events, options.cores, finished, options.mutant)


def replay(story: str, schedule: str) -> int:
    """One schedule, told from the beginning of its story."""
    world = run(STORIES[story], Explorer(read(schedule)), traced=True)
    print("\n".join(world.trace or ()))
    violations = world.observer.violations
    print(*violations or ["every guarantee held"], sep="\n")
    return int(bool(violations))


def search(
    stories: list[str],
    events: int | None,
    cores: int,
    finished: "Finished | None",
    mutant: str | None = None,
) -> int:
    """All schedules with one event, with two, and so on: what is found first is the shortest."""
    gc.collect()
    gc.freeze()
    gc.disable()  # what a child changes, its parent's memory has to be copied for
    total, bounds = {story: Found(schedules=1) for story in stories}, dict.fromkeys(stories, 0)
    for number in range(1, 1 + max(events or MOST_EVENTS.get(s, EVENTS) for s in stories)):
        for story in stories:
            if number > (events or MOST_EVENTS.get(story, EVENTS)):
                continue
            found = explored(story, number, cores, finished)
            found.schedules += 1  # the one in which nothing happens
            total[story], bounds[story] = found, number
            if found.broken:
                return told(story, found.broken, mutant)
    for story in stories:
        print(f"{story:12} up to {bounds[story]} events: {total[story].schedules:,} schedules")
    print(f"{sum(f.schedules for f in total.values()):,} schedules, and every guarantee held")
    return 0


def explored(story: str, events: int, cores: int, finished: "Finished | None") -> Found:
    """All of one story."""
    visited = Visited()
    size = 12 if events == 1 else 1
    todo = list(pieces(story, events, visited, size, narrow=events > WHOLE_STORY))
    total, began, told_at = Found(), time.monotonic(), time.monotonic()
    done = 0
    waiting: list[Piece] = []
    for piece in todo:
        known = finished.found(piece) if finished else None
        if known:
            total.add(known)
            done += 1
        else:
            waiting.append(piece)
    had = total.schedules
    for piece, found in at_once(waiting, cores, visited):
        total.add(found)
        done += 1
        if finished:
            finished.keep(piece, found)
        if time.monotonic() - told_at > TOLD_EVERY or done == len(todo):
            told_at = time.monotonic()
            speed = (total.schedules - had) / (told_at - began)
            print(
                f"{story}, up to {events} events: {done} of {len(todo)} pieces, "
                f"{total.schedules:,} schedules ({speed:,.0f} a second)",
                flush=True,
            )
    return total


def at_once(todo: Iterable[Piece], cores: int, visited: Visited) -> Iterator[tuple[Piece, Found]]:
    """Pieces and what was found in them, so many at a time, as they end."""
    left = iter(todo)
    running = selectors.DefaultSelector()
    while True:
        while len(running.get_map()) < cores and (piece := next(left, None)):
            pipe, child = piece.begin(visited)
            running.register(pipe, selectors.EVENT_READ, (piece, child))
        if not running.get_map():
            return
        for key, _ in running.select():
            piece, child = key.data
            running.unregister(key.fd)
            yield piece, received(key.fd, child)


def told(story: str, broken: list[Broken], mutant: str | None) -> int:
    """The shortest schedules that break a guarantee, and what replays them."""
    by_length = sorted(broken, key=lambda each: len(each.schedule))
    for each in by_length[:MOST_SHOWN]:
        changed = f' MUTANT="{mutant}"' if mutant else ""
        print(f"make explore STORY={story} SCHEDULE={shown(each.schedule)}{changed}")
        print(f"  {each.what}")
    print(f"{len(broken)} schedules break a guarantee")
    return 1


def version() -> str:
    """A digest of all that a finished piece depends on."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.name.startswith(("test_", "__main__")):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Finished:
    """The pieces that have been explored, in a file, so that a search that was stopped goes on."""

    def __init__(self, path: Path, code: str) -> None:
        self._path = path
        self._code = code
        self._found: dict[str, Found] = {}
        path.parent.mkdir(exist_ok=True)
        for line in path.read_text().splitlines() if path.exists() else ():
            said = json.loads(line)
            if said["code"] == code:
                self._found[said["piece"]] = _read(said)

    def found(self, piece: Piece) -> Found | None:
        """What was found in a piece, or None while it has not been explored."""
        return self._found.get(str(piece))

    def keep(self, piece: Piece, found: Found) -> None:
        """It has been explored."""
        said = {
            "code": self._code,
            "piece": str(piece),
            "schedules": found.schedules,
            "merged": found.merged,
            "broken": [[shown(b.schedule), b.guarantees, b.what] for b in found.broken],
        }
        with self._path.open("a") as file:
            file.write(json.dumps(said) + "\n")


def _read(said: dict[str, object]) -> Found:
    broken = [
        Broken(tuple(Event.read(each) for each in schedule.split(",")), tuple(guarantees), what)
        for schedule, guarantees, what in said["broken"]  # type: ignore[attr-defined]
    ]
    return Found(int(said["schedules"]), int(said["merged"]), broken)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
