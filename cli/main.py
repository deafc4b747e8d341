"""`linode-failover`: what operators ask of a stack, and order it to do."""

import os
import sys

import click

from cli.line import asking, ordering, preparing, regions
from cli.line.group import PREFIX, cli
from cli.output import Output
from cli.trouble import Exit, Trouble

__all__ = ["asking", "cli", "ordering", "preparing", "regions"]
"""Each module adds its commands, which the help lists in this order."""


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
