"""The Ruby application: its own tests with a DynamoDB, and what it does when it starts."""

import os
import subprocess

import pytest

from local.aws import AwsServer
from local.ruby_region import APP, TABLE, create_app_table, puma
from tests.support.ruby import needs_ruby
from tests.support.waiting import LIMIT

pytestmark = [needs_ruby, pytest.mark.long]


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        for region in ("us-east-1", "us-west-2"):
            create_app_table(server, region)
        yield server


def run(command, env):
    return subprocess.run(
        command, cwd=APP, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


def test_its_own_tests_pass_and_none_is_skipped(aws):
    done = run(["ruby", "-w", "test/all.rb"], {**aws.env(), "APP_TABLE": TABLE})
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failures, 0 errors, 0 skips" in done.stdout
    assert "warning" not in done.stderr


@pytest.mark.parametrize("name", ["AWS_REGION", "APP_TABLE"])
def test_it_does_not_start_without_a_variable_that_it_needs(aws, name):
    """Also where the AWS libraries would find another region by themselves."""
    env = {**aws.env(), "APP_TABLE": TABLE, "BIND": "tcp://127.0.0.1:0"}
    del env[name]
    kept = {key: value for key, value in os.environ.items() if key != name}
    refused = subprocess.run(
        puma(), cwd=APP, env={**kept, **env}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert refused.returncode != 0
    assert f"region-app cannot start: {name} is not set." in refused.stderr
    assert "Listening" not in refused.stdout
