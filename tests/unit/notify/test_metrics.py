"""The units that CloudWatch shows beside the metrics."""

from failover.notify.metrics import Metric, with_alarms


def test_times_have_units_and_all_else_is_counted() -> None:
    units = {metric: metric.unit for metric in Metric}
    assert units[Metric.PROBE_LATENCY] == "Milliseconds"
    in_seconds = {metric for metric, unit in units.items() if unit == "Seconds"}
    assert in_seconds == {
        Metric.TIME_TO_DETECT,
        Metric.TIME_TO_PUBLISH,
        Metric.TIME_TO_SERVE,
        Metric.REPLICATION_AGE,
    }
    assert {units[m] for m in set(Metric) - in_seconds - {Metric.PROBE_LATENCY}} == {"Count"}


def test_what_shares_an_alarm_is_emitted_for_the_alarm_too() -> None:
    assert with_alarms({Metric.DRIFT: 1.0, Metric.FROZEN: 1.0}) == {
        Metric.DRIFT: 1.0,
        Metric.FROZEN: 1.0,
        Metric.NOT_READY: 1.0,
    }
    assert with_alarms({Metric.ROUND_FAILED: 1.0})[Metric.MONITOR_FAILING] == 1.0
    assert with_alarms({Metric.FAILOVER: 1.0}) == {Metric.FAILOVER: 1.0}
