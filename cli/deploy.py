"""`make deploy`: the whole deployment, one vantage after the other, until each of them votes.

It stops at the first problem and says what to do. Exit code 0: everything is deployed and votes.
1: it stopped. It asks nothing, unless samconfig.toml says that SAM CLI shall.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli import logs
from cli.deployment import (
    HEARTBEAT_PARAMETER,
    TABLE,
    TOKEN_PARAMETER,
    TOP,
    Deployment,
    Refused,
    Vantage,
    load,
    read,
    template_defaults,
)
from failover.adapters.aws.dynamodb import DynamoStore
from failover.errors import FailoverError
from failover.health.votes import Ballot
from failover.settings.model import Mode

PATIENCE = float(os.environ.get("PATIENCE", "300"))
"""Seconds for a vantage to vote. Its schedule starts within a minute, and its first tick votes."""

_POLL = 2.0
_BUILT = TOP / ".aws-sam" / "build" / "ConfigLayer" / "failover.toml"
_LOG = TOP / ".aws-sam" / "build.log"

_STUCK = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
_BUSY = "_IN_PROGRESS"
_UNCONFIRMED = (
    "REVIEW_IN_PROGRESS"  # a first change set that nobody has confirmed: there is nothing
)


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


def main(arguments: Sequence[str]) -> int:
    """Deploy what is in the folder that is named."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m cli.deploy FOLDER", file=sys.stderr)
        return 1
    try:
        deploy(Path(arguments[0]))
    except (Refused, Stopped) as stopped:
        problems = stopped.problems if isinstance(stopped, Refused) else [str(stopped)]
        print("\n".join(problems), file=sys.stderr)
        print("Stopped: nothing more is deployed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Run it again to go on.", file=sys.stderr)
        return 1
    return 0


def deploy(folder: Path) -> None:
    """Deploy all vantages in order. Raises Refused or Stopped."""
    deployment = read(folder)
    say(f"{folder}: to be deployed to {', '.join(v.name for v in deployment.vantages)}")
    for vantage in deployment.vantages:
        with _asking(vantage):
            _ready(deployment, vantage)
    say("Building (sam build)")
    _build(deployment)
    for vantage in deployment.vantages:
        with _asking(vantage):
            _deploy(deployment, vantage)
        # The others learn the name of the table from the first.
        deployment = read(folder)
    say("Everything is deployed and votes.")
    for vantage in deployment.vantages:
        with _asking(vantage):
            _tell_who_receives_mail(vantage)


def say(line: str) -> None:
    """One line of progress."""
    print(f"==> {line}", flush=True)


@contextmanager
def _asking(vantage: Vantage) -> Iterator[None]:
    """Put what AWS refuses into words."""
    try:
        yield
    except (BotoCoreError, ClientError, FailoverError) as error:
        raise Stopped(
            f"{vantage.name}: AWS refused: {error}. What a person who deploys needs: "
            "docs/permissions.md"
        ) from None


def _ready(deployment: Deployment, vantage: Vantage) -> None:
    """Whether a deployment of this vantage can succeed, as far as that can be asked."""
    aws = Aws(vantage)
    _secret(aws, vantage.value(TOKEN_PARAMETER), "the Linode token")
    if vantage.value(HEARTBEAT_PARAMETER):
        _secret(aws, vantage.value(HEARTBEAT_PARAMETER), "the heartbeat URL")
    stack = aws.stack()
    if stack is None or stack["StackStatus"] == _UNCONFIRMED:
        return
    status = stack["StackStatus"]
    where = f"--stack-name {vantage.stack} --region {vantage.region}"
    if status in _STUCK:
        raise Stopped(
            f"{vantage.name}: the stack {vantage.stack} is {status}: its first deployment failed. "
            f"Clean it up (docs/uninstalling.md#a-first-deployment-that-failed): sam delete {where}"
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise Stopped(
            f"{vantage.name}: the stack {vantage.stack} is {status}: neither the update nor its "
            "rollback succeeded. Solve what its events name, then: aws cloudformation "
            f"continue-update-rollback {where}"
        )
    if status.endswith(_BUSY):
        raise Stopped(
            f"{vantage.name}: the stack {vantage.stack} is {status}. Wait until that has ended: "
            f"aws cloudformation describe-stacks {where} --query Stacks[0].StackStatus"
        )
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in stack.get("Parameters", ())}
    _same_table(deployment, vantage, parameters)
    _raised(deployment, aws)
    defaults = template_defaults()
    for name, value in parameters.items():
        if name not in vantage.parameters and value != defaults.get(name, value):
            say(f"{vantage.name}: {name} stays {value}: the stack has it, samconfig.toml does not")


