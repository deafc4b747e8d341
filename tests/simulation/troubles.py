"""Everything that can go wrong, each as a value: what it is, when it begins, how long it lasts.

Times are seconds of the run. A value reads as one line of the story.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from failover.core.settings import Addresses, Mode, Routing, Service, Settings
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
        universe.falls(self.address, self.illness)

    def end(self, universe: Universe) -> None:
        universe.recovers(self.address, self.illness)


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
        say(universe, self.addresses)

    def end(self, universe: Universe) -> None:
        if self.back and universe.linode.addresses("A") - universe.observer.ours:
            say(universe, (self.back,))


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
    """New settings, at one vantage after the other. `change` is what they change.

    Somebody may have forgotten to raise the revision. `back` ends it with one more revision that
    says what was said before.
    """

    start: float
    lasts: float
    change: str
    between: float
    raised: bool = True
    back: bool = False

    def begin(self, universe: Universe) -> None:
        newest = universe.observer.settings[-1]
        if self.back:
            universe.put_aside.append(newest.services[0])
        service = CHANGES[self.change](newest.services[0])
        self._deploy(universe, revised(newest, service, self.raised))

    def end(self, universe: Universe) -> None:
        if self.back:
            newest = universe.observer.settings[-1]
            self._deploy(universe, revised(newest, universe.put_aside.pop()))

    def _deploy(self, universe: Universe, settings: Settings) -> None:
        universe.deployed_at = universe.hub.time
        for i, site in enumerate(universe.sites.values()):
            at = universe.hub.time + self.between * i
            universe.hub.at(at, lambda s=site: universe.deploy(s, settings))


def _other_routing(service: Service) -> Service:
    several = service.routing is Routing.MULTIVALUE
    return replace(service, routing=Routing.FAILOVER if several else Routing.MULTIVALUE)


def _without(index: int) -> Callable[[Service], Service]:
    def change(service: Service) -> Service:
        left = [region for region in service.regions if region != service.regions[index]]
        return replace(service, regions=tuple(left)) if len(service.regions) > 2 else service

    return change


def _moved(index: int) -> Callable[[Service], Service]:
    """One region gets other addresses."""

    def change(service: Service) -> Service:
        regions = list(service.regions)
        old = regions[index].addresses
        number = int(old.ipv4.rsplit(".", 1)[1]) + 10
        new = Addresses(f"192.0.2.{number}", f"2001:db8::{number}" if old.ipv6 else None)
        regions[index] = replace(regions[index], addresses=new)
        return replace(service, regions=tuple(regions))

    return change


CHANGES: Mapping[str, Callable[[Service], Service]] = {
    "ttl": lambda service: replace(service, ttl=120 if service.ttl == 30 else 30),
    "observe": lambda service: replace(
        service, mode=Mode.OBSERVE if service.mode is Mode.ACT else Mode.ACT
    ),
    "routing": _other_routing,
    "dropped": _without(0),
    "second dropped": _without(1),
    "address": _moved(0),
    "second address": _moved(1),
}
"""What new settings can change."""


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
        universe.token_changed_at = universe.hub.time
        if self.what == "away":
            universe.parameters.away = True
            return
        universe.linode.token = f"another-{universe.clock:.0f}-of-this-account"
        if self.what == "rotated":
            universe.parameters.token = universe.linode.token

    def end(self, universe: Universe) -> None:
        universe.token_changed_at = universe.hub.time
        universe.parameters.away = False
        universe.parameters.token = universe.linode.token


@dataclass(frozen=True)
class Unrendered:
    """Linode takes changes and renders none of them until this is over."""

    start: float
    lasts: float

    def begin(self, universe: Universe) -> None:
        universe.linode.faults.unrendered = True

    def end(self, universe: Universe) -> None:
        universe.linode.faults.unrendered = False
        universe.linode.render()


@dataclass(frozen=True)
class Recreated:
    """Somebody deletes the control table and makes it anew."""

    start: float
    lasts: float

    def begin(self, universe: Universe) -> None:
        universe.table.recreate()
        universe.recreated_at = universe.hub.time
        electorate = universe.observer.electorate
        electorate.spoke_at.clear()
        for vantage in electorate.listed:
            electorate.doubted(vantage)

    def end(self, universe: Universe) -> None:
        pass


@dataclass(frozen=True)
class WrongClock:
    """The clock of a vantage is wrong by so many seconds, and is put right in the end."""

    start: float
    lasts: float
    vantage: str
    seconds: float

    def begin(self, universe: Universe) -> None:
        self._set(universe, self.seconds)

    def end(self, universe: Universe) -> None:
        self._set(universe, -self.seconds)

    def _set(self, universe: Universe, seconds: float) -> None:
        vantage = universe.sites[self.vantage].vantage
        vantage.skew += seconds
        vantage.disturbed_until = universe.hub.time
        universe.clocks_wrong_at = universe.hub.time


@dataclass(frozen=True)
class Tool:
    """A tool sets the record back to an address whenever it says another one: so many times, each
    after so many seconds. Then it stops."""

    start: float
    lasts: float
    address: str
    times: int
    after: float

    def begin(self, universe: Universe) -> None:
        universe.hub.at(universe.hub.time + self.after, lambda: self._set_back(universe))

    def end(self, universe: Universe) -> None:
        pass

    def _set_back(self, universe: Universe) -> None:
        linode, left = universe.linode, self.times
        ends = universe.hub.time + self.lasts
        while left and universe.hub.time < ends:
            if self.address not in linode.addresses("A"):
                say(universe, (self.address,))
                left -= 1
            universe.hub.sleep(self.after)


@dataclass(frozen=True)
class Behind:
    """The data in a region is old."""

    start: float
    lasts: float
    aws_region: str

    def begin(self, universe: Universe) -> None:
        universe.behind.add(self.aws_region)

    def end(self, universe: Universe) -> None:
        universe.behind.discard(self.aws_region)


def say(universe: Universe, wanted: tuple[str, ...]) -> None:
    """A person, or a tool of theirs, makes the A records say these addresses, one record each."""
    linode, now = universe.linode, universe.hub.time
    universe.changes()
    ids = [i for i, r in linode.records.items() if r["type"] == "A"]
    for record_id, address in zip(ids, wanted, strict=False):
        linode.put(record_id, None, now, target=address)
    for address in wanted[len(ids) :]:
        linode.post(None, now, name="app", type="A", target=address, ttl_sec=30)
    for record_id in ids[len(wanted) :]:
        linode.delete(record_id)
