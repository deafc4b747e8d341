"""Starting this function once more, for another shard."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import reason
from failover.errors import ShardNotStarted

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ADVICE = {
    "AccessDeniedException": "the function's role does not allow it: docs/permissions.md lists "
    "what it needs",
    "TooManyRequestsException": "the account has too few concurrent executions: docs/deploy.md",
}


class LambdaFunctions:
    """The Functions port. An invocation that starts another one does not wait for it."""

    def __init__(self, client: "LambdaClient", name: str) -> None:
        self._client = client
        self._name = name

    def start(self, shard: int) -> None:
        """Start a seed of that shard. Raises ShardNotStarted."""
        try:
            self._client.invoke(
                FunctionName=self._name,
                InvocationType="Event",
                Payload=json.dumps({"shard": shard}).encode(),
            )
        except (BotoCoreError, ClientError) as error:
            why = reason(error, _ADVICE)
            raise ShardNotStarted(f"shard {shard} cannot be started: {why}") from error
