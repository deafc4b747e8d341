"""`make deploy`: the whole deployment, one vantage after the other, until each of them votes.

It stops at the first problem and says what to do. Exit code 0: everything is deployed and votes.
1: it stopped. It asks nothing, unless samconfig.toml says that SAM CLI shall.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from cli.before_deploying import ready
from cli.carried import needed
from cli.deployment import Deployment, Refused, read
from cli.refusals import DEPLOYING, aws
from cli.rollout import build, roll_out, tell_who_receives_mail
from cli.settings_warnings import described
from cli.stacks import Stopped, say
from cli.trouble import Trouble
from failover.settings import settings_file


def main(arguments: Sequence[str]) -> int:
    """Deploy what is in the folder that is named."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python -m cli.deploy FOLDER", file=sys.stderr)
        return 1
    try:
        deploy(Path(arguments[0]))
    except (Refused, Stopped, Trouble) as stopped:
        print("\n".join(_told(stopped)), file=sys.stderr)
        print("Stopped: nothing more is deployed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. Run it again to go on.", file=sys.stderr)
        return 1
    return 0


def _told(stopped: Refused | Stopped | Trouble) -> Sequence[str]:
    """Why it stopped, and what to do."""
    if isinstance(stopped, Refused):
        return stopped.problems
    if isinstance(stopped, Trouble):
        return stopped.what, f"  next: {stopped.step}"
    return (str(stopped),)


def deploy(folder: Path) -> None:
    """Deploy all vantages in order. Raises Refused, Stopped or Trouble."""
    deployment = read(folder)
    say(f"{folder}: to be deployed to {', '.join(v.name for v in deployment.vantages)}")
    _warn(deployment)
    for vantage in deployment.vantages:
        with aws(vantage.name, DEPLOYING):
            ready(deployment, vantage)
    say("Building (sam build)")
    build(deployment)
    for vantage in deployment.vantages:
        with aws(vantage.name, DEPLOYING):
            roll_out(deployment, vantage)
        # The others learn the name of the table from the first.
        deployment = read(folder)
    say("Everything is deployed and votes.")
    for vantage in deployment.vantages:
        with aws(vantage.name, DEPLOYING):
            tell_who_receives_mail(vantage)


def _warn(deployment: Deployment) -> None:
    """What `make check-config` warns of, and what is too small for these settings."""
    settings = deployment.settings_file
    text = settings_file.read(str(settings))
    for warning in described(settings_file.toml(text), text):
        say(f"{settings}: {warning}")
    for vantage in deployment.vantages:
        for parameter, least in needed(deployment.settings).items():
            if int(vantage.value(parameter)) < least:
                say(
                    f"{deployment.samconfig}: warning: [{vantage.name}]: {parameter} is "
                    f"{vantage.value(parameter)}, and these settings need {least}. With less, "
                    f"rounds come late, and so does a failover. Write {parameter} = {least}"
                )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
