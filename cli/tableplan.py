"""What is missing for the application's table to be replicated as the settings ask: as a value.

The rules are those of DynamoDB's global tables, version 2019.11.21 (Amazon DynamoDB Developer
Guide, "How DynamoDB global tables work"; UpdateTable in the API reference).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ACTIVE = "ACTIVE"
PASSING = frozenset({"CREATING", "UPDATING", "DELETING"})
"""The states that end by themselves."""

STRONG_REGIONS = 3
REGION_SETS = (
    ("us-east-1", "us-east-2", "us-west-2"),
    ("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"),
    ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
)
"""A strongly consistent table lies within one of these."""


class Does(StrEnum):
    """What a step does."""

    CREATE = "create"
    STREAM = "stream"
    REPLICATE = "replicate"
    WAIT = "wait"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The table as the settings and the command line ask for it.

    `regions` are its AWS regions in order, `key` the names of its key attributes. `strong` asks for
    multi-Region strong consistency, `witness` for a third AWS region without a replica.
    """

    table: str
    regions: tuple[str, ...]
    key: tuple[str, ...]
    strong: bool = False
    witness: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The table as one AWS region describes it. `key` is names and types, `replicas` the status of
    each by its AWS region, itself included. `empty` and `heartbeat` tell of its items."""

    status: str
    key: tuple[tuple[str, str], ...]
    replicas: Mapping[str, str] = field(default_factory=dict)
    strong: bool = False
    streams: bool = False
    empty: bool = True
    heartbeat: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One change, through the endpoint of one AWS region, and what is said of it."""

    does: Does
    region: str
    says: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do, in order, or why nothing is done."""

    steps: tuple[Step, ...] = ()
    problems: tuple[str, ...] = ()


def plan(wanted: Wanted, found: Mapping[str, Found | None]) -> Plan:
    """All that is missing, by what each AWS region says of the table (None: there is none).

    Any problem means that nothing is done: it takes a person.
    """
    problems = (*_impossible(wanted, found), *_strange(wanted, found))
    if problems:
        return Plan(problems=problems)
    return Plan(steps=(*_replication(wanted, found), *_heartbeats(wanted, found)))


def _impossible(wanted: Wanted, found: Mapping[str, Found | None]) -> list[str]:
    """What DynamoDB does not do."""
    home = found.get(_home(wanted, found))
    if not wanted.strong or (home and home.strong):
        return []
    problems = _never_strong(wanted)
    if home and len(home.replicas) > 1:
        problems.append("it is replicated already, and the consistency cannot be changed")
    elif home and not home.empty:
        problems.append("only an empty table can be made strongly consistent: it has items")
    return problems


def _never_strong(wanted: Wanted) -> list[str]:
    """Why no table in these AWS regions is strongly consistent."""
    regions = [*wanted.regions, *([wanted.witness] if wanted.witness else [])]
    problems = []
    if len(regions) != STRONG_REGIONS or len(wanted.regions) < STRONG_REGIONS - 1:
        problems.append(
            f"a strongly consistent table has {STRONG_REGIONS} AWS regions, three replicas or two "
            f"and a witness; asked for are {', '.join(regions)}"
        )
    if not any(set(regions) <= set(each) for each in REGION_SETS):
        sets = "; ".join(", ".join(each) for each in REGION_SETS)
        problems.append(
            f"a strongly consistent table lies within one of these sets of AWS regions: {sets}"
        )
    return problems


def _strange(wanted: Wanted, found: Mapping[str, Found | None]) -> list[str]:
    """What is there and does not fit."""
    home = _home(wanted, found)
    replicas = _replicas(found, home)
    problems = [
        f"the replica in {region} is {status}: DynamoDB's console says why"
        for region, status in replicas.items()
        if region in wanted.regions and status not in (ACTIVE, *PASSING)
    ]
    problems += _misfits(wanted, found, home)
    missing = [region for region in wanted.regions if region not in replicas]
    if missing and (table := found.get(home)) and table.strong:
        problems.append(f"no replica can be added to a strong table: {', '.join(missing)}")
    return problems


def _misfits(wanted: Wanted, found: Mapping[str, Found | None], home: str) -> list[str]:
    """The tables that are not replicas of the one asked for."""
    problems = []
    for region, table in found.items():
        if table and table.key != tuple((name, "S") for name in wanted.key):
            has = ", ".join(f"{name} ({kind})" for name, kind in table.key)
            problems.append(
                f"the key of the table in {region} is {has}; key in [service.data] names "
                f"{', '.join(wanted.key)}, texts (S)"
            )
        if table and region not in _replicas(found, home):
            problems.append(f"the table in {region} is one by itself and no replica of {home}'s")
    return problems


def _replication(wanted: Wanted, found: Mapping[str, Found | None]) -> list[Step]:
    home = _home(wanted, found)
    there = {home, *_replicas(found, home)}
    missing = tuple(region for region in wanted.regions if region not in there)
    steps = _table(wanted, found, home)
    if not missing:
        return steps
    if wanted.strong:
        witness = f", with a witness in {wanted.witness}" if wanted.witness else ""
        says = f"make it strongly consistent with {', '.join(missing)}{witness}: for ever"
        return [*steps, Step(Does.REPLICATE, home, says, missing)]
    if (table := found.get(home)) and not table.streams:
        says = f"turn on its stream of new and old images in {home}: replicas are made from it"
        steps.append(Step(Does.STREAM, home, says))
    for region in missing:  # one at a time: DynamoDB does no more
        says = f"add a replica in {region}: minutes, and longer the more it holds"
        steps.append(Step(Does.REPLICATE, home, says, (region,)))
    return steps


def _table(wanted: Wanted, found: Mapping[str, Found | None], home: str) -> list[Step]:
    """What comes before any replica: the table is made, or its last change comes to an end."""
    if found.get(home) is None:
        key = " and ".join(f"{name} (S)" for name in wanted.key)
        says = f"create the table in {home}: key {key}, on demand, protected"
        return [Step(Does.CREATE, home, says)]
    passing = sorted(r for r, s in _replicas(found, home).items() if s in PASSING)
    says = f"wait until {', '.join(passing)} is {ACTIVE}"
    return [Step(Does.WAIT, home, says)] if passing else []


def _heartbeats(wanted: Wanted, found: Mapping[str, Found | None]) -> list[Step]:
    """One item for each region, written through its own endpoint: that shows that it takes one."""
    return [
        Step(Does.HEARTBEAT, region, f"write the heartbeat item of {region}, in {region}")
        for region in wanted.regions
        if not ((table := found.get(region)) and table.heartbeat)
    ]


def _home(wanted: Wanted, found: Mapping[str, Found | None]) -> str:
    """The AWS region that is asked to change the table: the first one that has it."""
    return next((region for region in wanted.regions if found.get(region)), wanted.regions[0])


def _replicas(found: Mapping[str, Found | None], home: str) -> Mapping[str, str]:
    table = found.get(home)
    return table.replicas if table else {}
