"""`make check-config FILE=…`: what a settings file promises, or everything that is wrong with it.

Warnings are at the end. Exit code 0: the file is good, with warnings or without. 1: it is refused.
2: the call was wrong.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence

from cli.carried import sentences
from cli.settings_warnings import described
from cli.wrapping import wrapped
from failover.errors import SettingsRefused
from failover.settings import settings_file
from failover.settings.model import Service, Settings
from failover.settings.recovery import Recovery, as_seconds

_USAGE = "usage: make check-config FILE=deployment/failover.toml"
_WIDTH = 78


def main(arguments: Sequence[str]) -> int:
    """Check the one file that is named and print what was found."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(_USAGE, file=sys.stderr)
        return 2
    (file,) = arguments
    try:
        text = settings_file.read(file)
        data = settings_file.toml(text)
    except SettingsRefused as refused:
        print("\n".join(refused.problems))
        return 1
    try:
        said, status = [*_report(file, settings_file.parse(text)), ""], 0
    except SettingsRefused as refused:
        said, status = refused.problems, 1
    print("\n".join([*said, *described(data, text)]).rstrip())
    return status


def _report(file: str, settings: Settings) -> Iterator[str]:
    yield f"{file}: good (revision {settings.revision}, digest {settings.digest})"
    for service in settings.services:
        yield from _promise(service, Recovery.of(service, settings))
    yield from ("", "Not in these sums:")
    recovery = Recovery.of(settings.services[0], settings)
    yield from _sentences(recovery.uncovered)
    if carried := tuple(sentences(settings)):
        yield from ("", "Many services:")
        yield from _sentences(carried)


def _sentences(said: Iterable[str]) -> Iterator[str]:
    for sentence in said:
        yield from wrapped(f"  {sentence}", _WIDTH, "    ")


def _promise(service: Service, recovery: Recovery) -> Iterator[str]:
    regions = ", ".join(region.name for region in service.regions)
    head = f"{service.name}: {service.record} ({service.mode}), {regions}"
    yield ""
    yield from wrapped(head, _WIDTH, "  ")
    for part in recovery.parts:
        yield _row(part.name, part.formula, part.seconds)
    yield _row("the worst case", "", recovery.total)
    if service.rto_target is not None:
        yield _row("the promise", "rto_target", service.rto_target)


def _row(name: str, formula: str, seconds: float) -> str:
    return f"  {name:<34}{formula:<28}{as_seconds(seconds):>9} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
