"""What operators are told about incidents of regions, and of what keeps traffic at one."""

from collections.abc import Mapping

from failover.notify.kinds import Kind
from failover.notify.notice import DATA_STATUS, FAILOVER, PIN, RELEASE, RESUME, Notice, Reach

OF_REGIONS: Mapping[Kind, Notice] = {
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
    Kind.STANDBY_UNHEALTHY: Notice(
        Reach.REMINDED,
        "{record}: a standby region, or a new address of one, has been unhealthy for ten minutes",
        "Users are served from another address, but this one could not take over.",
        "Bring it back, or correct the settings. The list above shows why its probes fail.",
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
        "network. Or it cannot read a value of secret_headers, and its log says unsent. Its vote "
        "does not count. If it is the only vantage, no name moves.",
        "Check https://health.aws.amazon.com for its AWS region, and test the service yourself. "
        "Replace references that are gone in the settings. If its log says unsent, store the "
        "SecureString that it names, below ProbeParameterPath.",
        "other vantages still see, and AWS reports the problem",
    ),
    Kind.DATA_UNKNOWN: Notice(
        Reach.ALERT,
        "{record}: the age of the data in a region is unknown",
        "For ten minutes nothing was measured there, or the vantages disagree. Data of unknown "
        "age counts as fresh: a failover would go there, however old the data is.",
        "If nothing was ever measured, the parameter DataTables of the template does not name the "
        "table: deploy with it (docs/data.md). To see the region and what its replica says:",
        "an AWS region is down according to https://health.aws.amazon.com",
        DATA_STATUS,
    ),
}
