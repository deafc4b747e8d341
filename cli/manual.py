"""docs/cli.md: the help texts of the command, below what is written by hand.

Made by: PYTHONPATH=functions python -m cli.manual
"""

from pathlib import Path

import click

from cli.main import cli

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"

MARK = "<!-- From here on made by cli/manual.py. -->\n\n"
"""What is above it is written by hand."""


def page() -> str:
    """The page as it should be."""
    settings = {**cli.context_settings, "terminal_width": 80}
    top = click.Context(cli, info_name="linode-failover", **settings)
    parts = [_section("linode-failover", cli, top)]
    for name, command in cli.commands.items():
        inner = click.Context(command, parent=top, info_name=name, terminal_width=80)
        parts.append(_section(name, command, inner))
        for below, each in getattr(command, "commands", {}).items():
            deeper = click.Context(each, parent=inner, info_name=below, terminal_width=80)
            parts.append(_section(f"{name} {below}", each, deeper))
    head, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return head + mark + "\n".join(parts)


def _section(name: str, command: click.Command, context: click.Context) -> str:
    return f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
