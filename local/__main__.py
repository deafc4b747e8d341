"""usage: python -m local [--region-app ruby | demo [--picture FILE.svg]]

Without an argument the embedded world is kept running for a person to play with; with `--region-app
ruby`, its regions run examples/ruby-app. `--picture` saves the view at the moment after the switch.
"""

import io
import sys
from pathlib import Path

USAGE = 2
STARTING = "Starting the world: two regions, a Linode account, AWS, all on this machine."
INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C ended


def main(arguments: list[str]) -> int:
    """Run what the command line asks for; the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # what happens is told then, in a pipe, too
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("\nStopped before its end.")
        return INTERRUPTED


def _run(arguments: list[str]) -> int:
    match arguments:
        case []:
            print(STARTING)
            from local.play import play  # noqa: PLC0415 - the other one need not be loaded

            return play()
        case ["--region-app", "ruby"]:
            from local import ruby_region  # noqa: PLC0415
            from local.play import play  # noqa: PLC0415

            if why := ruby_region.missing():
                print(f"{why}.", file=sys.stderr)
                return USAGE
            print(STARTING)
            return play(ruby_region.serve)
        case ["demo"] | ["demo", "--picture", _]:
            print(STARTING)
            from local.demo import demo  # noqa: PLC0415

            return demo(Path(arguments[2]) if arguments[2:] else None)
        case _:
            print(__doc__, file=sys.stderr)
            return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
