"""What a new container has loaded when its first probe is sent. Times are for `make bench`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from failover.adapters.aws.client import Aws
from failover.adapters.aws.control_table import client_config
from tests.support.settings_file import good, toml
from tests.support.waiting import LIMIT

ROOT = Path(__file__).parents[2]

# Slow to import, and of use only after the first probe, to another function, or to nobody.
LATE = {
    "asyncio",
    "boto3",
    "dns",
    "failover.adapters.linode.client",
    "failover.app.control.commands",
    "failover.app.control.status",
    "linode_api4",
    "pydantic.v1",
    "requests",
    "aws_xray_sdk",
    "aws_lambda_powertools.utilities.parser",
}

# The control table refuses connections, so that the tick goes on to its probes by itself.
FIRST_PROBE = """
import json, os, sys, threading
from failover.adapters.http import prober

def sent(*_, **__):
    with lock:
        print(json.dumps(sorted(sys.modules)), flush=True)
        os._exit(0)

lock = threading.Lock()
prober.exchange = sent
from monitor.handler import handler

class Context:
    aws_request_id = "1"

    def get_remaining_time_in_millis(self):
        return 180_000

handler({}, Context())
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    settings = tmp_path_factory.mktemp("settings") / "failover.toml"
    settings.write_text(toml(good()))
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PROBE],
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(ROOT / "functions"),
            "FAILOVER_CONFIG": str(settings),
            "CONTROL_TABLE": "control",
            "LINODE_TOKEN_PARAMETER": "/token",
            "LOG_LEVEL": "CRITICAL",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    modules = [line for line in done.stdout.splitlines() if line.startswith("[")]
    return set(json.loads(modules[0]))


def test_the_first_probe_waits_for_nothing_that_it_does_not_need(loaded):
    assert "failover.app.tick" in loaded
    assert not loaded & LATE


@pytest.fixture
def aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    return Aws("eu-west-1", client_config())


def test_a_client_is_made_when_it_is_first_used(aws, monkeypatch):
    made = []
    make = aws.client
    monkeypatch.setattr(
        aws, "client", lambda service, **how: made.append(service) or make(service, **how)
    )

    ssm = aws.later("ssm")
    assert not made

    assert ssm.meta.region_name == "eu-west-1"
    assert ssm.get_parameter
    assert made == ["ssm"]


def test_the_clients_know_their_services_and_the_limits_of_a_call(aws):
    for service in ("dynamodb", "ssm", "sns", "lambda"):
        client = aws.client(service)
        assert client.meta.service_model.service_name == service
        assert client.meta.config.read_timeout == client_config().read_timeout
