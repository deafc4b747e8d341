"""When two worlds are equal, and which have been visited.

Compared at moments at which no process is at work: the items of the table, the records and what
the name servers say, what is ill, deployed and on its way. Not what a container remembers (it works
as well without), and not what the judges remember: they judge the schedule that came first.
"""

import hashlib
import mmap
import re
from typing import TYPE_CHECKING

from tests.simulation.linode import SERVERS

if TYPE_CHECKING:
    from tests.exploration.world import World

MINTED = re.compile(r"\bid-\d+")
SLOTS = 1 << 22
BYTES = 8


def fingerprint(world: "World") -> int:
    """A number that is the same for equal worlds."""
    table, linode = world.table, world.linode
    parts = (
        world.story.name,
        round(world.clock, 3),
        table.shelf.states,
        table.shelf.order,
        sorted(table.runners.items()),
        sorted(table.seeds.items()),
        sorted(table.beat_at.items()),
        table.gate,
        sorted(table.lookups.items()),
        sorted(linode.records.items()),
        linode.rendered(),
        [zone for zone in linode.zones if zone[0] > world.hub.time - 3.0 * SERVERS],
        sorted(item for item in world.ill.items() if item[1]),
        [(s.settings.digest, s.away, len(s.idle)) for s in world.sites.values()],
        sorted(round(time, 3) for time, _, _ in world.hub._queue),
    )
    names: dict[str, str] = {}
    text = MINTED.sub(lambda found: names.setdefault(found[0], f"#{len(names)}"), repr(parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=BYTES).digest())


class Visited:
    """The worlds that have been visited, and how many events were still to come in each.

    Shared with every process that is forked from here. Two that write at once may lose an entry:
    then something is visited twice.
    """

    def __init__(self) -> None:
        self._slots = mmap.mmap(-1, SLOTS * BYTES)

    def add(self, world: int, left: int) -> bool:
        """Whether this world is new with so many events left. It is not from now on."""
        if any(self._has(world, more) for more in range(left, left + 3)):
            return False
        key = self._key(world, left)
        slot = self._slot(key)
        self._slots[slot : slot + BYTES] = key
        return True

    def _has(self, world: int, left: int) -> bool:
        key = self._key(world, left)
        slot = self._slot(key)
        return self._slots[slot : slot + BYTES] == key

    @staticmethod
    def _key(world: int, left: int) -> bytes:
        return ((world * 4 + left) % (1 << 64) or 1).to_bytes(BYTES)

    def _slot(self, key: bytes) -> int:
        """Where it is, or the free place for it."""
        place = int.from_bytes(hashlib.blake2b(key, digest_size=4).digest()) % SLOTS
        for _ in range(64):
            found = self._slots[place * BYTES : (place + 1) * BYTES]
            if found == key or not any(found):
                break
            place = (place + 1) % SLOTS
        return place * BYTES
