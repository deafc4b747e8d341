"""A clone, an editor, and the commands of the documentation, typed at a terminal where only Enter
is pressed, until a stack votes."""

import contextlib
import json
import urllib.request

import pytest

from local.aws import AwsServer
from local.world import TOKEN_PARAMETER, LocalWorld
from tests.artifact.deployment import MODULE, REGION
from tests.artifact.terminal import Schedules, blocks, clone, commands, upstream
from tests.template.stack import ROOT

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
