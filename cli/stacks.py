"""What `make deploy` asks of AWS about a stack, and how it stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cli.deployment import Vantage
from failover.adapters.aws.dynamodb import DynamoStore
from failover.health.votes import Ballot


class Stopped(Exception):
    """Why the deployment cannot go on, and what to do."""


@dataclass(frozen=True, slots=True)
class Aws:
    """What is asked of AWS in the region of one vantage."""

    vantage: Vantage

    def client(self, service: str) -> Any:
        """A client in the region of the vantage."""
        make: Any = boto3.client
        return make(service, region_name=self.vantage.region)

    def stack(self) -> Mapping[str, Any] | None:
        """The stack as CloudFormation describes it, or None."""
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.vantage.stack)
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        stack: Mapping[str, Any] = found["Stacks"][0]
        return stack

    def outputs(self) -> dict[str, str]:
        """The outputs of the stack."""
        stack = self.stack() or {}
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}

    def ballots(self, table: str, services: Sequence[str]) -> dict[str, Ballot]:
        """What this vantage votes, by service."""
        store = DynamoStore(self.client("dynamodb"), table)
        found = {name: store.read(name).ballots for name in services}
        return {
            name: ballot
            for name, ballots in found.items()
            for ballot in ballots
            if ballot.vantage == self.vantage.region
        }


def say(line: str) -> None:
    """One line of progress."""
    print(f"==> {line}", flush=True)
