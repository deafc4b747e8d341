"""The commands that write or check files, and prepare what they name."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.line.group import cli
from cli.line.options import output
from cli.output import Output
from cli.trouble import Exit


@cli.command()
@click.argument("file", default="deployment/failover.toml", type=click.Path(path_type=Path))
@output
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
@output
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
@output
def init(folder: Path, out: Output, **given: Any) -> int:
    """Write the settings and the deployment configuration of a new deployment.

    The settings are the commented example, in observe mode, with FILL IN where
    they have to be yours. With --record, what Linode knows of the name and of
    the NodeBalancers is filled in, and CHOOSE marks what you have to decide;
    the token is that of LINODE_TOKEN, or is asked for. Nothing is overwritten.
    """
    from cli import starting

    return starting.start(out, folder, **given)


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
