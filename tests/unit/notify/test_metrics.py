"""The units that CloudWatch shows beside the metrics."""

from failover.notify.metrics import Metric


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
