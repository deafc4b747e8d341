"""Nights on a virtual clock: the shipped handler prints, CloudWatch counts, the alarms go off.

Each vantage is the handler of the monitor over the production use cases and the production
telemetry, on a world in memory; what it prints is what CloudWatch gets in its own AWS region.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import control.handler
import heartbeat.handler
import monitor.handler
from failover import wiring
from failover.adapters.aws.telemetry import PowertoolsTelemetry
from failover.errors import SettingsRefused
from failover.health.beats import Beat
from failover.notify.metrics import Metric
from tests.support.cloudwatch import EXTRA, Alarm, Data, State, Tape, Taped
from tests.support.world import MemoryProber, MemoryQueue
from tests.template.deployed import Deployment
from tests.template.stack import arguments, of_type
from tests.unit.app.stage import EAST, SETTINGS, Stage

MINUTE = 60.0

QUIET = 15 * MINUTE
"""A night begins with a quarter of an hour in which all is well: the alarms have settled then."""

AFTERWARDS = 20 * MINUTE
"""How long what has ended is looked at: time for every alarm to end as well."""

MONITOR_TIMEOUT = 190.0
CONTROL_TIMEOUT = 55.0
HEARTBEAT_TIMEOUT = 60.0

ALARMS = of_type("AWS::CloudWatch::Alarm")
_STACK = arguments({"Ref": "AWS::StackName"}) + "-"

PUT: Mapping[str, dict[str, Any]] = {
    put["AlarmName"].removeprefix(_STACK): put for put in map(arguments, ALARMS.values())
}
"""Every alarm of the template as the arguments of PutMetricAlarm, under its name without the
stack's."""

WITH_DATA = {
    arguments(ALARMS[name])["AlarmName"].removeprefix(_STACK)
    for name in ALARMS.keys() - Deployment().resources().keys()
}
"""Those that a stack without DataTables does not have."""

NAMESPACE: str = arguments({"Ref": "MetricsNamespace"})

OF_ALARMS = frozenset({("service", "linode-region-failover")})
"""The dimensions of the series that the alarms watch."""

_MORE: Mapping[Metric, Sequence[set[str]]] = {
    Metric.ACTIVE_REGION: [{"app", "region"}],
    Metric.REGION_HEALTHY: [{"app", "region"}],
    Metric.PROBE_LATENCY: [{"app", "region"}],
    Metric.REPLICATION_AGE: [{"service"}, {"app", "link"}],
}

SHAPES = frozenset(
    (metric.value, frozenset(dimensions))
    for metric in Metric
    for dimensions in _MORE.get(metric, [{"service"}])
)
"""Every metric with the names of its dimensions: a series is of the alarms, or of one region or
link. Every other set of dimensions would be one more metric to pay for."""

_container = wiring.container


