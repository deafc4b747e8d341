"""usage: python -m local [demo]

Without an argument the embedded world is kept running for a person to play with.
"""

import sys

USAGE = 2


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; the exit status."""
    if arguments == ["demo"]:
        from local.demo import demo  # noqa: PLC0415 - the other one need not be loaded

        return demo()
    if not arguments:
        from local.play import play  # noqa: PLC0415

        return play()
    print(__doc__, file=sys.stderr)
    return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
