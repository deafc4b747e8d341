"""Whether a deployment can succeed, as far as that can be asked before anything is built."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from cli.deployment import (
    HEARTBEAT_PARAMETER,
    TABLE,
    TOKEN_PARAMETER,
    Deployment,
    Vantage,
    template_defaults,
)
from cli.stacks import Aws, Stopped, say
from failover.settings.model import Mode

_STUCK = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
_BUSY = "_IN_PROGRESS"
# A first change set that nobody has confirmed: there is nothing.
_UNCONFIRMED = "REVIEW_IN_PROGRESS"


def ready(deployment: Deployment, vantage: Vantage) -> None:
    """Raises Stopped if a deployment of this vantage cannot succeed."""
    aws = Aws(vantage)
    _secret(aws, vantage.value(TOKEN_PARAMETER), "the Linode token")
    if vantage.value(HEARTBEAT_PARAMETER):
        _secret(aws, vantage.value(HEARTBEAT_PARAMETER), "the heartbeat URL")
    for name in sorted(deployment.settings.secret_parameters):
        _secret(aws, name, "the value of a probe header")
    stack = aws.stack()
    if stack is None or stack["StackStatus"] == _UNCONFIRMED:
        return
    _can_be_updated(vantage, stack["StackStatus"])
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in stack.get("Parameters", ())}
    _same_table(deployment, vantage, parameters)
    _raised(deployment, aws)
    _tell_what_stays(vantage, parameters)


def _can_be_updated(vantage: Vantage, status: str) -> None:
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


def _tell_what_stays(vantage: Vantage, parameters: Mapping[str, str]) -> None:
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
