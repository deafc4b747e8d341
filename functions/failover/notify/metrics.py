"""The names of all metrics, with their units as CloudWatch spells them."""

from collections.abc import Mapping
from enum import StrEnum

from failover.notify.kinds import Kind


class Metric(StrEnum):
    """Every metric that the functions emit."""

    ROUND_COMPLETED = "RoundCompleted"
    FAILOVER = "Failover"
    FAILOVER_FAILED = "FailoverFailed"
    NOT_READY = "NotReady"
    MONITOR_FAILING = "MonitorFailing"
    NO_HEALTHY_REGION = "NoHealthyRegion"
    DRIFT = "Drift"
    FROZEN = "Frozen"
    BLIND = "Blind"
    QUORUM_LOST = "QuorumLost"
    TABLE_UNAVAILABLE = "TableUnavailable"
    SETTINGS_REFUSED = "SettingsRefused"
    ROUND_FAILED = "RoundFailed"
    ALERT_NOT_SENT = "AlertNotSent"
    RECORDS_UNREAD = "RecordsUnread"
    PREFLIGHT_FAILED = "PreflightFailed"
    NOT_ADOPTED = "NotAdopted"
    TIME_TO_DETECT = "TimeToDetect"
    TIME_TO_PUBLISH = "TimeToPublish"
    TIME_TO_SERVE = "TimeToServe"
    ACTIVE_REGION = "ActiveRegion"
    REGION_HEALTHY = "RegionHealthy"
    PROBE_LATENCY = "ProbeLatency"
    BEATS_MISSING = "BeatsMissing"
    REPLICATION_AGE = "ReplicationAge"
    HEARTBEAT_COMPLETED = "HeartbeatCompleted"

    @property
    def unit(self) -> str:
        """The unit of its values."""
        return _UNITS.get(self, "Count")


_UNITS: Mapping[Metric, str] = {
    Metric.TIME_TO_DETECT: "Seconds",
    Metric.TIME_TO_PUBLISH: "Seconds",
    Metric.TIME_TO_SERVE: "Seconds",
    Metric.PROBE_LATENCY: "Milliseconds",
    Metric.REPLICATION_AGE: "Seconds",
}

OF_INCIDENT: Mapping[Kind, Metric] = {
    Kind.NO_HEALTHY_REGION: Metric.NO_HEALTHY_REGION,
    Kind.QUORUM_LOST: Metric.QUORUM_LOST,
    Kind.SPLIT_VERDICT: Metric.QUORUM_LOST,
    Kind.ADOPTION_HELD: Metric.NOT_ADOPTED,
    Kind.DRIFT: Metric.DRIFT,
    Kind.BLIND: Metric.BLIND,
    Kind.FAILOVER_FAILED: Metric.FAILOVER_FAILED,
    Kind.FAILOVER_HELD: Metric.FAILOVER_FAILED,
    Kind.NOT_SERVED: Metric.FAILOVER_FAILED,
    Kind.RECORDS_UNREAD: Metric.RECORDS_UNREAD,
    Kind.PREFLIGHT_FAILED: Metric.PREFLIGHT_FAILED,
}
"""The metric that is 1 in every round in which an incident of this kind lasts."""

ALARM_OF: Mapping[Metric, Metric] = {
    Metric.DRIFT: Metric.NOT_READY,
    Metric.RECORDS_UNREAD: Metric.NOT_READY,
    Metric.NOT_ADOPTED: Metric.NOT_READY,
    Metric.QUORUM_LOST: Metric.NOT_READY,
    Metric.PREFLIGHT_FAILED: Metric.NOT_READY,
    Metric.BLIND: Metric.MONITOR_FAILING,
    Metric.TABLE_UNAVAILABLE: Metric.MONITOR_FAILING,
    Metric.SETTINGS_REFUSED: Metric.MONITOR_FAILING,
    Metric.ROUND_FAILED: Metric.MONITOR_FAILING,
}
"""What shares an alarm: the metric of that alarm, which is emitted with each of these."""


def with_alarms(values: Mapping[Metric, float]) -> dict[Metric, float]:
    """These values, and those of the alarms that they share."""
    shared = {ALARM_OF[metric]: value for metric, value in values.items() if metric in ALARM_OF}
    return {**values, **shared}
