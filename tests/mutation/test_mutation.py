"""A mutation is one small change of one function, and every function can have one."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from failover.health import numbers
from tests.mutation import anew
from tests.mutation.__main__ import ROOT, Finished, drawn, report
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutations import Mutation, apply, modules, mutations, named
from tests.mutation.runner import Fate

PATH = {"PYTHONPATH": str(ROOT / "functions")}


@cache
def every() -> tuple[Mutation, ...]:
    """All that there are, looked for only by whoever runs these tests."""
    return tuple(mutation for module in modules() for mutation in mutations(module))


def in_a_fork(mutation: Mutation, *numbers_: int) -> bool:
    """What `outranks` says of these numbers once it is mutated."""
    child = os.fork()
    if not child:
        try:
            apply(mutation)
            os._exit(bool(numbers.outranks(*numbers_)))
        finally:
            os._exit(2)
    said = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert said in (0, 1)
    return bool(said)


def test_a_mutation_changes_what_the_function_does_for_everybody() -> None:
    mutation = next(
        m for m in every() if m.function == "outranks" and m.after.startswith("return None")
    )
    assert numbers.outranks(2, 1)
    assert not in_a_fork(mutation, 2, 1)
    assert numbers.outranks(2, 1)


def test_a_method_without_its_super_can_only_be_mutated_by_an_import() -> None:
    change = "super().__init__('which is only an example') -> pass"
    mutation = named(f"failover.settings.refusal:OnlyAnExample.__init__: {change}")
    assert not apply(mutation)


def test_every_mutation_has_a_name_of_its_own() -> None:
    assert len({str(mutation) for mutation in every()}) == len(every()) > 3000


def test_each_module_that_decides_is_mutated() -> None:
    assert {m.module for m in every()} <= set(modules())
    for package in ("decision.desired", "health.votes", "publication.transitions", "zone.plan"):
        assert any(m.module == f"failover.{package}" for m in every())


@pytest.mark.parametrize("text", EQUIVALENT)
def test_what_is_listed_as_equivalent_is_there(text: str) -> None:
    assert named(text)
    assert EQUIVALENT[text]


def test_too_many_survivors_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    sample = [mutation for mutation in every() if str(mutation) not in EQUIVALENT][:10]
    fates = {str(mutation): Fate.NOTICED for mutation in sample}
    assert report(sample, fates, 100) == 0
    fates[str(sample[0])] = Fate.SURVIVED
    assert report(sample, fates, 100) == 1
    assert f"SURVIVED  {sample[0]}" in capsys.readouterr().out


def test_what_is_drawn_stays_drawn_when_the_code_around_it_changes() -> None:
    sample = drawn(every(), 100, seed=1)
    assert len(set(sample)) == 100
    assert sample != drawn(every(), 100, seed=2)
    without = [m for m in every() if m != sample[50]]
    assert drawn(without, 99, seed=1) == [*sample[:50], *sample[51:]]


@pytest.mark.parametrize("change", ["return decorate -> return None", "yield fact -> pass"])
def test_a_mutation_of_a_decorator_is_noticed_by_what_it_has_decorated(change: str) -> None:
    mutation = f"failover.preflight.scope:given: {change}"
    command = [sys.executable, "-m", anew.__name__, mutation, "tests/unit/preflight"]
    ended = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **PATH}
    )
    assert ended.returncode in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED), (
        ended.stderr
    )


@pytest.mark.parametrize(("fate", "ends"), [(Fate.SURVIVED, 0), (Fate.NOTICED, 1)])
def test_a_mutation_that_is_noticed_does_change_something(fate: Fate, ends: int) -> None:
    listed = [named(text) for text in EQUIVALENT]
    assert report(listed, {str(mutation): fate for mutation in listed}, 100) == ends


def test_a_survivor_is_tried_again_when_a_test_has_changed(tmp_path: Path) -> None:
    noticed, survived = every()[:2]
    finished = Finished(tmp_path / "file", "code", "tests")
    finished.keep(noticed, Fate.NOTICED, "test_a")
    finished.keep(survived, Fate.SURVIVED, "")
    both = {str(noticed): Fate.NOTICED, str(survived): Fate.SURVIVED}
    assert Finished(tmp_path / "file", "code", "tests").fates == both
    assert Finished(tmp_path / "file", "code", "more").fates == {str(noticed): Fate.NOTICED}
    other = Finished(tmp_path / "file", "other", "tests")
    assert other.fates == {}
    assert other.noticed_by(noticed) == "test_a"
