"""What each kind of event means to a person on call: the table behind `docs/alerts.md`.

Titles are filled from the facts of the event, and from `record` and `service`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from failover.core.commands import FOR_EXAMPLE
from failover.core.events import Event, What
from failover.core.state import Kind


class Reach(StrEnum):
    """How far an event goes."""

    HISTORY = "history"
    ALERT = "alert"
    REMINDED = "alert, reminders"


@dataclass(frozen=True, slots=True)
class Notice:
    """One row: what people are told of an event.

    `command` is what acts, with the keys of its event beside the service; empty where nothing that
    this product does would help.
    """

    reach: Reach
    title: str
    means: str
    do: str
    leave: str
    command: Mapping[str, str] = field(default_factory=dict)


def notice(event: Event) -> Notice:
    """The row of an event. One of a newer release is told, in words that fit anything."""
    return NOTICES.get(event.about, _UNKNOWN)


def alerts(event: Event) -> bool:
    """Whether people are told of it, beside the history."""
    return not event.quiet and notice(event).reach is not Reach.HISTORY


_FAILBACK = {"command": "failback"}
_TAKEOVER = {"command": "takeover"}
_RELEASE = {"command": "release"}
_RESUME = {"command": "resume"}
_FAILOVER = {"command": "failover", "region": "<region>"}
_NOTHING = "Nothing has to be done."

_UNKNOWN = Notice(
    Reach.ALERT,
    "{record}: something that this release does not know",
    "Another vantage runs a newer release, and reported something that this one has no words for.",
    "Ask for the status, and deploy the same release to every vantage.",
    "a deployment is under way",
)

_INCIDENTS: Mapping[Kind, Notice] = {
    Kind.NO_HEALTHY_REGION: Notice(
        Reach.REMINDED,
        "{record} has no healthy region",
        "Every region fails its probes, so the name is left where it is: a guess would be no "
        "better. Users are probably not served.",
        "Bring one region back: the name follows by itself. If users are served all the same, the "
        "health endpoint or its entry in the settings is wrong.",
        "a region is on its way back already",
    ),
    Kind.QUORUM_LOST: Notice(
        Reach.REMINDED,
        "{record}: too few votes to judge its region",
        "For three minutes too few vantages have had a fresh vote on the active region. Without a "
        "verdict nothing is moved.",
        "Find out which vantage is away, and watch the region yourself until it is back. To move "
        "the name meanwhile:",
        "the region serves, and the vantage is being deployed",
        _FAILOVER,
    ),
    Kind.SPLIT_VERDICT: Notice(
        Reach.REMINDED,
        "{record}: the vantages disagree about its region",
        "For three minutes the votes on the active region have not added up to a majority. Without "
        "a verdict nothing is moved.",
        "Look at the region from several places: a part of its users may not reach it. To move "
        "the name:",
        "your own look at the region says that it serves everybody",
        _FAILOVER,
    ),
    Kind.ADOPTION_HELD: Notice(
        Reach.REMINDED,
        "{record}: its records are not only ours, nothing is managed yet",
        "The monitor has no decision to start from, because the records do not say exactly what "
        "regions of the settings have. No failover happens until they do.",
        "Correct the records or the settings, or take the records over:",
        "mode is observe and you are still setting it up",
        _TAKEOVER,
    ),
    Kind.DRIFT: Notice(
        Reach.REMINDED,
        "{record}: its records say what nobody decided here",
        "Somebody or something else changed the records. Foreign addresses are left alone.",
        "Ask who changed them. If it was not meant, take the records over:",
        "somebody is at work on the records and says so",
        _TAKEOVER,
    ),
    Kind.DRIFT_BLOCKS_FAILOVER: Notice(
        Reach.REMINDED,
        "{record} cannot fail over: its records are foreign",
        "The active region is dead, and the records say addresses that are in no settings. They "
        "are not written over, so that nothing moves by itself.",
        "If users are not served where the records point, take the records over:",
        "the foreign address serves your users on purpose, such as a maintenance page",
        _TAKEOVER,
    ),
    Kind.DRIFT_PERSISTS: Notice(
        Reach.REMINDED,
        "{record}: somebody keeps changing its records",
        "The records were written over three times within the hour and changed again. They are "
        "left alone now.",
        "Find who or what writes them, another tool most likely, and stop it. Then:",
        "never: two writers at one name end in an outage",
        _TAKEOVER,
    ),
    Kind.PINNED_UNHEALTHY: Notice(
        Reach.REMINDED,
        "{record} is pinned to a region that is unhealthy",
        "A person holds the name at this region until a time, whatever its health. Automation "
        "does not leave it.",
        "If that is not wanted any more, release the pin and automation goes on:",
        "whoever set the pin knows",
        _RELEASE,
    ),
    Kind.PAUSED_UNHEALTHY: Notice(
        Reach.REMINDED,
        "{record} is unhealthy, and automation is paused",
        "A stop of a person is in force, of this service or of everything, so that the name is not "
        "moved away from a region that fails its probes.",
        "If the stop is not wanted any more, end it (the service is * where everything is paused):",
        "whoever set the stop knows",
        _RESUME,
    ),
    Kind.FLIP_BUDGET_SPENT: Notice(
        Reach.REMINDED,
        "{record} has switched too often",
        "The switches that one hour may have are spent. Dead regions are left once in ten minutes "
        "at the most, and no traffic is returned.",
        "Find out why the regions keep failing. To hold the name at one until you have:",
        "it ends by itself within the hour",
        {"command": "pin", "region": "<region>", "until": FOR_EXAMPLE},
    ),
    Kind.FAILOVER_FAILED: Notice(
        Reach.REMINDED,
        "{record}: a decided change cannot be written to Linode DNS",
        "For a minute the change could not be written; it is tried on. Until it succeeds the name "
        "may point at a dead region.",
        "Look at https://status.linode.com and at the error above: a token that was revoked or has "
        "expired must be replaced. You may set the record in Cloud Manager: a healthy region "
        "of the settings is adopted.",
        "Linode says that it is at work on its API, and the region that is left still serves",
    ),
    Kind.CREATE_REFUSED: Notice(
        Reach.REMINDED,
        "{record}: Linode refused to add a record",
        "A record is missing, and the token's user may not add one. It is tried again in ten "
        "minutes.",
        "Add the record by hand in Cloud Manager; from then on it is changed in place.",
        "never: the missing family of addresses is not served",
    ),
    Kind.WOULD_SWITCH: Notice(
        Reach.ALERT,
        "{record} would be moved now, if it were not in observe mode",
        "With mode act the name would be moved. In observe mode nothing is written.",
        'If you agree with what it would have done, set mode = "act", raise revision and deploy.',
        "you are still watching what it would do",
    ),
    Kind.BLIND: Notice(
        Reach.REMINDED,
        "{record}: a monitor cannot see out",
        "Every region failed, and so did the references outside: it is the vantage that cannot "
        "see. Its vote does not count; alone it moves nothing.",
        "Look at https://health.aws.amazon.com for its AWS region, and at the service yourself. "
        "References that are gone must be replaced in the settings.",
        "other vantages still see, and AWS is at work on it",
    ),
    Kind.SETTINGS_DIFFER: Notice(
        Reach.ALERT,
        "{record}: vantages have different settings of one revision",
        "Two files with the same revision are deployed, so that nobody knows which one counts.",
        "Raise revision in the file that is right and deploy it to every vantage.",
        "never",
    ),
    Kind.SETTINGS_OLD: Notice(
        Reach.HISTORY,
        "{record}: a vantage with older settings may not publish",
        "A deployment whose settings are older than another one's probes and votes, and leaves "
        "publishing to the newer.",
        "Deploy the newest settings to every vantage.",
        "a deployment is under way",
    ),
    Kind.IPV6_UNMANAGED: Notice(
        Reach.ALERT,
        "{record} has AAAA records that nobody manages",
        "The settings name no IPv6 address any more, and the name still has some of yours. They "
        "stay where they point, whatever happens there.",
        "Delete them in Cloud Manager, or give every region its IPv6 address in the settings.",
        "never: users with IPv6 follow them",
    ),
    Kind.BALANCER_CHANGED: Notice(
        Reach.ALERT,
        "{record}: a NodeBalancer has another address now",
        "The address that was accepted stays in use until the settings' revision is raised.",
        "If the change was meant, raise revision and deploy.",
        "the old address still serves, and somebody is at work on it",
    ),
    Kind.BALANCER_MISSING: Notice(
        Reach.REMINDED,
        "{record}: a NodeBalancer is gone",
        "Linode knows no NodeBalancer of a label in the settings. Its last accepted address stays "
        "in use.",
        "Make it again, or correct the label in the settings, raise revision and deploy.",
        "the region is being rebuilt, and another one serves",
    ),
    Kind.DATA_UNKNOWN: Notice(
        Reach.ALERT,
        "{record}: how old the data is in some region is not known",
        "For ten minutes nothing has been measured there, or the vantages do not agree. Data of "
        "unknown age counts as fresh: a failover would go there, however old it is.",
        "Ask for data-status, which names the region and what its replica says. Where nothing was "
        "ever measured, the template's parameter DataTables does not name the table: deploy with "
        "it (docs/data.md).",
        "an AWS region is down and says so at https://health.aws.amazon.com",
    ),
}

NOTICES: Mapping[str, Notice] = {
    "published/unhealthy": Notice(
        Reach.ALERT,
        "{record} moved from {from} to {to}",
        "The region that the name pointed at was unhealthy, and the next healthy one serves now.",
        "Find out what happened to the region that was left. Traffic goes back when you say so:",
        "the region that was left is not healthy yet: nothing is urgent, the name is served",
        _FAILBACK,
    ),
    "published/failback": Notice(
        Reach.ALERT,
        "{record} went back from {from} to {to}",
        "The preferred region has been healthy for as long as the settings ask.",
        "If it does not serve well after all, hold the name where it should be:",
        "the preferred region serves well",
        {"command": "pin", "region": "<region>", "until": FOR_EXAMPLE},
    ),
    "published/operator": Notice(
        Reach.ALERT,
        "{record} moved from {from} to {to} by order",
        "A person ordered it.",
        "Speak to whoever ordered it. If it is held by a pin that is not wanted any more:",
        "you know of the order",
        _RELEASE,
    ),
    "published/address": Notice(
        Reach.ALERT,
        "{record} moved to a new address of {to}",
        "The settings have a new address for the region. The name says it now, because the old one "
        "was unhealthy or a person ordered it.",
        "Find out why the old address failed, unless it was shut down on purpose.",
        "the address was changed on purpose",
    ),
    "published/drift": Notice(
        Reach.ALERT,
        "{record} was written over: its records say {to} again",
        "The records were mixed, dead or empty, as nobody decided here, and were put right.",
        "Ask who or what changed them: three times within an hour it is put right, and no more.",
        "whoever changed them knows that it was a mistake",
    ),
    "published/settings": Notice(
        Reach.HISTORY,
        "{record} says what the new settings ask for",
        "Settings of a higher revision asked for other addresses, or another TTL.",
        _NOTHING,
        "always",
    ),
    "published/adoption": Notice(
        Reach.HISTORY,
        "{record} has its first records, those of {to}",
        "The name had no records, and the first healthy region was published.",
        _NOTHING,
        "always",
    ),
    What.SETTLED: Notice(
        Reach.HISTORY,
        "{record} is served from {to} by every name server",
        "Linode has rendered the zone, and each of its name servers gives the new answer.",
        _NOTHING,
        "always",
    ),
    "adopted/adoption": Notice(
        Reach.HISTORY,
        "{record} is managed from now on; it points at {to}",
        "The records were taken as they are. Installing moves nobody.",
        _NOTHING,
        "always",
    ),
    "adopted/external": Notice(
        Reach.ALERT,
        "{record} was pointed at {to} by hand",
        "Somebody changed the records to regions that can serve. That is a decision like any: it "
        "is kept, and nothing goes back by itself.",
        "If it was not meant, move the name:",
        "whoever did it says so",
        _FAILOVER,
    ),
    What.WITHDRAWN: Notice(
        Reach.HISTORY,
        "{record} stays at {to}: it was healthy again in time",
        "A failover was decided, and given up before anything was written.",
        "Nothing has to be done; it may be the first sign of trouble there.",
        "always",
    ),
    What.PIN_ENDED: Notice(
        Reach.ALERT,
        "{record}: the pin on {region} ended, the name was moved by hand",
        "An operator held the name at a region, and somebody else pointed it elsewhere. Theirs is "
        "the newer order; the pin is gone.",
        "Speak to each other. To hold the region again:",
        "both know",
        {"command": "pin", "region": "<region>", "until": FOR_EXAMPLE},
    ),
    What.ORDER: Notice(
        Reach.HISTORY,
        "{record}: {by} ordered: {said}",
        "A person gave a command.",
        _NOTHING,
        "always",
    ),
    **{f"incident/{kind}": row for kind, row in _INCIDENTS.items()},
}
"""Every kind of event, as `Event.about` names it."""
