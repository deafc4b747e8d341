"""The kinds of incident, and how long each must last before operators hear of it."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What a person should know about while it lasts: the kinds of incident."""

    NO_HEALTHY_REGION = "no_healthy_region"
    QUORUM_LOST = "quorum_lost"
    SPLIT_VERDICT = "split_verdict"
    ADOPTION_HELD = "adoption_held"
    DRIFT = "drift"
    DRIFT_BLOCKS_FAILOVER = "drift_blocks_failover"
    DRIFT_PERSISTS = "drift_persists"
    PINNED_UNHEALTHY = "pinned_unhealthy"
    PAUSED_UNHEALTHY = "paused_unhealthy"
    FLIP_BUDGET_SPENT = "flip_budget_spent"
    SETTINGS_DIFFER = "settings_differ"
    SETTINGS_OLD = "settings_old"
    FAILOVER_FAILED = "failover_failed"
    CREATE_REFUSED = "create_refused"
    WOULD_SWITCH = "would_switch"
    BLIND = "blind"
    IPV6_UNMANAGED = "ipv6_unmanaged"
    BALANCER_CHANGED = "balancer_changed"
    BALANCER_MISSING = "balancer_missing"
    DATA_UNKNOWN = "data_unknown"
    REGION_EXCLUDED = "region_excluded"
    DUPLICATE_RECORDS = "duplicate_records"
    RECORDS_UNREAD = "records_unread"
    NOT_SERVED = "not_served"
    STANDBY_UNHEALTHY = "standby_unhealthy"
    FAILOVER_HELD = "failover_held"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a kind of incident
    ZONE_DISABLED = "zone_disabled"
    BEATS_MISSING = "beats_missing"
    PREFLIGHT_FAILED = "preflight_failed"


RAISED_AFTER: Mapping[Kind, float] = {
    Kind.QUORUM_LOST: 180.0,
    Kind.SPLIT_VERDICT: 180.0,
    Kind.DATA_UNKNOWN: 600.0,
    Kind.RECORDS_UNREAD: 300.0,
    Kind.CREATE_REFUSED: 300.0,
    Kind.STANDBY_UNHEALTHY: 600.0,
    Kind.FAILOVER_HELD: 30.0,
    Kind.BEATS_MISSING: 300.0,
    Kind.PREFLIGHT_FAILED: 2400.0,  # the next preflight, 30 minutes later, has found it too
}
"""Seconds that a condition must last before it is an incident; 0 for all others."""

TWINS: Mapping[Kind, Kind] = {
    Kind.QUORUM_LOST: Kind.SPLIT_VERDICT,
    Kind.SPLIT_VERDICT: Kind.QUORUM_LOST,
}
"""Two ways for a verdict to be unknown: changing from one to the other ends nothing."""