def _secret(aws: Aws, name: str, what: str) -> None:
    """Whether a SecureString is there. Its value is neither decrypted nor looked at."""
    region = aws.vantage.region
    store = f"aws ssm put-parameter --region {region} --type SecureString --name {name}"
    try:
        kind = aws.client("ssm").get_parameter(Name=name)["Parameter"]["Type"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        raise Stopped(
            f"{region}: {what} is not stored. Store it: {store} --value file://secret.txt"
        ) from None
    if kind != "SecureString":
        raise Stopped(
            f"{region}: the parameter {name} with {what} is a {kind}, and everybody who may read "
            f"parameters can read it. Delete it, then: {store} --value file://secret.txt"
        )


def _same_table(deployment: Deployment, vantage: Vantage, in_stack: Mapping[str, str]) -> None:
    """Two control tables at once are two monitors that know nothing of each other."""
    moves = any(
        vantage.parameters.get(name, in_stack.get(name, "")) != in_stack.get(name, "")
        for name in ("ControlTableKind", TABLE)
    )
    acting = [s.name for s in deployment.settings.services if s.mode is not Mode.OBSERVE]
    if moves and acting:
        raise Stopped(
            f"{vantage.name}: this changes the control table, and {', '.join(acting)} would act on "
            'two tables at once. Set mode = "observe" for every service and raise revision, until '
            "every vantage uses the new table (docs/upgrading.md#from-one-vantage-to-three)"
        )


def _raised(deployment: Deployment, aws: Aws) -> None:
    """Whether the revision is higher than that of other settings which this vantage has used."""
    table, settings = aws.outputs().get(TABLE), deployment.settings
    if not table:
        return
    for ballot in aws.ballots(table, [service.name for service in settings.services]).values():
        same = ballot.revision == settings.revision and ballot.digest == settings.digest
        if ballot.revision >= settings.revision and not same:
            raise Stopped(
                f"{deployment.settings_file}: revision is {settings.revision}, and "
                f"{aws.vantage.name} uses other settings of revision {ballot.revision}. What has "
                "changed would not count, and an older revision decides nothing. Set revision = "
                f"{ballot.revision + 1}"
            )


def _build(deployment: Deployment) -> None:
    environment = {**os.environ, "DEPLOYMENT": str(deployment.folder.resolve()), "EXAMPLE": ""}
    # A `make` that runs this has flags of its own, which are not for the one that builds.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    _LOG.parent.mkdir(exist_ok=True)
    with _LOG.open("wb") as log:
        done = subprocess.run(
            [*_sam(), "build", "--no-cached"],
            cwd=TOP,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise Stopped(f"{_LOG.read_text(errors='replace')}\nsam build failed: see above")
    if _BUILT.read_bytes() != deployment.settings_file.read_bytes():
        raise Stopped(
            f"What was built has other settings than {deployment.settings_file}: another build ran "
            "at the same time, or the file was changed. Run it again"
        )


def _deploy(deployment: Deployment, vantage: Vantage) -> None:
    aws = Aws(vantage)
    services = [service.name for service in deployment.settings.services]
    table_before = aws.outputs().get(TABLE)
    before = aws.ballots(table_before, services) if table_before else {}
    say(f"{vantage.name}: deploying {vantage.stack}")
    _sam_deploy(deployment, vantage)
    table = aws.outputs()[TABLE]
    if table != table_before:
        before = {}
    _join(deployment, vantage, table)
    say(f"{vantage.name}: waiting for its votes on {', '.join(services)}")
    _wait(deployment, vantage, table, before)
    say(f"{vantage.name}: votes")


def _sam_deploy(deployment: Deployment, vantage: Vantage) -> None:
    command = [*_sam(), "deploy", "--no-fail-on-empty-changeset", "--no-progressbar"]
    command += ["--config-file", str(deployment.samconfig.resolve()), "--config-env", vantage.name]
    done = subprocess.run(command, cwd=TOP, check=False)
    if done.returncode:
        raise Stopped(
            f"{vantage.name}: sam deploy failed; what CloudFormation says is above. If the change "
            "was not confirmed, run it again. If it was the first deployment of this stack, clean "
            "it up before the next try (docs/uninstalling.md#a-first-deployment-that-failed)"
        )


def _join(deployment: Deployment, vantage: Vantage, table: str) -> None:
    """Write the name of a table that was created into the environments that join it."""
    if not vantage.creates_table:
        return
    others = [other for other in deployment.vantages if other is not vantage]
    for other in others:
        if other.value(TABLE) not in ("", table):
            raise Stopped(
                f"{other.name}: it would join the control table {other.value(TABLE)}, and "
                f"{vantage.name} uses {table}. Set {TABLE} in [{other.name}] to {table}"
            )
    document: Any = load(deployment.samconfig)
    joining = [other for other in others if not other.value(TABLE)]
    for other in joining:
        document[other.name]["deploy"]["parameters"]["parameter_overrides"][TABLE] = table
        say(f"{deployment.samconfig}: [{other.name}] {TABLE} = {table}")
    if joining:
        deployment.samconfig.write_text(document.as_string(), encoding="utf-8")


def _wait(
    deployment: Deployment, vantage: Vantage, table: str, before: Mapping[str, Ballot]
) -> None:
    """Until this vantage has voted by these settings, later than before the deployment."""
    aws = Aws(vantage)
    services = [service.name for service in deployment.settings.services]
    limit = time.monotonic() + PATIENCE
    missing = services
    while missing:
        if time.monotonic() > limit:
            raise Stopped(
                f"{vantage.name}: no vote on {', '.join(missing)} within {PATIENCE:.0f} s. What "
                f"the monitor says: {logs.recent(f'{vantage.stack}-monitor', vantage.region)}"
            )
        time.sleep(_POLL)
        found = aws.ballots(table, missing)
        missing = [name for name in missing if not _new(deployment, found, before, name)]


def _new(
    deployment: Deployment, found: Mapping[str, Ballot], before: Mapping[str, Ballot], name: str
) -> bool:
    if name not in found or found[name].digest != deployment.settings.digest:
        return False
    return name not in before or found[name].runner > before[name].runner


def _tell_who_receives_mail(vantage: Vantage) -> None:
    aws = Aws(vantage)
    topic = aws.outputs()["AlertTopicArn"]
    found = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    waiting = [each["Endpoint"] for each in found if each["SubscriptionArn"].startswith("Pending")]
    for endpoint in waiting:
        say(f"{vantage.name}: {endpoint} receives nothing until the mail from AWS is confirmed")
    if not found:
        say(
            f"{vantage.name}: WARNING: nobody receives the alarms. Set AlertEmail in samconfig.toml"
        )


def _sam() -> list[str]:
    """The SAM CLI of this very environment."""
    return [str(Path(sys.executable).parent / "sam")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
