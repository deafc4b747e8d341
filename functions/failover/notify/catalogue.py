"""The catalogue of events, as `docs/alerts.md` shows it: what operators are told about each kind.

Titles are filled from the facts of the event, and from `record` and `service`.
"""

from collections.abc import Mapping

from failover.notify.events import Event, What
from failover.notify.incident_notices import INCIDENTS
from failover.notify.notice import FAILBACK, FAILOVER, NOTHING, PIN, RELEASE, Notice, Reach

_UNKNOWN = Notice(
    Reach.ALERT,
    "{record}: an event that this release does not know",
    "Another vantage runs a newer release and reported something that this one cannot describe.",
    "Send status, and deploy the same release to every vantage.",
    "a deployment is in progress",
)


def notice(event: Event) -> Notice:
    """The row of an event. One of a newer release gets words that fit anything."""
    return NOTICES.get(event.about, _UNKNOWN)


def alerts(event: Event) -> bool:
    """Whether operators are notified of it. Everything is in the history."""
    return not event.quiet and notice(event).reach is not Reach.HISTORY


NOTICES: Mapping[str, Notice] = {
    "published/unhealthy": Notice(
        Reach.ALERT,
        "{record} failover from {from} to {to} is written",
        "The region that the name pointed at was unhealthy, so the records now say the next "
        "healthy one. Name servers and resolvers follow within the times above; the history says "
        "when every name server serves it.",
        "Find out what happened to the old region. Traffic goes back when you say so:",
        "the old region is not healthy yet: nothing is urgent, the new one serves the name",
        FAILBACK,
    ),
    "published/failback": Notice(
        Reach.ALERT,
        "{record} failback from {from} to {to} is written",
        "The preferred region has been healthy for as long as the settings ask.",
        "If it does not serve users well after all, hold the name where it should be:",
        "the preferred region serves users well",
        PIN,
    ),
    "published/operator": Notice(
        Reach.ALERT,
        "{record} change from {from} to {to} is written, as ordered",
        "An operator ordered it.",
        "Talk to whoever ordered it. If a pin holds the name and is no longer wanted:",
        "you know about the order",
        RELEASE,
    ),
    "published/address": Notice(
        Reach.ALERT,
        "{record}: new addresses of {to} are written",
        "The settings have a new address for the region. The name says it now, because the old one "
        "was unhealthy or a person ordered it.",
        "Find out why the old address failed, unless it was shut down on purpose.",
        "the address was changed on purpose",
    ),
    "published/drift": Notice(
        Reach.ALERT,
        "{record} was corrected: records for {to} are written again",
        "The records were mixed, dead or empty, which nobody decided here.",
        "Ask who or what changed them. This is corrected three times an hour at the most.",
        "whoever changed them knows that it was a mistake",
    ),
    "published/completion": Notice(
        Reach.HISTORY,
        "{record} has all of its records again",
        "A record was missing and could not be added before. The name points where it did.",
        NOTHING,
        "always",
    ),
    "published/unchanged": Notice(
        Reach.HISTORY,
        "{record} already says {to}: nothing was written",
        "A difference was found and was gone, or could not be corrected, without any write.",
        NOTHING,
        "always",
    ),
    "published/settings": Notice(
        Reach.HISTORY,
        "{record}: records of the new settings are written",
        "Settings of a higher revision asked for other addresses, or another TTL.",
        NOTHING,
        "always",
    ),
    "published/adoption": Notice(
        Reach.HISTORY,
        "{record}: first records are written, those of {to}",
        "The name had no records, and the first healthy region was published.",
        NOTHING,
        "always",
    ),
    What.SETTLED: Notice(
        Reach.HISTORY,
        "{record} is served from {to} by every name server",
        "Linode has rendered the zone, and each of its name servers gives the new answer.",
        NOTHING,
        "always",
    ),
    "adopted/adoption": Notice(
        Reach.HISTORY,
        "{record} is managed from now on; it points at {to}",
        "The records were adopted at install, as they are. Installing moves nobody.",
        NOTHING,
        "always",
    ),
    "adopted/external": Notice(
        Reach.ALERT,
        "{record} was pointed at {to} by somebody else",
        "The records were changed to regions that can serve. That is accepted as a decision, and "
        "nothing goes back automatically.",
        "If it was a mistake, move the name:",
        "whoever did it says so",
        FAILOVER,
    ),
    What.WITHDRAWN: Notice(
        Reach.HISTORY,
        "{record} stays at {to}: it became healthy again in time",
        "A failover was decided, and withdrawn before anything was written.",
        "Nothing to do; it may be the first sign of trouble there.",
        "always",
    ),
    What.PIN_ENDED: Notice(
        Reach.ALERT,
        "{record}: the pin on {region} ended, somebody moved the name",
        "An operator held the name at a region, and somebody else changed the records. The change "
        "is the newer order, so the pin has ended.",
        "Talk to each other. To hold the region again:",
        "both know",
        PIN,
    ),
    What.ORDER: Notice(
        Reach.HISTORY,
        "{record}: {by} ordered: {said}",
        "An operator gave a command.",
        NOTHING,
        "always",
    ),
    **{f"incident/{kind}": row for kind, row in INCIDENTS.items()},
}
"""Every kind of event, as `Event.about` names it."""
