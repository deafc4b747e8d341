"""One run: vantages that tick, regions that fail, a table, Linode, people; and who watches it all.

The whole of it is decided by a script (what goes wrong, when) and one seed for everything smaller.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from failover.app.control import commands
from failover.app.shards import run
from failover.decision.evidence import label
from failover.errors import SettingsRefused
from failover.health.beats import Start
from failover.health.probe import Reason
from failover.inspection import Inspection
from failover.ports import World
from failover.settings import settings_file
from failover.settings.model import Service, Settings
from failover.staleness.replication import Finding, Link
from tests.simulation.balancers import Balancers, Balancing, with_labels
from tests.simulation.container import Container, Died, Vantage
from tests.simulation.judges import Judges
from tests.simulation.line import Parameters, Servers, connected
from tests.simulation.linode import Linode
from tests.simulation.observer import Observer
from tests.simulation.opinions import Electorate
from tests.simulation.queue import Queue, Sender
from tests.simulation.releases import THIS, Release
from tests.simulation.surroundings import Functions, Pager, Prober, Switch, Telemetry
from tests.simulation.table import Glance, Replica, Table
from tests.support.virtual import Hub

START = 1_800_000_000.0
TIMEOUT = 190.0
LOOK_EVERY = 5.0
"""Seconds between two looks of the judges of whole histories."""

EVERY = 60.0


@dataclass(frozen=True)
class Illness:
    """What is wrong with a region: always or every other time, for all to see or only for some."""

    reason: Reason
    half: bool = False
    seen_by: frozenset[str] | None = None


@dataclass
class Site:
    """One deployment: what runs there now, and what starts at the next cold start: nothing, where
    it has a `file` with an error."""

    vantage: Vantage
    settings: Settings
    release: Release = THIS
    away: bool = False
    file: str = ""
    jitter: float = 0.0
    doubled: bool = False
    queue: Queue | None = None
    idle: list["Process"] = field(default_factory=list)
    running: list["Process"] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        """Whether nothing can run there."""
        return self.away or bool(self.file)


@dataclass
class Process:
    """A container with its ports. Its settings are those it was started with."""

    container: Container
    world: World
    settings: Settings
    ends: float = 0.0


class Trouble(Protocol):
    """Something that goes wrong, from `start` and for so long (seconds of the run)."""

    start: float
    lasts: float

    def begin(self, universe: "Universe") -> None: ...
    def end(self, universe: "Universe") -> None: ...


@dataclass(frozen=True)
class Setting:
    """What a run begins with, and how long it is troubled and then quiet (seconds). The service is
    judged; its `neighbours` have names of their own in the same zone. With `labels` its regions
    name their NodeBalancers, and back ends count."""

    service: Service
    vantages: tuple[str, ...]
    skews: tuple[float, ...]
    offsets: tuple[float, ...]
    records: tuple[str, ...]
    troubled: float = 600.0
    quiet: float = 270.0
    mixed: bool = False
    paced: bool = True
    shards: int = 1
    neighbours: tuple[Service, ...] = ()
    labels: bool = False

    @property
    def told(self) -> str:
        """What a run begins with, in one line."""
        service = self.service
        regions = ", ".join(region.name for region in service.regions)
        vantages = f"{len(self.vantages)} vantages" if len(self.vantages) > 1 else "1 vantage"
        told = f"{vantages}, {service.routing} of {regions}, records {', '.join(self.records)}"
        shared = ", ".join(neighbour.name for neighbour in self.neighbours)
        told += f", beside {shared}" if shared else ""
        told += ", by the labels of NodeBalancers" if self.labels else ""
        return told + (f", {self.shards} shards" if self.shards > 1 else "")


@dataclass
class PagerFaults:
    """Whether the way to people is blocked."""

    away: bool = False


@dataclass
class Phones:
    """Where alerts arrive."""

    faults: PagerFaults = field(default_factory=PagerFaults)


class Universe:
    """Everything that there is. `run` lets it take its course."""

    def __init__(self, setting: Setting, seed: int, traced: bool = False) -> None:
        self.setting = setting
        self.hub = Hub(START)
        self.rng = random.Random(f"fates {seed}")
        self.observer = Observer(self, Electorate(setting.vantages))
        self.ordered_at = 0.0
        self.ordering = 0
        self.trace: list[str] | None = [] if traced else None
        self.token = f"token-{seed}-of-this-account"
        self.table = Table(self.hub, random.Random(f"table {seed}"))
        self.table.shelf.mixed = setting.mixed
        self.linode = Linode(self.hub, random.Random(f"linode {seed}"), self.token)
        self.parameters = Parameters(self.token)
        self.phones = Phones()
        self.balancing = Balancing()
        self.ill: dict[str, list[Illness]] = {}
        settings = first_settings(setting)
        self.sites = {
            name: Site(Vantage(name, skew), settings)
            for name, skew in zip(setting.vantages, setting.skews, strict=True)
        }
        for name, site in self.sites.items():
            if setting.paced:
                fates = random.Random(f"queue {name} {seed}")
                start, over = partial(self.invoke, site), lambda: self._over
                site.queue = Queue(self.hub, fates, start, over, setting.shards)
        self.started = self.deployed_at = self.deploying_at = self.changed_at = START
        self.changes_at: list[float] = []
        self.unlike_until = 0.0
        self.clocks_wrong_at = self.token_changed_at = 0.0
        self.recreations: list[float] = []
        self.turned: dict[str, float] = {}
        self.homes: dict[str, str] = {}
        self.behind: dict[str, float] = {}
        self.fresh_at = 0.0
        self.put_aside: list[Service] = []
        self.meant: dict[Trouble, Settings] = {}
        self.judges = Judges(self)
        self._ids = itertools.count(1)
        self._over = False
        self.observer.deployed(settings)
        self._settle_in()
        self.linode.past = [(0.0, dict(self.linode.records))]
        content = (self.linode.addresses("A"), self.linode.addresses("AAAA"))
        self.observer.contents.append((START, content))
        self.table.changes = self.judges.foresight.decides
        self.table.changed, self.table.voted = self.observer.decided, self.observer.voted
        self.table.recorded = self.observer.recorded
        self.table.turned = self.judges.pace.took_over
        if setting.service.data:
            self.table.findings = self._findings
        self.linode.changed, self.linode.sent = self.observer.applied, self.observer.sent
        self.linode.exceeded = self.observer.exceeded
        for site in self.sites.values():
            site.vantage.troubled = lambda name=site.vantage.name: self.observer.electorate.doubted(
                name
            )

    def _settle_in(self) -> None:
        """The records as somebody has made them."""
        setting = self.setting
        for address in setting.records:
            kind = "AAAA" if ":" in address else "A"
            self.linode.post(None, START, name="app", type=kind, target=address, ttl_sec=30)
        for neighbour in setting.neighbours:
            for each in neighbour.regions:
                self.homes[each.addresses.ipv4] = str(each.aws_region)
            first = neighbour.regions[0].addresses.ipv4
            self.linode.post(
                None, START, name=label(neighbour), type="A", target=first, ttl_sec=neighbour.ttl
            )

    @property
    def recreated_at(self) -> float:
        """When the control table was last made anew; 0 if it never was."""
        return self.recreations[-1] if self.recreations else 0.0

    @property
    def deserted(self) -> bool:
        """Whether no vantage is at work that has the table."""
        return all(site.silent or site.vantage.cut_off for site in self.sites.values())

    @property
    def clock(self) -> float:
        """Seconds since the run began."""
        return self.hub.time - START

    def run(self, script: Sequence[Trouble]) -> Observer:
        """The whole run; the observer has its verdict."""
        for trouble in script:
            self._plan(trouble)
        for offset, site in zip(self.setting.offsets, self.sites.values(), strict=True):
            self.hub.at(START + offset, lambda s=site: self._schedule(s))
        self.hub.at(START, self._watched)
        self.hub.run(self._course)
        return self.observer

    def _findings(self) -> tuple[Finding, ...]:
        """What the heartbeats have found: who is behind is so for every vantage."""
        now = self.hub.time
        names = [region.aws_region for region in self.setting.service.regions]

        def links(of: str) -> dict[str, Link]:
            age, since = (300.0, now - 120.0) if of in self.behind else (0.5, None)
            return {other: Link(age, now, since) for other in names if other != of}

        return tuple(
            Finding(vantage, name, now, now, START, links=links(name))
            for vantage in self.sites
            for name in names
        )

    def _watched(self) -> None:
        while not self._over:
            self.judges.look()
            self.hub.sleep(LOOK_EVERY)

    def changes(self) -> None:
        """Something in the world is not as it was a moment ago."""
        self.changed_at = self.hub.time
        self.changes_at.append(self.hub.time)

    def falls(self, address: str, illness: Illness) -> None:
        """A region begins to fail, or fails in one more way."""
        self._doubt_back_ends(address, illness)
        before = self._condition(address)
        self.ill.setdefault(address, []).append(illness)
        if self._condition(address) != before:
            self.turned[address] = self.hub.time

    def recovers(self, address: str, illness: Illness) -> None:
        """It does not fail in this way any more."""
        self._doubt_back_ends(address, illness)
        before = self._condition(address)
        self.ill[address].remove(illness)
        if self._condition(address) != before:
            self.turned[address] = self.hub.time

    def _doubt_back_ends(self, address: str, illness: Illness) -> None:
        """Back ends are looked up beside the probe: nobody knows what is just found of them."""
        if illness.reason is Reason.BACKENDS:
            for name in self.observer.electorate.listed:
                self.observer.electorate.opinion(name, address).doubted()

    def well(self, address: str) -> float | None:
        """Since when nothing is wrong there for anybody; None while something is."""
        return self.turned.get(address, START) if not self.ill.get(address) else None

    def dead(self, address: str) -> float | None:
        """Since when it is dead for everybody; None while it is not."""
        return self.turned.get(address, START) if self._condition(address) == "dead" else None

    def _condition(self, address: str) -> str:
        found = self.ill.get(address)
        if not found:
            return "well"
        return "dead" if any(not i.half and not i.seen_by for i in found) else "sick"

    def say(self, text: str) -> None:
        """A line of the trace."""
        if self.trace is not None:
            self.trace.append(f"{self.clock:8.2f}  {text}")

    def file_of(self, settings: Settings) -> Settings:
        """Settings as their file has them."""
        return with_labels(settings) if self.setting.labels else settings

    def kill(self, site: Site) -> None:
        """Every process of a vantage dies at once."""
        for process in (*site.running, *site.idle):
            process.container.die()
        site.idle.clear()

    def order(self, **event: str) -> None:
        """A person sends an event to the control function of the first vantage."""
        self.ordered_at = self.hub.time
        self.changes()
        site = next((site for site in self.sites.values() if not site.file), None)
        if site is None:
            self.say("no vantage has settings by which an order could be given")
            return
        process, ends = self._start(site), self.hub.time + TIMEOUT
        asked = {"by": "ana", "reason": "maintenance", **event}
        self.ordering += 1
        try:
            said = commands.answer(
                asked,
                process.world,
                self.file_of(process.settings),
                site.vantage.name,
                f"request-{self.clock}",
                lambda: ends - self.hub.time,
            )
        except Died:
            self.say("the control function has died")
            return
        finally:
            self.ordering -= 1
        self.ordered_at = self.hub.time
        self.say(f"ordered {event}: {said['summary']}")

    def deploy(self, site: Site, settings: Settings | None, release: Release | None = None) -> None:
        """What starts from now on is new; what runs goes on."""
        if settings:
            site.settings, site.file = settings, ""
            self.observer.deployed(settings)
        site.release = release or site.release
        site.idle.clear()
        self.deployed_at = self.hub.time
        self.changes()
        self.observer.electorate.doubted(site.vantage.name)

    def refuse(self, site: Site, file: str) -> None:
        """A file with an error is deployed: what runs goes on, and nothing can start."""
        site.file = file
        site.idle.clear()
        self.deployed_at = self.hub.time
        self.changes()
        site.vantage.troubled()

    def _plan(self, trouble: Trouble) -> None:
        begins = START + trouble.start
        ends = START + min(trouble.start + trouble.lasts, self.setting.troubled)
        for_good = trouble.lasts > self.setting.troubled + self.setting.quiet

        def begin() -> None:
            self.say(f"--- {trouble}")
            self.changes()
            trouble.begin(self)

        def end() -> None:
            self.say(f"--- over: {trouble}")
            self.changes()
            trouble.end(self)

        self.hub.at(begins, begin)
        if not for_good:
            self.hub.at(max(begins, ends), end)

    def _course(self) -> None:
        self.hub.sleep(self.setting.troubled)
        for site in self.sites.values():
            site.vantage.stumbles.clear()
        self.changes()
        self.linode.faults.latest = 3.0
        self.hub.sleep(10.0)  # what was still on its way has arrived
        self.say("=== quiet")
        self.observer.quiet()
        after = self.observer.aftermath
        assert after is not None
        ends = self.hub.time + self.setting.quiet
        while self.hub.time < ends:
            self.hub.sleep(5.0)
            after.look()
        after.conclude()
        self.judges.conclude()
        self._over = True
        for site in self.sites.values():
            self.kill(site)

    def _schedule(self, site: Site) -> None:
        """Once a minute, perhaps late, perhaps twice."""
        while not self._over:
            for _ in range(2 if site.doubled else 1):
                late = self.rng.uniform(0.0, site.jitter) if site.jitter else 0.0
                self.hub.at(self.hub.time + late, lambda: self.invoke(site, Start()))
            self.hub.sleep(EVERY)

    def invoke(self, site: Site, start: Start) -> None:
        """One invocation of the monitor."""
        if site.away or self._over:
            return
        try:
            process = site.idle.pop() if site.idle else self._start(site)
        except SettingsRefused as refused:
            self.say(f"{site.vantage.name}: {refused}")
            return
        site.running.append(process)
        process.ends = self.hub.time + TIMEOUT
        process.container.known.number, process.container.known.superseded = 0, False
        began = self.hub.time
        self.hub.at(process.ends, lambda ends=process.ends: self._time_out(site, process, ends))
        try:
            run(
                process.world,
                self.file_of(process.settings),
                site.vantage.name,
                lambda: process.ends - self.hub.time,
                start,
            )
        except Died:
            self.say(f"{site.vantage.name}: a tick has died")
        except Exception as error:
            self.observer.crashed(f"a tick ended in {error!r}")
        finally:
            site.running.remove(process)
            self.judges.pace.ended(site, began, start.beat)
        current = process.settings is site.settings and not site.file
        if current and not process.container.dead:
            site.idle.append(process)

    def _time_out(self, site: Site, process: Process, ends: float) -> None:
        if process.ends == ends and process in site.running:
            process.container.die()

    def _start(self, site: Site) -> Process:
        settings = settings_file.parse(site.file) if site.file else site.settings
        container = self._container(site)
        container.may_write, container.refused = addresses_of(settings), bool(site.file)
        world = self._world(container, Replica(self.table, container), settings)
        return Process(container, world, settings)

    def _container(self, site: Site) -> Container:
        newest = site.settings
        return Container(self.hub, site.vantage, site.release, newest.revision, newest.digest)

    def glance(self, container: Container, ahead: float = 0.0) -> World:
        """The world of a process, for somebody who only looks at the table, and in no time; with
        a clock that may be ahead."""
        vantage = Vantage(container.vantage.name, container.vantage.skew + ahead)
        onlooker = Container(self.hub, vantage, container.release, container.revision)
        settings = self.sites[container.vantage.name].settings
        return self._world(onlooker, Glance(self.table, onlooker), settings)

    def _world(self, container: Container, store: Replica, settings: Settings) -> World:
        queue = self.sites[container.vantage.name].queue
        balancers = Balancers(self, container)
        dns = connected(self.linode, self.parameters, container, settings)
        return World(
            clock=container,
            tasks=container,
            prober=Prober(self, container),
            dns=dns,
            witness=Servers(self.linode, container),
            balancers=balancers,
            store=store,
            replicas=None,  # type: ignore[arg-type]  # no service here has a table of its own
            alerts=Pager(self, container),
            dead_man=Switch(self, container),
            telemetry=Telemetry(self, container),
            beats=Sender(queue, container) if queue else None,
            functions=Functions(self, container),
            inspection=Inspection(account=balancers),  # type: ignore[arg-type]  # a part of it
            new_id=lambda: f"id-{next(self._ids)}",
        )


def first_settings(setting: Setting) -> Settings:
    """The settings that everybody begins with."""
    return Settings(
        revision=1,
        digest="1",
        vantages=setting.vantages,
        region_metrics=False,
        publish_allowance=60.0,
        references=("https://reference.test/",),
        services=(setting.service, *setting.neighbours),
        shards=setting.shards,
    )


def revised(settings: Settings, service: Service, raised: bool = True) -> Settings:
    """The next revision, with this service; or the same one, where somebody forgot to raise it."""
    number = settings.revision + (1 if raised else 0)
    digest = f"{number}" if raised else f"{settings.digest}, changed"
    services = (service, *settings.services[1:])
    return replace(settings, revision=number, digest=digest, services=services)


def addresses_of(settings: Settings) -> dict[str, frozenset[str]]:
    """The addresses that these settings name, by the relative names of their services."""
    return {label(service): _addresses(service) for service in settings.services}


def _addresses(service: Service) -> frozenset[str]:
    named = (region.addresses for region in service.regions)
    return frozenset(a for each in named for a in (each.ipv4, each.ipv6) if a)
