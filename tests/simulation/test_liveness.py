"""No missed failover, no silence, no noise: one story for each way in which that can fail."""

import pytest

from failover.notify.metrics import ALARM_OF, Metric
from tests.simulation.judges.silence import ALARMS
from tests.simulation.provider_stories import EVERY_LIFE
from tests.template.stack import TEMPLATE


@pytest.mark.parametrize("name", EVERY_LIFE)
def test_what_should_happen_happens_and_is_told_once(name: str) -> None:
    life = EVERY_LIFE[name]
    universe = life.run()
    told = "\n".join(universe.trace or ())
    assert not universe.observer.violations, told
    if life.ends_at is not None:
        assert universe.linode.addresses("A") == life.ends_at, told


@pytest.mark.parametrize("metric", sorted(ALARMS))
def test_a_metric_that_counts_as_a_report_has_an_alarm(metric: str) -> None:
    watched = ALARM_OF.get(Metric(metric), metric)
    assert f"      MetricName: {watched}\n" in TEMPLATE.read_text(encoding="utf-8")
