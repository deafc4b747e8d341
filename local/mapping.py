"""The queue of the beats, and Lambda's part in it: the event source mapping of the monitor."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import AwsServer
from local.container import Function, Invoked
from local.schedule import Schedule
from local.self_invocation import Lambda

QUEUE = {"VisibilityTimeout": "190", "MessageRetentionPeriod": "180"}
"""As in the template."""
CONCURRENCY = 3
POLL_EVERY = 0.1

Fate = Callable[[int], Sequence[float]]
"""How many seconds late the beat of a place arrives: once for each of them, never for none."""


def on_time(place: int) -> Sequence[float]:
    """Every beat arrives once, and when it should."""
    del place
    return (0.0,)


class Beats:
    """Hands each message of a queue to the monitor, and deletes it if the monitor returned.

    A context manager, inside that of the function.
    """

    def __init__(
        self, aws: AwsServer, queue_url: str, monitor: Invoked, fate: Fate = on_time
    ) -> None:
        self._sqs = aws.client("sqs", config=_GIVES_UP)
        self._queue_url = queue_url
        self._monitor = monitor
        self._fate = fate
        self._slots = threading.Semaphore(CONCURRENCY)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="mapping")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _poll(self) -> None:
        while not self._over.wait(POLL_EVERY):
            with contextlib.suppress(BotoCoreError, ClientError):
                answer = self._sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10)
                for message in answer.get("Messages", ()):
                    for late in self._fate(json.loads(message["Body"])["place"]):
                        threading.Thread(
                            target=self._deliver, args=(message, late), daemon=True
                        ).start()

    def _deliver(self, message: Mapping[str, Any], late: float) -> None:
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "eventSource": "aws:sqs",
        }
        if self._over.wait(late):
            return
        try:
            with self._slots:
                returned = self._monitor.invoke({"Records": [record]})
        except OSError:
            if not self._over.is_set():
                raise
            return  # the function has ended, too
        if returned is not None and not self._over.is_set():
            with contextlib.suppress(BotoCoreError, ClientError):
                self._sqs.delete_message(
                    QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
                )


_GIVES_UP = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
"""A poll of a server that has stopped is given up, and the next one is another."""


@contextlib.contextmanager
def deployed(
    env: Mapping[str, str], aws: AwsServer, every: float, fate: Fate = on_time
) -> Iterator[Function]:
    """The monitor as the template deploys it: a schedule starts it, so do the beats in a queue of
    `aws`, and so does the monitor itself where there are several shards."""
    url = aws.create_queue("beats", QUEUE)
    env = {**env, "BEAT_QUEUE_URL": url, "AWS_ENDPOINT_URL_SQS": aws.url}
    with Lambda() as itself, Function({**env, **itself.env}) as monitor:
        itself.monitor = monitor
        with Beats(aws, url, monitor, fate), Schedule(monitor, every):
            yield monitor
