"""The deployed functions when Lambda does what it may do: a timeout in the middle of a write, a
start that cannot succeed, a container that was frozen."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from failover.publication.parts import CLAIM_SECONDS
from local.world import TOKEN_PARAMETER
from tests.artifact.build import require_runtime
from tests.artifact.deployment import events
from tests.artifact.rie import FunctionFailed
from tests.artifact.town import TICK, emitted
from tests.support.waiting import LIMIT

require_runtime()

STATUS = events()["status"]
FIRST, SECOND = ["198.18.0.1"], ["198.18.0.2"]


def writes(town):
    return [call for call in town.world.linode.requests if call.method != "GET"]


def test_a_timeout_while_aws_hangs_costs_one_tick(town, tmp_path):
    """Lambda's real timeout: what was under way is lost, and the next tick begins anew."""
    with (
        town.started("MonitorFunction", tmp_path, timeout=3) as monitor,
        town.world.aws.frozen(),
        pytest.raises(FunctionFailed, match="timed out after 3"),
    ):
        monitor.invoke(TICK)
    assert not writes(town)

    with town.started("MonitorFunction", tmp_path) as monitor:
        # It stays to prove what it has adopted: rounds so close together leave no time to look.
        assert town.tick(monitor)["rounds"] > 1
    assert town.decided()


def test_a_publication_is_not_begun_where_the_timeout_may_cut_it_off(town, tmp_path):
    """It is left to the next tick, which begins before this one would have ended."""
    with town.started("MonitorFunction", tmp_path, timeout=26) as monitor:
        town.tick(monitor)
        town.world.regions["us-east"].fault = "503"
        town.tick(monitor)
    assert "too little time is left" in monitor.log
    assert town.decided()
    assert not writes(town)

    with ThreadPoolExecutor() as pool, town.started("MonitorFunction", tmp_path) as monitor:
        tick = pool.submit(monitor.invoke, TICK)
        town.wait_for(lambda: town.world.targets() == SECOND, tick)
        monitor.kill()


def test_what_is_cut_off_in_the_middle_of_a_write_is_finished_by_a_later_tick(town, tmp_path):
    """A function that stands still is ended all the same. Guarantee 3: its claim keeps others away
    for its life, and for no longer."""
    with ThreadPoolExecutor() as pool, town.started("MonitorFunction", tmp_path) as monitor:
        town.tick(monitor)
        town.world.linode.fail(method="PUT", how="hang")
        town.world.regions["us-east"].fault = "503"
        tick = pool.submit(monitor.invoke, TICK)
        town.wait_for(lambda: writes(town), tick)
        monitor.signal(signal.SIGSTOP)
        monitor.kill()
    cut = town.decision()

    assert cut["publication"]["M"]["phase"] == {"S": "publishing"}
    assert float(cut["publication"]["M"]["claim"]["M"]["until"]["N"]) < time.time() + CLAIM_SECONDS
    assert town.world.targets() == FIRST

    # As if the claim's life and the rest of the promise had passed.
    cut["publication"]["M"]["claim"]["M"]["until"]["N"] = str(time.time() - CLAIM_SECONDS)
    town.put(cut)
    town.world.linode.heal()
    with ThreadPoolExecutor() as pool, town.started("MonitorFunction", tmp_path) as monitor:
        tick = pool.submit(monitor.invoke, TICK)
        town.wait_for(town.decided, tick)
        monitor.kill()

    assert town.world.targets() == SECOND
    assert town.world.targets("AAAA") == ["fd00::31:2"]
    assert town.publication()["generation"] == cut["publication"]["M"]["generation"]


def test_a_tick_ends_by_itself_before_its_timeout(town, tmp_path):
    """A tick that stays awake, in a function that has a minute: no round is cut off."""
    with town.started("MonitorFunction", tmp_path, timeout=60) as monitor:
        assert monitor.invoke(TICK)["rounds"] >= 1

    assert "its time is used up" in monitor.log
    assert not writes(town)


@pytest.mark.parametrize("function", ["MonitorFunction", "ControlFunction"])
def test_settings_that_are_refused_fail_every_start_and_raise_the_alarm(town, tmp_path, function):
    town.world.write_settings(revision='"soon"')
    try:
        with town.started(function, tmp_path) as running:
            for _ in range(2):
                with pytest.raises(FunctionFailed, match="revision") as failed:
                    running.invoke(TICK)
                assert failed.value.kind == "SettingsRefused"
    finally:
        town.world.write_settings(revision="1")

    assert emitted(running, "SettingsRefused")
    assert not town.items()
    assert not town.world.linode.requests


