"""The words of the checks of the deployment."""

from collections.abc import Mapping

from failover.notify.commands import Command
from failover.preflight.finding import Check
from failover.preflight.row import NEXT_FAILS, Row

_REPLACE = (
    "Make a token with the scopes in docs/permissions.md and store it in the parameter of the stack"
)
_DEPLOY = "Deploy the same release and settings to every vantage"

OF_DEPLOYMENT: Mapping[Check, Row] = {
    Check.TOKEN_UNREADABLE: Row(
        "the Linode token cannot be read: {error}",
        NEXT_FAILS,
        "Store the token in the parameter of the stack (docs/deploy.md)",
    ),
    Check.TOKEN_REFUSED: Row("Linode refuses the token: {error}", NEXT_FAILS, _REPLACE),
    Check.TOKEN_LACKS_SCOPE: Row("{error}", NEXT_FAILS, _REPLACE),
    Check.TOKEN_TOO_WIDE: Row(
        "the token has scopes that nothing uses: {scopes}; it needs {needed}",
        "Whoever gets hold of the token can do more than change DNS records.",
        _REPLACE,
    ),
    Check.TOKEN_ENDS: Row("the Linode token ends in {days} days", NEXT_FAILS, _REPLACE),
    Check.RATE_LIMIT_LOW: Row(
        "of {limit} listings in a minute that Linode allows the user of the token, {left} are left",
        "Something else asks with tokens of the same user. A failover that Linode refuses is late.",
        "Give the stack a token of a user of its own (docs/permissions.md)",
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
        "vantage {about} reaches neither the regions nor the references, or cannot send its probes",
        "The votes of a blind vantage do not count.",
        "Check https://health.aws.amazon.com for that region, and in the settings the references "
        "and secret_headers (docs/runbook.md, blind)",
    ),
    Check.SETTINGS_DIFFER: Row(
        "vantage {about} has other settings: {theirs}; here {ours}",
        "Vantages with older settings vote and do not publish.",
        _DEPLOY,
    ),
    Check.RELEASE_DIFFERS: Row(
        "vantage {about} runs another release: {theirs}; here {ours}",
        "The older release passes over what only the newer one knows.",
        _DEPLOY,
    ),
    Check.CLOCK_AHEAD: Row(
        "the clock of vantage {about} is {seconds} s ahead",
        "Votes and claims end by the clock, so they last too long or not long enough.",
        "Compare the times in the logs of both vantages; AWS sets the clocks of functions",
    ),
    Check.MEMORY_LOW: Row(
        "the monitor of vantage {about} has used {used} of its memory",
        "Lambda ends a function that needs more than it has, in the middle of a round.",
        "Raise MonitorMemory in samconfig.toml and deploy (docs/deploy.md)",
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
    Check.CONCURRENCY_LOW: Row(
        "Lambda runs {allowed} functions of the account at once here, and the monitor alone may "
        "need {needed}",
        "While other functions take all of them, no tick starts, and nothing fails over.",
        "Ask AWS for a higher quota of concurrent executions, or set ReservedConcurrency "
        "(docs/deploy.md)",
    ),
}
