"""What operators are told about each kind of incident."""

from collections.abc import Mapping

from failover.notify.kinds import Kind
from failover.notify.notice import FAILOVER, PIN, RELEASE, RESUME, TAKEOVER, Notice, Reach

INCIDENTS: Mapping[Kind, Notice] = {
    Kind.NO_HEALTHY_REGION: Notice(
        Reach.REMINDED,
        "{record} has no healthy region",
        "Every region fails its probes, so the name stays where it is. Users are probably not "
        "served.",
        "Bring one region back; the name follows automatically. If users are served anyway, the "
        "health endpoint or its entry in the settings is wrong.",
        "a region is already being brought back",
    ),
    Kind.FAILOVER_HELD: Notice(
        Reach.REMINDED,
        "{record} still points at a dead region: failover is held",
        "A region that the name points at is unhealthy and another one is healthy, but the name "
        "has not moved. The reason is above.",
        "Remove the reason if you can. To move the name now:",
        "the reason above is one that you chose in the settings, such as accept_stale_after, and "
        "you want to wait",
        FAILOVER,
    ),
    Kind.FAILOVER_FAILED: Notice(
        Reach.REMINDED,
        "{record} should change, but Linode has not accepted it for a minute",
        "The change is retried in every round. Until it succeeds, the name may point at a dead "
        "region.",
        "Read the error above and check https://status.linode.com. Replace a token that was "
        "revoked or has expired. You may also set the record in Cloud Manager: a healthy region "
        "of the settings is accepted as a decision.",
        "Linode reports an API outage, and the old region still serves users",
    ),
    Kind.NOT_SERVED: Notice(
        Reach.REMINDED,
        "{record} is written but not served by every name server",
        "The records at Linode are right, but the name servers did not all give the new answer "
        "within the promised time. Some users may still be sent to the old region.",
        "Compare the answers above. Check in Cloud Manager that the domain is active, and check "
        "https://status.linode.com. If the zone file is old, saving any change to the domain "
        "makes Linode render it again.",
        "Linode reports a DNS outage, and the old region still serves users",
    ),
    Kind.RECORDS_UNREAD: Notice(
        Reach.REMINDED,
        "{record}: its records have not been readable for five minutes",
        "No vantage can read the records at Linode: the requests fail, or a list shows a change "
        "that cannot be confirmed, because reading the records one by one fails. A failover may "
        "not be possible, and changes by other people go unnoticed.",
        "Read the error above. 401: replace the token. 404: the token cannot see the domain: "
        "add the domain, give the token's user access to it, or use a token of its account. 5xx or "
        "no answer: check https://status.linode.com.",
        "Linode reports an API outage, and the region that the name points at is healthy",
    ),
    Kind.TOKEN_REFUSED: Notice(
        Reach.REMINDED,
        "{record} could not fail over: the Linode token does not suffice",
        "Linode refuses the token, or the token lacks a scope that a failover needs.",
        "Make a new token with the scopes in docs/permissions.md and store it in the parameter "
        "of the stack. It is used within five minutes.",
        "never: the next failover would fail",
    ),
    Kind.ZONE_DISABLED: Notice(
        Reach.REMINDED,
        "{record}: Linode does not serve its domain",
        "Linode says that the domain is not active, or its name servers refuse to answer for it, "
        "whatever the records say.",
        "In Cloud Manager set the status of the domain to active, and correct the errors that it "
        "shows. Linode serves the domains of an account only while it has an active Linode.",
        "never: no change of the records reaches users",
    ),
    Kind.STANDBY_UNHEALTHY: Notice(
        Reach.REMINDED,
        "{record}: a standby region has been unhealthy for ten minutes",
        "Users are served from another region, but this one could not take over.",
        "Bring the region back. The list above shows why its probes fail.",
        "the region is down for planned work, and another standby is healthy",
    ),
    Kind.QUORUM_LOST: Notice(
        Reach.REMINDED,
        "{record}: too few votes to judge its region",
        "For three minutes too few vantages have voted on the active region. Without a verdict "
        "the name is not moved.",
        "Find out which vantage is missing, and watch the region yourself until it is back. To "
        "move the name meanwhile:",
        "the region serves users, and the vantage is being deployed",
        FAILOVER,
    ),
    Kind.SPLIT_VERDICT: Notice(
        Reach.REMINDED,
        "{record}: the vantages disagree about its region",
        "For three minutes the votes on the active region have had no majority. Without a verdict "
        "the name is not moved.",
        "Test the region from several places: some users may not reach it. To move the name:",
        "your own test says that the region serves everybody",
        FAILOVER,
    ),
    Kind.ADOPTION_HELD: Notice(
        Reach.REMINDED,
        "{record} is not managed yet: its records are not those of the settings",
        "The records do not say exactly the addresses of regions in the settings, so there is no "
        "decision to start from. No failover happens until they do.",
        "Correct the records or the settings, or take the records over:",
        'mode is "observe" and you are still setting it up',
        TAKEOVER,
    ),
    Kind.DRIFT: Notice(
        Reach.REMINDED,
        "{record}: its records were changed by somebody else",
        "The records say something that was not decided here. Addresses that are in no settings "
        "are never overwritten.",
        "Ask who changed them. If it was a mistake, take the records over:",
        "somebody is working on the records and says so",
        TAKEOVER,
    ),
    Kind.DRIFT_BLOCKS_FAILOVER: Notice(
        Reach.REMINDED,
        "{record} cannot fail over: its records point elsewhere",
        "The active region is dead, and the records say addresses that are in no settings. They "
        "are not overwritten, so nothing moves automatically.",
        "If users are not served where the records point, take the records over:",
        "the other address serves your users on purpose, such as a maintenance page",
        TAKEOVER,
    ),
    Kind.DRIFT_PERSISTS: Notice(
        Reach.REMINDED,
        "{record}: somebody keeps changing its records",
        "The records were corrected three times within an hour and changed again. They are left "
        "alone now, unless they point at a dead region: then they are corrected each time.",
        "Find the person or tool that writes them, and stop it. Then:",
        "never: two writers at one name end in an outage",
        TAKEOVER,
    ),
    Kind.PINNED_UNHEALTHY: Notice(
        Reach.REMINDED,
        "{record} is pinned to an unhealthy region",
        "An operator holds the name at this region until a fixed time, whatever its health.",
        "If the pin is no longer wanted, release it; automation then continues:",
        "whoever set the pin knows",
        RELEASE,
    ),
    Kind.PAUSED_UNHEALTHY: Notice(
        Reach.REMINDED,
        "{record} is unhealthy, and automation is paused",
        "An operator's stop keeps the name at a region that fails its probes, although another "
        "one is healthy.",
        "If the stop is no longer wanted, end it:",
        "whoever set the stop knows",
        RESUME,
    ),
    Kind.FLIP_BUDGET_SPENT: Notice(
        Reach.REMINDED,
        "{record} has reached its failover rate limit",
        "The name has moved as often as the settings allow in one hour. Traffic still leaves a "
        "dead region at once, and does not return.",
        "Find out why the regions keep failing. To hold the name at one until then:",
        "it ends by itself within the hour",
        PIN,
    ),
    Kind.REGION_EXCLUDED: Notice(
        Reach.REMINDED,
        "{record}: a healthy region is excluded, because somebody removed it",
        "Somebody removed a region from the records of a multivalue name. It stays excluded for 72 "
        "hours, or until you release it. It is used anyway when no other region is healthy.",
        "If the region should serve again, release it:",
        "whoever removed it knows",
        RELEASE,
    ),
    Kind.CREATE_REFUSED: Notice(
        Reach.REMINDED,
        "{record}: a record is missing and cannot be added",
        "Linode refused to add a record that the name needs, which is retried every ten minutes; "
        "or it has not listed the records for ten minutes, without which none is added. The "
        "records that exist are moved as usual.",
        "Add the record in Cloud Manager; from then on it is changed in place.",
        "with multivalue routing, fewer records than regions are enough for you",
    ),
    Kind.DUPLICATE_RECORDS: Notice(
        Reach.ALERT,
        "{record} has two identical records where one is wanted",
        "Two records at the name have the same type and address, more than the settings need. "
        "Either Linode carried out a late request to add one, or somebody added it. Users are "
        "served.",
        "Delete the surplus record with the linode-cli command above, or in Cloud Manager. The "
        "monitor never deletes a record.",
        "you want to tidy up later: the monitor changes both records together",
    ),
    Kind.WOULD_SWITCH: Notice(
        Reach.ALERT,
        "{record} would be moved, but only observes",
        'With mode = "act" the name would be moved now. In observe mode nothing is written.',
        'If you agree with the decision, set mode = "act", raise revision and deploy.',
        "you are still watching what it would do",
    ),
    Kind.BLIND: Notice(
        Reach.REMINDED,
        "{record}: a vantage reaches nothing at all",
        "Every region failed there, and so did the references outside AWS: the vantage has no "
        "network. Its vote does not count. If it is the only vantage, no name moves.",
        "Check https://health.aws.amazon.com for its AWS region, and test the service yourself. "
        "Replace references that are gone in the settings.",
        "other vantages still see, and AWS reports the problem",
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
    Kind.DATA_UNKNOWN: Notice(
        Reach.ALERT,
        "{record}: the age of the data in a region is unknown",
        "For ten minutes nothing was measured there, or the vantages disagree. Data of unknown "
        "age counts as fresh: a failover would go there, however old the data is.",
        "Send data-status: it names the region and what its replica says. If nothing was ever "
        "measured, the parameter DataTables of the template does not name the table: deploy with "
        "it (docs/data.md).",
        "an AWS region is down according to https://health.aws.amazon.com",
    ),
}