@pytest.mark.parametrize("function", ["MonitorFunction", "ControlFunction"])
def test_an_environment_that_lacks_its_table_is_named(town, tmp_path, function):
    lacking = {"CONTROL_TABLE": ""}
    with (
        town.started(function, tmp_path, environment=lacking) as running,
        pytest.raises(FunctionFailed, match="CONTROL_TABLE: missing") as failed,
    ):
        running.invoke(TICK)

    assert failed.value.kind == "SettingsRefused"
    assert emitted(running, "SettingsRefused")


def test_a_table_that_is_missing_raises_the_alarm_and_moves_nothing(town, tmp_path):
    """The role knows one table: another is refused before anybody asks whether it exists. So this
    is asked of AWS directly."""
    gone = {"CONTROL_TABLE": "gone", "AWS_ENDPOINT_URL": town.world.aws.url}
    with town.started("MonitorFunction", tmp_path, environment=gone, timeout=40) as monitor:
        monitor.invoke(TICK)
    with town.started("ControlFunction", tmp_path, environment=gone) as control:
        answer = control.invoke(STATUS)

    assert "is the stack deployed" in json.dumps(answer)
    assert emitted(monitor, "TableUnavailable")
    assert "is the stack deployed" in monitor.log
    assert not writes(town)


def test_the_level_debug_of_the_deployment_prints_no_token(town, tmp_path):
    """Lambda sets the level of all loggers by the parameter LogLevel, those of libraries too."""
    lambda_says = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}
    debug = {**lambda_says, "LOG_LEVEL": "DEBUG"}
    for function in town.functions:
        with town.started(function, tmp_path, environment=debug) as running:
            running.invoke(STATUS) if function == "ControlFunction" else town.tick(running)
        assert '"DEBUG"' in running.log, "the level counts"
        assert town.world.linode.token not in running.log, function
        assert "Authorization" not in running.log, function


def test_a_frozen_container_that_is_used_again_fails_over(town, tmp_path):
    """Meanwhile every connection that it kept was closed, its token was revoked, and the region
    died. The wall clock has gone on."""
    with ThreadPoolExecutor() as pool, town.started("MonitorFunction", tmp_path) as monitor:
        town.tick(monitor)
        monitor.signal(signal.SIGSTOP)
        assert town.gate.cut()
        town.world.aws.put_token(TOKEN_PARAMETER, town.world.linode.rotate_token())
        town.world.regions["us-east"].fault = "503"
        monitor.signal(signal.SIGCONT)
        tick = pool.submit(monitor.invoke, TICK)
        town.wait_for(lambda: town.world.targets() == SECOND, tick)
        town.wait_for(town.decided, tick)
        monitor.kill()

    assert monitor.log.count(' [adoption]"') == 1, "the same container"
    assert town.world.linode.token not in monitor.log
    assert town.world.linode.token not in json.dumps(town.items())


def test_a_container_frozen_in_the_middle_of_a_round_does_no_harm(town, tmp_path):
    """It thaws after another tick has taken over, and ends without a write."""
    with (
        ThreadPoolExecutor() as pool,
        town.started("MonitorFunction", tmp_path / "old") as old,
        town.started("MonitorFunction", tmp_path / "new") as new,
    ):
        town.tick(old)
        town.world.regions["us-east"].fault = "503"
        frozen = pool.submit(old.invoke, TICK)
        town.wait_for(lambda: '"probe_failed"' in old.log, frozen)
        old.signal(signal.SIGSTOP)
        before = len(old.log)
        tick = pool.submit(new.invoke, TICK)
        town.wait_for(lambda: town.world.targets() == SECOND, tick)
        town.wait_for(town.decided, tick)
        written = len(writes(town))
        old.signal(signal.SIGCONT)
        frozen.result(LIMIT)
        new.kill()

    assert '"tick_ended"' in old.log[before:], "before its round, or at the vote that came too late"
    assert written == 2, "one for A and one for AAAA"
    assert len(writes(town)) == written
    assert town.world.targets() == SECOND
