"""A failing run made smaller: as few troubles as still break the same guarantee."""

from dataclasses import replace

from tests.simulation.script import Run


def shrunk(run: Run, guarantee: int | None = None) -> Run:
    """The run with every trouble left out that it does not need in order to fail: any guarantee
    that it breaks, or only one."""
    broken = _broken(run) if guarantee is None else {guarantee}
    smaller = True
    while smaller and broken:
        smaller = False
        for left_out in reversed(run.kept):
            fewer = replace(run, kept=tuple(i for i in run.kept if i != left_out))
            if broken & _broken(fewer):
                run, smaller = fewer, True
    return run


def _broken(run: Run) -> set[int]:
    return {violation.guarantee for violation in run.judged().violations}
