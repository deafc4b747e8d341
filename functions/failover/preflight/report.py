"""What is kept of a preflight until the next one, so that the status and the monitor know of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from failover.preflight.finding import Finding, Level
from failover.settings.model import Settings

LIFE = 7200.0
"""Seconds for which a report counts. The schedule makes one every 30 minutes: four have failed."""

MOST_KEPT = 10
"""Errors that a report keeps. What the others are, the preflight tells when it is asked."""

LONGEST_FACT = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a preflight found. `check` is a `Check`, or the word of another release."""

    check: str
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What one vantage's last preflight found of one service: the item `preflight#<vantage>`.

    What concerns the whole deployment is in the report of the first service. `errors` counts them
    all; `faults` are the first of them.
    """

    vantage: str
    at: float
    errors: int = 0
    warnings: int = 0
    not_checked: int = 0
    faults: tuple[Fault, ...] = ()

    def over(self, now: float) -> bool:
        """Whether it is too old to say anything about now."""
        return abs(now - self.at) > LIFE


def reports(
    findings: Iterable[Finding], settings: Settings, vantage: str, at: float
) -> dict[str, Report]:
    """The report of every service, by its name."""
    names = [service.name for service in settings.services]
    mine: dict[str, list[Finding]] = {name: [] for name in names}
    for finding in findings:
        mine[finding.service or names[0]].append(finding)
    return {name: _report(found, vantage, at) for name, found in mine.items()}


def _report(found: list[Finding], vantage: str, at: float) -> Report:
    levels = [finding.level for finding in found]
    errors = [finding for finding in found if finding.level is Level.ERROR]
    return Report(
        vantage=vantage,
        at=at,
        errors=len(errors),
        warnings=levels.count(Level.WARNING),
        not_checked=levels.count(Level.NOT_CHECKED),
        faults=tuple(_fault(finding) for finding in errors[:MOST_KEPT]),
    )


def _fault(finding: Finding) -> Fault:
    short = {name: fact[:LONGEST_FACT] for name, fact in finding.facts.items()}
    return Fault(finding.check.value, finding.about, short)
