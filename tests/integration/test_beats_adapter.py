"""Beats through a real SQS API on loopback, and the events that Lambda makes of them."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from failover.adapters.aws import beats
from failover.adapters.aws.beats import SqsBeats
from failover.adapters.aws.control_table import client_config
from failover.errors import BeatsNotSent
from failover.health.beats import Beat, Start
from local.aws import AwsServer
from tests.raw_server import Peer, RawServer
from tests.support.waiting import until


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsServer]:
    with AwsServer("eu-west-1") as server:
        yield server


def queue_of(url: str, queue_url: str) -> SqsBeats:
    client = boto3.Session().client(
        "sqs",
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="embedded",
        aws_secret_access_key="world",
        config=client_config().merge(beats.ONCE),
    )
    return SqsBeats(client, queue_url)


def event(*bodies: str) -> dict[str, object]:
    """What an event source mapping makes of messages."""
    return {"Records": [{"eventSource": "aws:sqs", "body": body} for body in bodies]}


def test_each_beat_arrives_after_its_delay_as_it_was_sent(aws: AwsServer) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="beats")["QueueUrl"]
    queue_of(aws.url, url).send(1_800_000_000, [0, 0, 1, *range(100, 110)])
    arrived: list[Start] = []

    def all_arrive() -> bool:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
        arrived.extend(beats.read(event(each["Body"])) for each in answer.get("Messages", ()))
        return len(arrived) >= 3

    until(all_arrive, "three beats that are due")
    expected = [Start(Beat(1_800_000_000, place), shard=0) for place in (1, 2, 3)]
    assert sorted(arrived, key=str) == expected
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert int(attributes["ApproximateNumberOfMessagesDelayed"]) == 10


def test_a_beat_is_for_its_shard(aws: AwsServer) -> None:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="beats-of-shards")["QueueUrl"]
    sender = queue_of(aws.url, url)
    sender.send(1_800_000_000, [0])
    sender.send(1_800_000_000, [0], 7)
    bodies: list[str] = []

    def both_arrive() -> bool:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
        bodies.extend(each["Body"] for each in answer.get("Messages", ()))
        return len(bodies) >= 2

    until(both_arrive, "two beats that are due")
    assert {beats.read(event(body)).shard for body in bodies} == {0, 7}
    assert '{"seed": 1800000000, "place": 1}' in bodies


def test_a_queue_that_is_not_there_is_named_with_what_to_do(aws: AwsServer) -> None:
    with pytest.raises(BeatsNotSent, match="BEAT_QUEUE_URL"):
        queue_of(aws.url, f"{aws.url}/123456789012/elsewhere").send(1, [10])


def test_messages_that_were_not_taken_are_not_sent(aws: AwsServer) -> None:
    """A request that is answered with success may have failed for some of its messages."""
    url = aws.client("sqs").create_queue(QueueName="beats-failed")["QueueUrl"]
    sender = queue_of(aws.url, url)

    def refuse(parsed: dict[str, Any], **_: object) -> None:
        parsed["Failed"] = [{"Id": "1", "Code": "InternalError", "SenderFault": False}]

    sender._client.meta.events.register("after-call.sqs.SendMessageBatch", refuse)
    with pytest.raises(BeatsNotSent, match="InternalError"):
        sender.send(1, [10, 20])


def test_one_that_does_not_answer_is_given_up_after_one_try() -> None:
    with RawServer(Peer.hang) as silent:
        url = f"http://127.0.0.1:{silent.port}"
        with pytest.raises(BeatsNotSent, match=r"(?i)time.?out|timed out"):
            queue_of(url, f"{url}/123456789012/beats").send(1, [10])
        assert silent.connections == 1


@pytest.mark.parametrize("started", [None, {}, {"scheduled_time": "2026-11-23T12:00:00Z"}, "x"])
def test_any_other_event_is_the_schedule(started: object) -> None:
    assert beats.read(started) == Start()


def test_an_event_may_be_for_one_shard() -> None:
    assert beats.read({"shard": 3}) == Start(shard=3)
    assert beats.read({"shard": 0}) == Start(shard=0)


@pytest.mark.parametrize("shard", [None, -1, "3", 1.0, True])
def test_what_is_no_shard_starts_all(shard: object) -> None:
    assert beats.read({"shard": shard}) == Start()


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        ["{}"],
        ["no json"],
        ["[1, 2]"],
        ['{"seed": 1}'],
        ['{"seed": "1", "place": 1}'],
        ['{"seed": 1, "place": 0}'],
        ['{"seed": true, "place": 1}'],
        ['{"seed": 1, "place": 1, "shard": -1}'],
        ['{"seed": 1, "place": 1, "shard": "2"}'],
        ['{"seed": 1.5, "place": 1}'],
        [json.dumps({"seed": 1, "place": 1})] * 2,
    ],
    ids=str,
)
def test_a_message_that_is_no_beat_is_refused(bodies: list[str]) -> None:
    with pytest.raises(ValueError, match="not a beat"):
        beats.read(event(*bodies))
