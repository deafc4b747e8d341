"""The commands that order something."""

from typing import TYPE_CHECKING, Any

import click

from cli.line.group import cli
from cli.line.options import Asked, everything, force, order, until, until_then, wait
from cli.output import Output

if TYPE_CHECKING:
    from cli.asking import Control


@cli.command()
@click.argument("service")
@click.argument("region", required=False)
@until
@force
@wait
@order
def failover(service: str, asked: Asked, control: "Control", out: Output, **given: Any) -> int:
    """Point a name at another region, now.

    Without REGION at the first healthy other one. Automation still leaves the
    region if it dies, and returns no traffic by itself. --until pins it.
    """
    return _ordered("failover", service, asked, control, out, **given)


@cli.command()
@click.argument("service")
@wait
@order
def failback(service: str, asked: Asked, control: "Control", out: Output, **given: Any) -> int:
    """Point a name back at its most preferred region."""
    return _ordered("failback", service, asked, control, out, **given)


@cli.command()
@click.argument("service")
@click.argument("region", required=False)
@until_then
@force
@wait
@order
def pin(service: str, asked: Asked, control: "Control", out: Output, **given: Any) -> int:
    """Hold a name at a region until a time, dead or alive.

    Without REGION where it points now.
    """
    return _ordered("pin", service, asked, control, out, **given)


@cli.command()
@click.argument("service")
@order
def release(service: str, asked: Asked, control: "Control", out: Output) -> int:
    """End a pin, and let regions in again that somebody took out. Moves nobody."""
    return _ordered("release", service, asked, control, out)


@cli.command()
@click.argument("service", required=False)
@everything
@until_then
@order
def pause(
    service: str | None,
    everything: bool,
    until: str,
    asked: Asked,
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
@everything
@order
def resume(
    service: str | None, everything: bool, asked: Asked, control: "Control", out: Output
) -> int:
    """End a pause."""
    from cli import orders

    return _ordered("resume", orders.everything(service, everything), asked, control, out)


@cli.command()
@click.argument("service")
@click.argument("region", required=False)
@until
@force
@wait
@order
def takeover(service: str, asked: Asked, control: "Control", out: Output, **given: Any) -> int:
    """Write over records that somebody else has changed.

    With REGION, or else what was decided, or the first healthy region.
    """
    return _ordered("takeover", service, asked, control, out, **given)


def _ordered(
    command: str, service: str, asked: Asked, control: "Control", out: Output, **given: Any
) -> int:
    from cli import orders
    from failover.notify.commands import Command

    wanted = orders.Wanted(Command(command), service, **asked._asdict(), **given)
    return orders.order(control, out, wanted)
