"""What each finding says: what was seen, why it matters, and what fixes it."""

from collections.abc import Mapping, Sequence

from failover.notify.commands import EVERYTHING, written
from failover.notify.events import as_duration
from failover.preflight.finding import Check, Finding, Level
from failover.preflight.report import Fault, Report
from failover.preflight.row import Row
from failover.preflight.rows_of_deployment import OF_DEPLOYMENT
from failover.preflight.rows_of_service import OF_SERVICE
from failover.quoting import one_line

LONGEST_SENTENCE = 500

ROWS: Mapping[Check, Row] = {**OF_DEPLOYMENT, **OF_SERVICE}
"""One row for each check."""


def seen(finding: Finding) -> str:
    """What was seen, or why it was not checked, as one line."""
    if finding.level is Level.NOT_CHECKED:
        return one_line(finding.reason)[:LONGEST_SENTENCE]
    return _line(finding, ROWS[finding.check].seen)


def why(finding: Finding) -> str:
    """Why it matters."""
    return ROWS[finding.check].why


def fix(finding: Finding) -> str:
    """The command or the setting that fixes it."""
    row = ROWS[finding.check]
    if row.command is None:
        return _line(finding, row.fix)
    event = written(row.command, finding.service or EVERYTHING)
    return f"{row.fix}: {event.command}, or the event {event}"


def place(finding: Finding) -> str:
    """What a finding is about: the service and the region, vantage or server, as far as it has."""
    return " ".join(filter(None, (finding.service, finding.about))) or "deployment"


def lines(findings: Sequence[Finding], services: int) -> list[str]:
    """All findings for a person: the verdict, then the errors, the warnings, and what was not
    checked, by its reason."""
    found = {level: [f for f in findings if f.level is level] for level in Level}
    unknown = found[Level.NOT_CHECKED]
    counts = _counts(len(found[Level.ERROR]), len(found[Level.WARNING]), len(unknown))
    checks = f"{len(ROWS)} checks of {_number(services, 'service')}"
    said = [f"{READY[not found[Level.ERROR]]}: {checks}, {counts}"]
    for finding in (*found[Level.ERROR], *found[Level.WARNING]):
        said += [
            f"{finding.level} {finding.check} ({place(finding)}): {seen(finding)}",
            f"  why: {why(finding)}",
            f"  fix: {fix(finding)}",
        ]
    for reason in dict.fromkeys(seen(finding) for finding in unknown):
        names = dict.fromkeys(f.check.value for f in unknown if seen(f) == reason)
        said.append(f"{Level.NOT_CHECKED} {', '.join(names)}: {reason}")
    return said


READY = {True: "READY", False: "NOT READY"}


def _counts(errors: int, warnings: int, unknown: int) -> str:
    wrong = f"{_number(errors, 'error')}, {_number(warnings, 'warning')}"
    return f"{wrong}, {unknown} not checked"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def readiness(report: Report, service: str, now: float) -> str:
    """What a report says of one service, as one line."""
    ago = f"{report.vantage}, {as_duration(now - report.at)} ago"
    if report.over(now):
        return f"not known: the last preflight was made by {ago}"
    counts = _counts(report.errors, report.warnings, report.not_checked)
    word = "not ready" if report.errors else "ready"
    told = "".join(f"; {fault(each, service)}" for each in report.faults)
    return one_line(f"{word}, {counts} ({ago}){told}")


def fault(found: Fault, service: str) -> str:
    """An error of a report, with its name. One of another release is only named."""
    row = next((row for check, row in ROWS.items() if check.value == found.check), None)
    if row is None:
        return f"{found.check} {found.about}".rstrip()
    known = _Known({**found.facts, "about": found.about, "service": service})
    return f"{found.check}: {one_line(row.seen.format_map(known))[:LONGEST_SENTENCE]}"


class _Known(dict[str, str]):
    """Facts of an item that another release may have written: what is missing is a `?`."""

    def __missing__(self, key: str) -> str:
        return "?"


def _line(finding: Finding, template: str) -> str:
    filled = template.format_map(
        {**finding.facts, "about": finding.about, "service": finding.service or ""}
    )
    return one_line(filled)[:LONGEST_SENTENCE]
