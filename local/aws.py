"""AWS of the embedded world: DynamoDB, SSM, SNS and the rest of moto, in a process of its own."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

_ROOT = Path(__file__).parent.parent
_PUBLISHED = "/embedded-world/published"
_PATIENCE = 300.0
"""Seconds that moto may take to start, or to answer, on a machine that is busy."""


class AwsServer:
    """A context manager. The process ends with it, and with this process, however that ends.

    `module` is what serves: the one beside this, or another that does more.
    """

    def __init__(self, region: str = "us-east-1", module: str = "local.aws_moto") -> None:
        self.region = region
        self._module = module
        self._clients: dict[tuple[str, str, Any], Any] = {}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as starting:
            # The kernel ends the child with the *thread* that started it, so that thread stays.
            keeper = starting.enter_context(ThreadPoolExecutor(1, "aws-keeper"))
            self._process = keeper.submit(_start, self._module).result()
            starting.callback(self._end)
            self._port = _port(self._process)
            self._open = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def url(self) -> str:
        """The endpoint of every service, for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self._port}"

    def env(self) -> dict[str, str]:
        """The environment in which the AWS libraries and the functions find this world."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "embedded",
            "AWS_SECRET_ACCESS_KEY": "world",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, region: str | None = None, config: Any = None) -> Any:
        """A boto3 client of this world, made once for each service and region; or one of its own
        for a `config`."""
        import boto3  # noqa: PLC0415 - slow, and not everybody needs it

        key = service, region or self.region, config
        if key not in self._clients:
            env = self.env()
            self._clients[key] = boto3.Session().client(
                service,
                region_name=key[1],
                endpoint_url=self.url,
                config=config,
                aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[key]

    def create_control_table(self, name: str, region: str | None = None) -> None:
        """Make a table with the keys of the control table, ready for use."""
        self.client("dynamodb", region).create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )

    def put_token(self, parameter_name: str, value: str) -> None:
        """Set the SSM SecureString, as the user does before a deployment."""
        self.client("ssm").put_parameter(
            Name=parameter_name, Value=value, Type="SecureString", Overwrite=True
        )

    def create_topic(self, name: str) -> str:
        """Make an SNS topic and return its ARN."""
        return str(self.client("sns").create_topic(Name=name)["TopicArn"])

    def create_alarm(self, name: str, topic: str) -> None:
        """Make an alarm that tells a topic. Nothing here sets it off."""
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            AlarmActions=[topic],
            Namespace="LinodeRegionFailover",
            MetricName="RoundCompleted",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=3,
            Threshold=1.0,
            ComparisonOperator="LessThanThreshold",
        )

    def create_queue(self, name: str, attributes: Mapping[str, str]) -> str:
        """Make an SQS queue and return its URL."""
        made = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return str(made["QueueUrl"])

    def published(self, topic_arn: str) -> list[dict[str, Any]]:
        """What was sent to a topic, oldest first: id, subject, message, attributes."""
        page = f"{self.url}{_PUBLISHED}?topic={quote(topic_arn)}"
        with urllib.request.urlopen(page, timeout=_PATIENCE) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def freeze(self) -> None:
        """Stop the process where it is: it still accepts connections, and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let the process go on; what was sent in the meantime is worked off."""
        self._process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Frozen for as long as the block takes."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def _end(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._process.kill()  # frozen or not
        self._process.communicate()


def _start(module: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=_ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _port(process: subprocess.Popen[bytes]) -> int:
    """The port that the process prints when it is ready. Raises RuntimeError."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], _PATIENCE)
    line = process.stdout.readline() if ready else b""
    if not line.strip().isdigit():
        raise RuntimeError("moto did not start; what it said is on the standard error output")
    return int(line)
