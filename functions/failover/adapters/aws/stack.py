"""How the stack is set up at AWS: its table, its topic and its alarms. Read, never changed."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from failover.adapters.aws.errors import reason
from failover.errors import NotInspected
from failover.preflight.facts import Alarm, ControlTable
from failover.preflight.finding import Unknown

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient

MOST_PAGES = 5
"""Of 100 alarms each. A stack has some fifteen."""

_ADVICE = {
    "AccessDeniedException": "the role does not allow it (docs/permissions.md)",
    "AccessDenied": "the role does not allow it (docs/permissions.md)",
    "AuthorizationError": "the role does not allow it (docs/permissions.md)",
}


class AwsStack:
    """The Stack port. Safe to use from many threads at once, as boto3's clients are."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        sns: "SNSClient",
        topic: str | None,
        cloudwatch: Any,  # noqa: ANN401 - boto3's
        lambdas: "LambdaClient",
        stack: str,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._sns = sns
        self._topic = topic
        self._cloudwatch = cloudwatch
        self._lambdas = lambdas
        self._stack = stack

    def table(self) -> ControlTable:
        """The control table."""
        told = _asked("table", partial(self._dynamodb.describe_table, TableName=self._table))
        table = told["Table"]
        return ControlTable(
            consistency=str(table.get("MultiRegionConsistency", "EVENTUAL")).lower(),
            protected=bool(table.get("DeletionProtectionEnabled", False)),
            recoverable=self._recoverable(),
        )

    def _recoverable(self) -> bool | Unknown:
        ask = partial(self._dynamodb.describe_continuous_backups, TableName=self._table)
        try:
            told = _asked("backups", ask)["ContinuousBackupsDescription"]
        except NotInspected as error:
            return Unknown(str(error))
        found = told.get("PointInTimeRecoveryDescription", {})
        return bool(found.get("PointInTimeRecoveryStatus") == "ENABLED")

    def subscribers(self) -> int:
        """How many have confirmed that they receive the alerts."""
        if self._topic is None:
            raise NotInspected("alerts have no topic")
        ask = partial(self._sns.list_subscriptions_by_topic, TopicArn=self._topic)
        listed = _asked("topic", ask)["Subscriptions"]  # the first hundred, which is enough to know
        return sum(1 for each in listed if each["SubscriptionArn"].startswith("arn:"))

    def alarms(self) -> tuple[Alarm, ...]:
        """The alarms of the stack."""
        found: list[Alarm] = []
        start: Any = {}
        for _ in range(MOST_PAGES):
            ask = partial(
                self._cloudwatch.describe_alarms,
                AlarmNamePrefix=f"{self._stack}-",
                MaxRecords=100,
                **start,
            )
            told = _asked("alarms", ask)
            found += [_alarm(each) for each in told["MetricAlarms"]]
            if not told.get("NextToken"):
                break
            start = {"NextToken": told["NextToken"]}
        return tuple(found)

    def concurrency(self) -> int:
        """How many functions may run at once for which none are reserved."""
        told = _asked("account", self._lambdas.get_account_settings)["AccountLimit"]
        return int(told["UnreservedConcurrentExecutions"])


def _alarm(told: Any) -> Alarm:  # noqa: ANN401 - boto3's
    return Alarm(told["AlarmName"], told["ActionsEnabled"], len(told["AlarmActions"]))


def _asked(what: str, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - any of boto3's
    """The answer to a call; what goes wrong is translated here and nowhere else."""
    try:
        return ask()
    except (BotoCoreError, ClientError) as error:
        raise NotInspected(f"{what}: {reason(error, _ADVICE)}") from error
