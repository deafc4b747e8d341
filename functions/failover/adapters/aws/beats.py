"""Beats as messages of an SQS queue, which an event source mapping hands to the monitor."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import reason
from failover.errors import BeatsNotSent
from failover.health.beats import Beat, Start

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

IN_A_REQUEST = 10
"""Messages that SQS takes in one request."""

ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
"""Sending is not tried again: the tick that fails stays awake, and its rounds must not wait."""

_ADVICE = {
    "AWS.SimpleQueueService.NonExistentQueue": "there is no such queue: does BEAT_QUEUE_URL name "
    "the one of this stack?",
    "AccessDenied": "the function's role does not allow it: docs/permissions.md lists what it "
    "needs",
}


class SqsBeats:
    """The Beats port."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, seed: int, delays: Sequence[int], shard: int = 0) -> None:
        """Send the beats of a seed, each with its delay in seconds. Raises BeatsNotSent."""
        whose = {"shard": shard} if shard else {}
        entries: list[Any] = [
            {
                "Id": str(place),
                "MessageBody": json.dumps({"seed": seed, "place": place, **whose}),
                "DelaySeconds": delay,
            }
            for place, delay in enumerate(delays, start=1)
        ]
        for first in range(0, len(entries), IN_A_REQUEST):
            some = entries[first : first + IN_A_REQUEST]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=some)
            except (BotoCoreError, ClientError) as error:
                raise BeatsNotSent(f"beats cannot be sent: {reason(error, _ADVICE)}") from error
            if failed := answer.get("Failed"):
                why = failed[0].get("Code", "no reason given")
                raise BeatsNotSent(f"SQS did not take {len(failed)} beats: {why}")


def read(event: object) -> Start:
    """What an event starts: a message of the mapping, a seed of one shard, or, whatever else it is,
    all seeds.

    Raises ValueError for a message that is no beat.
    """
    if not isinstance(event, Mapping):
        return Start()
    if "Records" not in event:
        shard = event.get("shard")
        return Start(shard=shard if _is_number(shard, 0) else None)
    try:
        (record,) = event["Records"]
        said = json.loads(record["body"])
        beat = Beat(said["seed"], said["place"], said.get("shard", 0))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("the message is not a beat") from error
    if not (_is_number(beat.seed, 1) and _is_number(beat.place, 1) and _is_number(beat.shard, 0)):
        raise ValueError("the message is not a beat")
    return Start(beat, beat.shard)


def _is_number(value: object, least: int) -> bool:
    return type(value) is int and value >= least
