"""The judge is awake: changes that break a promise are caught. `make mutants` hunts them all."""

import multiprocessing
from functools import partial

import pytest

from tests.simulation.hunt import hunt
from tests.simulation.mutants import MUTANTS, Mutant

QUICK_RUNS = 60


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_the_production_code_with_one_phrase_changed(mutant: Mutant) -> None:
    before = mutant.function.__code__
    with mutant.applied():
        assert mutant.function.__code__ is not before
    assert mutant.function.__code__ is before


@pytest.mark.timeout(300)
def test_the_quickest_are_caught() -> None:
    quick = [i for i, mutant in enumerate(MUTANTS) if mutant.quick]
    assert len(quick) >= 10
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for catch in pool.imap_unordered(partial(hunt, runs=QUICK_RUNS), quick):
            assert catch.seed is not None, f"at large: {catch.name}"
