"""Alerts through a real SNS API on loopback, and what comes of one that does not answer."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import boto3
import pytest

from failover.adapters.aws.alerts import SnsAlerts
from failover.adapters.aws.control_table import client_config
from failover.adapters.linode.token import redact
from failover.errors import AlertNotSent
from failover.notify.events import Event, What
from failover.notify.messages import Place, letter
from local.aws import AwsServer
from tests.raw_server import Peer, RawServer
from tests.support.builders import NOW, SHOP, settings_of

TOKEN = "0123456789abcdef" * 4
EVENT = Event("17", NOW, What.INCIDENT_BEGAN, {"incident": "drift", "why": f"was {TOKEN}"})


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    with AwsServer("eu-west-1") as server:
        yield server


@pytest.fixture
def topic(aws: AwsServer) -> str:
    return aws.create_topic("alerts")


def alerts(url: str, topic: str) -> SnsAlerts:
    client = boto3.Session().client(
        "sns",
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="embedded",
        aws_secret_access_key="world",
        config=client_config(),
    )
    place = Place("night", "eu-west-1", "/night/token")
    write = partial(letter, settings=settings_of(), place=place)
    return SnsAlerts(client, topic, write, partial(redact, token=TOKEN))


def queue(aws: AwsServer, topic: str) -> str:
    """A queue that gets what the topic sends out."""
    sqs = aws.client("sqs")
    url = str(sqs.create_queue(QueueName="people")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    return url


def test_a_subscriber_gets_the_text_and_machines_the_event(aws: AwsServer, topic: str) -> None:
    url = queue(aws, topic)
    alerts(aws.url, topic).send(SHOP, EVENT)
    [message] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    got: dict[str, Any] = json.loads(message["Body"])
    assert got["Subject"] == "[shop] app.shop.test: its records were changed by somebody else"
    assert "--function-name night-control" in got["Message"]
    attributes = {name: said["Value"] for name, said in got["MessageAttributes"].items()}
    assert attributes["about"] == "incident/drift"
    assert json.loads(attributes["event"])["id"] == attributes["id"] == "shop-17"


def test_the_token_is_in_no_part_of_it(aws: AwsServer, topic: str) -> None:
    alerts(aws.url, topic).send(SHOP, EVENT)
    assert TOKEN not in json.dumps(aws.published(topic))
    assert "[token]" in aws.published(topic)[-1]["message"]


def test_a_topic_that_is_gone_is_named(aws: AwsServer) -> None:
    gone = "arn:aws:sns:eu-west-1:123456789012:gone"
    with pytest.raises(AlertNotSent, match=gone):
        alerts(aws.url, gone).send(SHOP, EVENT)


def test_one_that_does_not_answer_is_given_up(topic: str) -> None:
    with (
        RawServer(Peer.hang) as silent,
        pytest.raises(AlertNotSent, match=r"(?i)time.?out|timed out"),
    ):
        alerts(f"http://127.0.0.1:{silent.port}", topic).send(SHOP, EVENT)
