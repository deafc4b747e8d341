"""The Ruby application as a region: a real Puma, whose process and whose replica can fail."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from local.aws import AwsServer
from local.region import free_port
from local.ruby_region import TABLE, RubyFault, RubyRegion
from tests.support import waiting
from tests.support.ruby import needs_ruby

pytestmark = [needs_ruby, pytest.mark.long]

ROOT = Path(__file__).parents[2]
HEALTHY = {"status": "healthy", "region": "us-east-1", "ages": {}}


@pytest.fixture(scope="module")
def aws():
    with AwsServer("eu-west-1") as server:
        yield server


@pytest.fixture(scope="module")
def whole(aws):
    with RubyRegion("127.0.0.1", free_port(["127.0.0.1"]), "us-east-1", aws) as region:
        yield region


@pytest.fixture
def region(whole):
    whole.fault = None
    until(whole, 200)
    return whole


def get(region, timeout=waiting.LIMIT):
    with requests.Session() as session:
        session.trust_env = False
        url = f"http://{region.address}:{region.port}/health"
        return session.get(url, timeout=timeout)


def until(region, status):
    """Ask until it answers so: what was found is good for a second. The answer."""
    # In a list, since requests takes an answer of 400 or more for false.
    return waiting.until(
        lambda: [answer for answer in [get(region)] if answer.status_code == status], f"a {status}"
    )[0]


def test_a_healthy_region_answers_and_writes_its_own_replica(aws, region):
    assert get(region).json() == HEALTHY
    key = {"pk": {"S": "health"}, "sk": {"S": "us-east-1"}}
    item = aws.client("dynamodb", "us-east-1").get_item(TableName=TABLE, Key=key)["Item"]
    assert 0 < float(item["at"]["N"]) <= time.time()
    assert int(item["beats"]["N"]) >= 1


def test_the_age_of_another_regions_heartbeat_is_told_and_harms_nobody(aws, region):
    """Two hours old, and the answer is healthy."""
    key = {"pk": {"S": "health"}, "sk": {"S": "us-west-2"}}
    old = {"at": {"N": str(time.time() - 7200)}, "beats": {"N": "9"}}
    replica = aws.client("dynamodb", "us-east-1")
    replica.put_item(TableName=TABLE, Item={**key, **old})
    try:
        answer = waiting.until(
            lambda: answer if (answer := get(region)).json()["ages"] else None, "the ages"
        )
        assert answer.status_code == 200
        assert answer.json()["ages"]["us-west-2"] == pytest.approx(7200, abs=waiting.LIMIT)
    finally:
        replica.delete_item(TableName=TABLE, Key=key)


@pytest.mark.parametrize(
    ("fault", "message"),
    [(RubyFault.NO_WRITES, "write refused"), (RubyFault.DATA_HANGS, "timeout")],
)
def test_a_replica_that_fails_makes_the_region_unhealthy_and_it_recovers(region, fault, message):
    region.fault = fault
    answer = until(region, 503)
    assert answer.json() == {"status": "unhealthy", "message": message}
    assert min(answer.elapsed, get(region).elapsed).total_seconds() < 1
    region.fault = None
    assert until(region, 200).json()["status"] == "healthy"


def test_a_process_that_is_dead_refuses_and_comes_back(region):
    region.fault = RubyFault.REFUSE
    with pytest.raises(requests.ConnectionError):
        get(region)
    region.fault = None
    assert until(region, 200).json() == HEALTHY


def test_a_process_that_is_stopped_says_nothing_and_goes_on(region):
    region.fault = RubyFault.HANG
    with pytest.raises(requests.ReadTimeout):
        get(region, timeout=0.5)
    region.fault = None
    assert until(region, 200).json() == HEALTHY


def test_another_regions_application_is_healthy_and_says_whose_it_is(region):
    region.fault = RubyFault.WRONG_REGION
    assert until(region, 200).json()["region"] not in ("us-east-1", None)


def test_many_who_ask_at_once_do_not_cost_a_write_each(region):
    written = (region.aws_region, "UpdateItem")
    before = region.replica.asked.count(written)
    for _ in range(100):
        assert get(region).status_code == 200
    assert region.replica.asked.count(written) - before < 100


def test_the_process_ends_with_the_one_that_started_it_also_when_it_is_stopped(tmp_path):
    """Killed, with no chance to clean up."""
    program = """
import sys
from local.aws import AwsServer
from local.region import free_port
from local.ruby_region import RubyRegion
with AwsServer() as aws:
    with RubyRegion("127.0.0.1", free_port(["127.0.0.1"]), "us-east-1", aws) as region:
        region.fault = "hang"
        print(region.pid, flush=True)
        sys.stdin.read()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    waiting.until(lambda: ended(pid), "its end")


def ended(pid):
    """Whether a process is gone, or dead and only waiting for somebody to notice."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"
