"""Options that several commands have."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cli.line.group import PREFIX
from cli.output import Output

if TYPE_CHECKING:
    from cli.asking import Control

Decorated = Callable[..., Any]


def output(command: Decorated) -> Decorated:
    """Options of every command: how it prints."""

    @click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
    @click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, quiet: bool, **rest: Any) -> Any:
        out = Output(json=as_json, quiet=quiet)
        return command(*args, out=out, **rest)

    return wrapped


def reachable(command: Decorated) -> Decorated:
    """Options of a command that may talk to a stack; `reach` finds it."""

    @click.option("--stack", envvar=f"{PREFIX}_STACK", help="The name of the stack.")
    @click.option(
        "--region", "aws_region", envvar=f"{PREFIX}_REGION", help="The AWS region of the stack."
    )
    @click.option("--local", is_flag=True, help="The world of `make local` on this machine.")
    @output
    @functools.wraps(command)
    def wrapped(
        *args: Any, stack: str | None, aws_region: str | None, local: bool, **rest: Any
    ) -> Any:
        reach = functools.partial(_control, stack, aws_region, local)
        return command(*args, reach=reach, **rest)

    return wrapped


def stack(command: Decorated) -> Decorated:
    """Options of every command that talks to a stack."""

    @reachable
    @functools.wraps(command)
    def wrapped(*args: Any, reach: Callable[[], "Control"], **rest: Any) -> Any:
        return command(*args, control=reach(), **rest)

    return wrapped


def _control(stack: str | None, region: str | None, local: bool) -> "Control":
    from cli import target
    from cli.asking import Control

    return Control([target.local()] if local else target.targets(stack, region, Path.cwd()))


def order(command: Decorated) -> Decorated:
    """Options of every command that orders something."""

    @click.option("--by", envvar=f"{PREFIX}_BY", help="Who asks; else your AWS identity.")
    @click.option("--reason", envvar=f"{PREFIX}_REASON", help="Why; asked for on a terminal.")
    @click.option("--dry-run", is_flag=True, help="Show what would happen, and change nothing.")
    @click.option("--yes", "-y", is_flag=True, help="Order it at once: no preview, no question.")
    @stack
    @functools.wraps(command)
    def wrapped(
        *args: Any, by: str | None, reason: str | None, dry_run: bool, yes: bool, **rest: Any
    ) -> Any:
        return command(*args, asked=Asked(by, reason, dry_run, yes), **rest)

    return wrapped


class Asked(NamedTuple):
    """What every order is asked with."""

    by: str | None
    reason: str | None
    dry_run: bool
    yes: bool


wait = click.option(
    "--wait", default=180.0, show_default=True, help="Seconds to follow the publication."
)
force = click.option(
    "--force", is_flag=True, help="Although it is not healthy (with --until), or its data is old."
)
until_then = click.option(
    "--until", required=True, help="30m, 4h, or 2026-01-31T06:00:00Z; 72h at most."
)
until = click.option(
    "--until", help="Hold it until then: 30m, 4h, or 2026-01-31T06:00:00Z; 72h at most."
)
everything = click.option("--everything", is_flag=True, help="All services.")
