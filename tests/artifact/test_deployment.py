"""The way to a deployment as the documentation tells it, typed at a terminal where only Enter is
pressed; and what comes after: parameters, a pull, growing to three, and what is refused."""

import contextlib
import json
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.aws import AwsServer
from local.world import TOKEN_PARAMETER, LocalWorld
from tests.artifact.build import require_runtime
from tests.artifact.deployment import MODULE, REGION
from tests.artifact.terminal import Schedules, blocks, clone, commands, commit, upstream
from tests.template.stack import ROOT

require_runtime()

DEPLOY = ROOT / "docs" / "deploy.md"
UPGRADING = ROOT / "docs" / "upgrading.md"
UNINSTALLING = ROOT / "docs" / "uninstalling.md"

STACK = "linode-region-failover"
REGIONS = ["eu-west-1", "eu-west-2", "eu-central-1"]
MAIL = "ops@example.com"
TABLES = "arn:aws:dynamodb:*:123456789012:table/my-app-data"


@pytest.fixture(scope="module")
def world():
    made = LocalWorld(render_delay=0.1, service={"mode": '"observe"'})
    made.aws = AwsServer(REGION, MODULE)
    with made:
        made.aws.client("ssm").delete_parameter(Name=TOKEN_PARAMETER)
        # moto runs functions in containers, or answers for them.
        answer = json.dumps({"lambda": {"use_docker": False}}).encode()
        urllib.request.urlopen(f"{made.aws.url}/moto-api/config", answer, timeout=10).close()
        yield made


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    return upstream(tmp_path_factory.mktemp("origin"))


@pytest.fixture(scope="module")
def schedules(world, tmp_path_factory):
    with pytest.MonkeyPatch.context() as here:
        for name, value in world.aws.env().items():
            here.setenv(name, value)
        with Schedules(world, REGIONS, tmp_path_factory.mktemp("schedules")) as running:
            yield running


@pytest.fixture(scope="module")
def here(origin, world, schedules, tmp_path_factory):
    """A clone, and an editor that writes settings that fit the world."""
    folder = tmp_path_factory.mktemp("clone")
    made = clone(origin, folder / "checkout", world.aws, folder / "bin")
    editor = folder / "bin" / "editor"
    editor.write_text(f'#!/bin/sh\ncp "{world.settings_file}" "$1"\n')
    editor.chmod(0o755)
    made.env["EDITOR"] = str(editor)
    (made.folder / "token.txt").write_text(f"{world.linode.token}\n")
    return made


@pytest.fixture(scope="module")
def first(here):
    """Everything in the short version, typed."""
    [typed, *_] = blocks(DEPLOY, "## In short")
    return {command: here.must(command) for command in commands(typed)}


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


def edit(here, name, before, after):
    file = here.folder / "deployment" / name
    text = file.read_text()
    assert text.count(before) == 1, text
    file.write_text(text.replace(before, after))


@contextlib.contextmanager
def edited(here, name, before, after):
    """The file as before, afterwards."""
    file = here.folder / "deployment" / name
    text = file.read_text()
    edit(here, name, before, after)
    try:
        yield
    finally:
        file.write_text(text)


def setting(line):
    """One more parameter of the vantage that has created the table."""
    here = 'SecondRegion = "eu-west-2"'
    return "samconfig.toml", here, f"{here}\n{line}"


def described(world, region=REGION, name=STACK):
    [stack] = world.aws.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"]
    return stack


def parameters(world, region=REGION):
    found = described(world, region)["Parameters"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in found}


