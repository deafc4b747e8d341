"""What the preflight finds: a name from a closed list, a level, and the facts that were seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOT_CHECKED = "not checked"


class Check(StrEnum):
    """Every check, named for the fault that it finds."""

    TOKEN_UNREADABLE = "token_unreadable"  # noqa: S105 - a check
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a check
    TOKEN_LACKS_SCOPE = "token_lacks_scope"  # noqa: S105 - a check
    TOKEN_TOO_WIDE = "token_too_wide"  # noqa: S105 - a check
    TOKEN_ENDS = "token_ends"  # noqa: S105 - a check
    RATE_LIMIT_LOW = "rate_limit_low"
    TABLE_UNAVAILABLE = "table_unavailable"
    TABLE_NOT_STRONG = "table_not_strong"
    TABLE_UNPROTECTED = "table_unprotected"
    TABLE_NOT_RECOVERABLE = "table_not_recoverable"
    ITEM_UNUSABLE = "item_unusable"
    STOP_SWITCH_ON = "stop_switch_on"
    VANTAGE_SILENT = "vantage_silent"
    VANTAGE_BLIND = "vantage_blind"
    SETTINGS_DIFFER = "settings_differ"
    RELEASE_DIFFERS = "release_differs"
    CLOCK_AHEAD = "clock_ahead"
    MEMORY_LOW = "memory_low"
    BEATS_MISSING = "beats_missing"
    NO_TOPIC = "no_topic"
    NO_SUBSCRIBER = "no_subscriber"
    ALARM_MISSING = "alarm_missing"
    ALARM_SILENT = "alarm_silent"
    CONCURRENCY_LOW = "concurrency_low"

    NOT_MANAGED = "not_managed"
    PAUSED = "paused"
    PINNED = "pinned"
    ALERTS_STUCK = "alerts_stuck"
    RECORDS_UNREAD = "records_unread"
    DOMAIN_NOT_GRANTED = "domain_not_granted"
    DOMAIN_INACTIVE = "domain_inactive"
    NOT_DELEGATED = "not_delegated"
    ZONE_NOT_RENDERED = "zone_not_rendered"
    NAME_SERVER_SILENT = "name_server_silent"
    NAME_SERVER_DIFFERS = "name_server_differs"
    SERIALS_DIFFER = "serials_differ"
    RESOLVER_DIFFERS = "resolver_differs"
    RECORD_MISSING = "record_missing"
    RECORD_IN_THE_WAY = "record_in_the_way"
    RECORD_SURPLUS = "record_surplus"
    RECORD_FOREIGN = "record_foreign"
    TTL_DIFFERS = "ttl_differs"
    TTL_SERVED_LONGER = "ttl_served_longer"
    NEGATIVE_TTL_LONG = "negative_ttl_long"
    REGION_UNHEALTHY = "region_unhealthy"
    REGION_CERTIFICATE = "region_certificate"
    REGION_CERTIFICATE_ENDS = "region_certificate_ends"
    REGION_WRONG = "region_wrong"
    REGION_SLOW = "region_slow"
    REGION_OFTEN_SLOW = "region_often_slow"
    REGION_IPV6 = "region_ipv6"
    BALANCER_MISSING = "balancer_missing"
    BALANCER_CHANGED = "balancer_changed"
    BALANCER_REGION = "balancer_region"
    BALANCER_NOT_RESERVED = "balancer_not_reserved"
    BALANCER_UNCHECKED = "balancer_unchecked"
    BALANCER_PATH = "balancer_path"
    BALANCER_SLOW = "balancer_slow"
    BACK_ENDS_FEW = "back_ends_few"
    BACK_ENDS_DOWN = "back_ends_down"
    REPLICA_UNKNOWN = "replica_unknown"
    REPLICA_INACTIVE = "replica_inactive"
    DATA_UNPROTECTED = "data_unprotected"
    DATA_NOT_RECOVERABLE = "data_not_recoverable"
    DATA_NOT_MEASURED = "data_not_measured"
    DATA_STALE = "data_stale"
    PROMISE_BROKEN = "promise_broken"


WARNINGS = frozenset(
    {
        Check.TOKEN_TOO_WIDE,
        Check.RATE_LIMIT_LOW,
        Check.TABLE_UNPROTECTED,
        Check.TABLE_NOT_RECOVERABLE,
        Check.STOP_SWITCH_ON,
        Check.RELEASE_DIFFERS,
        Check.MEMORY_LOW,
        Check.CONCURRENCY_LOW,
        Check.CLOCK_AHEAD,
        Check.BEATS_MISSING,
        Check.PAUSED,
        Check.PINNED,
        Check.SERIALS_DIFFER,
        Check.RESOLVER_DIFFERS,
        Check.RECORD_SURPLUS,
        Check.NEGATIVE_TTL_LONG,
        Check.REGION_SLOW,
        Check.REGION_OFTEN_SLOW,
        Check.BALANCER_NOT_RESERVED,
        Check.BALANCER_UNCHECKED,
        Check.BALANCER_PATH,
        Check.BALANCER_SLOW,
        Check.BACK_ENDS_FEW,
        Check.DATA_UNPROTECTED,
        Check.DATA_NOT_RECOVERABLE,
        Check.DATA_NOT_MEASURED,
        Check.DATA_STALE,
    }
)
"""What a failover survives, or what somebody has ordered. All else is an error."""

OF_A_STACK = frozenset(
    {
        Check.TOKEN_UNREADABLE,
        Check.TABLE_UNAVAILABLE,
        Check.TABLE_NOT_STRONG,
        Check.TABLE_UNPROTECTED,
        Check.TABLE_NOT_RECOVERABLE,
        Check.ITEM_UNUSABLE,
        Check.STOP_SWITCH_ON,
        Check.VANTAGE_SILENT,
        Check.VANTAGE_BLIND,
        Check.SETTINGS_DIFFER,
        Check.RELEASE_DIFFERS,
        Check.CLOCK_AHEAD,
        Check.MEMORY_LOW,
        Check.BEATS_MISSING,
        Check.NO_TOPIC,
        Check.NO_SUBSCRIBER,
        Check.ALARM_MISSING,
        Check.ALARM_SILENT,
        Check.CONCURRENCY_LOW,
        Check.NOT_MANAGED,
        Check.PAUSED,
        Check.PINNED,
        Check.ALERTS_STUCK,
        Check.REGION_OFTEN_SLOW,
        Check.REPLICA_UNKNOWN,
        Check.REPLICA_INACTIVE,
        Check.DATA_UNPROTECTED,
        Check.DATA_NOT_RECOVERABLE,
        Check.DATA_NOT_MEASURED,
        Check.DATA_STALE,
        Check.PROMISE_BROKEN,
    }
)
"""What only a stack can show. Before the first deployment these are not checked."""


def level(check: Check) -> Level:
    """The level of what a check finds."""
    return Level.WARNING if check in WARNINGS else Level.ERROR


@dataclass(frozen=True, slots=True)
class Seen:
    """One fault. `about` names the region, vantage or server, `facts` fill the sentence."""

    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why something is not known. What is not known was not checked, and has not passed.

    `about` names the region, vantage or server, if it is about one.
    """

    reason: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `service` is None where it concerns the whole deployment.

    `reason` says why it was not checked, where that is its level.
    """

    check: Check
    level: Level
    service: str | None = None
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
