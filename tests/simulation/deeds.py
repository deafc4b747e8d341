"""What people do, each as a value: what it is, when it begins, how long it lasts.

They change records, give orders, deploy settings and delete tables. Times are seconds of the run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from failover.settings.model import Addresses, Mode, Routing, Service, Settings
from tests.simulation.universe import Universe, revised

UNLIKE = 300.0
"""Seconds after which no tick runs any more with settings that another vantage has changed without
raising the revision: until then they may undo each other."""


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
        last = universe.hub.time + self.between * len(universe.sites)
        if not self.raised and len(universe.sites) > 1:
            universe.unlike_until = last + UNLIKE
        deployed_one_by_one(universe, settings, self.between)


def deployed_one_by_one(universe: Universe, settings: Settings, between: float) -> None:
    """The same settings at one vantage after the other, so many seconds apart. The first one has
    them at once: whoever deploys at the same moment goes on from them."""
    now = universe.hub.time
    universe.deployed_at = universe.deploying_at = now
    first, *others = universe.sites.values()
    universe.deploy(first, settings)
    for i, site in enumerate(others, start=1):
        universe.hub.at(now + between * i, lambda s=site: universe.deploy(s, settings))


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
class Recreated:
    """Somebody deletes the control table and makes it anew."""

    start: float
    lasts: float

    def begin(self, universe: Universe) -> None:
        universe.table.recreate()
        universe.recreations.append(universe.hub.time)
        electorate = universe.observer.electorate
        electorate.spoke_at.clear()
        for vantage in electorate.listed:
            electorate.doubted(vantage)

    def end(self, universe: Universe) -> None:
        pass


def say(universe: Universe, wanted: tuple[str, ...]) -> None:
    """A person, or a tool of theirs, makes the A records say these addresses, one record each."""
    linode, now = universe.linode, universe.hub.time
    universe.changes()
    ids = list(linode.at_name())
    for record_id, address in zip(ids, wanted, strict=False):
        linode.put(record_id, None, now, target=address)
    for address in wanted[len(ids) :]:
        linode.post(None, now, name="app", type="A", target=address, ttl_sec=30)
    for record_id in ids[len(wanted) :]:
        linode.delete(record_id)
