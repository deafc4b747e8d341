"""The way to a deployment as the documentation tells it, typed at a terminal where only Enter is
pressed; and what comes after: parameters, a pull, a rollback, a new token."""

import json

from local.world import TOKEN_PARAMETER
from tests.artifact.build import require_runtime
from tests.artifact.deployment import REGION
from tests.artifact.desk import (
    DEPLOY,
    MAIL,
    STACK,
    TABLES,
    UNINSTALLING,
    UPGRADING,
    described,
    edited,
    first,
    here,
    mailed,
    origin,
    parameters,
    schedules,
    world,
)
from tests.artifact.terminal import blocks, commands, commit

__all__ = ["first", "here", "origin", "schedules", "world"]

require_runtime()


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
