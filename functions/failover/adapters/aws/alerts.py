"""The way to the people on call: an SNS topic."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import LONGEST_REASON
from failover.errors import AlertNotSent
from failover.notify.events import Event
from failover.notify.messages import Letter
from failover.settings.model import Service

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsAlerts:
    """The Alerts port. Safe to use from many threads at once, as boto3's clients are.

    `write` makes the text of an event, `redact` takes out of it what must never be sent. Everybody
    who subscribes gets the text; the attribute `event` has all of it as JSON.
    """

    def __init__(
        self,
        client: "SNSClient",
        topic: str,
        write: Callable[[Event, Service], Letter],
        redact: Callable[[str], str],
    ) -> None:
        self._client = client
        self._topic = topic
        self._write = write
        self._redact = redact

    def send(self, service: Service, event: Event) -> None:
        """Publish one alert. Raises AlertNotSent, also where only the answer was lost."""
        letter = self._write(event, service)
        try:
            self._client.publish(
                TopicArn=self._topic,
                Subject=self._redact(letter.subject),
                Message=self._redact(letter.text),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": self._redact(text)}
                    for name, text in letter.attributes.items()
                },
            )
        except (BotoCoreError, ClientError) as error:
            reason = self._redact(str(error))[:LONGEST_REASON]
            raise AlertNotSent(f"cannot publish to {self._topic}: {reason}") from error