class Vantage:
    """One deployment of the monitor, and what it printed."""

    def __init__(self, night: "Night", name: str) -> None:
        self.night = night
        self.name = name
        self.tape = Tape(night.hub.now)
        self.telemetry = Taped(PowertoolsTelemetry(NAMESPACE, "INFO", str), self.tape)
        self.prober: Any = MemoryProber(night.hub)
        self.queue = MemoryQueue(night.hub, self.struck)
        self.started: Callable[[], None] = self.tick
        self.beating: Callable[[], None] = self.beat

    def tick(self) -> None:
        """One invocation, as the schedule makes one every minute."""
        self._invoke(monitor.handler.handler, {}, MONITOR_TIMEOUT)

    def struck(self, beat: Beat) -> None:
        """One invocation by a beat, if AWS starts functions as it should."""
        if self.started != self.tick:
            return self.started()
        body = json.dumps({"seed": beat.seed, "place": beat.place})
        event = {"Records": [{"eventSource": "aws:sqs", "body": body}]}
        return self._invoke(monitor.handler.handler, event, MONITOR_TIMEOUT)

    def beat(self) -> None:
        """One invocation of the heartbeat function, as often as of the monitor."""
        self._invoke(heartbeat.handler.handler, {}, HEARTBEAT_TIMEOUT)

    def ordered(self, event: Mapping[str, str]) -> None:
        """One invocation of the control function, whose order is followed."""
        answer = self._invoke(control.handler.handler, event, CONTROL_TIMEOUT)
        assert answer["changed"], answer

    def _invoke(self, handler: Any, event: Mapping[str, Any], timeout: float) -> Any:
        hub = self.night.hub
        ends = hub.time + timeout
        context = SimpleNamespace(
            aws_request_id=f"request at {hub.time}",
            get_remaining_time_in_millis=lambda: 1000 * (ends - hub.time),
        )
        beats = self.queue if self.night.paced else None
        ports = {"prober": self.prober, "telemetry": self.telemetry, "beats": beats}
        world = replace(self.night.world, **ports)  # type: ignore[arg-type]
        made = wiring.Container(self.night.settings, self.name, world)
        self.night.provide = lambda: made
        return handler(event, context)

    def refused(self, variables: Mapping[str, str]) -> None:
        """One invocation of a function that cannot start in this environment."""
        self.night.provide = _container
        with self.tape.running(), patch.dict("os.environ", variables, clear=True):
            try:
                monitor.handler.handler({}, None)
            except SettingsRefused:
                return
        raise AssertionError("this environment was not refused")

    def gone(self) -> None:
        """One invocation that AWS does not make."""

    def went_off(self, start: float, end: float, extra: int = EXTRA) -> set[str]:
        """The alarms of its AWS region that were in ALARM at any minute between two times."""
        data: Data = self.tape.data()
        return {
            name
            for name, put in PUT.items()
            if (self.night.with_data or name not in WITH_DATA)
            and State.ALARM in Alarm.of(put, extra).states(data, start, end)
        }


class Night(Stage):
    """A world, the vantages that watch it, and what happens in it after a quiet beginning."""

    def __init__(self, *vantages: str, paced: bool = True, **settings: Any) -> None:
        super().__init__()
        self.paced = paced
        names = vantages or SETTINGS.vantages
        self.settings = replace(SETTINGS, vantages=names, **settings)
        self.vantages = [Vantage(self, name) for name in names]
        self.started = self.hub.time
        self.provide: Callable[[], wiring.Container] = _container
        self.late: Sequence[float] = (0.0,)
        self.pointing_at(EAST)

    @property
    def with_data(self) -> bool:
        """Whether the stack was deployed with DataTables."""
        return any(service.data for service in self.settings.services)

    @property
    def first(self) -> Vantage:
        """The first vantage; most nights have no other."""
        return self.vantages[0]

    def container(self) -> wiring.Container:
        """That of the function which is just starting: it asks before anything else happens."""
        return self.provide()

    def down(self, reason: object, *addresses: str) -> None:
        """From now on no vantage gets a good answer from these."""
        for vantage in self.vantages:
            vantage.prober.down.update(dict.fromkeys(addresses, reason))

    def up(self) -> None:
        """Every region is well again."""
        for vantage in self.vantages:
            vantage.prober.down.clear()

    def play(
        self, begins: Callable[[], object], ends: Callable[[], object], minutes: float
    ) -> "Night":
        """A quiet beginning; something begins, and ends so many minutes later."""
        self.begin = self.started + QUIET
        self.end = self.begin + minutes * MINUTE
        self.dawn = self.end + AFTERWARDS
        self.hub.at(self.begin, begins)
        self.hub.at(self.end, ends)
        for minute in range(int((self.dawn - self.started) // MINUTE)):
            late = self.late[minute % len(self.late)]
            for vantage in self.vantages:
                starts = self.started + minute * MINUTE + late
                self.hub.at(starts, lambda vantage=vantage: vantage.started())
                if self.with_data:
                    self.hub.at(starts, lambda vantage=vantage: vantage.beating())
        self.hub.at(self.dawn, self.stop)
        with patch.object(wiring, "container", self.container):
            self.hub.run(lambda: self.hub.sleep(self.dawn - self.started))
        return self
