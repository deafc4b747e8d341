"""One run of the heartbeat function: heartbeats into every replica, and how far each is behind.

All AWS regions are served side by side, and each ends what it has to do by itself: what is found
about one is in the control table however long another one hangs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from failover.errors import FailoverError, ReplicaUnavailable, StoreConflict
from failover.notify.metrics import Metric
from failover.ports import World
from failover.settings.model import Service, Settings
from failover.staleness import replication
from failover.staleness.replication import Beat, Finding

LONGEST_WRITE = 3.0
"""Seconds after which nobody waits any more for a heartbeat to be accepted elsewhere. The links
from there are then judged by the one before."""

LONGEST_LOOK = 10.0
"""Seconds for which a heartbeat may take to show. Read at once, or not again, a healthy link would
look as old as the time between two runs."""

LOOK_EVERY = 0.25

_NOTHING = (
    "the template's parameter DataTables names a table, and no service has a [service.data] in the "
    "settings: add it, or deploy with DataTables empty (docs/data.md)"
)


def heartbeat(world: World, settings: Settings, vantage: str) -> dict[str, object]:
    """Write a heartbeat into each replica of each table in the settings, and measure all links."""
    runs = [_Run(world, settings, vantage, services) for services in _by_place(settings)]
    if not runs:
        world.telemetry.problem("nothing_to_measure", error=_NOTHING)
    world.tasks.gather([run.run for run in runs])
    ages = [age for run in runs for age in run.ages()]
    values: dict[Metric, float] = {Metric.REPLICATION_AGE: max(ages)} if ages else {}
    if all(run.complete() for run in runs):
        values[Metric.HEARTBEAT_COMPLETED] = 1
    world.telemetry.metrics(values)
    return {"tables": len(runs), "links": len(ages), "oldest_seconds": max(ages, default=None)}


def _by_place(settings: Settings) -> Iterable[Sequence[Service]]:
    """The services that keep their heartbeats in the same items, together."""
    places: dict[tuple[object, ...], list[Service]] = {}
    for service in settings.services:
        if service.data:
            places.setdefault(service.data.place, []).append(service)
    return places.values()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A heartbeat and when its outcome was known, on the clock that does not jump."""

    beat: Beat
    known_at: float


@dataclass(slots=True)
class _Look:
    """The heartbeats that were sent until then, and those that a region showed, by source."""

    sent: Mapping[str, _Sent]
    seen: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None


