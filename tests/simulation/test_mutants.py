"""The judge is awake: changes that break a promise are caught. `make mutants` hunts them all."""

import multiprocessing
from functools import partial

import pytest

from tests.simulation.hunt import hunt
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.scenes import SCENES, played

MOST_RUNS = 20


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_the_production_code_with_its_functions_replaced(mutant: Mutant) -> None:
    before = {path: function.__code__ for path, function in mutant.functions.items()}
    with mutant.applied():
        for path, function in mutant.functions.items():
            assert function.__code__ is not before[path]
    for path, function in mutant.functions.items():
        assert function.__code__ is before[path]


@pytest.mark.parametrize(
    "seeds", [range(1), pytest.param(range(1, 4), marks=pytest.mark.long)], ids=str
)
@pytest.mark.parametrize("name", SCENES)
def test_the_code_as_it_is_holds_every_guarantee_in_every_scene(name: str, seeds: range) -> None:
    for seed in seeds:
        assert played(name, seed).judged().violations == []


@pytest.mark.long
def test_every_mutant_is_caught_in_its_scene() -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for catch in pool.imap_unordered(partial(hunt, runs=MOST_RUNS), range(len(MUTANTS))):
            assert catch.seed is not None, f"at large: {catch.name}"
