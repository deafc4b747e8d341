"""A container asks Linode for what the shard needs that it runs, whichever that is."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from failover import wiring
from failover.adapters.aws.functions import LambdaFunctions
from failover.decision.evidence import label
from failover.health.beats import Start
from failover.ports import World
from failover.settings.model import Settings
from failover.settings.shards import part
from tests.support.settings_file import good, toml


@pytest.fixture
def variables(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    file = tmp_path / "failover.toml"
    data = good()
    (service,) = data["service"]
    data["service"] = [
        service | {"name": f"shop-{n}", "record": f"app-{n}.{service['domain']}"}
        for n in range(161)
    ]
    file.write_text(toml(data))
    return {
        "FAILOVER_CONFIG": str(file),
        "CONTROL_TABLE": "control",
        "LINODE_TOKEN_PARAMETER": "/token",
        "VANTAGE": data["vantages"][0],
        "AWS_REGION": data["vantages"][0],
        "CONTROL_TABLE_KIND": "strong",
        "AWS_LAMBDA_FUNCTION_NAME": "stack-monitor",
    }


@pytest.fixture
def ran(monkeypatch):
    """The world of each invocation, and what it was for."""
    seen: list[tuple[World, Start]] = []

    def run(world: World, settings: Settings, vantage: str, left: object, start: Start) -> dict:
        seen.append((world, start))
        return {}

    monkeypatch.setattr(wiring, "run", run)
    return seen


def names(world: World, settings: Settings) -> set[str]:
    """The names that it lists, of the one domain that there is."""
    (domain,) = {service.domain for service in settings.services}
    return set(world.dns._ours[domain])  # type: ignore[attr-defined]


def test_a_shard_lists_the_names_of_its_own_services(variables, ran):
    container = wiring.build(variables)
    beat = '{"seed": 1, "place": 1, "shard": 2}'
    for event in ({}, {"shard": 1}, {"Records": [{"body": beat}]}, {"shard": 1}):
        container.tick(lambda: 60.0, event)
    worlds = [world for world, _ in ran]
    for shard, world in ((0, worlds[0]), (1, worlds[1]), (2, worlds[2])):
        its = part(container.settings, shard).services
        assert names(world, container.settings) == {label(service) for service in its}
    assert worlds[3] is worlds[1]
    assert len({id(world.store) for world in worlds}) == 1
    assert isinstance(container.world.functions, LambdaFunctions)


def test_a_process_that_runs_all_shards_lists_all_names(variables, ran):
    del variables["AWS_LAMBDA_FUNCTION_NAME"]
    container = wiring.build(variables)
    container.tick(lambda: 60.0, {})
    [(world, start)] = ran
    assert start == Start()
    assert world is container.world
    assert len(names(world, container.settings)) == 161


@pytest.mark.parametrize("deployed", ["true", "false"])
def test_a_deployment_feeds_the_metrics_of_regions_where_it_and_the_settings_say_so(
    variables, deployed
):
    for asked in (True, False):
        file = Path(variables["FAILOVER_CONFIG"])
        data = tomllib.loads(file.read_text()) | {"region_metrics": asked}
        file.write_text(toml(data))

        container = wiring.build(variables | {"REGION_METRICS": deployed})

        assert container.settings.region_metrics is (asked and deployed == "true")


def test_one_shard_has_the_world_of_the_container(variables, ran):
    container = wiring.build(variables)
    few = replace(container, settings=replace(container.settings, shards=1))
    few.tick(lambda: 60.0, {})
    assert ran[0][0] is few.world
