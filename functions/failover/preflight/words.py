"""What each finding says: what was seen, why it matters, and what fixes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from failover.notify.commands import EVERYTHING, Command, written
from failover.notify.events import as_duration
from failover.preflight.finding import Check, Finding, Level
from failover.preflight.report import Fault, Report
from failover.quoting import one_line

LONGEST_SENTENCE = 500


@dataclass(frozen=True, slots=True)
class Row:
    """The words of one check. `seen` is filled with the facts of a finding, `{about}` and
    `{service}`; `command` is the event that fixes it, if one does."""

    seen: str
    why: str
    fix: str
    command: Command | None = None


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


_NEXT_FAILS = "The next failover cannot change the records."
_REPLACE = (
    "Make a token with the scopes in docs/permissions.md and store it in the parameter of the stack"
)
_DEPLOY = "Deploy the same release and settings to every vantage"

ROWS: Mapping[Check, Row] = {
    Check.TOKEN_UNREADABLE: Row(
        "the Linode token cannot be read: {error}",
        _NEXT_FAILS,
        "Store the token in the parameter of the stack (docs/deploy.md)",
    ),
    Check.TOKEN_REFUSED: Row("Linode refuses the token: {error}", _NEXT_FAILS, _REPLACE),
    Check.TOKEN_LACKS_SCOPE: Row("{error}", _NEXT_FAILS, _REPLACE),
    Check.TOKEN_TOO_WIDE: Row(
        "the token has scopes that nothing uses: {scopes}; it needs {needed}",
        "Whoever gets hold of the token can do more than change DNS records.",
        _REPLACE,
    ),
    Check.TABLE_UNAVAILABLE: Row(
        "the control table does not answer: {error}",
        "Without it no name moves automatically.",
        "Check the table and https://health.aws.amazon.com (docs/runbook.md, table-unavailable)",
    ),
    Check.TABLE_NOT_STRONG: Row(
        "several vantages share a control table with {consistency} consistency",
        "Two vantages could write different decisions at the same time.",
        "Create a table with ControlTableKind strong and deploy every vantage with it",
    ),
    Check.TABLE_UNPROTECTED: Row(
        "the control table has no deletion protection",
        "Without the table nothing fails over, and its history is lost.",
        "Turn on deletion protection of the control table in the DynamoDB console",
    ),
    Check.TABLE_NOT_RECOVERABLE: Row(
        "the control table has no point-in-time recovery",
        "Orders and the history cannot be restored after a mistake.",
        "Turn on point-in-time recovery of the control table in the DynamoDB console",
    ),
    Check.ITEM_UNUSABLE: Row(
        "{error}",
        "What the item says does not count until it is correct.",
        "Correct the item in the DynamoDB console, or delete it",
    ),
    Check.STOP_SWITCH_ON: Row(
        "{by} stopped automation for all services until {until}: {reason}",
        "No name leaves a dead region automatically until then.",
        "If the stop is no longer wanted",
        Command.RESUME,
    ),
    Check.VANTAGE_SILENT: Row(
        "vantage {about} does not vote on {services}",
        "With too few votes there is no verdict, and no name moves.",
        "See its log group and its schedule in that AWS region (docs/runbook.md, dead-man)",
    ),
    Check.VANTAGE_BLIND: Row(
        "vantage {about} reaches neither the regions nor the references",
        "The votes of a blind vantage do not count.",
        "Check https://health.aws.amazon.com for that region, and the references in the settings",
    ),
    Check.SETTINGS_DIFFER: Row(
        "vantage {about} has other settings: {theirs}; here {ours}",
        "Vantages with older settings vote and do not publish.",
        _DEPLOY,
    ),
    Check.CLOCK_AHEAD: Row(
        "the clock of vantage {about} is {seconds} s ahead",
        "Votes and claims end by the clock, so they last too long or not long enough.",
        "Compare the times in the logs of both vantages; AWS sets the clocks of functions",
    ),
    Check.BEATS_MISSING: Row(
        "the ticks of vantage {about} are started by the schedule alone: {error}",
        "The monitor stays awake instead, which costs more.",
        "Check the queue and its event source mapping (docs/alerts.md, beats_missing)",
    ),
    Check.NO_TOPIC: Row(
        "there is no topic for alerts: ALERT_TOPIC_ARN is empty",
        "Nobody is notified of a failover or of its failure.",
        "Deploy the stack with its alert topic",
    ),
    Check.NO_SUBSCRIBER: Row(
        "nobody has confirmed a subscription to the alert topic",
        "Alerts and alarms reach nobody.",
        "Deploy with AlertEmail and confirm the mail from AWS, or subscribe to the topic",
    ),
    Check.ALARM_MISSING: Row(
        "the stack has no alarm",
        "Nobody is notified when the monitor itself stops.",
        "Deploy the stack again: its alarms were deleted",
    ),
    Check.ALARM_SILENT: Row(
        "the actions of the alarm {about} {why}",
        "The alarm reaches nobody.",
        "Turn the actions of the alarm on, or deploy the stack again",
    ),
    Check.NOT_MANAGED: Row(
        "{service} has no decision yet",
        "Nothing fails over before the first decision.",
        "Send status: it names what keeps the records from being adopted",
    ),
    Check.PAUSED: Row(
        "{by} paused {service} until {until}: {reason}",
        "The name does not leave a dead region automatically until then.",
        "If the pause is no longer wanted",
        Command.RESUME,
    ),
    Check.PINNED: Row(
        "{by} pinned {service} to {about} until {until}: {reason}",
        "The name stays at that region until then, even if it dies.",
        "If the pin is no longer wanted",
        Command.RELEASE,
    ),
    Check.ALERTS_STUCK: Row(
        "{count} alerts of {service} wait to be sent, the oldest since {since}",
        "Operators are not notified.",
        "See the log of the monitor for alert_not_sent (docs/runbook.md, alert-not-sent)",
    ),
    Check.RECORDS_UNREAD: Row(
        "the records of {service} cannot be read: {error}",
        _NEXT_FAILS,
        "404: add the domain, or give the token's user access to it. 5xx or no answer: check "
        "https://status.linode.com",
    ),
    Check.DOMAIN_NOT_GRANTED: Row(
        "the user of the token has the access {has} to the domain {domain}",
        _NEXT_FAILS,
        "In Cloud Manager give the user Read-Write access to {domain}",
    ),
    Check.DOMAIN_INACTIVE: Row(
        "the status of the domain {domain} is {status}",
        "Linode does not serve the domain, whatever its records say.",
        "In Cloud Manager set the status of {domain} to active",
    ),
    Check.NOT_DELEGATED: Row(
        "the domain {domain} is delegated to {servers}",
        "Resolvers ask other name servers than Linode's, so a changed record does not reach them.",
        "At your registrar set the name servers of {domain} to ns1 to ns5.linode.com",
    ),
    Check.ZONE_NOT_RENDERED: Row(
        "the zone file at Linode is not usable: {error}",
        "A changed record reaches no name server before Linode renders the zone.",
        "Save any change to the domain in Cloud Manager, and check https://status.linode.com",
    ),
    Check.NAME_SERVER_SILENT: Row(
        "the name server {about} does not answer for {service}: {error}",
        "A failover cannot be proved, and some users may not find the name.",
        "Check https://status.linode.com, and NAMESERVERS in the environment of the functions",
    ),
    Check.NAME_SERVER_DIFFERS: Row(
        "{about} gives {gives}; the records say {records}",
        "A changed record does not reach users through it.",
        "If it lasts, save any change to the domain in Cloud Manager; check "
        "https://status.linode.com",
    ),
    Check.SERIALS_DIFFER: Row(
        "the name servers have different versions of the zone: {serials}",
        "Right after a change this is normal. If it lasts, one of them does not follow.",
        "If it lasts for an hour, ask Linode's support",
    ),
    Check.RESOLVER_DIFFERS: Row(
        "the public resolver {about} gives {gives}; the records say {records}",
        "Users of that resolver are not sent where the records say.",
        "If it lasts, compare it with others; flush its cache where its operator offers that",
    ),
    Check.RECORD_MISSING: Row(
        "{service} has no {about} record",
        "A failover would have to add it, which the token may not be allowed to do.",
        "Add the missing record in Cloud Manager",
    ),
    Check.RECORD_IN_THE_WAY: Row(
        "there is a {about} record at the name of {service}, to {target}",
        "The name cannot be managed beside it.",
        "Delete it: {remove}",
    ),
    Check.RECORD_SURPLUS: Row(
        "{service} has {count} {about} records where {needed} are needed",
        "What is too many is never deleted automatically, and may point at a dead region.",
        "Delete the surplus records in Cloud Manager",
    ),
    Check.RECORD_FOREIGN: Row(
        "a record of {service} says {about}, which is in no settings ({type})",
        "Such an address is never overwritten, so no failover happens.",
        "Correct the record in Cloud Manager, or add the address to the settings",
    ),
    Check.TTL_DIFFERS: Row(
        "the TTL of the {type} record {about} is {found}; the settings say {asked}",
        "Resolvers keep the old address for that long after a failover.",
        "Set the TTL of the record to {asked} in Cloud Manager",
    ),
    Check.TTL_SERVED_LONGER: Row(
        "{about} serves the {type} records with a TTL of {served} s; the record says {listed} s",
        "Resolvers keep the old address for that long after a failover.",
        "Save any change to the domain in Cloud Manager, so that Linode renders it again",
    ),
    Check.NEGATIVE_TTL_LONG: Row(
        "resolvers may keep for {seconds} s that a name of {domain} does not exist",
        "If a record is ever missing for a moment, users lose the name for that long.",
        "Lower the negative caching time (SOA) of {domain}; ask Linode's support if you cannot",
    ),
    Check.REGION_UNHEALTHY: Row(
        "{about} fails its probe at {address}: {reason} {detail}",
        "The region cannot serve users, or could not take over.",
        "Bring the region back, or correct [service.health] in the settings (docs/region.md)",
    ),
    Check.REGION_CERTIFICATE: Row(
        "the certificate of {about} at {address} is not valid for the name: {detail}",
        "Users who are sent there see a certificate error.",
        "Renew the certificate of the region for the name (docs/region.md)",
    ),
    Check.REGION_CERTIFICATE_ENDS: Row(
        "the certificate of {about} ends in {days} days",
        "After that the region counts as dead. What renews it has not done so in time.",
        "Renew the certificate of the region, and correct what should have renewed it",
    ),
    Check.REGION_WRONG: Row(
        "{address} does not answer as {about}: {detail}",
        "A failover to it would send users to another region.",
        "Correct the address of the region in the settings, or the region that its answer names",
    ),
    Check.REGION_SLOW: Row(
        "{about} answers after {took} s; the timeout is {timeout} s",
        "With a little more load the region counts as dead.",
        "Make the health endpoint faster, or raise timeout in [service.health]",
    ),
    Check.REGION_IPV6: Row(
        "{about} fails its probe at {address}: {reason} {detail}",
        "Users with IPv6 would be sent to a region that does not answer them.",
        "Correct the IPv6 address of the region in the settings, or its firewall",
    ),
    Check.BALANCER_MISSING: Row(
        "the account has no NodeBalancer {label} for {about}",
        "The last known address of the region stays in use.",
        "Create it again, or correct nodebalancer in the settings, raise revision and deploy",
    ),
    Check.BALANCER_CHANGED: Row(
        "the NodeBalancer {label} of {about} has {found}; {counts} is in use",
        "The address in use may belong to nobody, or to somebody else.",
        "If the change was intended, raise revision and deploy",
    ),
    Check.BALANCER_UNCHECKED: Row(
        "the NodeBalancer {label} of {about} does not check its back ends behind port {port}",
        "A dead back end keeps its users, and may make the whole region look dead.",
        "In Cloud Manager set an active health check of the NodeBalancer (docs/region.md)",
    ),
    Check.BALANCER_PATH: Row(
        "the NodeBalancer {label} of {about} checks {path}; [service.health] has {asked}",
        "The NodeBalancer and the probes may not agree about which back end is healthy.",
        "Set the path of its health check to that of [service.health] (docs/region.md)",
    ),
    Check.BALANCER_SLOW: Row(
        "the NodeBalancer {label} of {about} takes a dead back end out after {takes} s; a region "
        "is dead after {failover} s",
        "One dead back end may move the name away from a region that is healthy otherwise.",
        "Lower the interval or the attempts of its health check (docs/region.md)",
    ),
    Check.BACK_ENDS_FEW: Row(
        "the NodeBalancer {label} of {about} has {count} back ends behind port {port}",
        "One failure takes the region down.",
        "Add a second back end",
    ),
    Check.BACK_ENDS_DOWN: Row(
        "{up} of {of} back ends of the NodeBalancer {label} of {about} are up",
        "The region could not carry the load of another one.",
        "Bring the back ends back",
    ),
    Check.REPLICA_UNKNOWN: Row(
        "{about} does not describe the table {table}: {error}",
        "The region may have no data to serve.",
        "Send data-status; check DataTables (docs/data.md)",
    ),
    Check.REPLICA_INACTIVE: Row(
        "the replica of {table} in {about} is {status}",
        "The region could not read or write its data.",
        "Send data-status; check the replica in the DynamoDB console",
    ),
    Check.DATA_UNPROTECTED: Row(
        "the table {table} has no deletion protection in {about}",
        "One mistake deletes the data of the region.",
        "Turn it on in the DynamoDB console",
    ),
    Check.DATA_NOT_RECOVERABLE: Row(
        "the table {table} has no point-in-time recovery in {about}",
        "What a faulty release or a person destroys is replicated at once, and cannot be undone.",
        "Turn it on in the DynamoDB console",
    ),
    Check.DATA_NOT_MEASURED: Row(
        "the age of the data in {about} is not known",
        "Data of unknown age counts as fresh: a failover may go to old data.",
        "Send data-status; check DataTables and the heartbeat function (docs/data.md)",
    ),
    Check.DATA_STALE: Row(
        "the data in {about} is {age} behind; max_age is {max_age} s",
        "A failover there would serve old data.",
        "Send data-status; check https://health.aws.amazon.com, DynamoDB",
    ),
    Check.PROMISE_BROKEN: Row(
        "a failover of {service} may take {total} s; rto_target is {target} s. The last "
        "publication took {took} s, publish_allowance is {allowance} s",
        "The recovery time that the settings promise cannot be kept.",
        "Raise publish_allowance to what was measured, and lower other times or raise rto_target",
    ),
}
"""One row for each check."""
