"""A deployment that grows to three vantages as the documentation tells it, what is refused there,
and how it is removed."""

import sys
import tomllib
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.world import TOKEN_PARAMETER
from tests.artifact.build import require_runtime
from tests.artifact.desk import (
    DEPLOY,
    MAIL,
    REGIONS,
    STACK,
    UNINSTALLING,
    UPGRADING,
    described,
    edit,
    edited,
    first,
    here,
    mailed,
    origin,
    outputs,
    parameters,
    schedules,
    world,
)
from tests.artifact.terminal import blocks, commands

__all__ = ["first", "here", "origin", "schedules", "world"]

require_runtime()


@pytest.fixture(scope="module")
def three(here, first, world):
    """Grown to three vantages, as the documentation says."""
    _, grow, deploy = (
        commands(block) for block in blocks(UPGRADING, "## From one vantage to three")
    )
    [store] = [each for each in first if each.startswith("aws ssm put-parameter")]
    for region in REGIONS[1:]:
        here.must(store.replace("eu-west-1", region))
    for command in grow:
        here.must(command)
    edit(here, "failover.toml", "revision = 1", "revision = 2")
    return "".join(here.must(command) for command in deploy)


def setting(line):
    """One more parameter of the vantage that has created the table."""
    here = 'SecondRegion = "eu-west-2"'
    return "samconfig.toml", here, f"{here}\n{line}"


def test_three_vantages_share_a_table_and_each_has_mail(three, world, here):
    tables = {outputs(world, region)["ControlTableName"] for region in REGIONS}
    saved = tomllib.loads((here.folder / "deployment" / "samconfig.toml").read_text())

    assert len(tables) == 1
    assert [region for region in REGIONS if f"{region}: votes" in three] == REGIONS
    for region in REGIONS:
        assert mailed(world, region) == [MAIL]
        assert parameters(world, region)["AlertEmail"] == MAIL
        assert parameters(world, region)["ControlTableKind"] == "strong"
    for region in REGIONS[1:]:
        given = saved[region]["deploy"]["parameters"]["parameter_overrides"]
        assert {given["ControlTableName"]} == tables


def test_sam_takes_one_vantage_by_the_same_files(three, here, world):
    before = {region: parameters(world, region) for region in REGIONS}
    [typed] = [c for block in blocks(DEPLOY, "## Parameters") for c in commands(block)]

    for region in REGIONS:
        here.must(typed.replace("eu-west-1", region) + " --no-fail-on-empty-changeset")

    assert {region: parameters(world, region) for region in REGIONS} == before


def test_it_stops_at_a_vantage_that_does_not_vote(three, here, schedules):
    schedules.muted.add("eu-west-2")
    try:
        with edited(here, "failover.toml", "revision = 2", "revision = 3"):
            done = here.run("PATIENCE=60 make deploy")
    finally:
        schedules.muted.clear()

    assert done.status != 0
    assert "eu-west-1: votes" in done.shown, done.shown
    assert "eu-west-2: no vote on shop" in done.shown
    assert f"/aws/lambda/{STACK}-monitor --start-time" in done.shown
    assert "eu-central-1: deploying" not in done.shown


def test_what_cannot_succeed_is_refused_before_anything_is_built(three, here):
    for change, said in (
        (("failover.toml", '"observe"', '"maybe"'), 'found "maybe"'),
        (("failover.toml", "app.shop.test", "app.example.com"), "only an example"),
        (("samconfig.toml", 'region = "eu-central-1"', ""), "[eu-central-1]: region is missing"),
        (setting('MetricNamespace = "Shop"'), "the template has no parameter MetricNamespace"),
        (setting('HeartbeatUrlParameter = "/nobody"'), "the heartbeat URL is not stored"),
    ):
        with edited(here, *change):
            done = here.run("make deploy")
        assert done.status != 0
        assert said in done.shown
        assert "Building" not in done.shown


def test_the_table_is_not_changed_under_services_that_act(three, here):
    with (
        edited(here, "failover.toml", 'mode = "observe"', 'mode = "act"'),
        edited(here, "samconfig.toml", 'ControlTableName = ""', 'ControlTableName = "other"'),
    ):
        done = here.run("make deploy")

    assert done.status != 0
    assert "shop would act on two tables at once" in done.shown
    assert "Building" not in done.shown


REMOVE = f"""#!{sys.executable}
import pathlib, sys, tomlkit
file = pathlib.Path(sys.argv[1])
document = tomlkit.parse(file.read_text())
if "vantages" in document:
    document["vantages"].remove("eu-west-2")
    document["revision"] += 10
else:
    del document["eu-west-2"]
file.write_text(tomlkit.dumps(document))
"""


def test_a_vantage_that_is_removed_leaves_its_replica_and_the_others_vote_on(three, here, world):
    table = outputs(world, "eu-west-2")["ControlTableName"]
    Path(here.env["EDITOR"]).write_text(REMOVE)
    [typed] = blocks(UPGRADING, "## Remove a vantage")

    shown = "".join(here.must(command) for command in commands(typed))

    assert [region for region in REGIONS if f"{region}: votes" in shown] == [
        "eu-west-1",
        "eu-central-1",
    ]
    with pytest.raises(ClientError, match="does not exist"):
        described(world, "eu-west-2")
    for region in REGIONS:
        assert table in world.aws.client("dynamodb", region).list_tables()["TableNames"]


def test_uninstalling_leaves_the_table_which_is_then_deleted(three, here, world):
    """The last story: nothing is deployed after it."""
    table = outputs(world)["ControlTableName"]
    [uninstall, token] = (commands(block) for block in blocks(UNINSTALLING, "## Uninstall"))
    [plain] = (commands(block) for block in blocks(UNINSTALLING, "## A plain control table"))

    for command in uninstall:
        here.must(command)
    assert table in world.aws.client("dynamodb").list_tables()["TableNames"]
    refused = here.run(plain[1].replace("TABLE", table))
    assert refused.status != 0
    for command in plain:
        here.must(command.replace("TABLE", table))
    assert table not in world.aws.client("dynamodb").list_tables()["TableNames"]
    for command in token:
        here.must(command)
    assert not world.aws.client("ssm").get_parameters(Names=[TOKEN_PARAMETER])["Parameters"]
