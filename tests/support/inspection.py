"""What only the preflight asks, in memory, with faults that a test switches on and off."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from failover.errors import DnsRefused, NotInspected
from failover.inspection import Inspection
from failover.preflight.facts import Alarm, Authority, BackEnds, ControlTable, Grants, Rate
from failover.publication.proof import Heard
from failover.settings.model import Service
from tests.support.virtual import Hub

SERVERS = ("ns1.linode.com", "ns2.linode.com")


@dataclass
class MemoryInspection:
    """An account, a zone, certificates and a stack where nothing is wrong.

    `away` holds the names of the questions that get no answer.
    """

    hub: Hub
    away: set[str] = field(default_factory=set)
    granted: Grants = field(default_factory=lambda: Grants(restricted=False))
    authorities: tuple[Authority, ...] = tuple(
        Authority(name, serial=7, negative=300, ttls={"A": 30}) for name in SERVERS
    )
    delegated: tuple[str, ...] = SERVERS
    resolving: tuple[Heard, ...] = ()
    certificates: dict[str, float] = field(default_factory=dict)
    control: ControlTable = field(
        default_factory=lambda: ControlTable("eventual", protected=True, recoverable=True)
    )
    behind: BackEnds = field(
        default_factory=lambda: BackEnds(443, "http", "/health", 3, attempts=2, up=3, down=0)
    )
    lost_with_it: set[str] = field(default_factory=set)
    token_end: float | None = None
    rate_left: Rate = field(default_factory=lambda: Rate(200, 190))
    subscribed: int = 1
    at_once: int = 10
    alarmed: tuple[Alarm, ...] = (Alarm("shop-dead-man", enabled=True, actions=1),)

    @property
    def ports(self) -> Inspection:
        """All of it as the ports of a world."""
        return Inspection(self, self, self, self)

    def grants(self, budget: float) -> Grants:
        self.hub.sleep(0.05)
        if "grants" in self.away:
            raise DnsRefused(403, "GET /profile/grants: 403")
        return self.granted

    def token_ends(self, budget: float) -> float | None:
        self._enter("token_ends")
        return self.token_end

    def reserved(self, addresses: Collection[str], budget: float) -> Mapping[str, bool]:
        self._enter("reserved")
        return {address: address not in self.lost_with_it for address in addresses}

    def rate(self, budget: float) -> Rate:
        self._enter("rate")
        return self.rate_left

    def back_ends(
        self, labels: Collection[str], budget: float
    ) -> Mapping[str, tuple[BackEnds, ...]]:
        self._enter("back_ends")
        return dict.fromkeys(labels, (self.behind,))

    def ask(self, domain: str, record: str, budget: float) -> tuple[Authority, ...]:
        self.hub.sleep(0.02)
        return self.authorities

    def delegation(self, domain: str, budget: float) -> tuple[str, ...]:
        self._enter("delegation")
        return self.delegated

    def resolved(self, record: str, budget: float) -> tuple[Heard, ...]:
        self.hub.sleep(0.02)
        return self.resolving or (Heard("1.1.1.1", frozenset({"127.0.1.1"})),)

    def ends(self, service: Service, address: str) -> float | None:
        self._enter("certificates")
        return self.certificates.get(address, self.hub.now() + 60 * 86400.0)

    def table(self) -> ControlTable:
        self._enter("table")
        return self.control

    def subscribers(self) -> int:
        self._enter("subscribers")
        return self.subscribed

    def alarms(self) -> tuple[Alarm, ...]:
        self._enter("alarms")
        return self.alarmed

    def concurrency(self) -> int:
        self._enter("concurrency")
        return self.at_once

    def _enter(self, asked: str) -> None:
        self.hub.sleep(0.02)
        if asked in self.away:
            raise NotInspected(f"{asked}: no answer")
