"""All checks, and what they find together."""

from collections.abc import Mapping

from failover.preflight import balancers, data, promise, records, regions, stack, token
from failover.preflight.facts import Facts
from failover.preflight.finding import OF_A_STACK, Check, Finding, Level, Seen, Unknown, level
from failover.preflight.scope import Found, OfDeployment, OfEachService

OF_DEPLOYMENT: Mapping[Check, OfDeployment] = {
    Check.TOKEN_UNREADABLE: token.unreadable,
    Check.TOKEN_REFUSED: token.refused,
    Check.TOKEN_LACKS_SCOPE: token.lacks_scope,
    Check.TOKEN_TOO_WIDE: token.too_wide,
    Check.TOKEN_ENDS: token.ends,
    Check.RATE_LIMIT_LOW: token.rate_limit_low,
    Check.TABLE_UNAVAILABLE: stack.table_unavailable,
    Check.TABLE_NOT_STRONG: stack.table_not_strong,
    Check.TABLE_UNPROTECTED: stack.table_unprotected,
    Check.TABLE_NOT_RECOVERABLE: stack.table_not_recoverable,
    Check.ITEM_UNUSABLE: stack.item_unusable,
    Check.STOP_SWITCH_ON: stack.stop_switch_on,
    Check.VANTAGE_SILENT: stack.vantage_silent,
    Check.VANTAGE_BLIND: stack.vantage_blind,
    Check.SETTINGS_DIFFER: stack.settings_differ,
    Check.RELEASE_DIFFERS: stack.release_differs,
    Check.CLOCK_AHEAD: stack.clock_ahead,
    Check.MEMORY_LOW: stack.memory_low,
    Check.BEATS_MISSING: stack.beats_missing,
    Check.NO_TOPIC: stack.no_topic,
    Check.NO_SUBSCRIBER: stack.no_subscriber,
    Check.ALARM_MISSING: stack.alarm_missing,
    Check.ALARM_SILENT: stack.alarm_silent,
    Check.CONCURRENCY_LOW: stack.concurrency_low,
}

OF_SERVICE: Mapping[Check, OfEachService] = {
    Check.NOT_MANAGED: stack.not_managed,
    Check.PAUSED: stack.paused,
    Check.PINNED: stack.pinned,
    Check.ALERTS_STUCK: stack.alerts_stuck,
    Check.RECORDS_UNREAD: records.unread,
    Check.DOMAIN_NOT_GRANTED: token.not_granted,
    Check.DOMAIN_INACTIVE: records.domain_inactive,
    Check.NOT_DELEGATED: records.not_delegated,
    Check.ZONE_NOT_RENDERED: records.not_rendered,
    Check.NAME_SERVER_SILENT: records.name_server_silent,
    Check.NAME_SERVER_DIFFERS: records.name_server_differs,
    Check.SERIALS_DIFFER: records.serials_differ,
    Check.RESOLVER_DIFFERS: records.resolver_differs,
    Check.RECORD_MISSING: records.missing,
    Check.RECORD_IN_THE_WAY: records.in_the_way,
    Check.RECORD_SURPLUS: records.surplus,
    Check.RECORD_FOREIGN: records.foreign,
    Check.TTL_DIFFERS: records.ttl_differs,
    Check.TTL_SERVED_LONGER: records.ttl_served_longer,
    Check.NEGATIVE_TTL_LONG: records.negative_ttl_long,
    Check.REGION_UNHEALTHY: regions.unhealthy,
    Check.REGION_CERTIFICATE: regions.certificate,
    Check.REGION_CERTIFICATE_ENDS: regions.certificate_ends,
    Check.REGION_WRONG: regions.wrong,
    Check.REGION_SLOW: regions.slow,
    Check.REGION_OFTEN_SLOW: regions.often_slow,
    Check.REGION_IPV6: regions.ipv6,
    Check.BALANCER_MISSING: balancers.missing,
    Check.BALANCER_CHANGED: balancers.changed,
    Check.BALANCER_REGION: balancers.elsewhere,
    Check.BALANCER_NOT_RESERVED: balancers.not_reserved,
    Check.BALANCER_UNCHECKED: balancers.unchecked,
    Check.BALANCER_PATH: balancers.other_path,
    Check.BALANCER_SLOW: balancers.slow,
    Check.BACK_ENDS_FEW: balancers.few,
    Check.BACK_ENDS_DOWN: balancers.down,
    Check.REPLICA_UNKNOWN: data.replica_unknown,
    Check.REPLICA_INACTIVE: data.replica_inactive,
    Check.DATA_UNPROTECTED: data.data_unprotected,
    Check.DATA_NOT_RECOVERABLE: data.data_not_recoverable,
    Check.DATA_NOT_MEASURED: data.data_not_measured,
    Check.DATA_STALE: data.data_stale,
    Check.PROMISE_BROKEN: promise.broken,
}


def run(facts: Facts) -> tuple[Finding, ...]:
    """What all checks find: those of the deployment first, then service by service."""
    found = [
        _finding(check, None, each)
        for check, look in OF_DEPLOYMENT.items()
        for each in (_undeployed(check, facts) or look(facts))
    ]
    for of in facts.services:
        for check, look_at in OF_SERVICE.items():
            name, seen = of.service.name, _undeployed(check, facts) or look_at(facts, of)
            found += [_finding(check, name, each) for each in seen]
    for name in facts.unreached:
        found += [_finding(check, name, Unknown("there was no time left")) for check in OF_SERVICE]
    return tuple(found)


def _undeployed(check: Check, facts: Facts) -> Found | None:
    """Why a check cannot be made yet, where it needs a stack and there is none."""
    missing = facts.undeployed and check in OF_A_STACK
    return iter([Unknown("nothing is deployed yet")]) if missing else None


def _finding(check: Check, service: str | None, found: Seen | Unknown) -> Finding:
    if isinstance(found, Unknown):
        return Finding(check, Level.NOT_CHECKED, service, found.about, reason=found.reason)
    return Finding(check, level(check), service, found.about, found.facts)
