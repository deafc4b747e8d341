"""Everything that can go wrong, each as a value: what it is, when it begins, how long it lasts.

Times are seconds of the run. A value reads as one line of the story.
"""

from dataclasses import dataclass, replace
from typing import Any

from failover.core.settings import Addresses, Mode, Service
from tests.simulation.container import Stumble
from tests.simulation.releases import NEXT
from tests.simulation.universe import Illness, Universe, revised


@dataclass(frozen=True)
class Sick:
    """A region fails: fully, every other time, or only for some vantages."""

    start: float
    lasts: float
    address: str
    illness: Illness

    def begin(self, universe: Universe) -> None:
        universe.ill.setdefault(self.address, []).append(self.illness)

    def end(self, universe: Universe) -> None:
        universe.ill[self.address].remove(self.illness)


@dataclass(frozen=True)
class Faults:
    """The table or Linode (`where`) answers badly: one of its faults has this value."""

    start: float
    lasts: float
    where: str
    fault: str
    value: Any

    def begin(self, universe: Universe) -> None:
        faults = getattr(universe, self.where).faults
        setattr(faults, self.fault, self.value)
        for site in universe.sites.values():
            site.vantage.troubled()

    def end(self, universe: Universe) -> None:
        faults = getattr(universe, self.where).faults
        setattr(faults, self.fault, getattr(type(faults)(), self.fault))
        for site in universe.sites.values():
            site.vantage.troubled()


@dataclass(frozen=True)
class Lost:
    """A vantage has lost the table (`cut_off`), the internet (`blind`), or itself (`away`)."""

    start: float
    lasts: float
    vantage: str
    what: str

    def begin(self, universe: Universe) -> None:
        self._set(universe, value=True)
        if self.what == "away":
            universe.kill(universe.sites[self.vantage])

    def end(self, universe: Universe) -> None:
        self._set(universe, value=False)

    def _set(self, universe: Universe, *, value: bool) -> None:
        site = universe.sites[self.vantage]
        setattr(site if self.what == "away" else site.vantage, self.what, value)
        if self.what == "blind":
            universe.observer.electorate.blinded(self.vantage, value)
        else:
            site.vantage.troubled()


@dataclass(frozen=True)
class Stumbles:
    """A vantage's process dies or freezes at one of its next calls."""

    start: float
    lasts: float
    vantage: str
    op: str
    left: int
    after: bool
    freeze: float = 0.0
    clock_stops: bool = False

    def begin(self, universe: Universe) -> None:
        stumble = Stumble(self.op, self.left, self.after, self.freeze, self.clock_stops)
        universe.sites[self.vantage].vantage.stumbles.append(stumble)

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class Halt:
    """Every running process of a vantage freezes, wherever it is; or dies (0 seconds)."""

    start: float
    lasts: float
    vantage: str
    freeze: float
    clock_stops: bool = False

    def begin(self, universe: Universe) -> None:
        for process in universe.sites[self.vantage].running:
            if self.freeze:
                process.container.freeze(self.freeze, self.clock_stops)
            else:
                process.container.die()

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class Irregular:
    """A vantage's schedule is late by up to so much, or starts every tick twice."""

    start: float
    lasts: float
    vantage: str
    jitter: float
    doubled: bool

    def begin(self, universe: Universe) -> None:
        site = universe.sites[self.vantage]
        site.jitter, site.doubled = self.jitter, self.doubled
        site.vantage.troubled()

    def end(self, universe: Universe) -> None:
        site = universe.sites[self.vantage]
        site.jitter, site.doubled = 0.0, False
        site.vantage.troubled()


@dataclass(frozen=True)
class ByHand:
    """A person changes the records: to these addresses (one record each, `None` removes all).

    When it is over, whatever is foreign has been put back to `back`.
    """

    start: float
    lasts: float
    addresses: tuple[str, ...]
    back: str = ""

    def begin(self, universe: Universe) -> None:
        self._say(universe, self.addresses)

    def end(self, universe: Universe) -> None:
        if self.back and universe.linode.addresses("A") - universe.observer.ours:
            self._say(universe, (self.back,))

    def _say(self, universe: Universe, wanted: tuple[str, ...]) -> None:
        linode, now = universe.linode, universe.hub.time
        ids = [i for i, r in linode.records.items() if r["type"] == "A"]
        for record_id, address in zip(ids, wanted, strict=False):
            linode.put(record_id, None, now, target=address)
        for address in wanted[len(ids) :]:
            linode.post(None, now, name="app", type="A", target=address, ttl_sec=30)
        for record_id in ids[len(wanted) :]:
            linode.delete(record_id)


@dataclass(frozen=True)
class Ordered:
    """A person sends an event to the control function, and takes it back in the end."""

    start: float
    lasts: float
    command: str
    service: str = "shop"
    region: str = ""

    def begin(self, universe: Universe) -> None:
        event = {"command": self.command, "service": self.service}
        if self.region:
            event["region"] = self.region
        if self.command in BACK:
            event["until"] = "30m"
        universe.order(**event)

    def end(self, universe: Universe) -> None:
        if self.command in BACK:
            universe.order(command=BACK[self.command], service=self.service)


BACK = {"pin": "release", "pause": "resume"}
"""What ends an order."""


@dataclass(frozen=True)
class Deployed:
    """New settings, at one vantage after the other. `change` is what they change."""

    start: float
    lasts: float
    change: str
    between: float

    def begin(self, universe: Universe) -> None:
        settings = revised(universe.observer.settings[-1], self._changed(universe))
        for i, site in enumerate(universe.sites.values()):
            universe.hub.at(
                universe.hub.time + self.between * i,
                lambda s=site: universe.deploy(s, settings),
            )

    def end(self, universe: Universe) -> None:
        pass

    def _changed(self, universe: Universe) -> Service:
        service = universe.observer.settings[-1].services[0]
        if self.change == "ttl":
            return replace(service, ttl=120 if service.ttl == 30 else 30)
        if self.change == "observe":
            mode = Mode.OBSERVE if service.mode is Mode.ACT else Mode.ACT
            return replace(service, mode=mode)
        if self.change == "dropped":
            return (
                replace(service, regions=service.regions[1:])
                if len(service.regions) > 2
                else service
            )
        first, *others = service.regions
        old = first.addresses
        number = int(old.ipv4.rsplit(".", 1)[1]) + 10
        new = Addresses(f"192.0.2.{number}", f"2001:db8::{number}" if old.ipv6 else None)
        return replace(service, regions=(replace(first, addresses=new), *others))


@dataclass(frozen=True)
class Upgraded:
    """One vantage runs the next release for a while."""

    start: float
    lasts: float
    vantage: str

    def begin(self, universe: Universe) -> None:
        universe.deploy(universe.sites[self.vantage], None, NEXT)

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class Secrets:
    """The secret store is `away`; the token is `rotated`; or Linode refuses (`refused`) the one
    that the store has."""

    start: float
    lasts: float
    what: str

    def begin(self, universe: Universe) -> None:
        if self.what == "away":
            universe.parameters.away = True
            return
        universe.linode.token = f"another-{universe.clock:.0f}-of-this-account"
        if self.what == "rotated":
            universe.parameters.token = universe.linode.token

    def end(self, universe: Universe) -> None:
        universe.parameters.away = False
        universe.parameters.token = universe.linode.token
