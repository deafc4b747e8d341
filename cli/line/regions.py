"""`linode-failover region`: its commands and their options."""

from pathlib import Path
from typing import Any

import click

from cli.line.group import cli
from cli.line.options import output
from cli.output import Output

_file = click.argument("file", default="deployment/regions.toml", type=click.Path(path_type=Path))
_only = click.option("--only", help="Only this region of the file; not the name.")
_delete = click.option(
    "--delete", multiple=True, metavar="LABEL",
    help="Delete this, which is not in the file any more; once for each thing.",
)  # fmt: skip
_yes = click.option("--yes", "-y", is_flag=True, help="Carry it out without a question.")
_wait = click.option(
    "--wait", default=0.0, show_default=True, help="Seconds to wait until all is good."
)


@cli.group(cls=type(cli))
def region() -> None:
    """Make the regions of a service from one file, and check them.

    The file says what each region has: instances, firewall, VPC,
    NodeBalancer, reserved address, and the record. docs/region.md shows one.
    The token is that of LINODE_TOKEN, or is asked for. Nothing is deleted
    unless --delete names it, and no record is moved.
    """


@region.command()
@_file
@_only
@_delete
@output
def plan(out: Output, **given: Any) -> int:
    """What apply would do, and what everything costs each month.

    + is made, ~ is changed, - is deleted, ! is left to you. It shows what
    somebody changed by hand, too.
    """
    from cli.region import commands

    return commands.show(out, **given)


@region.command()
@_file
@_only
@_delete
@_yes
@output
def apply(out: Output, **given: Any) -> int:
    """Carry the plan out, one call at a time.

    After a call that failed, run it again: it goes on with what is missing,
    and makes nothing twice.
    """
    from cli.region import commands

    return commands.apply(out, **given)


@region.command()
@_file
@_only
@_wait
@output
def verify(out: Output, **given: Any) -> int:
    """Do the regions work? Nodes, health with its region, record and TTL.

    The health endpoint is asked as the monitor asks it. The exit code is 8
    where something is wrong.
    """
    from cli.region import commands

    return commands.verify(out, **given)


@region.command()
@_file
@click.argument("name")
@click.option("--service", required=True, help="The service in the settings.")
@click.option("--wait", default=900.0, show_default=True, help="Seconds to wait until it works.")
@_yes
@output
def add(out: Output, **given: Any) -> int:
    """Take a running service to another region of the file.

    Makes the region, verifies it, and prints the lines to add to the
    settings and the commands that follow. The settings are left to you.
    """
    from cli.region import commands

    return commands.add(out, **given)
