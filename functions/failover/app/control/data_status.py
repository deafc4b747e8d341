"""How the application's data stands in every AWS region: replicas, heartbeats, ages. Read-only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from failover.app.control.answers import Facts
from failover.decision.words import values
from failover.errors import ReplicaUnavailable
from failover.notify.events import as_time
from failover.ports import World
from failover.settings.model import Data, Service, Settings
from failover.staleness import replication
from failover.staleness.global_table import GlobalTable
from failover.staleness.replication import FINDING_LIFE, Finding, Seen
from failover.store import Snapshot

Described = Mapping[str, GlobalTable | ReplicaUnavailable]
"""What each AWS region says of the table, or why it says nothing."""


def data_status(world: World, settings: Settings, only: str | None = None) -> Facts:
    """The data of one service or of all: a summary to read first, then the facts.

    Each AWS region is asked for the status of the table. What was measured comes from the control
    table, with its age: nothing is measured now. Raises StoreUnavailable, and KeyError for a
    service that is not in the settings.
    """
    if only is not None and settings.service(only) is None:
        raise KeyError(only)
    summary: list[str] = []
    services: dict[str, Facts] = {}
    for service in settings.services:
        if only not in (None, service.name):
            continue
        if service.data is None:
            services[service.name] = {"table": None}
            summary += [f"{service.name}: no [service.data] in the settings"]
            continue
        picture = _picture(world, settings, service, service.data)
        services[service.name] = picture.facts()
        summary += picture.summary()
    return {"summary": summary, "at": as_time(world.clock.now()), "services": services}


def _picture(world: World, settings: Settings, service: Service, data: Data) -> "_Picture":
    found = world.store.read(service.name)
    names = service.aws_regions()
    asked = [partial(_described, world, name, data.table) for name in names]
    described = dict(zip(names, world.tasks.gather(asked), strict=True))
    return _Picture(service, data, names, found, described, settings, world.clock.now())


def _described(world: World, name: str, table: str) -> GlobalTable | ReplicaUnavailable:
    try:
        return world.replicas.describe(name, table)
    except ReplicaUnavailable as error:
        return error


@dataclass(frozen=True, slots=True)
class _Picture:
    """All that is known about the data of one service."""

    service: Service
    data: Data
    names: Sequence[str]
    found: Snapshot
    described: Described
    settings: Settings
    now: float

    def summary(self) -> list[str]:
        """The replicas as a table, then the ages as a matrix for each vantage."""
        table = next(iter(self._tables()), None)
        mode = f"{table.consistency} consistency" if table else "which no AWS region describes"
        witnesses = f", witness {', '.join(table.witnesses)}" if table and table.witnesses else ""
        lines = [f"{self.service.name}: table {self.data.table}, {mode}{witnesses}"]
        lines += _aligned([["replica", "status", "data"], *self._replicas()])
        lines += [
            f"    {name} does not describe the table: {told}"
            for name, told in self.described.items()
            if not isinstance(told, GlobalTable)
        ]
        vantages = sorted({finding.vantage for finding in self.found.findings})
        for vantage in vantages:
            lines += self._matrix(vantage)
        if not vantages:
            lines += [
                "  no heartbeat was ever recorded: is the template's parameter DataTables set,",
                "  and does the heartbeat function run? (docs/data.md)",
            ]
        return lines

    def _replicas(self) -> list[list[str]]:
        """A row for each: its status, and how fresh its data is."""
        seen = {name: _told(each) for name, each in self._seen().items()}
        seen |= dict.fromkeys(self._serving(), "the active region")
        return [[name, self._status(name), seen[name]] for name in self.names]

    def facts(self) -> Facts:
        """The same for machines."""
        seen = self._seen()
        return {
            "table": self.data.table,
            "max_age_seconds": self.data.max_age,
            "replicas": {
                name: {
                    "status": self._status(name),
                    "active": name in self._serving(),
                    "freshness": seen[name].freshness,
                    "age_seconds": seen[name].age,
                    "measured": {
                        finding.vantage: self._measured(finding)
                        for finding in self.found.findings
                        if finding.aws_region == name
                    },
                }
                for name in self.names
            },
        }

    def _measured(self, finding: Finding) -> Facts:
        return {
            "seconds_ago": round(self.now - finding.at, 1),
            "last_heartbeat": as_time(finding.accepted) if finding.accepted is not None else None,
            "write_error": finding.write_error,
            "read_error": finding.read_error,
            "behind_seconds": {name: round(link.age, 3) for name, link in finding.links.items()},
        }

    def _tables(self) -> list[GlobalTable]:
        return [told for told in self.described.values() if isinstance(told, GlobalTable)]

    def _status(self, name: str) -> str:
        """What the region itself says, or else what another one says of it."""
        told = self.described[name]
        if isinstance(told, GlobalTable):
            return told.replicas[name]
        others = {table.replicas[name] for table in self._tables() if name in table.replicas}
        return " or ".join(sorted(others)) or "unknown"

    def _serving(self) -> tuple[str, ...]:
        active = self.found.state.served.active if self.found.state else {}
        return self.service.aws_regions(active)

    def _seen(self) -> dict[str, Seen]:
        vantages, findings = self.settings.vantages, self.found.findings
        return replication.seen(self._serving(), self.names, findings, vantages, self.now)

    def _matrix(self, vantage: str) -> list[str]:
        """By how many seconds each region is behind each other one, as one vantage measured it."""
        mine = {f.aws_region: f for f in self.found.findings if f.vantage == vantage}
        shown = [mine[name] for name in self.names if name in mine]
        age = self.now - max(finding.at for finding in mine.values())
        old = "" if age <= FINDING_LIFE else ": it has stopped, and counts no more"
        return [
            f"  seconds behind, measured by {vantage} {age:.0f} s ago{old}:",
            *_aligned(self._ages(shown), right=True),
            *(f"    {each.aws_region}: {_trouble(each)}" for each in shown if _trouble(each)),
        ]

    def _ages(self, shown: Sequence[Finding]) -> list[list[str]]:
        """A column for each of these regions, a row for each of them as the source."""
        names = [finding.aws_region for finding in shown]
        rows = [[f"of {source}", *(self._cell(f, source) for f in shown)] for source in names]
        return [["", *(f"in {name}" for name in names)], *rows, ["last beat", *map(_beat, shown)]]

    def _cell(self, finding: Finding, source: str) -> str:
        link = finding.links.get(source)
        if source == finding.aws_region:
            return "-"
        if link is None or abs(self.now - link.at) > FINDING_LIFE:
            return "?"
        return f"{link.age:.1f}"


def _told(seen: Seen) -> str:
    age = "" if seen.age is None else f", {values.data_age(seen)}"
    return f"{seen.freshness}{age}"


def _beat(finding: Finding) -> str:
    return "never" if finding.accepted is None else as_time(finding.accepted)[11:]


def _trouble(finding: Finding) -> str:
    said = {"it took no write": finding.write_error, "it could not be read": finding.read_error}
    return "; ".join(f"{what} ({error})" for what, error in said.items() if error)


def _aligned(rows: Sequence[Sequence[str]], *, right: bool = False) -> list[str]:
    """Lines with their columns under each other; the first column is always to the left."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    side: Callable[[str, int], str] = str.rjust if right else str.ljust
    lines = []
    for first, *others in rows:
        cells = [side(cell, width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("    " + "  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return lines
