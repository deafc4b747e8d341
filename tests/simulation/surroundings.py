"""The ports of one process that are no store and no DNS: what the world tells it, and hears."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from failover.errors import AlertNotSent
from failover.health.beats import Start
from failover.health.probe import Probe, Reason
from failover.notify.events import Event
from failover.notify.metrics import Metric
from failover.settings.model import Service
from tests.simulation.container import Container
from tests.simulation.table import JUDGED

if TYPE_CHECKING:
    from tests.simulation.universe import Universe

GOOD = Probe(None, "", 0.02)
SLOW = (Reason.DEADLINE, Reason.CONNECT_TIMEOUT)


@dataclass
class Prober:
    """The Prober port: what a region answers this vantage, now."""

    universe: "Universe"
    container: Container

    def probe(self, service: Service, aws_region: str | None, address: str) -> Probe:
        universe, vantage = self.universe, self.container.vantage
        began, blind = universe.hub.time, vantage.blind
        reason = Reason.CONNECT_TIMEOUT if blind else self._reason(address)
        if reason is None:
            self.container.sleep(0.02)
            probe = GOOD
        else:
            took = service.health.timeout if reason in SLOW else 0.01
            self.container.sleep(took)
            probe = Probe(reason, "as the world has it", took)
        if not blind and service.name == JUDGED:
            counts = probe.ok and not self._thin(address)
            universe.observer.probed(vantage.name, address, began, counts)
        if probe.ok and aws_region not in (None, universe.homes[address]):
            return Probe(Reason.WRONG_REGION, f"it is {universe.homes[address]}", 0.02)
        return probe

    def reachable(self, url: str, budget: float) -> bool:
        blind = self.container.vantage.blind
        self.container.sleep(budget if blind else 0.05)
        return not blind

    def _thin(self, address: str) -> bool:
        """Whether too few back ends are up, of which the one that answers knows nothing."""
        found = self.universe.ill.get(address, ())
        return any(illness.reason is Reason.BACKENDS for illness in found)

    def _reason(self, address: str) -> Reason | None:
        for illness in self.universe.ill.get(address, ()):
            if illness.reason is Reason.BACKENDS:
                continue
            if illness.seen_by and self.container.vantage.name not in illness.seen_by:
                continue
            if not illness.half or self.universe.rng.random() < 0.5:
                return illness.reason
        return None


@dataclass
class Pager:
    """The Alerts port."""

    universe: "Universe"
    container: Container

    def send(self, service: Service, event: Event) -> None:
        universe = self.universe
        if universe.phones.faults.away:
            self.container.exchange("alert", 2.0, lambda: None)
            raise AlertNotSent("the topic does not answer")
        heard = universe.observer.alerted if service.name == JUDGED else lambda _: None
        self.container.exchange("alert", 0.05, lambda: heard(event))


@dataclass
class Switch:
    """The DeadMan port."""

    universe: "Universe"
    container: Container

    heard_at: float = float("-inf")

    def ping(self, budget: float, max_age: float = 0.0) -> None:
        now = self.container.monotonic()
        if now - self.heard_at >= max_age:
            self.container.exchange("ping", 0.05, self.universe.judges.pinged)
            self.heard_at = now


@dataclass
class Functions:
    """The Functions port: a start is an invocation of its own, a moment later."""

    universe: "Universe"
    container: Container

    def start(self, shard: int) -> None:
        universe = self.universe
        site = universe.sites[self.container.vantage.name]

        def accepted() -> None:
            begins = universe.hub.time + universe.rng.uniform(0.02, 0.2)
            universe.hub.at(begins, lambda: universe.invoke(site, Start(shard=shard)))

        self.container.exchange("invoke", 0.05, accepted)


@dataclass
class Telemetry:
    """The Telemetry port. Nothing secret may come this way."""

    universe: "Universe"
    container: Container

    def about(self, **facts: object) -> None:
        del facts

    def log(self, event: str, **facts: object) -> None:
        self._told(event, facts)

    def problem(self, event: str, **facts: object) -> None:
        self._told(event, facts)

    def metrics(self, values: Mapping[Metric, float], **dimensions: str) -> None:
        self.universe.judges.measured(self.container, values)
        if Metric.ROUND_COMPLETED in values:
            self.universe.observer.round_completed(self.container)

    def _told(self, event: str, facts: Mapping[str, Any]) -> None:
        if event == "round_failed":
            self.universe.observer.crashed("a round failed in a way that nobody expected")
        self.universe.observer.told_to_people(self.container, event, repr(facts))
        if self.universe.trace is not None:
            shown = ", ".join(f"{k}={v}" for k, v in facts.items() if k != "app")
            self.universe.say(f"{self.container.vantage.name}: {event} {shown}")
