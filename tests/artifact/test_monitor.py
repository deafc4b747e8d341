"""The deployed monitor over several ticks, and with the settings as they ship."""

import json
import shutil
import tomllib
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.mapping import Beats
from tests.artifact.build import ROOT, require_runtime
from tests.artifact.deployment import events
from tests.artifact.rie import FunctionFailed
from tests.artifact.town import TICK, emitted
from tests.support.waiting import LIMIT, until

require_runtime()

STATUS = events()["status"]


def test_a_tick_sees_the_region_dead_moves_the_record_and_hands_over(town, tmp_path):
    with (
        ThreadPoolExecutor() as pool,
        town.started("MonitorFunction", tmp_path / "old") as monitor,
        town.started("MonitorFunction", tmp_path / "new") as newer,
        town.started("ControlFunction", tmp_path) as control,
    ):
        town.world.regions["us-east"].fault = "503"
        tick = pool.submit(monitor.invoke, TICK)
        town.wait_for(lambda: emitted(monitor, "Failover"), tick)
        # It runs on until the end of the block, which ends its process.
        pool.submit(newer.invoke, TICK)
        tick.result(LIMIT)
        status = control.invoke(STATUS)
        newer.kill()

    assert town.world.targets() == ["198.18.0.2"]
    assert len([call for call in town.world.linode.requests if call.method == "PUT"]) == 2
    assert sum(emitted(monitor, "Failover")) == 1
    assert sum(emitted(monitor, "RoundCompleted")) > 1
    assert "us-west" in json.dumps(status)
    for seen in (monitor.log, control.log, json.dumps(status), json.dumps(town.items())):
        assert town.world.linode.token not in seen


def test_the_beats_that_a_tick_sends_start_the_next_ones(town, tmp_path):
    """Through the queue of the stack, with the role of the function. What Lambda does is done by
    the mapping of the embedded world."""
    [mapping] = town.world.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    queue_url = town.functions["MonitorFunction"]["Environment"]["Variables"]["BEAT_QUEUE_URL"]
    assert mapping["EventSourceArn"].rpartition(":")[2] == queue_url.rpartition("/")[2]

    with town.started("MonitorFunction", tmp_path) as monitor:
        first = town.tick(monitor)
        started = Noted(monitor)
        with Beats(town.world.aws, queue_url, started):
            until(lambda: len(started.rounds()) >= 2, "two ticks by beats")
    assert started.rounds() == sorted(set(started.rounds()))
    assert min(started.rounds()) > first["tick"]
    assert not emitted(monitor, "BeatsMissing")


class Noted:
    """The function, and what it has returned."""

    def __init__(self, function):
        self._function = function
        self._returned = []

    def invoke(self, event):
        returned = self._function.invoke(event)
        self._returned.append(returned)
        return returned

    def rounds(self):
        """The numbers of the ticks that had a round."""
        return [returned["tick"] for returned in self._returned if returned["rounds"]]


def test_the_settings_that_ship_change_nothing(town, tmp_path):
    """An example with documentation addresses: it is recognised, and says what to fill in."""
    shipped = tmp_path / "settings"
    shipped.mkdir()
    shutil.copy(ROOT / "layers" / "config" / "failover.example.toml", shipped / "failover.toml")
    assert tomllib.loads((shipped / "failover.toml").read_text())["service"]

    with (
        town.started("MonitorFunction", tmp_path, settings=shipped) as monitor,
        pytest.raises(FunctionFailed, match="example") as refused,
    ):
        monitor.invoke(TICK)

    assert refused.value.kind == "SettingsRefused"
    assert emitted(monitor, "SettingsRefused") == [1]
    assert not emitted(monitor, "RoundCompleted")
    assert not town.world.linode.requests
