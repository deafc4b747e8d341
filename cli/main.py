"""`linode-failover`: what operators ask of a stack, and order it to do."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cli.output import Output
from cli.region.group import group as region_group
from cli.trouble import MEANING, Exit, Trouble

if TYPE_CHECKING:
    from cli.asking import Control

PREFIX = "LINODE_FAILOVER"
_CODES = "\n".join(f"  {code:>3}  {MEANING[code]}" for code in Exit)
_EPILOG = f"""\b
Exit codes:
{_CODES}

\b
Where is the stack? --stack and --region name it, or the environment does
({PREFIX}_STACK, {PREFIX}_REGION), or else the nearest
deployment/samconfig.toml. Of several vantages the first that answers is
asked. AWS credentials are found as the AWS CLI finds them. NO_COLOR is
heeded. --json prints the facts alone, --quiet nothing but errors.

\b
Completion, for bash (zsh and fish alike):
  eval "$(_{PREFIX}_COMPLETE=bash_source linode-failover)"
"""

Decorated = Callable[..., Any]


class _Command(click.Command):
    """A command that knows -h, wherever it is called from."""

    def get_help_option_names(self, ctx: click.Context) -> list[str]:
        del ctx
        return ["-h", "--help"]


class _Group(click.Group):
    """The commands in the order in which they are written here."""

    command_class = _Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


def _version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """The version of the installed package, or of the checkout."""
    if not wanted:
        return
    import tomllib
    from importlib import metadata

    try:
        found = metadata.version("linode-region-failover")
    except metadata.PackageNotFoundError:
        project = Path(__file__).parent.parent / "pyproject.toml"
        found = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    click.echo(found)
    context.exit()


@click.group(
    cls=_Group,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Ask how the names of your stack stand, and move them.

    Linode Region Failover points DNS names at healthy Linode regions. This
    command talks to the control function of a deployed stack.
    """


def _output(command: Decorated) -> Decorated:
    """Options of every command: how it prints."""

    @click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
    @click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, quiet: bool, **rest: Any) -> Any:
        out = Output(json=as_json, quiet=quiet)
        return command(*args, out=out, **rest)

    return wrapped


def _stack(command: Decorated) -> Decorated:
    """Options of every command that talks to a stack."""

    @click.option("--stack", envvar=f"{PREFIX}_STACK", help="The name of the stack.")
    @click.option(
        "--region", "aws_region", envvar=f"{PREFIX}_REGION", help="The AWS region of the stack."
    )
    @click.option("--local", is_flag=True, help="The world of `make local` on this machine.")
    @_output
    @functools.wraps(command)
    def wrapped(
        *args: Any, stack: str | None, aws_region: str | None, local: bool, **rest: Any
    ) -> Any:
        return command(*args, control=_control(stack, aws_region, local), **rest)

    return wrapped


def _control(stack: str | None, region: str | None, local: bool) -> "Control":
    from cli import target
    from cli.asking import Control

    return Control([target.local()] if local else target.targets(stack, region, Path.cwd()))


@cli.command()
@click.argument("service", required=False)
@click.option("--watch", "-w", is_flag=True, help="Draw it anew every 2 s, until Ctrl-C.")
@_stack
def status(service: str | None, watch: bool, control: "Control", out: Output) -> int:
    """How each service stands, why, and what comes next.

    The first word is OK, DEGRADED, OUTAGE or FROZEN, and so is the exit code:
    0, 1, 2 or 3. Several services have one line each; name one to see all of
    it.
    """
    from cli import questions

    return questions.status(control, out, service, watch)


@cli.command()
@click.argument("service")
@_stack
def why(service: str, control: "Control", out: Output) -> int:
    """Why a name is where it is, and what would change that.

    Shows every reason behind the next decision, each hold with the command
    that overrides it.
    """
    from cli import questions

    return questions.why(control, out, service)


def _order(command: Decorated) -> Decorated:
    """Options of every command that orders something."""

    @click.option("--by", envvar=f"{PREFIX}_BY", help="Who asks; else your AWS identity.")
    @click.option("--reason", envvar=f"{PREFIX}_REASON", help="Why; asked for on a terminal.")
    @click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
    @click.option("--yes", "-y", is_flag=True, help="Order it at once: no preview, no question.")
    @_stack
    @functools.wraps(command)
    def wrapped(
        *args: Any, by: str | None, reason: str | None, dry_run: bool, yes: bool, **rest: Any
    ) -> Any:
        return command(*args, asked=_Asked(by, reason, dry_run, yes), **rest)

    return wrapped


