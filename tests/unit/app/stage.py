"""One service on a memory world, with ticks as the schedule would start them."""

from dataclasses import replace
from functools import partial

from failover.app.tick import tick
from failover.health.beats import Beat
from failover.publication.state import State
from failover.settings.model import Addresses, Region, Service
from tests.support import builders
from tests.support.world import MemoryQueue, MemoryWorld

EAST = Addresses("127.0.1.1")
WEST = Addresses("127.0.1.2")
EAST6 = Addresses("127.0.1.1", "fd00::1")
WEST6 = Addresses("127.0.1.2", "fd00::2")

SHOP = replace(
    builders.SHOP,
    regions=(Region("east", "us-east-1", EAST), Region("west", "us-west-2", WEST)),
)

SETTINGS = builders.settings_of(SHOP, vantages=("eu-west-1",))

SHOP6 = replace(
    SHOP, regions=(Region("east", "us-east-1", EAST6), Region("west", "us-west-2", WEST6))
)


class Stage(MemoryWorld):
    """A memory world with one service. Times are seconds of virtual time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.started = self.hub.time
        self.ran: list[tuple[float, float]] = []

    def set_up(self, service: Service = SHOP, **settings: object) -> "Stage":
        """Choose the service and change the settings."""
        self.settings = replace(SETTINGS, services=(service,), **settings)  # type: ignore[arg-type]
        self.started = self.hub.time
        return self

    def pointing_at(self, *addresses: Addresses) -> "Stage":
        """The records that are there from the start."""
        for a in addresses:
            self.dns.add("app", "A", a.ipv4)
            if a.ipv6:
                self.dns.add("app", "AAAA", a.ipv6)
        return self

    def with_queue(self) -> "Stage":
        """Ticks send beats, and `queue` delivers them."""
        self.queue = MemoryQueue(self.hub, lambda beat: self.one_tick(beat=beat))
        self.world = replace(self.world, beats=self.queue)
        return self

    def one_tick(
        self, limit: float = 190.0, vantage: str = "eu-west-1", beat: Beat | None = None
    ) -> dict[str, object]:
        """One invocation, inside a running hub."""
        began, ends = self.hub.time, self.hub.time + limit
        try:
            return tick(self.world, self.settings, vantage, lambda: ends - self.hub.time, beat)
        finally:
            self.ran.append((began - self.started, self.hub.time - self.started))

    def run(self, seconds: float, every: float = 60.0) -> "Stage":
        """The schedule for so many seconds from now: a tick every minute."""
        begin = self.hub.time
        for i in range(int(seconds // every) + 1):
            self.hub.at(begin + i * every, self.one_tick)
        self.hub.at(begin + seconds, self.stop)
        self.hub.run(partial(self.hub.sleep, seconds))
        return self

    def stop(self) -> None:
        """End every tick that still runs: somebody else has taken over."""
        for vantage in list(self.store.runners):
            self.store.runners[vantage] += 1

    def after(self, seconds: float, action: object) -> None:
        """Do something that many seconds after the beginning."""
        self.hub.at(self.started + seconds, action)  # type: ignore[arg-type]

    @property
    def state(self) -> State:
        """The decision as the table has it."""
        return self.store.states["shop"]

    @property
    def puts(self) -> list[str | None]:
        """The addresses that were written, in order."""
        return [address for method, _, address, _ in self.dns.log if method == "PUT"]
