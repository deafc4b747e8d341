"""The Linode token of whoever types: used, and neither kept nor shown."""

import os

import click

from cli.output import person
from cli.trouble import Exit, Trouble

NAMES = ("LINODE_TOKEN", "LINODE_CLI_TOKEN")
"""Where it is looked for in the environment."""


def of_the_person(what_for: str, otherwise: str = "") -> str:
    """From the environment, or typed without being shown. Raises Trouble."""
    for name in NAMES:
        if found := os.environ.get(name):
            return found
    if not person():
        raise Trouble(
            f"A Linode token is needed to {what_for}.",
            f"set {NAMES[0]}" + (f", or {otherwise}" if otherwise else ""),
            Exit.USAGE,
        )
    typed: str = click.prompt("Linode token", hide_input=True)
    return typed
