"""Checks of the application's data."""

from collections.abc import Callable
from functools import wraps

from failover.preflight import scope
from failover.preflight.facts import Facts, Kept, OfService
from failover.preflight.finding import Seen, Unknown
from failover.preflight.scope import Found, OfEachService, given
from failover.staleness import replication
from failover.staleness.global_table import GlobalTable
from failover.staleness.replication import Freshness

ACTIVE = "ACTIVE"
"""The status of a replica that takes reads and writes."""


def replica_unknown(_facts: Facts, of: OfService) -> Found:
    """Every AWS region describes its replica of the table."""
    for name, table in sorted(of.replicas.items()):
        if isinstance(table, Unknown):
            yield Seen(name, {"error": table.reason, "table": _table(of)})


def of_each_replica(look: Callable[[str, GlobalTable, OfService], Found]) -> OfEachService:
    """A check of each replica that its AWS region describes."""

    @wraps(look)
    def check(_facts: Facts, of: OfService) -> Found:
        for name, table in sorted(of.replicas.items()):
            if isinstance(table, Unknown):
                yield Unknown(table.reason, name)
            else:
                yield from look(name, table, of)

    return check


@of_each_replica
def replica_inactive(name: str, table: GlobalTable, of: OfService) -> Found:
    """Every replica of the table is active."""
    if (status := table.replicas.get(name, "missing")) != ACTIVE:
        yield Seen(name, {"status": status, "table": _table(of)})


@of_each_replica
def data_unprotected(name: str, table: GlobalTable, of: OfService) -> Found:
    """No replica of the table can be deleted by accident."""
    if not table.protected:
        yield Seen(name, {"table": _table(of)})


@of_each_replica
def data_not_recoverable(name: str, table: GlobalTable, of: OfService) -> Found:
    """Every replica of the table has point-in-time recovery."""
    if table.recoverable is None:
        yield Unknown("its backups could not be described", name)
    elif not table.recoverable:
        yield Seen(name, {"table": _table(of)})


@given(scope.kept)
def data_not_measured(kept: Kept, facts: Facts, of: OfService) -> Found:
    """The age of the data in every other region is measured."""
    return _by_freshness(kept, facts, of, Freshness.UNKNOWN)


@given(scope.kept)
def data_stale(kept: Kept, facts: Facts, of: OfService) -> Found:
    """The data in every other region is younger than `max_age`."""
    return _by_freshness(kept, facts, of, Freshness.STALE)


def _by_freshness(kept: Kept, facts: Facts, of: OfService, wanted: Freshness) -> Found:
    """The AWS regions whose data is so, seen from the one that is active."""
    service, data = of.service, of.service.data
    if data is None:
        return
    serving = service.aws_regions(kept.state.served.active if kept.state else {})
    if len(serving) != 1:
        yield Unknown("ages are measured from one active region, and there is not exactly one")
        return
    names, vantages = service.aws_regions(), facts.settings.vantages
    found = replication.seen(serving, names, kept.measured, vantages, facts.now)
    for name, seen in found.items():
        if name not in serving and seen.freshness is wanted:
            age = "unknown" if seen.age is None else f"{seen.age:.0f} s"
            yield Seen(name, {"age": age, "max_age": f"{data.max_age:g}"})


def _table(of: OfService) -> str:
    assert of.service.data is not None
    return of.service.data.table
