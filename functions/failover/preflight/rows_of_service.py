"""The words of the checks of each service."""

from collections.abc import Mapping

from failover.notify.commands import Command
from failover.preflight.finding import Check
from failover.preflight.row import NEXT_FAILS, Row

OF_SERVICE: Mapping[Check, Row] = {
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
        NEXT_FAILS,
        "404: add the domain, or give the token's user access to it. 5xx or no answer: check "
        "https://status.linode.com",
    ),
    Check.DOMAIN_NOT_GRANTED: Row(
        "the user of the token has the access {has} to the domain {domain}",
        NEXT_FAILS,
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
    Check.REGION_OFTEN_SLOW: Row(
        "one probe of {about} in twenty takes longer than {p95} s, seen from {vantage}; the "
        "timeout is {timeout} s",
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
    Check.BALANCER_REGION: Row(
        "the NodeBalancer {label} of {about} is in the Linode region {where}, which is that of "
        "{other}",
        "Both die when that Linode region fails, and nothing is left to fail over to.",
        "Correct nodebalancer in the settings, or create one in a Linode region of its own, raise "
        "revision and deploy",
    ),
    Check.BALANCER_NOT_RESERVED: Row(
        "the address {address} of the NodeBalancer {label} of {about} is not reserved",
        "Whoever deletes the NodeBalancer loses the address, and it may go to somebody else.",
        "Reserve the address in Cloud Manager, or create the NodeBalancer with a reserved one",
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
