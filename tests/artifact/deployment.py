"""A stack that `sam deploy` made of a checkout, in the emulated AWS, and its functions running."""

import base64
import contextlib
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.aws import AwsServer
from tests.artifact.build import sam
from tests.artifact.iam import Grant, grants
from tests.support import shipped

REGION = "eu-west-1"
MODULE = "tests.artifact.cloudformation"


@contextlib.contextmanager
def emulated_aws() -> Iterator[AwsServer]:
    """AWS with CloudFormation as far as this template needs it."""
    with AwsServer(REGION, MODULE) as aws:
        yield aws


@dataclass(frozen=True)
class Stack:
    """One stack, by its name. Everything is asked of the emulated AWS, nothing remembered."""

    aws: AwsServer
    checkout: Path
    name: str

    def deploy(self, **parameters: str) -> str:
        """`sam deploy` of what was built, without the question. What it printed."""
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        options = ["--no-confirm-changeset", "--no-progressbar", "--stack-name", self.name]
        if overrides:
            options += ["--parameter-overrides", *overrides]
        return self._sam("deploy", *options)

    def delete(self) -> str:
        """`sam delete`. What it printed."""
        return self._sam("delete", "--no-prompts", "--stack-name", self.name)

    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical id of each resource, by its logical id."""
        found = self.aws.client("cloudformation").list_stack_resources(StackName=self.name)
        return {
            each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"])
            for each in found["StackResourceSummaries"]
        }

    def outputs(self) -> dict[str, str]:
        """The outputs by their keys."""
        [stack] = self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def functions(self) -> dict[str, dict[str, Any]]:
        """The configuration of each function, by its logical id."""
        client = self.aws.client("lambda")
        return {
            logical: client.get_function_configuration(FunctionName=physical)
            for logical, (kind, physical) in self.resources().items()
            if kind == "AWS::Lambda::Function"
        }

    def grants(self, function: str) -> list[Grant]:
        """What the role of a function allows."""
        role = self.functions()[function]["Role"].rpartition("/")[2]
        iam = self.aws.client("iam")
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        documents = [
            iam.get_role_policy(RoleName=role, PolicyName=each)["PolicyDocument"] for each in names
        ]
        return grants(documents)

    def _sam(self, *arguments: str) -> str:
        # moto finds the bucket in the URL of the template only under this host name.
        here = self.aws.url.replace("127.0.0.1", "localhost")
        extra = {**self.aws.env(), "AWS_ENDPOINT_URL": here, "SAM_CLI_POLL_DELAY": "0.2"}
        return sam([*arguments, "--region", REGION], self.checkout, extra)


def layer_files(aws: AwsServer, arn: str, region: str = REGION) -> dict[str, bytes]:
    """What a version of a layer holds, from the bucket to which SAM uploaded it."""
    layer, _, version = arn.rpartition(":")
    found = aws.client("lambda", region).get_layer_version(
        LayerName=layer, VersionNumber=int(version)
    )
    wanted = found["Content"]["CodeSha256"]
    s3 = aws.client("s3", region)
    for bucket in s3.list_buckets()["Buckets"]:
        for each in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ()):
            content = s3.get_object(Bucket=bucket["Name"], Key=each["Key"])["Body"].read()
            if base64.b64encode(hashlib.sha256(content).digest()).decode() == wanted:
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    return {name: archive.read(name) for name in archive.namelist()}
    raise AssertionError(f"{arn} was never uploaded")


def events() -> dict[str, Any]:
    """Every event that ships, by its file's name."""
    return shipped.every()
