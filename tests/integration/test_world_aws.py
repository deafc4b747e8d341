"""AWS of the embedded world keeps its promises: atomic conditions, a real stop, a sure end."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from local.aws import AwsServer
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
KEY = {"pk": {"S": "service#shop"}, "sk": {"S": "decision"}}


@pytest.fixture(scope="module")
def aws():
    with AwsServer(region="eu-west-1") as server:
        server.create_control_table("control")
        yield server


def wins(dynamodb, write):
    """Whether a conditional write was the one that came first."""
    try:
        write()
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def ended(pid):
    """Whether a process is gone, or dead and only waiting for somebody to notice."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_the_control_table_has_its_keys_and_is_on_demand(aws):
    table = aws.client("dynamodb").describe_table(TableName="control")["Table"]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_of_many_conditional_writes_at_once_exactly_one_wins(aws):
    dynamodb = aws.client("dynamodb")

    def claim(version):
        key = {"pk": {"S": f"race#{version}"}, "sk": {"S": "decision"}}
        condition = "attribute_not_exists(pk)"
        return wins(
            dynamodb,
            lambda: dynamodb.put_item(TableName="control", Item=key, ConditionExpression=condition),
        )

    with ThreadPoolExecutor(8) as clients:
        for version in range(30):
            assert sum(clients.map(claim, [version] * 8)) == 1


def test_no_increment_is_lost(aws):
    dynamodb = aws.client("dynamodb")

    def increment(_):
        dynamodb.update_item(
            TableName="control",
            Key=KEY,
            UpdateExpression="ADD generation :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(increment, range(400)))
    item = dynamodb.get_item(TableName="control", Key=KEY, ConsistentRead=True)["Item"]
    assert item["generation"] == {"N": "400"}


def test_the_token_is_a_secure_string_that_can_be_replaced(aws):
    for token in ("first", "second"):
        aws.put_token("/shop/linode-token", token)
    ssm = aws.client("ssm")
    found = ssm.get_parameter(Name="/shop/linode-token", WithDecryption=True)["Parameter"]
    assert (found["Type"], found["Value"]) == ("SecureString", "second")
    sealed = ssm.get_parameter(Name="/shop/linode-token", WithDecryption=False)["Parameter"]
    assert sealed["Value"] != "second"


def test_what_was_published_can_be_read(aws):
    topic, other = aws.create_topic("alerts"), aws.create_topic("other")
    sns = aws.client("sns")
    attributes = {"kind": {"DataType": "String", "StringValue": "failover"}}
    sns.publish(TopicArn=topic, Subject="Failover", Message="one", MessageAttributes=attributes)
    sns.publish(TopicArn=topic, Message="two")
    first, second = aws.published(topic)
    assert (first["subject"], first["message"]) == ("Failover", "one")
    assert first["attributes"]["kind"]["Value"] == "failover"
    assert (second["subject"], second["message"]) == (None, "two")
    assert aws.published(other) == []


def test_the_environment_leads_the_libraries_to_this_world(aws, monkeypatch):
    for name, value in aws.env().items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("dynamodb")
    assert client.meta.region_name == "eu-west-1"
    assert "control" in client.list_tables()["TableNames"]
    client.close()


def test_a_frozen_server_accepts_and_says_nothing_until_it_is_thawed(aws):
    impatient = boto3.Session().client(
        "dynamodb",
        region_name=aws.region,
        endpoint_url=aws.url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        config=Config(read_timeout=0.5, retries={"total_max_attempts": 1}),
    )
    with aws.frozen(), pytest.raises(ReadTimeoutError):
        impatient.list_tables()
    assert "control" in aws.client("dynamodb").list_tables()["TableNames"]
    impatient.close()


def test_closing_ends_a_frozen_server():
    with AwsServer() as server:
        server.freeze()
        pid = server._process.pid
    assert ended(pid)


@pytest.mark.long
@pytest.mark.parametrize("frozen", [False, True])
def test_the_server_ends_with_a_parent_that_is_killed(frozen):
    """Also where the thread that opened it has ended long ago."""
    script = (
        "import sys, threading, time\n"
        "from local.aws import AwsServer\n"
        "server = AwsServer()\n"
        "opener = threading.Thread(target=server.__enter__)\n"
        "opener.start(); opener.join()\n"
        "server.create_topic('alive')\n"
        f"{frozen} and server.freeze()\n"
        "print(server._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        pid = int(parent.stdout.readline())
        assert not ended(pid)
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.communicate()
    until(lambda: ended(pid), "the end of the server, after its parent's")
