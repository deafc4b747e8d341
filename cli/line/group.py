"""The command itself, to which every module here adds some of its own."""

from pathlib import Path

import click

from cli.trouble import MEANING, Exit

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
        project = Path(__file__).parents[2] / "pyproject.toml"
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
