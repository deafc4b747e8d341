"""`make prepare-data FILE=…`: what the applications' tables still need, and with --apply, doing it.

It plans first and changes nothing by itself; it is safe to repeat, and to interrupt. It runs with
your own AWS credentials, never in a function. Exit code 0: nothing is left to do. 1: something is
(without --apply), or it cannot be done. 2: the call was wrong.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.tableplan import ACTIVE, Does, Found, Plan, Step, Wanted, plan
from failover.adapters.aws.control_table import client_config
from failover.adapters.threads import Threads
from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.model import Data, Service

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import StreamSpecificationTypeDef

LOOK_EVERY = 5.0
MOST_LOOKS = 1440
"""Two hours. A replica of a large table takes longer: run it again."""

MOST_STEPS = 100

STREAM: "StreamSpecificationTypeDef" = {
    "StreamEnabled": True,
    "StreamViewType": "NEW_AND_OLD_IMAGES",
}


class Preparation:
    """One table: what it is like, what is planned, and doing that. `client` is by AWS region."""

    def __init__(
        self,
        wanted: Wanted,
        data: Data,
        client: Callable[[str], "DynamoDBClient"],
        sleep: Callable[[float], None],
    ) -> None:
        self._wanted = wanted
        self._data = data
        self._client = client
        self._sleep = sleep

    def plan(self) -> Plan:
        """What is left to do. Raises ClientError and BotoCoreError."""
        return plan(self._wanted, {region: self._found(region) for region in self._wanted.regions})

    def apply(self) -> Iterator[str]:
        """Do it step by step, each planned anew by what is there then. Yields what is done."""
        for _ in range(MOST_STEPS):
            left = self.plan()
            if left.problems:
                raise Unsuitable(left.problems)
            if not left.steps:
                return
            step = left.steps[0]
            yield step.says
            self._do(step)
        raise Unsuitable([f"not done after {MOST_STEPS} steps: something undoes them"])

    def arn(self) -> str:
        """The table's ARN for the template's parameter DataTables, in whatever AWS region."""
        home = self._wanted.regions[0]
        told = self._client(home).describe_table(TableName=self._wanted.table)["Table"]
        return str(told["TableArn"]).replace(f":{home}:", ":*:", 1)

    def _found(self, region: str) -> Found | None:
        client, table = self._client(region), self._wanted.table
        try:
            told = client.describe_table(TableName=table)["Table"]
        except client.exceptions.ResourceNotFoundException:
            return None
        types = {
            each["AttributeName"]: each["AttributeType"] for each in told["AttributeDefinitions"]
        }
        key = tuple(
            (each["AttributeName"], types[each["AttributeName"]]) for each in told["KeySchema"]
        )
        replicas = {each["RegionName"]: each["ReplicaStatus"] for each in told.get("Replicas", [])}
        stream = told.get("StreamSpecification", {})
        found = Found(
            status=told["TableStatus"],
            key=key,
            replicas={region: told["TableStatus"], **replicas},
            strong=told.get("MultiRegionConsistency") == "STRONG",
            streams=stream.get("StreamViewType") == "NEW_AND_OLD_IMAGES",
        )
        readable = told["TableStatus"] == ACTIVE and key == tuple(
            (k, "S") for k in self._wanted.key
        )
        if not readable:
            return found
        empty = not client.scan(TableName=table, Limit=1)["Items"]
        beat = client.get_item(TableName=table, Key=self._key(region), ConsistentRead=True)
        return replace(found, empty=empty, heartbeat="Item" in beat)

    def _key(self, region: str) -> dict[str, Any]:
        return {name: {"S": text} for name, text in self._data.item(region).items()}

    def _do(self, step: Step) -> None:
        client = self._client(step.region)
        match step.does:
            case Does.CREATE:
                client.create_table(**self._definition())
            case Does.STREAM:
                client.update_table(TableName=self._wanted.table, StreamSpecification=STREAM)
            case Does.REPLICATE:
                client.update_table(**self._replication(step))
            case Does.HEARTBEAT:
                self._put_heartbeat(step.region)
                return
            case Does.WAIT:
                pass
        self._until_active(step)

    def _definition(self) -> Any:
        keys = list(zip(self._wanted.key, ("HASH", "RANGE"), strict=False))
        return {
            "TableName": self._wanted.table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name, _ in keys
            ],
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            "DeletionProtectionEnabled": True,
            **({} if self._wanted.strong else {"StreamSpecification": STREAM}),
        }

    def _replication(self, step: Step) -> Any:
        asked: dict[str, Any] = {
            "TableName": self._wanted.table,
            "ReplicaUpdates": [{"Create": {"RegionName": region}} for region in step.others],
        }
        if self._wanted.strong:
            asked["MultiRegionConsistency"] = "STRONG"
            if self._wanted.witness:
                witness = {"Create": {"RegionName": self._wanted.witness}}
                asked["GlobalTableWitnessUpdates"] = [witness]
        return asked

    def _put_heartbeat(self, region: str) -> None:
        client = self._client(region)
        with suppress(client.exceptions.ConditionalCheckFailedException):  # it is there by now
            client.put_item(
                TableName=self._wanted.table,
                Item=self._key(region),
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": self._wanted.key[0]},
            )

    def _until_active(self, step: Step) -> None:
        for _ in range(MOST_LOOKS):
            found = self._found(step.region)
            states = dict.fromkeys(step.others) | (dict(found.replicas) if found else {})
            if found and found.status == ACTIVE and set(states.values()) == {ACTIVE}:
                return
            broken = [(r, s) for r, s in states.items() if str(s).endswith("FAILED")]
            if broken:
                raise Unsuitable([f"the replica in {r} is {s}" for r, s in broken])
            self._sleep(LOOK_EVERY)
        raise Unsuitable(["it takes longer than two hours: run this again later"])


class Unsuitable(Exception):
    """The table cannot be prepared as it is. `problems` is a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def main(arguments: Sequence[str]) -> int:
    """Plan, and apply when told to. Prints what it does."""
    asked = _parser().parse_args(arguments)
    try:
        settings = settings_file.load(asked.file)
    except SettingsRefused as refused:
        print("\n".join(refused.problems))
        return 1
    services = [s for s in settings.services if s.data and asked.service in (None, s.name)]
    if not services:
        which = f"no service {asked.service}" if asked.service else "no service"
        print(f"{which} has a [service.data] in {asked.file}: there is nothing to prepare")
        return 1
    return max([_prepared(service, asked) for service in services])


