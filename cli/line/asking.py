"""The commands that change nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.line.group import cli
from cli.line.options import reachable, stack
from cli.output import Output

if TYPE_CHECKING:
    from cli.asking import Control


@cli.command()
@click.argument("service", required=False)
@click.option("--watch", "-w", is_flag=True, help="Draw it anew every 2 s, until Ctrl-C.")
@stack
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
@stack
def why(service: str, control: "Control", out: Output) -> int:
    """Why a name is where it is, and what would change that.

    Shows every reason behind the next decision, each hold with the command
    that overrides it.
    """
    from cli import questions

    return questions.why(control, out, service)


@cli.command()
@click.argument("service", required=False)
@click.option("--limit", default=20, show_default=True, help="So many events, 1 to 200.")
@stack
def history(service: str | None, limit: int, control: "Control", out: Output) -> int:
    """What happened, the newest first."""
    from cli import questions

    return questions.history(control, out, service, limit)


@cli.command()
@click.argument("service", required=False)
@click.option("--limit", default=20, show_default=True, help="So many of them, 1 to 200.")
@stack
def alerts(service: str | None, limit: int, control: "Control", out: Output) -> int:
    """What operators were alerted about: open incidents, then the latest alerts.

    Those that could not be delivered yet are marked.
    """
    from cli import questions

    return questions.alerts(control, out, service, limit)


@cli.command("data-status")
@click.argument("service", required=False)
@stack
def data_status(service: str | None, control: "Control", out: Output) -> int:
    """How old the data is in each AWS region, and how its replicas are."""
    from cli import questions

    return questions.data_status(control, out, service)


@cli.command()
@click.argument("service", required=False)
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    help="Before there is a stack: check this settings file from here.",
)
@reachable
def preflight(
    service: str | None, settings: Path | None, reach: Callable[[], "Control"], out: Output
) -> int:
    """What would keep a failover from working: checks that change nothing.

    Each finding says what was seen, why it matters, and what fixes it. With
    --settings no stack is asked: Linode, the name servers and the regions are,
    from this machine, with the token of LINODE_TOKEN or one that you type.
    """
    from cli import questions

    if settings is None:
        return questions.preflight(questions.asked(reach(), "preflight", service), out)
    from cli import from_here

    return questions.preflight(from_here.look(settings, service, out), out)


@cli.command()
@click.argument("service")
@click.option("--minutes", default=10, show_default=True, help="How far to look back.")
@stack
def logs(service: str, minutes: int, control: "Control", out: Output) -> int:
    """What the functions logged about a service, the newest last.

    Needs logs:FilterLogEvents on the log groups of the stack.
    """
    from cli import reading

    return reading.logs(control, out, service, minutes)