class _Asked(NamedTuple):
    """What every order is asked with."""

    by: str | None
    reason: str | None
    dry_run: bool
    yes: bool


_wait = click.option(
    "--wait", default=180.0, show_default=True, help="Seconds to follow the publication."
)
_force = click.option(
    "--force", is_flag=True, help="Although it is not healthy (with --until), or its data is old."
)
_until_then = click.option(
    "--until", required=True, help="30m, 4h, or 2026-01-31T06:00:00Z; 72h at most."
)
_until = click.option(
    "--until", help="Hold it until then: 30m, 4h, or 2026-01-31T06:00:00Z; 72h at most."
)


@cli.command()
@click.argument("service")
@click.argument("region", required=False)
@_until
@_force
@_wait
@_order
def failover(service: str, asked: _Asked, control: "Control", out: Output, **given: Any) -> int:
    """Point a name at another region, now.

    Without REGION at the first healthy other one. Automation still leaves the
    region if it dies, and returns no traffic by itself. --until pins it.
    """
    return _ordered("failover", service, asked, control, out, **given)


@cli.command()
@click.argument("service")
@_wait
@_order
def failback(service: str, asked: _Asked, control: "Control", out: Output, **given: Any) -> int:
    """Point a name back at its most preferred region."""
    return _ordered("failback", service, asked, control, out, **given)


@cli.command()
@click.argument("service")
@click.argument("region", required=False)
@_until_then
@_force
@_wait
@_order
def pin(service: str, asked: _Asked, control: "Control", out: Output, **given: Any) -> int:
    """Hold a name at a region until a time, dead or alive.

    Without REGION where it points now.
    """
    return _ordered("pin", service, asked, control, out, **given)


@cli.command()
@click.argument("service")
@_order
def release(service: str, asked: _Asked, control: "Control", out: Output) -> int:
    """End a pin, and let regions in again that somebody took out. Moves nobody."""
    return _ordered("release", service, asked, control, out)


_everything = click.option("--everything", is_flag=True, help="All services.")


@cli.command()
@click.argument("service", required=False)
@_everything
@_until_then
@_order
def pause(
    service: str | None,
    everything: bool,
    until: str,
    asked: _Asked,
    control: "Control",
    out: Output,
) -> int:
    """Let automation decide nothing new about a service until a time.

    Regions are still probed, and operators may still move the name.
    """
    from cli import orders

    what = orders.everything(service, everything)
    return _ordered("pause", what, asked, control, out, until=until)


@cli.command()
@click.argument("service", required=False)
@_everything
@_order
def resume(
    service: str | None, everything: bool, asked: _Asked, control: "Control", out: Output
) -> int:
    """End a pause."""
    from cli import orders

    return _ordered("resume", orders.everything(service, everything), asked, control, out)


@cli.command()
@click.argument("service")
@click.argument("region", required=False)
@_until
@_force
@_wait
@_order
def takeover(service: str, asked: _Asked, control: "Control", out: Output, **given: Any) -> int:
    """Write over records that somebody else has changed.

    With REGION, or else what was decided, or the first healthy region.
    """
    return _ordered("takeover", service, asked, control, out, **given)


def _ordered(
    command: str, service: str, asked: _Asked, control: "Control", out: Output, **given: Any
) -> int:
    from cli import orders
    from failover.notify.commands import Command

    wanted = orders.Wanted(Command(command), service, **asked._asdict(), **given)
    return orders.order(control, out, wanted)


@cli.command()
@click.argument("service", required=False)
@click.option("--limit", default=20, show_default=True, help="So many events, 1 to 200.")
@_stack
def history(service: str | None, limit: int, control: "Control", out: Output) -> int:
    """What happened, the newest first."""
    from cli import questions

    return questions.history(control, out, service, limit)


@cli.command()
@click.argument("service", required=False)
@click.option("--limit", default=20, show_default=True, help="So many of them, 1 to 200.")
@_stack
def alerts(service: str | None, limit: int, control: "Control", out: Output) -> int:
    """What operators were alerted about: open incidents, then the latest alerts.

    Those that could not be delivered yet are marked.
    """
    from cli import questions

    return questions.alerts(control, out, service, limit)


@cli.command("data-status")
@click.argument("service", required=False)
@_stack
def data_status(service: str | None, control: "Control", out: Output) -> int:
    """How old the data is in each AWS region, and how its replicas are."""
    from cli import questions

    return questions.data_status(control, out, service)