def _prepared(service: Service, asked: argparse.Namespace) -> int:
    assert service.data is not None
    wanted = Wanted(
        table=service.data.table,
        regions=service.aws_regions(),
        key=tuple(service.data.key),
        strong=asked.strong or bool(asked.witness),
        witness=asked.witness,
    )
    session = boto3.Session()
    clients: dict[str, DynamoDBClient] = {}

    def client(region: str) -> "DynamoDBClient":
        if region not in clients:
            clients[region] = session.client("dynamodb", region_name=region, config=client_config())
        return clients[region]

    print(f"{service.name}: table {wanted.table} in {', '.join(wanted.regions)}")
    try:
        return _carried_out(Preparation(wanted, service.data, client, Threads().sleep), asked.apply)
    except Unsuitable as unsuitable:
        print("\n".join(f"  cannot be done: {problem}" for problem in unsuitable.problems))
    except (ClientError, BotoCoreError) as error:
        print(f"  AWS refused: {error}")
    finally:
        for each in clients.values():
            each.close()
    return 1


def _carried_out(preparation: Preparation, apply: bool) -> int:
    planned = preparation.plan()
    if planned.problems:
        raise Unsuitable(planned.problems)
    if planned.steps and not apply:
        print("\n".join(f"  to do: {step.says}" for step in planned.steps))
        print("  nothing was changed: add --apply to do it")
        return 1
    for done in preparation.apply():
        print(f"  doing: {done}", flush=True)
    print("  nothing is left to do")
    print(f"  for the template: DataTables={preparation.arn()}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        usage='make prepare-data [FILE=deployment/failover.toml] [ARGS="OPTION ..."]',
        description=__doc__,
    )
    parser.add_argument("file", help="the settings, failover.toml")
    parser.add_argument("--service", help="only this one")
    parser.add_argument("--strong", action="store_true", help="multi-Region strong consistency")
    parser.add_argument("--witness", help="the AWS region of a witness; implies --strong")
    parser.add_argument("--apply", action="store_true", help="do it; otherwise only plan")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
