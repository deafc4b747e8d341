"""What operators are told about incidents of records: reading them, writing them, serving them."""

from collections.abc import Mapping

from failover.notify.kinds import Kind
from failover.notify.notice import STORE_ANOTHER, TAKEOVER, Notice, Reach

OF_RECORDS: Mapping[Kind, Notice] = {
    Kind.FAILOVER_FAILED: Notice(
        Reach.REMINDED,
        "{record} should change, but Linode has not accepted it for a minute",
        "The change is retried in every round. Until it succeeds, the name may point at a dead "
        "region.",
        "Read the error above. 5xx, 429 or no answer: check https://status.linode.com. If Cloud "
        "Manager works, set the record there: a healthy region of the settings is accepted as a "
        f"decision. 401 or 403: {STORE_ANOTHER}",
        "Linode reports an API outage, and the old region still serves users",
        token=True,
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
        "Read the error above. 404: the token cannot see the domain: add the domain, give the "
        "token's user access to it, or use a token of its account. 5xx or no answer: check "
        f"https://status.linode.com. 401: {STORE_ANOTHER}",
        "Linode reports an API outage, and the region that the name points at is healthy",
        token=True,
    ),
    Kind.TOKEN_REFUSED: Notice(
        Reach.REMINDED,
        "{record} could not fail over: the Linode token does not suffice",
        "Linode refuses the token, or the token lacks a scope that a failover needs.",
        STORE_ANOTHER[0].upper() + STORE_ANOTHER[1:],
        "never: the next failover would fail",
        token=True,
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
    Kind.CREATE_REFUSED: Notice(
        Reach.REMINDED,
        "{record}: a record is missing and cannot be added",
        "For five minutes the name has lacked a record. Linode refused to add it, or failed to, or "
        "lists no records, without which none is added. The monitor tries again by itself. The "
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
}