class _Run:
    """The services that keep their heartbeats in the same items of one table."""

    def __init__(
        self, world: World, settings: Settings, vantage: str, services: Sequence[Service]
    ) -> None:
        first = services[0].data
        assert first is not None
        self._world = world
        self._settings = settings
        self._vantage = vantage
        self._services = services
        self._data = first
        names = (name for service in services for name in service.aws_regions())
        self._regions = tuple(dict.fromkeys(names))
        self._began = world.clock.monotonic()
        self._before: dict[str, dict[str, Finding]] = {}
        self._sent: dict[str, _Sent] = {}
        self._found: dict[str, dict[str, Finding]] = {service.name: {} for service in services}

    def run(self) -> None:
        """Everything about this table. What goes wrong is told and ends nothing else."""
        tasks = self._world.tasks
        tasks.gather([partial(self._told, partial(self._remember, s)) for s in self._services])
        self._began = self._world.clock.monotonic()
        tasks.gather([partial(self._serve, name) for name in self._regions])
        self._tell()

    def ages(self) -> list[float]:
        """The age of every link that was measured now, in seconds."""
        return [
            link.age
            for by_region in self._found.values()
            for finding in by_region.values()
            for link in finding.links.values()
            if link.at == finding.at
        ]

    def complete(self) -> bool:
        """Whether anything was measured: some heartbeat was accepted now, some other region read.

        Without new heartbeats every age would stay as it is, however old the data becomes.
        """
        accepted = any(sent.beat.error is None for sent in self._sent.values())
        return accepted and (len(self._regions) == 1 or bool(self.ages()))

    def _told(self, call: Callable[[], None]) -> None:
        try:
            call()
        except StoreConflict as error:
            self._world.telemetry.log("conflict", error=str(error))
        except FailoverError as error:
            self._world.telemetry.problem("table_unavailable", error=str(error))
            self._world.telemetry.metrics({Metric.TABLE_UNAVAILABLE: 1})

    def _remember(self, service: Service) -> None:
        """What the last run has found. Without it, this one begins anew, and two are needed."""
        findings = self._world.store.read(service.name).findings
        mine = {each.aws_region: each for each in findings if each.vantage == self._vantage}
        self._before[service.name] = mine

    def _serve(self, name: str) -> None:
        """One AWS region from its heartbeat to what was found about it."""
        beat = self._beat(name)
        self._sent[name] = _Sent(beat, self._world.clock.monotonic())
        look = self._look(name)
        self._world.tasks.gather(
            [
                partial(self._told, partial(self._conclude, service, name, look))
                for service in self._services
                if name in service.aws_regions()
            ]
        )

    def _beat(self, name: str) -> Beat:
        at = self._world.clock.now()
        try:
            self._world.replicas.beat(name, self._data, self._vantage, at)
        except ReplicaUnavailable as error:
            return Beat(at, str(error))
        return Beat(at)

    def _look(self, name: str) -> _Look:
        """Read the heartbeats there until all that were accepted now show; the last answer.

        What was sent is noted before it is looked for: a heartbeat that is accepted after the last
        look must not seem to be missing.
        """
        while True:
            look = _Look(dict(self._sent))
            try:
                look.seen = self._world.replicas.beats(
                    name, self._data, self._vantage, self._regions
                )
            except ReplicaUnavailable as failed:
                look.error = str(failed)
            if not any(self._awaited(source, look) for source in self._regions):
                return look
            self._world.tasks.sleep(LOOK_EVERY)

    def _awaited(self, source: str, look: _Look) -> bool:
        """Whether a heartbeat of that source may still come to be seen."""
        now, sent = self._world.clock.monotonic(), look.sent.get(source)
        if sent is None:
            return now - self._began < LONGEST_WRITE
        if sent.beat.error is not None or look.seen.get(source, 0.0) >= sent.beat.at:
            return False
        return now - sent.known_at < LONGEST_LOOK

    def _conclude(self, service: Service, name: str, look: _Look) -> None:
        """What this service's settings make of it goes into the control table."""
        assert service.data is not None
        now = self._world.clock.now()
        finding = self._source(service, name, look)
        if look.error is not None:
            finding = replication.unread(finding, look.error, now)
        else:
            known = [
                self._source(service, source, look) for source in sorted(service.aws_regions())
            ]
            finding = replication.measured(finding, known, look.seen, service.data.max_age, now)
        self._found[service.name][name] = finding
        self._world.store.write_finding(service.name, finding)

    def _source(self, service: Service, name: str, look: _Look) -> Finding:
        """What is known of a region as a source, with this run's heartbeat."""
        before = self._before.get(service.name, {}).get(name)
        sent = look.sent.get(name)
        beat = sent.beat if sent else Beat(self._world.clock.now(), "no answer yet")
        return replication.written(before, beat, name, self._vantage)

    def _tell(self) -> None:
        """One line for the table, one for each replica in trouble, and each service's series."""
        telemetry, table = self._world.telemetry, self._data.table
        found = {
            name: finding for service in self._found.values() for name, finding in service.items()
        }
        for name, finding in sorted(found.items()):
            if finding.write_error or finding.read_error:
                telemetry.problem(
                    "replica_in_trouble",
                    table=table,
                    aws_region=name,
                    write_error=finding.write_error,
                    read_error=finding.read_error,
                )
        for service in self._services:
            links = self._links(service)
            telemetry.log("heartbeat", app=service.name, table=table, ages=links)
            if self._settings.region_metrics:
                for link, age in links.items():
                    value = {Metric.REPLICATION_AGE: age}
                    telemetry.metrics(value, app=service.name, link=link)

    def _links(self, service: Service) -> dict[str, float]:
        """The age of every link of a service that was measured now, by "SOURCE to REGION"."""
        return {
            f"{source} to {name}": round(link.age, 3)
            for name, finding in sorted(self._found[service.name].items())
            for source, link in sorted(finding.links.items())
            if link.at == finding.at
        }