def outputs(world, region=REGION):
    found = described(world, region)["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in found}


def mailed(world, region):
    topic = outputs(world, region)["AlertTopicArn"]
    found = world.aws.client("sns", region).list_subscriptions_by_topic(TopicArn=topic)
    return [each["Endpoint"] for each in found["Subscriptions"]]


def test_the_readme_ends_in_a_stack_that_votes(first, world):
    shown = first["make deploy"]

    assert "deployment/failover.toml: warning: line" in shown
    assert "eu-west-1: votes" in shown
    assert "Everything is deployed and votes." in shown
    assert described(world)["StackStatus"] == "CREATE_COMPLETE"
    assert parameters(world)["AlertEmail"] == MAIL
    assert mailed(world, REGION) == [MAIL]


def test_the_stack_has_the_tags_of_the_file(first, world):
    tags = {tag["Key"]: tag["Value"] for tag in described(world)["Tags"]}

    assert tags["product"] == "linode-region-failover"


def test_a_tick_by_hand_is_started_without_waiting_for_it(first, here):
    """It takes longer than SAM CLI waits."""
    [by_hand] = [
        command
        for block in blocks(DEPLOY, "## In short")
        for command in commands(block)
        if "MonitorFunction" in command
    ]

    assert "InvocationType=Event" in by_hand
    here.must(by_hand)


def test_no_parameter_is_ever_taken_back(first, here, world):
    """Neither by a deployment without options, nor by another one of the same files."""
    mail = f'AlertEmail = "{MAIL}"'
    with edited(here, "samconfig.toml", mail, f'{mail}\nDataTables = "{TABLES}"'):
        here.must("make deploy")
        after = parameters(world)
        assert after["DataTables"] == TABLES

        here.must("sam deploy --no-confirm-changeset --no-fail-on-empty-changeset")
        assert parameters(world) == after
    noted = here.must("make deploy")
    assert parameters(world) == after
    assert f"DataTables stays {TABLES}" in noted


def test_a_first_deployment_that_failed_is_cleaned_up_and_tried_again(first, here, world):
    """A second stack needs the name of a log group that is there already."""
    taken = {"logGroupName": "/aws/lambda/staging-monitor"}
    world.aws.client("logs").create_log_group(**taken)
    here.must("make deployment DEPLOYMENT=deployments/staging STACK=staging VANTAGES=eu-west-1")
    here.must("$EDITOR deployments/staging/failover.toml")
    deploy = "make deploy DEPLOYMENT=deployments/staging"
    clean_up, look = (
        commands(block.replace(STACK, "staging").replace("make deploy", deploy))
        for block in blocks(UNINSTALLING, "## A first deployment that failed")
    )

    failed = here.run(deploy)
    assert failed.status != 0
    assert "docs/uninstalling.md#a-first-deployment-that-failed" in failed.shown
    again = here.run(deploy)
    assert again.status != 0
    assert "the stack staging is ROLLBACK_COMPLETE: its first deployment failed" in again.shown

    why, delete, _ = clean_up
    assert "MonitorLogs" in here.must(why)
    here.must(delete)
    [kept] = [name for name in json.loads(here.must(look[0]))["TableNames"] if "staging" in name]
    world.aws.client("logs").delete_log_group(**taken)
    assert "eu-west-1: votes" in here.must(deploy)
    assert clean_up[-1] == deploy

    [used] = [
        each["OutputValue"]
        for each in described(world, name="staging")["Outputs"]
        if each["OutputKey"] == "ControlTableName"
    ]
    assert used != kept
    here.must(delete)


def test_a_pull_leaves_filled_in_files_alone(first, origin, here):
    """Upstream changes everything that an operator might have edited."""
    for name in ("samconfig.toml", "layers/config/failover.example.toml", "template.yaml"):
        with (origin / name).open("a") as file:
            file.write("# changed by the next release\n")
    commit(origin, "The next release")
    mine = {
        file: file.read_bytes() for file in (here.folder / "deployment").iterdir() if file.is_file()
    }

    assert here.git("status", "--porcelain") == "?? token.txt\n"
    [typed] = blocks(UPGRADING, "## Take a new release")
    for command in commands(typed)[:-1]:
        here.must(command)

    assert "next release" in (here.folder / "samconfig.toml").read_text()
    assert mine == {file: file.read_bytes() for file in mine}
    assert {file.name for file in mine} == {"failover.toml", "samconfig.toml"}


def test_rolling_back_keeps_the_files_and_every_parameter(first, here, world):
    before = parameters(world)
    [typed] = blocks(UPGRADING, "## Roll back")
    previous = here.git("rev-list", "--max-parents=0", "HEAD").strip()

    try:
        for command in commands(typed):
            here.must(command.replace("PREVIOUS", previous))
    finally:
        here.git("checkout", "--quiet", "main")

    assert parameters(world) == before


def test_a_token_that_is_rotated_is_stored_in_one_command(first, here, world):
    [rotate] = blocks(UPGRADING, "## Rotate the token")
    (here.folder / "token.txt").write_text("another one\n")

    for command in commands(rotate):
        here.must(command)

    stored = world.aws.client("ssm").get_parameter(Name=TOKEN_PARAMETER, WithDecryption=True)
    assert stored["Parameter"]["Value"] == "another one\n"
    assert not (here.folder / "token.txt").exists()
    world.aws.put_token(TOKEN_PARAMETER, world.linode.token)
    (here.folder / "token.txt").write_text(f"{world.linode.token}\n")


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
            done = here.run("PATIENCE=120 make deploy")
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
