"""`make smoke`: does a deployed stack work, and would anybody hear of it? For after a deploy.

usage: python -m cli.smoke STACK [--region REGION] [--wait SECONDS]
Changes nothing, and sends one test alert. Rounds and alarms are given --wait seconds (300) to
become good, as they need after a first deployment.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli import logs

LOOK_EVERY = 5.0
RECENTLY = timedelta(minutes=5)
SERIES = [{"Name": "service", "Value": "linode-region-failover"}]
STATUS = json.dumps({"command": "status"})


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `advice` is what to do where it is not good."""

    good: bool
    what: str
    advice: str = ""


class Stack:
    """A stack as CloudFormation has it, with clients for what it consists of."""

    def __init__(self, name: str, region: str | None) -> None:
        session = boto3.Session(region_name=region)
        self.name = name
        self.region = session.region_name or "an unknown region"
        self._session = session

    def client(self, service: str) -> Any:
        """A client of an AWS service in its region."""
        client: Any = self._session.client
        return client(service)

    def described(self) -> dict[str, Any]:
        """Its status, parameters and outputs."""
        found = self.client("cloudformation").describe_stacks(StackName=self.name)
        described: dict[str, Any] = found["Stacks"][0]
        return described

    def made(self, kind: str) -> list[str]:
        """The names or ARNs of its resources of one type."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return [
            str(each["PhysicalResourceId"])
            for page in pages.paginate(StackName=self.name)
            for each in page["StackResourceSummaries"]
            if each["ResourceType"] == kind
        ]

    def parameter(self, name: str) -> str:
        """The value with which the stack was deployed."""
        given = {p["ParameterKey"]: p["ParameterValue"] for p in self.described()["Parameters"]}
        return str(given[name])


def deployed(stack: Stack) -> Iterator[Check]:
    """The last deployment was completed."""
    status = stack.described()["StackStatus"]
    yield Check(
        status.endswith("_COMPLETE") and "ROLLBACK" not in status,
        f"stack {stack.name} in {stack.region} is {status}",
        f"aws cloudformation describe-stack-events --region {stack.region} --stack-name "
        f"{stack.name} shows why; deploy again",
    )


def functions(stack: Stack) -> Iterator[Check]:
    """Every function is ready, and `status` is answered."""
    client = stack.client("lambda")
    for name in sorted(stack.made("AWS::Lambda::Function")):
        found = client.get_function_configuration(FunctionName=name)
        state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        yield Check(
            state == "Active" and update == "Successful",
            f"function {name} is {state}, its last update {update}",
            "wait a minute; if it stays so, deploy again",
        )
    yield answered(client, f"{stack.name}-control", stack.region)


def answered(client: Any, function: str, region: str) -> Check:
    """What the control function says of the services."""
    reply = client.invoke(FunctionName=function, Payload=STATUS)
    answer = json.loads(reply["Payload"].read() or "null")
    log = f"its log: {logs.recent(function, region)}"
    if reply.get("FunctionError") or not isinstance(answer, dict) or "services" not in answer:
        told = answer.get("errorMessage", answer) if isinstance(answer, dict) else answer
        return Check(False, f"function {function} fails: {told}", log)
    names = ", ".join(answer["services"])
    return Check(bool(names), f"function {function} answers: it watches {names}", log)


def rounds(stack: Stack) -> Iterator[Check]:
    """Services were watched in the last minutes."""
    now = datetime.now(UTC)
    found = stack.client("cloudwatch").get_metric_statistics(
        Namespace=stack.parameter("MetricsNamespace"), MetricName="RoundCompleted",
        Dimensions=SERIES, StartTime=now - RECENTLY, EndTime=now + timedelta(minutes=1),
        Period=60, Statistics=["Sum"],
    )  # fmt: skip
    count = sum(point["Sum"] for point in found["Datapoints"])
    yield Check(
        count > 0,
        f"{count:.0f} rounds were completed in the last 5 minutes",
        f"the monitor's log: {logs.recent(f'{stack.name}-monitor', stack.region)}",
    )


def alarms(stack: Stack) -> Iterator[Check]:
    """Every alarm of the stack is there, and is quiet. Whether each has actions that are on is a
    check of the preflight."""
    names = sorted(stack.made("AWS::CloudWatch::Alarm"))
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=names)
    found = {each["AlarmName"]: each for page in pages for each in page["MetricAlarms"]}
    missing = sorted(set(names) - found.keys())
    loud = sorted(name for name, each in found.items() if each["StateValue"] == "ALARM")
    yield Check(
        bool(names) and not missing,
        f"{len(found)} of {len(names)} alarms exist" + _named(missing, "missing"),
        "deploy again: somebody has deleted them by hand",
    )
    yield Check(
        not loud,
        f"{len(found) - len(loud)} of {len(found)} alarms are quiet" + _named(loud, "on"),
        "docs/runbook.md has a section for each alarm that is on",
    )


def subscriptions(stack: Stack) -> Iterator[Check]:
    """Somebody receives what the topic is sent, and has confirmed it."""
    for topic in stack.made("AWS::SNS::Topic"):
        pages = stack.client("sns").get_paginator("list_subscriptions_by_topic")
        found = [s for page in pages.paginate(TopicArn=topic) for s in page["Subscriptions"]]
        yield from heard(found, topic)


def heard(found: Sequence[dict[str, str]], topic: str) -> Iterator[Check]:
    """What the subscriptions of a topic say."""
    if not found:
        yield Check(
            False,
            "nobody is subscribed to the alerts",
            f"deploy with AlertEmail, or subscribe a pager or a chat to {topic}",
        )
    for each in found:
        confirmed = each["SubscriptionArn"].startswith("arn:")
        yield Check(
            confirmed,
            f"{each['Protocol']} to {each['Endpoint']} is "
            + ("confirmed" if confirmed else f"not confirmed ({each['SubscriptionArn']})"),
            "open the 'Subscription Confirmation' that AWS has sent there, and follow its link",
        )


def alert(stack: Stack) -> Iterator[Check]:
    """A test alert goes out."""
    subject = f"[TEST] {stack.name} in {stack.region}: no action is needed"
    text = (
        "This is a test. Somebody ran `make smoke` after a deployment, to see that alerts arrive.\n"
        f"Nothing has happened.\n\nStack: {stack.name}\nAWS region: {stack.region}\n"
    )
    for topic in stack.made("AWS::SNS::Topic"):
        sent = stack.client("sns").publish(
            TopicArn=topic, Subject=subject[:100], Message=text,
            MessageAttributes={"what": {"DataType": "String", "StringValue": "test"}},
        )  # fmt: skip
        yield Check(
            True, f"test alert {sent['MessageId']} was sent: see that '{subject}' has arrived"
        )


GROUPS: Sequence[tuple[Callable[[Stack], Iterator[Check]], bool]] = (
    (deployed, False),
    (functions, False),
    (rounds, True),
    (alarms, True),
    (subscriptions, False),
    (alert, False),
)
"""What is looked at, in this order, and whether it may need some minutes after a deployment."""


def smoke(stack: Stack, wait: float, tell: Callable[[str], None]) -> int:
    """Go through the groups until one is not good. The exit status."""
    for group, patient in GROUPS:
        checks = _checks(group, stack)
        if patient and not _good(checks):
            tell(f"....    {group.__name__}: not good yet, waiting for up to {wait:.0f} s")
            checks = _awaited(group, stack, checks, wait)
        for check in checks:
            tell(f"{'ok' if check.good else 'FAILED':8}{check.what}")
        if not _good(checks):
            for bad in (check for check in checks if not check.good):
                tell(f"        do: {bad.advice}")
            return 1
    tell("All good.")
    return 0


def _awaited(
    group: Callable[[Stack], Iterator[Check]], stack: Stack, checks: list[Check], wait: float
) -> list[Check]:
    """The checks as soon as they are good, or as they are after that many seconds."""
    deadline = time.monotonic() + wait
    while not _good(checks) and (left := deadline - time.monotonic()) > 0:
        time.sleep(min(LOOK_EVERY, left))
        checks = _checks(group, stack)
    return checks


def _good(checks: Sequence[Check]) -> bool:
    return all(check.good for check in checks)


def _checks(group: Callable[[Stack], Iterator[Check]], stack: Stack) -> list[Check]:
    """The checks of a group; what AWS refuses is one that failed."""
    done: list[Check] = []
    try:
        done += group(stack)
    except (BotoCoreError, ClientError) as error:
        advice = "check the stack's name, the region, your credentials and your permissions"
        done.append(Check(False, f"{group.__name__}: {error}", advice))
    return done


def _named(names: Sequence[str], how: str) -> str:
    return f"; {how}: {', '.join(names)}" if names else ""


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for; the exit status."""
    parser = argparse.ArgumentParser(prog="make smoke", description=__doc__)
    parser.add_argument("stack", help="the stack's name")
    parser.add_argument("--region", help="its AWS region; by default that of your AWS settings")
    parser.add_argument("--wait", type=float, default=300.0, help="seconds for rounds and alarms")
    given = parser.parse_args(arguments)
    return smoke(Stack(given.stack, given.region), given.wait, lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
