"""Beats as messages of an SQS queue, which an event source mapping hands to the monitor."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import reason
from failover.errors import BeatsNotSent
from failover.health.beats import Beat

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

    def send(self, seed: int, delays: Sequence[int]) -> None:
        """Send the beats of a seed, each with its delay in seconds. Raises BeatsNotSent."""
        entries: list[Any] = [
            {
                "Id": str(place),
                "MessageBody": json.dumps({"seed": seed, "place": place}),
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


def read(event: object) -> Beat | None:
    """The beat that an event of the mapping holds; None for an event of the schedule.

    Raises ValueError for a message that is no beat.
    """
    if not isinstance(event, Mapping) or "Records" not in event:
        return None
    try:
        (record,) = event["Records"]
        said = json.loads(record["body"])
        beat = Beat(said["seed"], said["place"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("the message is not a beat") from error
    if not (type(beat.seed) is type(beat.place) is int and beat.seed > 0 and beat.place > 0):
        raise ValueError("the message is not a beat")
    return beat
