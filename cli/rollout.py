"""The build, and one vantage after the other: deployed, joined to the others, and seen to vote."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli import logs
from cli.deployment import TABLE, TOP, Deployment, Vantage, load
from cli.stacks import Aws, Stopped, say
from failover.health.votes import Ballot

PATIENCE = float(os.environ.get("PATIENCE", "300"))
"""Seconds for a vantage to vote. Its schedule starts within a minute, and its first tick votes."""

_POLL = 2.0
_BUILT = TOP / ".aws-sam" / "build" / "ConfigLayer" / "failover.toml"
_LOG = TOP / ".aws-sam" / "build.log"


def build(deployment: Deployment) -> None:
    """Build what every vantage gets (`sam build`). Raises Stopped."""
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


def roll_out(deployment: Deployment, vantage: Vantage) -> None:
    """Deploy one vantage and wait until it votes by these settings. Raises Stopped."""
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


def tell_who_receives_mail(vantage: Vantage) -> None:
    """Name who has to confirm the mail from AWS, or warn that nobody receives any."""
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
