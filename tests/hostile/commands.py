"""Events of the control function that nobody has documented."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from failover.errors import FailoverError
from tests.hostile import mangle, stage
from tests.hostile.runner import Case
from tests.support import shipped

MOST_ANSWER = 200_000
KEYS = ("command", "service", "region", "until", "for", "by", "reason", "force", "limit", "before")
WORDS = (
    "status", "failover", "failback", "pin", "release", "pause", "resume", "takeover", "preflight",
    "drill", "history", "shop", "prey", "east", "west", "ana", "1h", "-1h", "1e9h", "2026-11-24",
)  # fmt: skip


def odd(chance: Random) -> Any:
    """A word of the commands, or anything else."""
    return chance.choice(WORDS) if chance.random() < 0.5 else mangle.junk(chance)


def event(chance: Random, documented: list[Any]) -> Any:
    """One event."""
    match chance.randrange(4):
        case 0:
            return mangle.junk(chance)
        case 1:
            return {key: odd(chance) for key in chance.sample(KEYS, chance.randint(0, 4))} | {
                "command": chance.choice(WORDS)
            }
        case _:
            return mangle.mangled(chance, chance.choice(documented), odd)


@contextmanager
def events() -> Iterator[Case]:
    """Every event gets an answer, and one that is refused has changed nothing."""
    documented = list(shipped.every().values())
    scene = stage.Stage()
    scene.ticks(1)

    def case(chance: Random) -> None:
        given = event(chance, documented)
        before = scene.store.writes
        try:
            answer = scene.command(given)
        except FailoverError as error:
            assert len(str(error)) <= MOST_ANSWER
            return
        text = json.dumps(answer)
        assert len(text) <= MOST_ANSWER
        if answer.get("refused"):
            assert answer["summary"]
            assert scene.store.writes == before

    yield case
