"""What the preflight finds, for people and for machines, kept for the status and the monitor."""

from failover.app.control.answers import Facts
from failover.app.preflight import preflight
from failover.errors import FailoverError, StoreConflict
from failover.notify.events import as_time
from failover.ports import World
from failover.preflight import words
from failover.preflight.finding import Finding, Level
from failover.preflight.report import reports
from failover.settings.model import Settings
from failover.settings.shards import MOST


def readiness(world: World, settings: Settings, vantage: str, only: str | None = None) -> Facts:
    """Every check of one service or of all: a summary to read first, then the findings.

    What was found of all services is kept in the control table until the next preflight. Asking
    for one service keeps nothing.
    """
    found = preflight(world, settings, vantage, only)
    if only is None:
        _keep(world, settings, vantage, found)
    told = answer(found, len(settings.services) if only is None else 1, world.clock.now())
    counts = {name: told[name] for name in ("ready", "checks", "errors", "warnings", "not_checked")}
    wrong = [f"{f.check} ({words.place(f)})" for f in found if f.level is Level.ERROR]
    world.telemetry.log("preflight", **counts, wrong=wrong)
    return told


def answer(found: tuple[Finding, ...], services: int, now: float) -> Facts:
    """What was found of so many services, as an answer."""
    levels = [finding.level for finding in found]
    return {
        "summary": words.lines(found, services),
        "at": as_time(now),
        "ready": Level.ERROR not in levels,
        "checks": len(words.ROWS),
        "errors": levels.count(Level.ERROR),
        "warnings": levels.count(Level.WARNING),
        "not_checked": levels.count(Level.NOT_CHECKED),
        "findings": [_finding(each) for each in _shown(found, services)],
    }


def _shown(found: tuple[Finding, ...], services: int) -> list[Finding]:
    """Of more services than one shard can have, what was not checked is only counted: Lambda
    returns 6 MB at the most."""
    return [f for f in found if services <= MOST or f.level is not Level.NOT_CHECKED]


def _keep(world: World, settings: Settings, vantage: str, found: tuple[Finding, ...]) -> None:
    """Keep a report of each service. A table that is away is one of the findings."""
    for name, report in reports(found, settings, vantage, world.clock.now()).items():
        try:
            world.store.write_preflight(name, report)
        except StoreConflict:
            continue  # a newer preflight of this vantage knows better
        except FailoverError as error:
            world.telemetry.problem("preflight_not_kept", app=name, error=str(error))
            return


def _finding(found: Finding) -> Facts:
    told: Facts = {
        "check": found.check,
        "level": found.level,
        "service": found.service,
        "about": found.about or None,
        "saw": words.seen(found),
    }
    if found.level is not Level.NOT_CHECKED:
        told |= {"why": words.why(found), "fix": words.fix(found)}
    return told