@cli.command()
@click.argument("service", required=False)
@_stack
def preflight(service: str | None, control: "Control", out: Output) -> int:
    """What would keep a failover from working: checks that change nothing.

    Each finding says what was seen, why it matters, and what fixes it.
    """
    from cli import questions

    return questions.preflight(control, out, service)


@cli.command()
@click.argument("service")
@click.option("--minutes", default=10, show_default=True, help="How far to look back.")
@_stack
def logs(service: str, minutes: int, control: "Control", out: Output) -> int:
    """What the functions logged about a service, the newest last.

    Needs logs:FilterLogEvents on the log groups of the stack.
    """
    from cli import reading

    return reading.logs(control, out, service, minutes)


@cli.command()
@click.argument("file", default="deployment/failover.toml", type=click.Path(path_type=Path))
@_output
def check(file: Path, out: Output) -> int:
    """Check a settings file, and print the recovery time that it promises."""
    from cli import check_config

    return _code(_printed(out, lambda: check_config.main([str(file)])))


@cli.command("prepare-data")
@click.argument("file", default="deployment/failover.toml", type=click.Path(path_type=Path))
@click.option("--service", help="Only this service.")
@click.option("--apply", is_flag=True, help="Do it; without this it is only planned.")
@click.option("--strong", is_flag=True, help="Multi-Region strong consistency.")
@click.option("--witness", help="The AWS region that only helps to agree.")
@_output
def prepare_data(
    file: Path, service: str | None, apply: bool, strong: bool, witness: str | None, out: Output
) -> int:
    """What your data tables still need; --apply does it.

    It changes AWS with your own credentials, and is safe to repeat.
    """
    from cli import prepare_data as preparation

    words = [str(file), *(["--apply"] if apply else []), *(["--strong"] if strong else [])]
    words += ["--service", service] if service else []
    words += ["--witness", witness] if witness else []
    return _code(_printed(out, lambda: preparation.main(words)))


@cli.command()
@click.argument("folder", default="deployment", type=click.Path(path_type=Path))
@click.option(
    "--vantage",
    "vantages",
    multiple=True,
    required=True,
    help="An AWS region to watch from; once, or once for each of several.",
)
@click.option("--witness", default="", help="The AWS region that only helps to agree.")
@click.option("--mail", default="", help="Who receives the alarms.")
@click.option("--stack", default="", help="The name of the stacks.")
@click.option("--record", help="Your name, such as app.example.com: read it from Linode.")
@_output
def init(folder: Path, out: Output, **given: Any) -> int:
    """Write the settings and the deployment configuration of a new deployment.

    The settings are the commented example, in observe mode, with FILL IN where
    they have to be yours. With --record, what Linode knows of the name and of
    the NodeBalancers is filled in, and CHOOSE marks what you have to decide;
    the token is that of LINODE_TOKEN, or is asked for. Nothing is overwritten.
    """
    from cli import starting

    return starting.start(out, folder, **given)


cli.add_command(region_group(_Group, _output))


def _printed(out: Output, run: Callable[[], int]) -> int:
    """What a tool prints, as the caller wants it."""
    import contextlib
    import io

    if not (out.json or out.quiet):
        return run()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run()
    out.facts({"good": code == 0, "summary": said.getvalue().rstrip().splitlines()})
    if code and out.quiet:
        print(said.getvalue().rstrip(), file=sys.stderr)
    return code


def _code(code: int) -> int:
    """The exit code of a tool that says 0 for good, 1 for refused and 2 for a wrong call."""
    return {0: Exit.OK, 1: Exit.REFUSED}.get(code, Exit.USAGE)


def run(words: list[str]) -> int:
    """Run a command line; the exit code. Nothing is raised, and no traceback is shown."""
    try:
        return int(cli.main(words, prog_name="linode-failover", standalone_mode=False) or 0)
    except click.Abort:
        print("\nInterrupted.", file=sys.stderr)
        return Exit.INTERRUPTED
    except click.ClickException as wrong:
        wrong.show()
        return Exit.USAGE
    except Trouble as trouble:
        Output(json="--json" in words).trouble(trouble)
        return trouble.code
    except SystemExit as ended:  # click itself: whoever read the output has gone
        return Exit.INTERRUPTED if ended.code == 1 else int(ended.code or 0)
    except Exception as fault:
        if os.environ.get(f"{PREFIX}_DEBUG"):
            raise
        Output(json="--json" in words).trouble(
            Trouble(
                f"This is a fault in linode-failover: {type(fault).__name__}: {fault}",
                f"run it again with {PREFIX}_DEBUG=1, and report what it prints",
                Exit.FAULT,
            )
        )
        return Exit.FAULT


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
