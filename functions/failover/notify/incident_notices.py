"""What operators are told about each kind of incident; here those of settings, NodeBalancers,
beats and the preflight."""

from collections.abc import Mapping

from failover.notify.kinds import Kind
from failover.notify.notice import PREFLIGHT, Notice, Reach
from failover.notify.record_notices import OF_RECORDS
from failover.notify.region_notices import OF_REGIONS

INCIDENTS: Mapping[Kind, Notice] = {
    **OF_REGIONS,
    **OF_RECORDS,
    Kind.SETTINGS_DIFFER: Notice(
        Reach.ALERT,
        "{record}: the settings changed, but their revision did not",
        "Two different files with the same revision are or were deployed. Changed addresses of "
        "the newer one are not published until a failover needs them.",
        "Raise revision in the file that is right and deploy it to every vantage.",
        "never: what the settings say is not what is done",
    ),
    Kind.SETTINGS_OLD: Notice(
        Reach.HISTORY,
        "{record}: a vantage with older settings may not publish",
        "A vantage with older settings than another one probes and votes, but leaves publishing "
        "to the newer one.",
        "Deploy the newest settings to every vantage.",
        "a deployment is in progress",
    ),
    Kind.IPV6_UNMANAGED: Notice(
        Reach.ALERT,
        "{record} has AAAA records that nobody manages",
        "The settings no longer name any IPv6 address, and the name still has some of yours. They "
        "stay where they point, even when that region dies.",
        "Delete them in Cloud Manager, or give every region its IPv6 address in the settings.",
        "never: users with IPv6 follow them",
    ),
    Kind.BALANCER_CHANGED: Notice(
        Reach.ALERT,
        "{record}: a NodeBalancer has a new address",
        "The address that was accepted stays in use until the revision of the settings is raised.",
        "If the change was intended, raise revision and deploy.",
        "the old address still serves users, and somebody is working on it",
    ),
    Kind.BALANCER_MISSING: Notice(
        Reach.REMINDED,
        "{record}: a NodeBalancer is missing",
        "Linode has no NodeBalancer with a label of the settings. Its last accepted address stays "
        "in use.",
        "Create it again, or correct the label in the settings, raise revision and deploy.",
        "the region is being rebuilt, and another one serves users",
    ),
    Kind.BEATS_MISSING: Notice(
        Reach.REMINDED,
        "{record}: beats are missing, so the monitor stays awake",
        "For five minutes the messages that start the rounds could not be sent, or did not arrive. "
        "The monitor runs its rounds without them, as often as before. All services are watched; "
        "only the bill is higher.",
        "Read the error above. Is the event source mapping of the monitor enabled, and may the "
        "function use the queue (docs/permissions.md)? Is it AWS: https://health.aws.amazon.com, "
        "SQS and Lambda. It ends automatically.",
        "AWS reports the problem",
    ),
    Kind.PREFLIGHT_FAILED: Notice(
        Reach.REMINDED,
        "{record}: the preflight finds what would keep a failover from working",
        "Two preflights in a row found an error, or none was made for two hours. Users are served; "
        "the next failover, or the alert about it, may not work.",
        "Fix what the preflight finds: it names each error, why it matters, and what fixes it. "
        "What is fixed is gone with the next preflight, within 30 minutes, or at once with your "
        "own:",
        "what it names is planned work, and somebody ends it today",
        PREFLIGHT,
    ),
}
