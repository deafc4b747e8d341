"""Whether a region that was made works: its NodeBalancer, its health, the record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cli.region.file import Regions
from cli.region.model import Existing, Kind, Plan, Thing
from cli.region.tables import RegionTable
from cli.region.wanted import balancer_label

Probe = Callable[[str, str], str]
"""From an AWS region and an address to what is wrong; empty if nothing is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    region: str
    good: bool
    says: str


def findings(
    regions: Regions, there: Existing, plan: Plan, probe: Probe, only: str | None
) -> Iterator[Finding]:
    """Everything that was looked at, the regions in the order of the file."""
    for region in regions.said.region:
        if only in (None, region.name):
            missing = sum(step.region == region.name for step in plan.steps)
            says = f"{missing} steps are left: linode-failover region plan {regions.path}"
            yield Finding(
                region.name, not missing, says if missing else "everything is as the file says"
            )
            yield from _region(regions, region, there, probe)
    if only is None:
        yield from _record(regions, there)


def _region(
    regions: Regions, region: RegionTable, there: Existing, probe: Probe
) -> Iterator[Finding]:
    label = balancer_label(regions, region.name)
    balancer = there.one(Kind.BALANCER, label)
    if balancer is None:
        yield Finding(region.name, False, f"there is no NodeBalancer {label}")
        return
    listener = there.one(Kind.PORT, f"{label}:{regions.said.balancer.port}")
    up, count = (listener.fields["up"] if listener else 0), regions.said.count
    yield Finding(region.name, up >= count, f"{up} of {count} nodes are up")
    address = str(balancer.fields["ipv4"])
    wrong = probe(region.aws_region, address)
    asked = f"{regions.said.balancer.check_path} at {address}"
    yield Finding(
        region.name, not wrong, f"{asked}: {wrong or f'healthy, and it is {region.aws_region}'}"
    )


def _record(regions: Regions, there: Existing) -> Iterator[Finding]:
    said = regions.said.record
    labels = [balancer_label(regions, each.name) for each in regions.said.region]
    places = [found for label in labels if (found := there.one(Kind.BALANCER, label))]
    for family, field in {"A": "ipv4", **({"AAAA": "ipv6"} if said.ipv6 else {})}.items():
        name = f"{said.name} {family}"
        records = there.all(Kind.RECORD, name)
        if not records:
            yield Finding("", False, f"{name}: there is no record")
        for record in records:
            at = _where(record, places, field)
            good = at is not None and record.fields["ttl_sec"] == said.ttl
            where = f"which is {at}" if at else "which is none of the regions"
            ttl = f"its TTL is {record.fields['ttl_sec']} s"
            yield Finding("", good, f"{name}: {record.fields['target']}, {where}; {ttl}")


def _where(record: Thing, places: list[Thing], field: str) -> str | None:
    found = (each.label for each in places if each.fields[field] == record.fields["target"])
    return next(found, None)
