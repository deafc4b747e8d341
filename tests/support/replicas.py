"""The application's global table in memory, with what can go wrong between its replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from failover.errors import ReplicaUnavailable
from failover.settings.model import Data
from failover.staleness.global_table import GlobalTable
from tests.support.virtual import Hub


@dataclass
class MemoryReplicas:
    """A global table with eventual consistency, in virtual time.

    `lag` is in seconds, by (source, target), and `cut` holds directions in which nothing travels:
    what was written meanwhile arrives `lag` seconds after the cut has ended. `down`, `read_only`
    and `throttled` hold AWS regions. A region that is down hangs.
    """

    hub: Hub
    names: tuple[str, ...] = ("us-east-1", "us-west-2", "us-east-2")
    lag: dict[tuple[str, str], float] = field(default_factory=dict)
    cut: set[tuple[str, str]] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)
    throttled: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    lose_replies: set[str] = field(default_factory=set)
    reads: list[tuple[float, str]] = field(default_factory=list)
    tables: dict[str, GlobalTable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shown: dict[str, dict[str, float]] = {name: {} for name in self.names}
        self.waiting: list[tuple[str, str, float]] = []

    def beat(self, aws_region: str, data: Data, vantage: str, at: float) -> None:
        self._enter(aws_region)
        if aws_region in self.read_only:
            raise ReplicaUnavailable("AccessDeniedException: no writes here")
        key = f"{aws_region} {vantage}"
        self.shown[aws_region][key] = at
        for other in self.names:
            if other != aws_region:
                self._travel(aws_region, other, key, at)
        if aws_region in self.lose_replies:
            raise ReplicaUnavailable("the reply was lost")

    def beats(
        self, aws_region: str, data: Data, vantage: str, sources: Sequence[str]
    ) -> Mapping[str, float]:
        self.reads.append((self.hub.now(), aws_region))
        self._enter(aws_region)
        mine = self.shown[aws_region]
        return {name: mine[f"{name} {vantage}"] for name in sources if f"{name} {vantage}" in mine}

    def describe(self, aws_region: str, table: str) -> GlobalTable:
        self._enter(aws_region)
        return self.tables[table]

    def heal(self, source: str, target: str) -> None:
        """The direction is open again, and what waited comes."""
        self.cut.discard((source, target))
        mine = [each for each in self.waiting if each[0] == f"{source} {target}"]
        self.waiting = [each for each in self.waiting if each not in mine]
        for _, key, at in mine:
            self._travel(source, target, key, at)

    def _travel(self, source: str, target: str, key: str, at: float) -> None:
        if (source, target) in self.cut:
            self.waiting.append((f"{source} {target}", key, at))
            return
        arrives = self.hub.now() + self.lag.get((source, target), 0.3)
        self.hub.at(arrives, lambda: self._arrive(target, key, at))

    def _arrive(self, target: str, key: str, at: float) -> None:
        self.shown[target][key] = max(at, self.shown[target].get(key, 0.0))

    def _enter(self, aws_region: str) -> None:
        if aws_region in self.down:
            self.hub.sleep(6.0)
            raise ReplicaUnavailable("Read timeout on endpoint")
        if aws_region in self.throttled:
            raise ReplicaUnavailable("ProvisionedThroughputExceededException: slow down")
        self.hub.sleep(self.slow.get(aws_region, 0.02))
